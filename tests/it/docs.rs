//! What the documents promise: links lead somewhere. `docs_commands` sees to their commands.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Folders that hold others' documents, or none.
const FOREIGN: [&str; 5] = [".git", "node_modules", "target", "dist", "fixtures"];

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            if !FOREIGN.iter().any(|foreign| name == *foreign) {
                documents(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// A document in parts: prose lines, and fenced blocks with what stands behind their fence.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Document {
    prose: Vec<String>,
    pub(crate) blocks: Vec<Block>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Line of the opening fence, from 1.
    pub(crate) line: usize,
    /// What stands behind the fence, such as `sh`.
    pub(crate) info: String,
    pub(crate) text: String,
}

impl Document {
    fn parse(text: &str) -> Self {
        let mut document = Self::default();
        let mut open: Option<(usize, Block)> = None;
        for (index, line) in text.lines().enumerate() {
            let bare = line.trim_start();
            let indent = line.len() - bare.len();
            match (&mut open, bare.strip_prefix("```")) {
                (None, Some(info)) => {
                    let block = Block {
                        line: index + 1,
                        info: info.trim().to_owned(),
                        text: String::new(),
                    };
                    open = Some((indent, block));
                }
                (None, None) => document.prose.push(line.to_owned()),
                (Some(_), Some("")) => document.blocks.extend(open.take().map(|(_, block)| block)),
                (Some((indent, block)), _) => {
                    // A block in a list is indented as a whole.
                    let skip = (*indent).min(line.len() - bare.len());
                    block.text.push_str(&line[skip..]);
                    block.text.push('\n');
                }
            }
        }
        document
    }

    pub(crate) fn read(path: &Path) -> Self {
        Self::parse(&std::fs::read_to_string(path).expect("a document"))
    }

    /// Where the links in prose lead.
    fn links(&self) -> Vec<String> {
        let mut links = Vec::new();
        for line in &self.prose {
            // What stands in backquotes is not a link.
            let shown: String = line.split('`').step_by(2).collect::<Vec<_>>().join("");
            for tail in shown.split("](").skip(1) {
                links.extend(tail.split(')').next().map(str::to_owned));
            }
        }
        links
    }

    /// The names that its headings have in links.
    fn anchors(&self) -> BTreeSet<String> {
        self.prose
            .iter()
            .filter_map(|line| line.strip_prefix('#'))
            .map(|heading| anchor(heading.trim_start_matches('#')))
            .collect()
    }
}

/// A heading's name in links, as GitHub and Gitea make it.
fn anchor(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Whether a link that stands in `document` leads to something in the repository.
fn leads_somewhere(document: &Path, link: &str) -> bool {
    if ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| link.starts_with(scheme))
    {
        return true;
    }
    let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
    let folder = document.parent().expect("a document lies in a folder");
    let target = match file {
        "" => document.to_owned(),
        file => folder.join(file),
    };
    if !target.exists() {
        return false;
    }
    fragment.is_empty()
        || target.extension().is_none_or(|extension| extension != "md")
        || Document::read(&target).anchors().contains(fragment)
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut found = Vec::new();
    documents(root(), &mut found);
    assert!(found.len() > 5, "{found:?}");
    let mut dead = Vec::new();
    for path in found {
        for link in Document::read(&path).links() {
            if !leads_somewhere(&path, &link) {
                dead.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}

#[test]
fn every_rule_and_every_kind_of_channel_is_described() {
    let text = |name: &str| {
        let path = root().join("docs").join(name);
        std::fs::read_to_string(path).expect("a document")
    };
    let (alerts, channels) = (text("alerts.md"), text("channels.md"));
    let rules = homepulse::rules::RULES.iter().map(|rule| rule.kind().name);
    let missing: Vec<&str> = rules
        .filter(|name| !alerts.contains(&format!("\n| `{name}` |")))
        .collect();
    assert!(missing.is_empty(), "docs/alerts.md lacks {missing:?}");
    let catalogue = homepulse::notify::Catalogue::ours();
    let missing: Vec<&str> = catalogue
        .kinds()
        .map(|kind| kind.name.as_str())
        .filter(|name| !channels.contains(&format!("\n`{name}` ")))
        .collect();
    assert!(missing.is_empty(), "docs/channels.md lacks {missing:?}");
}

#[test]
fn blocks_and_links_are_told_apart() {
    let text = "# A `b` heading\n\
        See [one](x.md), `[not](y.md)` and [two](z.md#a-b).\n\
        ```sh test\necho [no](link)\n```\n\
        1. a list\n\n   ```toml\n   a = 1\n     b = 2\n   ```\n";
    let document = Document::parse(text);
    assert_eq!(document.links(), ["x.md", "z.md#a-b"]);
    assert_eq!(document.anchors(), ["a-b-heading".to_owned()].into());
    let blocks: Vec<(usize, &str, &str)> = document
        .blocks
        .iter()
        .map(|block| (block.line, block.info.as_str(), block.text.as_str()))
        .collect();
    assert_eq!(
        blocks,
        [
            (3, "sh test", "echo [no](link)\n"),
            (8, "toml", "a = 1\n  b = 2\n"),
        ]
    );
}
