use super::*;
use crate::model::id::{ResourceKind, TargetId};

const NOON: Timestamp = Timestamp(1_795_348_800_000);

fn server(name: &str) -> ResourceId {
    let target: TargetId = "tgt_games".parse().expect("an id");
    ResourceId::other(ResourceKind::Game, &target, name)
}

async fn named(names: &GameNames, name: &str, game: &str) -> String {
    let asked = vec![(server(name), Some(game.to_owned()))];
    let named = names.of(asked, NOON).await.expect("named");
    named[&server(name)].numbered()
}

#[tokio::test]
async fn servers_are_numbered_by_game_and_keep_their_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("homepulse.db");
    {
        let names = GameNames::open(Db::open(&path).expect("a database")).await;
        let names = names.expect("read");
        assert_eq!(named(&names, "midgard", "valheim").await, "valheim_001");
        assert_eq!(named(&names, "asgard", "valheim").await, "valheim_002");
        assert_eq!(named(&names, "island", "palworld").await, "palworld_001");
    }
    let names = GameNames::open(Db::open(&path).expect("a database")).await;
    let names = names.expect("read");
    assert_eq!(names.resolve("valheim_002"), Some(server("asgard")));
    assert_eq!(named(&names, "asgard", "another").await, "valheim_002");
    assert_eq!(
        names.resolve(&short(&server("island"))),
        Some(server("island"))
    );
    assert_eq!(names.resolve("valheim_003"), None);
}

#[tokio::test]
async fn a_title_belongs_to_one_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::open(&folder.path().join("homepulse.db")).expect("a database");
    let names = GameNames::open(db).await.expect("read");
    let name = names
        .entitle(&server("a"), "cs2", "Friday night", NOON)
        .await;
    let name = name.expect("kept");
    assert_eq!(
        (name.numbered().as_str(), name.title.as_deref()),
        ("cs2_001", Some("Friday night"))
    );
    assert_eq!(short(&server("a")).len(), "srv_7d2f8b1a9c3e".len());
}
