//! Nothing in this library reaches the network but through `line`.

use std::path::{Path, PathBuf};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("tests") && !path.ends_with("line") {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn protocols_open_no_sockets_of_their_own() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sources/games/query");
    let mut found = Vec::new();
    files(&folder, &mut found);
    assert!(found.len() > 8, "the folder moved");
    for path in found {
        let text = std::fs::read_to_string(&path).expect("a file");
        let production = text.split("#[cfg(test)]").next().unwrap_or_default();
        for forbidden in [
            "tokio::net",
            "std::net::Tcp",
            "std::net::Udp",
            "http::Client",
            "reqwest",
        ] {
            assert!(
                !production.contains(forbidden),
                "{} uses {forbidden}",
                path.display()
            );
        }
    }
}

#[test]
fn protocols_have_names_of_their_own_and_ports() {
    let mut names: Vec<_> = super::super::PROTOCOLS
        .iter()
        .map(|protocol| protocol.name)
        .collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
    for protocol in super::super::PROTOCOLS {
        assert!(
            !protocol.ports.is_empty() && !protocol.label.is_empty(),
            "{protocol:?}"
        );
    }
}
