//! Every protocol against a simulated server that behaves.

use std::net::Ipv6Addr;

use simulator::{GameFault, GameProtocol, GameServer, GameState};

use super::super::{Answer, Options, Protocol, QueryError, Request, protocol};

/// Ours, theirs, and what a server of this kind tells of title, map, version and names.
pub(super) const PAIRS: &[(&str, GameProtocol, [bool; 4])] = &[
    ("a2s", GameProtocol::Source, [true, true, true, true]),
    ("a2s", GameProtocol::GoldSource, [true, true, false, true]),
    (
        "minecraft_java",
        GameProtocol::MinecraftJava,
        [true, false, true, true],
    ),
    (
        "minecraft_java",
        GameProtocol::MinecraftOld,
        [true, false, true, false],
    ),
    (
        "minecraft_query",
        GameProtocol::MinecraftQuery,
        [true, true, true, true],
    ),
    (
        "minecraft_bedrock",
        GameProtocol::MinecraftBedrock,
        [true, true, true, false],
    ),
    ("quake3", GameProtocol::Quake3, [true, true, true, true]),
    (
        "quake3",
        GameProtocol::Quake3Info,
        [true, true, false, false],
    ),
    ("mumble", GameProtocol::Mumble, [false, false, true, false]),
    (
        "teamspeak3",
        GameProtocol::TeamSpeak3,
        [true, false, true, true],
    ),
    (
        "teeworlds",
        GameProtocol::Teeworlds6,
        [true, true, true, true],
    ),
    (
        "teeworlds",
        GameProtocol::Teeworlds7,
        [true, true, true, true],
    ),
    ("openttd", GameProtocol::OpenTtd, [true, false, true, false]),
    (
        "openttd",
        GameProtocol::OpenTtdOld,
        [true, true, true, false],
    ),
    (
        "palworld",
        GameProtocol::Palworld,
        [true, false, true, true],
    ),
    ("fivem", GameProtocol::FiveM, [true, true, true, true]),
    ("tshock", GameProtocol::TShock, [true, true, true, true]),
    (
        "factorio",
        GameProtocol::Factorio,
        [false, false, true, true],
    ),
    ("ark_rcon", GameProtocol::Ark, [false, false, false, true]),
];

pub(super) fn ours(name: &str) -> &'static Protocol {
    protocol(name).expect("a known protocol")
}

pub(super) fn request(server: &GameServer) -> Request {
    Request {
        options: Options {
            secret: Some("secret".to_owned().into()),
            ..Options::default()
        },
        ..Request::new(server.address().ip().to_string(), server.address().port())
    }
}

pub(super) fn locked() -> GameState {
    GameState {
        password: "secret".into(),
        ..GameState::default()
    }
}

async fn ask(name: &str, server: &GameServer) -> Result<Answer, QueryError> {
    ours(name).ask(request(server)).await
}

