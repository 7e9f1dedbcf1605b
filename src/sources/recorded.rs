//! Answers recorded from real hosts, for tests: see `tests/fixtures/README.md`.

use std::path::PathBuf;

use bytes::Bytes;
use http::HeaderMap;

use crate::http::Answer;
use crate::model::id::TargetId;
use crate::model::time::Timestamp;

/// The moment that most answers were recorded at.
pub(super) const NOW: Timestamp = Timestamp(1_795_337_600_000);

/// The target that recorded answers are read as.
pub(super) fn target() -> TargetId {
    "tgt_recorded".parse().expect("an id")
}

/// The paths and answers of a set, in the order in which they were asked for.
pub(super) fn set(name: &str) -> Vec<(String, Answer)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    let index = std::fs::read_to_string(folder.join("INDEX.txt")).expect("an index");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "http"))
        .collect();
    files.sort();
    let paths = index.lines().filter_map(|line| line.split_once(" -> "));
    let all: Vec<_> = paths
        .map(|(path, _)| path.to_owned())
        .zip(
            files
                .iter()
                .map(|file| answer(&std::fs::read(file).expect("a file"))),
        )
        .collect();
    assert_eq!(all.len(), files.len(), "{name}: one line per file");
    all
}

/// What the pretty form of `Debug` spreads over three lines on one, so that people can read it.
pub(super) fn compact(pretty: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in pretty.lines() {
        lines.push(line.to_owned());
        while let [.., open, inner, close] = &lines[..] {
            let closing = close.trim();
            let folds = open.ends_with('(') && matches!(closing, ")" | "),");
            if !folds || open.len() + inner.len() > 160 {
                break;
            }
            let folded = format!("{open}{}{closing}", inner.trim().trim_end_matches(','));
            lines.truncate(lines.len() - 3);
            lines.push(folded);
        }
    }
    lines.join("\n")
}

fn answer(bytes: &[u8]) -> Answer {
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .expect("a head that ends");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut words = head
        .lines()
        .next()
        .expect("a status line")
        .splitn(3, ' ')
        .skip(1);
    Answer {
        status: words
            .next()
            .and_then(|word| word.parse().ok())
            .expect("a status"),
        reason: words.next().unwrap_or_default().to_owned(),
        body: Bytes::copy_from_slice(&bytes[end + 4..]),
        date: None,
        headers: HeaderMap::new(),
    }
}
