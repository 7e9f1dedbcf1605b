//! Somebody's own files.

use super::super::{Catalog, embedded};

fn built_in(file: &str) -> String {
    let found = embedded::ENTRIES.iter().find(|(name, _)| *name == file);
    found.expect("built in").1.to_owned()
}

#[test]
fn own_files_replace_and_add_and_broken_ones_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write(
        "mine.json",
        &built_in("mumble.json").replace("\"Mumble\"", "\"Our Mumble\""),
    );
    write(
        "new.json",
        &built_in("teeworlds.json").replace("\"id\": \"teeworlds\"", "\"id\": \"house-tee\""),
    );
    write("broken.json", "{");
    write(
        "unknown.json",
        &built_in("rust.json").replace("\"id\"", "\"surprise\": 1, \"id\""),
    );
    write(
        "short.json",
        &built_in("valheim.json").replace("\"grace_s\": 120", "\"grace_s\": 10"),
    );
    write("large.json", &" ".repeat(300 << 10));
    write("notes.txt", "not a game");
    let loaded = Catalog::load(Some(folder.path()));
    let name = |id: &str| loaded.catalog.get(id).map(|entry| entry.name.clone());
    assert_eq!(name("mumble").as_deref(), Some("Our Mumble"));
    assert_eq!(name("house-tee").as_deref(), Some("Teeworlds"));
    assert_eq!(
        name("rust").as_deref(),
        Some("Rust"),
        "the built-in one stays"
    );
    assert_eq!(
        loaded
            .catalog
            .get("valheim")
            .map(|entry| entry.stop.grace_s),
        Some(120)
    );
    assert_eq!(loaded.refused.len(), 4, "{:#?}", loaded.refused);
}

#[test]
fn a_missing_folder_is_told_and_costs_nothing() {
    let loaded = Catalog::load(Some("/nowhere/at/all".as_ref()));
    assert_eq!(loaded.refused.len(), 1);
    assert!(loaded.catalog.get("mumble").is_some());
}
