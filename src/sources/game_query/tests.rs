//! What is configured, and what a look makes of it.

use secrecy::SecretString;
use serde_json::{Value, json};
use simulator::{GameProtocol, GameState};

use super::KIND;
use crate::http::Guard;
use crate::model::id::TargetId;
use crate::model::resource::{GameServer, GameStatus, PlayerTrust, Resource};
use crate::model::time::Timestamp;
use crate::sources::games::query::PROTOCOLS;
use crate::sources::{ConfigError, Source, TargetConfig};

fn open(config: Value, secret: &str) -> Result<Box<dyn Source>, ConfigError> {
    (KIND.open)(TargetConfig {
        id: TargetId::random(),
        name: "games".to_owned(),
        config,
        secret: Some(SecretString::from(secret)),
        past_until: None,
    })
}

async fn look(source: &mut Box<dyn Source>) -> Vec<GameServer> {
    let look = source.poll(Timestamp(1_780_000_000_000)).await;
    let resources = look.expect("a look").resources;
    resources
        .into_iter()
        .map(|resource| match resource {
            Resource::Game(game) => game,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn servers_are_asked_by_protocol_or_by_game() {
    let voice = simulator::GameServer::start(GameProtocol::Mumble, GameState::default())
        .await
        .expect("starts");
    let world = simulator::GameServer::start(GameProtocol::MinecraftJava, GameState::default())
        .await
        .expect("starts");
    let config = json!({"servers": [
        {"name": "Voice", "host": "127.0.0.1", "port": voice.address().port(), "protocol": "mumble"},
        {"name": "World", "id": "world", "host": "127.0.0.1", "port": world.address().port(),
         "game": "minecraft-java", "guest": "guest:tgt_lab:104"},
    ]});
    let mut source = open(config, "").expect("usable");
    let seen = look(&mut source).await;
    assert_eq!(seen.len(), 2);
    for server in &seen {
        assert_eq!(server.status, GameStatus::Running, "{}", server.name);
        assert_eq!(server.players(), Some(2));
        assert_eq!(server.player_trust, PlayerTrust::Exact);
        assert_eq!(server.runtime, None);
    }
    assert_eq!(seen[0].id.local(), "Voice");
    assert_eq!(seen[1].id.local(), "world");
    assert_eq!(seen[1].game.as_deref(), Some("minecraft-java"));
    let guest = seen[1].guest.as_ref().map(ToString::to_string);
    assert_eq!(guest.as_deref(), Some("guest:tgt_lab:104"));
}

#[test]
fn a_setting_that_cannot_work_is_named_with_its_remedy() {
    let server = |more: Value| {
        let mut server = json!({"name": "one", "host": "games.lan", "protocol": "mumble"});
        for (key, value) in more.as_object().expect("an object") {
            server[key] = value.clone();
        }
        json!({"servers": [server]})
    };
    let cases = [
        (json!({"servers": []}), "1 to 256"),
        (server(json!({"host": "http://games.lan/x"})), "host"),
        (server(json!({"protocol": "smtp"})), "protocol"),
        (server(json!({"game": "chess"})), "chess"),
        (server(json!({"guest": "node:tgt_lab:pve1"})), "guest"),
        (server(json!({"secret": "missing"})), "missing"),
        (server(json!({"protocol": "palworld"})), "needs a password"),
        (server(json!({"name": "a\nb"})), "name"),
        (server(json!({"surprise": 1})), "surprise"),
        (
            json!({"servers": [
                {"name": "one", "host": "a", "protocol": "mumble"},
                {"name": "ONE", "host": "b", "protocol": "mumble"},
            ]}),
            "number 2",
        ),
    ];
    for (config, expected) in cases {
        let error = open(config.clone(), "").err();
        let text = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(text.contains(expected), "{config}: {text:?}");
    }
}

#[test]
fn secrets_have_names_and_never_stand_in_messages() {
    let config = json!({"servers": [
        {"name": "pal", "host": "games.lan", "protocol": "palworld", "secret": "pal"},
    ]});
    assert!(open(config.clone(), r#"{"pal": "hunter2"}"#).is_ok());
    let broken = open(config, r#"{"pal": "hunter2""#).err().expect("refused");
    assert!(!broken.to_string().contains("hunter2"), "{broken}");
}

#[tokio::test]
async fn our_own_listener_and_the_clouds_credentials_are_not_asked() {
    let listener = simulator::GameServer::start(GameProtocol::FiveM, GameState::default())
        .await
        .expect("starts");
    let port = listener.address().port();
    for (host, protocol, port) in [
        ("127.0.0.1", "fivem", port),
        ("localhost", "open_port", port),
        ("169.254.169.254", "fivem", 80),
        ("[fd00:ec2::254]", "mumble", 80),
    ] {
        let config = json!({"servers": [
            {"name": "x", "host": host, "port": port, "protocol": protocol},
        ]});
        let mut source = open(config, "").expect("usable");
        let guard = Guard::default();
        guard.keep_out_of([port]);
        source.keep_to(&guard);
        let seen = look(&mut source).await;
        let problem = seen[0].problem.clone().unwrap_or_default();
        assert!(problem.contains("is not asked"), "{host}: {problem:?}");
        assert_eq!(seen[0].status, GameStatus::Unknown);
    }
    assert_eq!(listener.heard(), 0);
}

#[test]
fn the_schema_names_every_protocol() {
    let schema: Value = serde_json::from_str(KIND.schema).expect("JSON");
    let listed = &schema["properties"]["servers"]["items"]["properties"]["protocol"]["enum"];
    let known: Vec<_> = PROTOCOLS.iter().map(|protocol| protocol.name).collect();
    assert_eq!(listed, &json!(known));
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    assert!(validator.is_valid(&json!({"servers": [
        {"name": "Voice", "host": "voice.lan", "protocol": "mumble"},
    ]})));
    assert!(!validator.is_valid(&json!({"servers": []})));
}
