//! What the documents promise: links lead somewhere, and commands marked `sh test` run.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// Folders that hold others' documents, or none.
const FOREIGN: [&str; 5] = [".git", "node_modules", "target", "dist", "fixtures"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
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
struct Document {
    prose: Vec<String>,
    blocks: Vec<Block>,
}

#[derive(Debug, PartialEq, Eq)]
struct Block {
    /// Line of the opening fence, from 1.
    line: usize,
    /// What stands behind the fence, such as `sh test`.
    info: String,
    text: String,
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

    fn read(path: &Path) -> Self {
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

/// The address that documents use, and that the demo's takes the place of.
const DOCUMENTED: &str = "127.0.0.1:7655";

#[test]
fn commands_marked_as_tests_run() {
    let mut found = Vec::new();
    documents(root(), &mut found);
    let blocks: Vec<(PathBuf, Block)> = found
        .into_iter()
        .flat_map(|path| {
            let blocks = Document::read(&path).blocks;
            blocks
                .into_iter()
                .filter(|block| block.info == "sh test")
                .map(move |block| (path.clone(), block))
        })
        .collect();
    assert!(
        !blocks.is_empty(),
        "no document has a block marked `sh test`"
    );

    let demo = Demo::start();
    let mut failed = Vec::new();
    for (path, block) in blocks {
        let output = demo.run(&block.text);
        if !output.status.success() {
            failed.push(format!(
                "{}:{}\n{}{}",
                path.display(),
                block.line,
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// A running `homepulse demo`, and a shell in which `homepulse` is the same program.
struct Demo {
    process: Child,
    address: String,
    folder: tempfile::TempDir,
}

impl Demo {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_homepulse"))
            .args(["demo", "--listen", "127.0.0.1:0"])
            .args(["--nodes", "1", "--guests", "3"])
            .args(["--history", "0", "--scenario", "none"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the demo starts");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let first = lines.next().expect("a line").expect("readable output");
        std::thread::spawn(move || lines.for_each(drop));
        let address = first
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        Self {
            process,
            address,
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    fn run(&self, script: &str) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_homepulse"));
        let folder = program.parent().expect("a folder").display();
        let script = script.replace(DOCUMENTED, &self.address);
        let path = format!("PATH={folder}:\"$PATH\"");
        Command::new("sh")
            .args(["-eu", "-c", &format!("{path}\n{script}")])
            .current_dir(&self.folder)
            .output()
            .expect("a shell")
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
