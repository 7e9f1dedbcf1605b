use std::time::Duration;

use serde_json::json;
use simulator::{PanelGame, PanelKind, PanelServer};

use super::KIND;
use crate::model::resource::GameStatus;
use crate::sources::games::host::{HostError, StopOrder};
use crate::sources::panel::fake::{NOON, host, look, misbehaves, source};

async fn panel() -> PanelServer {
    let mut off = PanelGame::running("palworld.island", "Island", "palworld", 8211);
    off.state = "offline".into();
    let games = vec![
        PanelGame::running("valheim.midgard", "Midgard", "valheim", 2456),
        off,
    ];
    PanelServer::start(PanelKind::Peon, games)
        .await
        .expect("the simulator starts")
}

#[tokio::test]
async fn figures_are_made_of_dockers_raw_ones_once_a_minute() {
    let panel = panel().await;
    let mut source = source(&KIND, &panel, &json!({}));
    let first = source.poll(NOON).await.expect("it answers");
    assert_eq!(first.summary.version.as_deref(), Some("1.3.0"));
    let asked = panel.requests().len();
    assert_eq!(asked, 3, "version, list, and the one server that runs");
    let games = look(&mut source, NOON + Duration::from_secs(50)).await;
    let games = games.expect("it answers");
    assert_eq!(panel.requests().len(), asked);
    let (off, up) = (&games[0], &games[1]);
    assert_eq!(
        (off.name.as_str(), off.status),
        ("island", GameStatus::Stopped)
    );
    assert_eq!(
        (up.name.as_str(), up.status),
        ("midgard", GameStatus::Running)
    );
    assert_eq!(up.game.as_deref(), Some("valheim"));
    assert_eq!(up.cpu, Some(0.25));
    assert_eq!(up.memory.used, Some(800_000_000), "without the page cache");
    assert_eq!(up.players(), None);
    assert!(up.query.is_none(), "nobody said on which port");
}

#[tokio::test]
async fn it_starts_and_stops_and_no_more() {
    let panel = panel().await;
    let host = host(&KIND, &panel, &json!({}));
    let order = StopOrder {
        grace_s: 60,
        signal: None,
    };
    host.stop("valheim.midgard", &order)
        .await
        .expect("it stops");
    host.start("palworld.island").await.expect("it starts");
    let state = |id: &str| panel.game(id).expect("a server").state;
    assert_eq!(state("valheim.midgard"), "offline");
    assert_eq!(state("palworld.island"), "running");
    let never = host.backup("palworld.island", "x").await;
    assert!(matches!(never, Err(HostError::Unsupported(_))));
    let gone = host.start("valheim.asgard").await;
    assert!(matches!(gone, Err(HostError::NoServer(_))), "{gone:?}");
}

#[tokio::test]
async fn every_misbehaviour_is_told_apart() {
    misbehaves(&KIND, &panel().await, &json!({})).await;
}
