//! Keeps ARCHITECTURE.md's layer table true: who may use whom inside the product crate.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each module and the modules it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("db", &["model"]),
    ("config", &["model"]),
    ("secret", &["model"]),
    ("telemetry", &["model"]),
    ("http", &["model", "secret"]),
    ("sources", &["model", "http", "secret", "telemetry"]),
    ("state", &["model"]),
    ("history", &["model", "db"]),
    ("rules", &["model", "state"]),
    ("holds", &["model", "state"]),
    ("alerts", &["model", "db"]),
    ("changes", &["model", "db"]),
    (
        "notify",
        &["model", "db", "http", "secret", "alerts", "telemetry"],
    ),
    ("auth", &["model", "db", "secret"]),
    (
        "ingest",
        &[
            "model",
            "db",
            "state",
            "history",
            "changes",
            "rules",
            "holds",
            "alerts",
            "notify",
            "telemetry",
        ],
    ),
    (
        "services",
        &[
            "model",
            "db",
            "http",
            "secret",
            "auth",
            "state",
            "history",
            "changes",
            "holds",
            "alerts",
            "notify",
            "sources",
            "rules",
            "ingest",
            "telemetry",
        ],
    ),
    (
        "api",
        &[
            "model",
            "auth",
            "services",
            "state",
            "history",
            "alerts",
            "notify",
            "rules",
            "telemetry",
            "web",
        ],
    ),
    ("web", &[]),
];

/// Crates that only the module that owns the thing may use, and why.
const OWNED: &[(&str, &[&str], &str)] = &[
    (
        "rusqlite",
        &[
            "db", "history", "changes", "alerts", "notify", "auth", "services",
        ],
        "SQL lives in tables",
    ),
    (
        "actix_web",
        &["api", "web"],
        "only the API speaks HTTP to callers",
    ),
    (
        "reqwest",
        &["http"],
        "http bounds every outgoing request and decides where it may go",
    ),
    ("lettre", &["notify"], "mail is a way to tell people"),
    (
        "simulator",
        &["demo"],
        "product code never knows the simulator",
    ),
];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder)
        .expect("a source folder")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Production lines of a file: without comments and without its test module.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("a source file");
    let production = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    production
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

fn module_of(path: &Path, src: &Path) -> Option<String> {
    let relative = path.strip_prefix(src).expect("a file under src");
    let first = relative.components().next()?.as_os_str().to_str()?;
    Some(first.trim_end_matches(".rs").to_owned())
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| {
        let name = part.as_os_str().to_string_lossy();
        name == "tests" || name == "tests.rs"
    })
}

/// Names that follow `crate::`, single or in braces.
fn crate_names(code: &str) -> BTreeSet<String> {
    let name = |text: &str| -> String {
        text.trim()
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect()
    };
    let mut names = BTreeSet::new();
    for tail in code.split("crate::").skip(1) {
        match tail.strip_prefix('{') {
            None => {
                names.insert(name(tail));
            }
            Some(list) => {
                let mut depth = 0_u32;
                let mut item = String::new();
                for c in list.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            names.insert(name(&item));
                            item.clear();
                            continue;
                        }
                        _ => {}
                    }
                    item.push(c);
                }
                names.insert(name(&item));
            }
        }
    }
    names.remove("");
    names
}

fn sources() -> Vec<(String, PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    files
        .into_iter()
        .filter(|path| !is_test(path))
        .filter_map(|path| Some((module_of(&path, &src)?, code(&path), path)))
        .map(|(module, code, path)| (module, path, code))
        .collect()
}

#[test]
fn modules_use_only_what_stands_below_them() {
    let mut wrong = Vec::new();
    for (module, path, code) in sources() {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            continue;
        };
        for used in crate_names(&code) {
            let known = MAY_USE.iter().any(|(name, _)| *name == used);
            if known && used != module && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{} uses crate::{used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn foreign_crates_stay_with_the_module_that_owns_them() {
    let mut wrong = Vec::new();
    for (module, path, code) in sources() {
        for (foreign, owners, reason) in OWNED {
            let composes = ["app", "main", "cli", "lib", "demo"].contains(&module.as_str());
            let used = code.contains(&format!("{foreign}::"));
            let owner = owners.contains(&module.as_str());
            if used && !owner && (!composes || *foreign == "simulator" && module != "demo") {
                wrong.push(format!("{} uses {foreign}: {reason}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_stands_in_the_layer_table() {
    let composing = ["main", "lib", "app", "cli", "demo"];
    for (module, path, _) in sources() {
        let listed = MAY_USE.iter().any(|(name, _)| *name == module);
        assert!(
            listed || composing.contains(&module.as_str()),
            "{} is in no layer; add {module} to ARCHITECTURE.md and to this table",
            path.display()
        );
    }
}

/// `module::…::Name` in the text, once each.
fn names(text: &str) -> BTreeSet<&str> {
    let pieces = text.split('`').skip(1).step_by(2);
    let is_name = |piece: &&str| {
        piece.contains("::")
            && piece
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
    };
    pieces.filter(is_name).collect()
}

#[test]
fn what_the_document_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).expect("the document");
    let (mut files, mut everything) = (Vec::new(), String::new());
    rust_files(&root.join("src"), &mut files);
    for file in files {
        everything.push_str(&std::fs::read_to_string(file).expect("a source"));
    }
    let words: BTreeSet<&str> = everything
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .collect();
    let found = names(&text);
    assert!(found.len() > 30, "{found:?}");
    for name in found {
        for part in name.split("::") {
            assert!(words.contains(part), "{name}: there is no {part} any more");
        }
    }
}
