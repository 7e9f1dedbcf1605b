//! Our game queries and the crate `gamedig` ask the same simulated servers and hear the same.

use std::net::SocketAddr;
use std::time::Duration;

use gamedig::protocols::types::{
    CommonResponse, ExtraRequestSettings, GatherToggle, TimeoutSettings,
};
use homepulse::sources::games::query::{Answer, Request, protocol};
use simulator::{GameFault, GameProtocol, GameServer, GameState};

/// What both understand of an answer.
#[derive(Debug, PartialEq, Eq)]
struct Heard {
    players: Option<u32>,
    max_players: Option<u32>,
    map: Option<String>,
    names: Option<Vec<String>>,
}

fn judge(name: &'static str, address: SocketAddr) -> Heard {
    let game = gamedig::GAMES.get(name).expect("a game that gamedig knows");
    let limit = Some(Duration::from_secs(10));
    let limits = TimeoutSettings::new(limit, limit, limit, 0).expect("limits");
    let extra = ExtraRequestSettings::default()
        .set_gather_rules(GatherToggle::Skip)
        .set_hostname("127.0.0.1".into());
    let heard: Box<dyn CommonResponse> = gamedig::query_with_timeout_and_extra_settings(
        game,
        &address.ip(),
        Some(address.port()),
        Some(limits),
        Some(extra),
    )
    .unwrap_or_else(|error| panic!("gamedig about {name}: {error:?}"));
    Heard {
        players: Some(heard.players_online()),
        max_players: Some(heard.players_maximum()),
        map: heard.map().map(str::to_owned),
        names: heard.players().map(|players| {
            players
                .iter()
                .map(|player| player.name().to_owned())
                .collect()
        }),
    }
}

fn ours(answer: Answer) -> Heard {
    Heard {
        players: answer.players,
        max_players: answer.max_players,
        map: answer.map,
        names: answer.names,
    }
}

#[tokio::test]
async fn gamedig_hears_the_same_of_every_server() {
    for (name, game, kind, fault) in [
        ("a2s", "garrysmod", GameProtocol::Source, GameFault::None),
        ("a2s", "garrysmod", GameProtocol::Source, GameFault::Split),
        (
            "minecraft_java",
            "minecraftjava",
            GameProtocol::MinecraftJava,
            GameFault::None,
        ),
        (
            "minecraft_bedrock",
            "minecraftbedrock",
            GameProtocol::MinecraftBedrock,
            GameFault::None,
        ),
        (
            "minecraft_java",
            "minecraftlegacy16",
            GameProtocol::MinecraftOld,
            GameFault::None,
        ),
        ("quake3", "q3a", GameProtocol::Quake3, GameFault::None),
    ] {
        for count in [1_u32, 2, 11] {
            let state = GameState {
                players: (0..count).map(|index| format!("player{index}")).collect(),
                ..GameState::default()
            };
            let server = GameServer::start(kind, state).await.expect("starts");
            server.set_fault(fault);
            let address = server.address();
            let asked = Request::new(address.ip().to_string(), address.port());
            let answer = protocol(name)
                .expect("known")
                .ask(asked)
                .await
                .expect("answers");
            let theirs = tokio::task::spawn_blocking(move || judge(game, address));
            let mut theirs = theirs.await.expect("gamedig answers");
            let mut ours = ours(answer);
            if game == "q3a" {
                // gamedig 0.9.0 never enters its loop over the players: `!length == 0` inverts bits.
                assert_eq!(ours.players, Some(count), "{kind:?}");
                (theirs.players, theirs.names) = (ours.players, None);
            }
            if ours.names.is_none() || theirs.names.is_none() {
                (ours.names, theirs.names) = (None, None);
            }
            assert_eq!(ours, theirs, "{kind:?} {fault:?} with {count}");
        }
    }
}
