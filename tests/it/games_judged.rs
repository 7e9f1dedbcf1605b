//! Our game queries and both `gamedig`s, the crate and the npm package, ask the same simulated servers
//! and hear the same.

use std::net::SocketAddr;
use std::time::Duration;

use gamedig::protocols::types::{
    CommonResponse, ExtraRequestSettings, GatherToggle, TimeoutSettings,
};
use homepulse::sources::games::query::{Answer, Request, protocol};
use simulator::{GameFault, GameProtocol, GameServer, GameState};

use crate::peers::{self, Asked};

/// What all understand of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) players: Option<u32>,
    pub(crate) max_players: Option<u32>,
    pub(crate) map: Option<String>,
    pub(crate) names: Option<Vec<String>>,
}

/// A protocol, and what each of us calls it.
struct Judged {
    ours: &'static str,
    /// The crate's name of a game that speaks it.
    krate: Option<&'static str>,
    /// The npm package's.
    npm: Option<&'static str>,
    kind: GameProtocol,
    fault: GameFault,
}

const fn judged(
    ours: &'static str,
    krate: Option<&'static str>,
    npm: Option<&'static str>,
    kind: GameProtocol,
) -> Judged {
    Judged {
        ours,
        krate,
        npm,
        kind,
        fault: GameFault::None,
    }
}

/// GoldSrc's old answer is not among them: the crate takes only the capital letters of Valve's table for
/// the platform, not the `l` of the real server's answer that Valve gives below it, and the package asks
/// `details`, to which servers have not answered since they require a challenge. Nor is TeamSpeak: the
/// package also asks for topics of channels, which no question of ours needs and no simulated server knows;
/// nor OpenTTD, whose simulated server is of the old kind that the package does not read. A real one is
/// asked in `games_real`.
const JUDGED: [Judged; 7] = [
    judged(
        "a2s",
        Some("garrysmod"),
        Some("garrysmod"),
        GameProtocol::Source,
    ),
    Judged {
        fault: GameFault::Split,
        ..judged(
            "a2s",
            Some("garrysmod"),
            Some("garrysmod"),
            GameProtocol::Source,
        )
    },
    judged(
        "minecraft_java",
        Some("minecraftjava"),
        Some("minecraft"),
        GameProtocol::MinecraftJava,
    ),
    judged(
        "minecraft_bedrock",
        Some("minecraftbedrock"),
        Some("mbe"),
        GameProtocol::MinecraftBedrock,
    ),
    judged(
        "minecraft_java",
        Some("minecraftlegacy16"),
        None,
        GameProtocol::MinecraftOld,
    ),
    judged("quake3", Some("q3a"), Some("q3a"), GameProtocol::Quake3),
    judged("mumble", None, Some("mumble"), GameProtocol::Mumble),
];

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

pub(crate) fn ours(answer: Answer) -> Heard {
    Heard {
        players: answer.players,
        max_players: answer.max_players,
        map: answer.map,
        names: answer.names,
    }
}

/// What we hear of the server on `port` of this machine.
async fn heard(name: &str, port: u16) -> Heard {
    let asked = Request::new("127.0.0.1", port);
    let answer = protocol(name).expect("known").ask(asked).await;
    ours(answer.unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// A server of that kind with so many players.
async fn server(judged: &Judged, count: u32) -> GameServer {
    let state = GameState {
        players: (0..count).map(|index| format!("player{index}")).collect(),
        ..GameState::default()
    };
    let server = GameServer::start(judged.kind, state).await.expect("starts");
    server.set_fault(judged.fault);
    server
}

/// What only one of them tells is nothing to differ in, nor is the order of players, which npm's
/// gamedig changes.
fn agree(mut ours: Heard, mut theirs: Heard, about: &str) {
    for names in [&mut ours.names, &mut theirs.names].into_iter().flatten() {
        names.sort_unstable();
    }
    if ours.names.is_none() || theirs.names.is_none() {
        (ours.names, theirs.names) = (None, None);
    }
    if ours.map.is_none() || theirs.map.is_none() {
        (ours.map, theirs.map) = (None, None);
    }
    assert_eq!(ours, theirs, "{about}");
}

#[tokio::test]
async fn the_crate_gamedig_hears_the_same_of_every_server() {
    for judged in &JUDGED {
        let Some(game) = judged.krate else { continue };
        for count in [1_u32, 2, 11] {
            let server = server(judged, count).await;
            let address = server.address();
            let ours = heard(judged.ours, address.port()).await;
            let theirs = tokio::task::spawn_blocking(move || judge(game, address));
            let mut theirs = theirs.await.expect("gamedig answers");
            if game == "q3a" {
                // gamedig 0.9.0 never enters its loop over the players: `!length == 0` inverts bits.
                assert_eq!(ours.players, Some(count), "{:?}", judged.kind);
                (theirs.players, theirs.names) = (ours.players, None);
            }
            let about = format!("{:?} {:?} with {count}", judged.kind, judged.fault);
            agree(ours, theirs, &about);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_npm_gamedig_hears_the_same_of_every_server() {
    let Some(peers) = peers::installed() else {
        return;
    };
    let (mut servers, mut asked, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for judged in &JUDGED {
        let Some(r#type) = judged.npm else { continue };
        for count in [1_u32, 2, 11] {
            let server = server(judged, count).await;
            let port = server.address().port();
            told.push((
                heard(judged.ours, port).await,
                format!("{:?} {:?} with {count}", judged.kind, judged.fault),
            ));
            asked.push(Asked { r#type, port });
            servers.push(server);
        }
    }
    let answers = peers.ask(&asked);
    assert_eq!(answers.len(), told.len());
    for (theirs, (ours, about)) in answers.into_iter().zip(told) {
        let theirs = theirs.unwrap_or_else(|error| panic!("{about}: {error}"));
        agree(ours, theirs.heard, &about);
    }
}
