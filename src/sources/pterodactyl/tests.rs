use std::time::Duration;

use serde_json::json;
use simulator::{GameProtocol, GameServer as Game, GameState, PanelGame, PanelKind, PanelServer};

use super::KIND;
use crate::model::resource::{GameAbility, GameStatus, PlayerTrust};
use crate::sources::games::host::{HostError, StopOrder};
use crate::sources::panel::fake::{NOON, host, look, misbehaves, source};

const ORDER: StopOrder = StopOrder {
    grace_s: 60,
    signal: None,
};

async fn panel() -> PanelServer {
    let mut off = PanelGame::running("cccc3333", "Creative", "minecraft", 25_570);
    off.state = "offline".into();
    let games = vec![
        PanelGame::running("aaaa1111", "Adventure", "source", 27_015),
        PanelGame::running("bbbb2222", "Bridge", "source", 27_025),
        off,
    ];
    PanelServer::start(PanelKind::Pterodactyl, games)
        .await
        .expect("the simulator starts")
}

#[tokio::test]
async fn servers_come_with_state_use_and_limits_from_all_pages() {
    let panel = panel().await;
    let mut source = source(&KIND, &panel, &json!({}));
    let games = look(&mut source, NOON).await.expect("it answers");
    let names: Vec<&str> = games.iter().map(|game| game.name.as_str()).collect();
    assert_eq!(names, ["Adventure", "Bridge", "Creative"]);
    let up = &games[0];
    assert_eq!(up.status, GameStatus::Running);
    assert_eq!(up.cpus, Some(2.0));
    assert_eq!(up.cpu, Some(0.2525), "50.5 % of one of two threads");
    assert_eq!(up.memory.used, Some(1 << 30));
    assert_eq!(up.memory.total, Some(2 << 30));
    assert_eq!(up.started_at, Some(NOON - Duration::from_secs(3600)));
    assert_eq!(
        up.ports[0].port, 27_015,
        "the default allocation goes first"
    );
    assert_eq!(up.players(), None, "nobody counted them");
    assert!(up.can.is_empty(), "control is off");
    let off = &games[2];
    assert_eq!(off.status, GameStatus::Stopped);
    assert_eq!(
        off.memory.used, None,
        "what is off uses nothing that was measured"
    );
    assert_eq!(off.game.as_deref(), Some("minecraft-java"));
}

#[tokio::test]
async fn the_panel_is_asked_no_faster_than_it_refreshes() {
    let panel = panel().await;
    let mut source = source(&KIND, &panel, &json!({}));
    look(&mut source, NOON).await.expect("it answers");
    let asked = panel.requests().len();
    assert_eq!(asked, 2 + 3, "two pages and three servers");
    for seconds in [10, 20] {
        let games = look(&mut source, NOON + Duration::from_secs(seconds)).await;
        assert_eq!(games.expect("it answers").len(), 3);
    }
    assert_eq!(panel.requests().len(), asked);
    panel.change("aaaa1111", |game| game.uptime += 30);
    let games = look(&mut source, NOON + Duration::from_secs(30)).await;
    assert_eq!(panel.requests().len(), 2 * asked);
    let games = games.expect("it answers");
    assert_eq!(
        games[0].rates.net_in,
        Some(1000.0),
        "by the server's own clock"
    );
}

#[tokio::test]
async fn a_server_is_asked_for_players_where_a_person_says_how() {
    let state = GameState::default();
    let game = Game::start(GameProtocol::MinecraftJava, state)
        .await
        .expect("a game");
    let panel = panel().await;
    let settings = json!({ "control": true, "servers": {
        "aaaa1111": { "game": "minecraft-java", "host": "127.0.0.1", "port": game.address().port() },
        "bbbb2222": { "ignore": true },
    }});
    let mut source = source(&KIND, &panel, &settings);
    let games = look(&mut source, NOON).await.expect("it answers");
    assert_eq!(games.len(), 2, "one is left out");
    assert_eq!(games[0].players(), Some(2));
    assert_eq!(games[0].player_trust, PlayerTrust::Exact);
    assert!(games[0].can.contains(&GameAbility::Power));
}

#[tokio::test]
async fn orders_change_what_they_name_and_nothing_else() {
    let panel = panel().await;
    let host = host(&KIND, &panel, &json!({}));
    host.stop("aaaa1111", &ORDER).await.expect("it stops");
    host.start("cccc3333").await.expect("it starts");
    host.command("bbbb2222", "say hello")
        .await
        .expect("it is up");
    let state = |id: &str| panel.game(id).expect("a server");
    assert_eq!(state("aaaa1111").state, "offline");
    assert_eq!(state("cccc3333").state, "running");
    assert_eq!(state("bbbb2222").console, ["say hello"]);
    let told = host.command("aaaa1111", "say hello").await;
    let told = told.expect_err("it is off").to_string();
    assert!(told.contains("must be online"), "{told}");
    let gone = host.start("nothing").await.expect_err("there is none");
    assert!(matches!(gone, HostError::NoServer(_)), "{gone}");
    let crooked = host.start("../../account").await;
    assert!(matches!(crooked, Err(HostError::NoServer(_))));
    assert!(!panel.requests().iter().any(|line| line.contains("account")));
}

#[tokio::test]
async fn the_panels_own_backups_are_made_listed_and_restored() {
    let panel = panel().await;
    let host = host(&KIND, &panel, &json!({}));
    let id = host
        .backup("aaaa1111", "before update")
        .await
        .expect("room");
    let backups = host.backups("aaaa1111").await.expect("a list");
    assert_eq!(backups.len(), 1);
    assert_eq!((&backups[0].id, backups[0].complete), (&id, true));
    assert_eq!(backups[0].bytes, Some(123_456));
    host.restore("aaaa1111", &id).await.expect("it is there");
    let gone = host.restore("aaaa1111", "b-none").await;
    assert!(matches!(gone, Err(HostError::NoServer(_))), "{gone:?}");
    for name in ["two", "three"] {
        host.backup("aaaa1111", name).await.expect("room");
    }
    let full = host.backup("aaaa1111", "four").await.expect_err("full");
    assert!(full.to_string().contains("limit of 3"), "{full}");
}

#[tokio::test]
async fn every_misbehaviour_is_told_apart() {
    misbehaves(&KIND, &panel().await, &json!({})).await;
}