#[tokio::test]
async fn what_is_played_is_told_as_far_as_the_protocol_goes() {
    for (name, kind, [title, map, version, names]) in PAIRS {
        let state = locked();
        let server = GameServer::start(*kind, state.clone())
            .await
            .expect("starts");
        let answer = ask(name, &server)
            .await
            .unwrap_or_else(|error| panic!("{kind:?}: {error}"));
        assert_eq!(answer.players, Some(2), "{kind:?}");
        let known = |wanted: &bool, text: &str| wanted.then(|| text.to_owned());
        assert_eq!(answer.title, known(title, &state.title), "{kind:?}");
        assert_eq!(answer.version, known(version, &state.version), "{kind:?}");
        if *map {
            assert_eq!(answer.map, Some(state.map), "{kind:?}");
        }
        assert_eq!(answer.names, names.then_some(state.players), "{kind:?}");
        assert!(answer.round_trip > std::time::Duration::ZERO, "{kind:?}");
        if !matches!(kind, GameProtocol::Factorio | GameProtocol::Ark) {
            assert_eq!(answer.max_players, Some(16), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn an_empty_server_is_empty_and_not_unknown() {
    for (name, kind, _) in PAIRS {
        let state = GameState {
            players: Vec::new(),
            ..locked()
        };
        let server = GameServer::start(*kind, state).await.expect("starts");
        let answer = ask(name, &server)
            .await
            .unwrap_or_else(|error| panic!("{kind:?}: {error}"));
        assert_eq!(answer.players, Some(0), "{kind:?}");
        assert!(
            answer.names.is_none_or(|names| names.is_empty()),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn servers_without_counts_prove_that_they_live() {
    for (name, kind) in [
        ("satisfactory", GameProtocol::Satisfactory),
        ("luanti", GameProtocol::Luanti),
        ("open_port", GameProtocol::Luanti),
    ] {
        let server = GameServer::start(kind, GameState::default())
            .await
            .expect("starts");
        let request = Request::new("127.0.0.1", server.address().port());
        let answer = ours(name)
            .ask(request)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((answer.players, answer.names), (None, None), "{name}");
    }
}

#[tokio::test]
async fn a_server_on_the_newer_internet_answers_too() {
    for (name, kind) in [
        ("a2s", GameProtocol::Source),
        ("minecraft_java", GameProtocol::MinecraftJava),
        ("fivem", GameProtocol::FiveM),
    ] {
        let server = GameServer::start_on(Ipv6Addr::LOCALHOST.into(), kind, GameState::default())
            .await
            .expect("starts");
        let answer = ask(name, &server)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(answer.players, Some(2), "{name}");
    }
}

#[tokio::test]
async fn a_name_with_two_families_is_asked_over_both() {
    // The name stands for 127.0.0.1 and, on most machines, for ::1 as well; only one listens.
    for kind in [GameProtocol::Source, GameProtocol::MinecraftJava] {
        let name = if kind == GameProtocol::Source {
            "a2s"
        } else {
            "minecraft_java"
        };
        let server = GameServer::start(kind, GameState::default())
            .await
            .expect("starts");
        let request = Request::new("localhost", server.address().port());
        let answer = ours(name)
            .ask(request)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(answer.players, Some(2));
    }
}

#[tokio::test]
async fn a_lost_datagram_is_asked_for_again() {
    let server = GameServer::start(GameProtocol::Mumble, GameState::default())
        .await
        .expect("starts");
    server.set_fault(GameFault::LoseFirst);
    assert_eq!(
        ask("mumble", &server).await.expect("answers").players,
        Some(2)
    );
    assert_eq!(server.heard(), 2);
}

#[tokio::test]
async fn parts_are_put_together() {
    for kind in [GameProtocol::Source, GameProtocol::GoldSource] {
        let state = GameState {
            players: (0..8).map(|index| format!("player {index}")).collect(),
            ..GameState::default()
        };
        let server = GameServer::start(kind, state.clone())
            .await
            .expect("starts");
        server.set_fault(GameFault::Split);
        let answer = ask("a2s", &server)
            .await
            .unwrap_or_else(|error| panic!("{kind:?}: {error}"));
        assert_eq!(answer.names, Some(state.players), "{kind:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_a_refusal() {
    for (name, kind) in [
        ("palworld", GameProtocol::Palworld),
        ("tshock", GameProtocol::TShock),
        ("factorio", GameProtocol::Factorio),
        ("ark_rcon", GameProtocol::Ark),
    ] {
        let server = GameServer::start(kind, locked()).await.expect("starts");
        let mut request = request(&server);
        request.options.secret = Some("wrong".to_owned().into());
        let refused = ours(name).ask(request).await;
        assert!(
            matches!(refused, Err(QueryError::Denied(_))),
            "{name}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_brief_question_asks_once() {
    let server = GameServer::start(GameProtocol::FiveM, GameState::default())
        .await
        .expect("starts");
    let mut request = request(&server);
    request.options.brief = true;
    let answer = ours("fivem").ask(request).await.expect("answers");
    assert_eq!((answer.players, answer.names), (Some(2), None));
}
