//! Every built-in entry, and what is refused in anybody's.

use serde_json::{Value, json};

use super::super::{Catalog, Entry, Runtime, Setting, embedded, problems};

#[test]
fn every_built_in_entry_can_be_used() {
    let loaded = Catalog::load(None);
    assert!(loaded.refused.is_empty(), "{:#?}", loaded.refused);
    assert!(loaded.catalog.iter().count() >= 20);
    for (file, _) in embedded::ENTRIES {
        let id = file.trim_end_matches(".json");
        assert!(loaded.catalog.get(id).is_some(), "{file} holds another id");
    }
}

#[test]
fn every_file_in_the_folder_is_built_in() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/sources/games/catalog/entries"
    );
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder")
        .flatten()
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let built_in: Vec<_> = embedded::ENTRIES
        .iter()
        .map(|(file, _)| (*file).to_owned())
        .collect();
    assert_eq!(files, built_in);
}

#[test]
fn no_world_gets_ten_seconds() {
    for entry in Catalog::load(None).catalog.iter() {
        assert!(
            !entry.is_stateful() || entry.stop.grace_s >= 30,
            "{}",
            entry.id
        );
    }
}

#[test]
fn no_entry_brings_a_password() {
    for entry in Catalog::load(None).catalog.iter() {
        for variable in entry.environment.iter().filter(|variable| variable.secret) {
            let property = variable
                .maps
                .as_deref()
                .expect("a secret comes from a setting");
            assert_eq!(
                entry.default_config.get(property),
                None,
                "{} {property}",
                entry.id
            );
        }
    }
}

fn minecraft() -> Value {
    let (_, text) = embedded::ENTRIES
        .iter()
        .find(|(file, _)| *file == "minecraft-java.json")
        .expect("built in");
    serde_json::from_str(text).expect("JSON")
}

fn entry(value: Value) -> Entry {
    serde_json::from_value(value).expect("an entry")
}

#[test]
fn what_is_wrong_is_named() {
    for (pointer, value, complaint) in [
        ("/id", json!("Mine craft"), "the id"),
        ("/stop/grace_s", json!(10), "too short to save a world"),
        (
            "/default_config/mode",
            json!("hardcore"),
            "defaults break its schema",
        ),
        ("/config_schema/type", json!("objekt"), "its schema is none"),
        ("/query/protocol", json!("smoke"), "nobody speaks"),
        ("/query/port", json!("query"), "does not travel"),
        ("/query/players", json!("none"), "what it says of players"),
        ("/ports/1/name", json!("game"), "two ports"),
        ("/ports/2/container", json!(25565), "taken twice"),
        ("/env/0/maps", json!("nowhere"), "is no setting"),
        ("/env/11/secret", json!(false), "differ about being secret"),
        ("/env/1/key", json!("MOTD"), "set twice"),
        ("/env/1/key", json!("EULA"), "accepted without asking"),
        ("/volumes/0/backup", json!(false), "is in no folder"),
        ("/saves/pre", json!([]), "needs commands"),
        ("/start/ready", json!("log"), "readiness by log"),
    ] {
        let mut changed = minecraft();
        *changed.pointer_mut(pointer).expect(pointer) = value;
        let found = problems(&entry(changed));
        assert!(
            found.iter().any(|problem| problem.contains(complaint)),
            "{pointer}: {found:?}"
        );
    }
}

#[test]
fn settings_become_the_environment() {
    let entry = entry(minecraft());
    let config = json!({"memory_mb": 4096, "online_mode": false, "rcon_password": "hush hush", "seed": null});
    let settings = entry.environment_for(&config).expect("settings");
    let find = |key: &str| settings.iter().find(|setting| setting.key == key);
    assert_eq!(
        find("MEMORY").map(|setting| setting.value.as_str()),
        Some("4096M")
    );
    assert_eq!(
        find("ONLINE_MODE").map(|setting| setting.value.as_str()),
        Some("FALSE")
    );
    assert_eq!(find("SEED"), None);
    let password = Setting {
        key: "RCON_PASSWORD".into(),
        value: "hush hush".into(),
        secret: true,
    };
    assert_eq!(find("RCON_PASSWORD"), Some(&password));
    let injected = json!({"motd": "one\nEULA=TRUE"});
    assert!(entry.environment_for(&injected).is_err());
}

#[test]
fn images_are_recognised_whatever_their_tag() {
    let catalog = Catalog::load(None).catalog;
    for (image, expected) in [
        ("itzg/minecraft-server", Some("minecraft-java")),
        ("itzg/minecraft-server:java21", Some("minecraft-java")),
        (
            "docker.io/itzg/minecraft-server:latest@sha256:00",
            Some("minecraft-java"),
        ),
        ("lloesche/valheim-server", Some("valheim")),
        ("registry:5000/itzg/minecraft-server", None),
    ] {
        let found = catalog
            .of_image(image)
            .next()
            .map(|entry| entry.id.as_str());
        assert_eq!(found, expected, "{image}");
    }
    let untagged = catalog.iter().flat_map(|entry| &entry.runtimes);
    for runtime in untagged {
        if let Runtime::Docker { tag, .. } = runtime {
            assert!(!tag.is_empty());
        }
    }
}
