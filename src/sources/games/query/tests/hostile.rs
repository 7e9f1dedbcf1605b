//! Every protocol against servers that lie, flood, drip or keep silent: each query ends by itself,
//! within its limits, and says why.

use std::net::Ipv4Addr;
use std::time::Duration;

use futures_util::future::join_all;
use simulator::{GameFault, GameProtocol, GameServer};

use super::super::{Answer, Limits, QueryError, Request};
use super::served::{PAIRS, locked, ours, request};

/// Short, so that what only time ends does not hold up the tests.
const SHORT: Limits = Limits {
    total: Duration::from_millis(700),
    udp_bytes: 64 << 10,
    tcp_bytes: 1 << 20,
};

async fn ask(name: &str, kind: GameProtocol, fault: GameFault) -> Result<Answer, QueryError> {
    let server = GameServer::start(kind, locked()).await.expect("starts");
    server.set_fault(fault);
    let request = Request {
        limits: SHORT,
        ..request(&server)
    };
    ours(name).ask(request).await
}

/// One outcome for each pair, all at the same time.
async fn ask_all(fault: GameFault) -> Vec<(GameProtocol, Result<Answer, QueryError>)> {
    let asked = PAIRS
        .iter()
        .map(|(name, kind, _)| async move { (*kind, ask(name, *kind, fault).await) });
    join_all(asked).await
}

#[tokio::test]
async fn silence_ends_as_silence() {
    for (kind, outcome) in ask_all(GameFault::Silent).await {
        assert!(
            outcome.as_ref().is_err_and(QueryError::is_silence),
            "{kind:?}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_flood_ends_at_the_cap_or_is_recognised_before() {
    for (kind, outcome) in ask_all(GameFault::Flood).await {
        assert!(
            matches!(
                outcome,
                Err(QueryError::TooMuch(_) | QueryError::Malformed(_) | QueryError::Timeout(_))
            ),
            "{kind:?}: {outcome:?}"
        );
    }
    let outcome = ask("a2s", GameProtocol::Source, GameFault::Flood).await;
    assert!(
        matches!(outcome, Err(QueryError::TooMuch(_))),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_stream_that_drips_ends_with_the_time() {
    let streams = [
        GameProtocol::MinecraftJava,
        GameProtocol::TeamSpeak3,
        GameProtocol::Palworld,
        GameProtocol::FiveM,
        GameProtocol::TShock,
    ];
    for (kind, outcome) in ask_all(GameFault::Drip).await {
        if streams.contains(&kind) {
            assert!(
                outcome.as_ref().is_err_and(QueryError::is_silence),
                "{kind:?}: {outcome:?}"
            );
        }
    }
}

#[tokio::test]
async fn half_an_answer_is_none() {
    for (kind, outcome) in ask_all(GameFault::Half).await {
        // Half of a list of names or of a text can be a whole one.
        let may_pass = matches!(kind, GameProtocol::Quake3 | GameProtocol::Quake3Info);
        assert!(may_pass || outcome.is_err(), "{kind:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn announced_lengths_are_not_believed() {
    for (name, kind) in [
        ("minecraft_java", GameProtocol::MinecraftJava),
        ("openttd", GameProtocol::OpenTtd),
        ("factorio", GameProtocol::Factorio),
        ("fivem", GameProtocol::FiveM),
    ] {
        let outcome = ask(name, kind, GameFault::LyingLength).await;
        assert!(outcome.is_err(), "{kind:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_picture_of_megabytes_is_not_taken_in() {
    let outcome = ask(
        "minecraft_java",
        GameProtocol::MinecraftJava,
        GameFault::HugePicture,
    )
    .await;
    assert!(
        matches!(outcome, Err(QueryError::TooMuch(_))),
        "{outcome:?}"
    );
    let answer = ask("fivem", GameProtocol::FiveM, GameFault::HugePicture)
        .await
        .expect("answers");
    assert_eq!(
        (answer.players, answer.version),
        (Some(2), None),
        "the picture costs the version only"
    );
}

#[tokio::test]
async fn challenges_without_end_are_given_up() {
    let outcome = ask("a2s", GameProtocol::Source, GameFault::WrongChallenge).await;
    assert!(
        matches!(outcome, Err(QueryError::Malformed(_))),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn another_port_is_not_listened_to() {
    for (name, kind) in [
        ("a2s", GameProtocol::Source),
        ("mumble", GameProtocol::Mumble),
        ("minecraft_bedrock", GameProtocol::MinecraftBedrock),
    ] {
        let outcome = ask(name, kind, GameFault::OtherSource).await;
        assert!(
            outcome.as_ref().is_err_and(QueryError::is_silence),
            "{kind:?}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_pointer_elsewhere_is_not_followed() {
    for (name, kind) in [
        ("palworld", GameProtocol::Palworld),
        ("fivem", GameProtocol::FiveM),
        ("tshock", GameProtocol::TShock),
    ] {
        let outcome = ask(name, kind, GameFault::Redirect).await;
        assert!(
            matches!(outcome, Err(QueryError::Malformed(_))),
            "{kind:?}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_closed_port_is_known_at_once_and_is_not_silence() {
    for protocol in super::super::PROTOCOLS {
        let free = tokio::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("binds");
        let port = free.local_addr().expect("bound").port();
        drop(free);
        let mut request = Request::new("127.0.0.1", port);
        request.options.secret = Some("secret".to_owned().into());
        let outcome = protocol.ask(request).await;
        assert!(
            matches!(outcome, Err(QueryError::Closed(_))),
            "{protocol:?}: {outcome:?}"
        );
    }
}
