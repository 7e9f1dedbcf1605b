//! The simulated outside: a cluster, game servers, a mail server, a webhook receiver, and the
//! settings that lead the product to them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::SecretString;
use serde_json::json;
use simulator::{
    EngineServer, GameNight, GameProtocol, NightServer, PbsOptions, PbsRole, PbsServer, PveOptions,
    PveServer, Role, SmtpOptions, SmtpSink, WebhookSink, World, WorldConfig,
};
use tempfile::TempDir;

use super::DemoOptions;
use crate::config::{Config, FileChannel, FileTarget};

/// Everything outside of the product.
pub(super) struct Lab {
    pve: PveServer,
    pbs: PbsServer,
    smtp: SmtpSink,
    webhooks: WebhookSink,
    games: GameNight,
    engine: EngineServer,
    // Holds the engine's socket.
    _sockets: TempDir,
}

impl Lab {
    /// Starts it on loopback.
    pub(super) async fn start(options: &DemoOptions) -> std::io::Result<Self> {
        let world = World::new(WorldConfig {
            nodes: options.nodes,
            guests: options.guests,
            speed: options.speed,
            ..WorldConfig::default()
        });
        let sockets = tempfile::Builder::new()
            .prefix("homepulse-demo-")
            .tempdir()?;
        Ok(Self {
            engine: EngineServer::start(&sockets.path().join("engine.sock"))?,
            _sockets: sockets,
            pbs: PbsServer::start(world.clone(), PbsOptions::default()).await?,
            pve: PveServer::start(world, PveOptions::default()).await?,
            smtp: SmtpSink::start(SmtpOptions::default()).await?,
            webhooks: WebhookSink::start().await?,
            games: GameNight::start(options.speed).await?,
        })
    }

    /// `config` with the lab's addresses, in the same form as a configuration file has them.
    pub(super) fn configure(&self, mut config: Config, data_dir: PathBuf) -> Config {
        let token = self.pve.token(Role::Auditor);
        config.data_dir = data_dir;
        config.demo = true;
        config.targets.push(FileTarget {
            name: super::CLUSTER.into(),
            kind: "pve".into(),
            config: json!({
                "address": self.pve.url(),
                "token_id": token.id,
                "fingerprint": self.pve.fingerprint(),
                "verify": true,
            }),
            secret: SecretString::from(token.secret.clone()),
        });
        let token = self.pbs.token(PbsRole::FullAuditor);
        config.targets.push(FileTarget {
            name: "vault".into(),
            kind: "pbs".into(),
            config: json!({
                "address": self.pbs.url(),
                "token_id": token.id,
                "fingerprint": self.pbs.fingerprint(),
                "verify": true,
            }),
            secret: SecretString::from(token.secret.clone()),
        });
        let servers: Vec<_> = self
            .games
            .addresses()
            .map(|(server, port)| {
                let (key, word) = spoken(server);
                json!({ "name": server.name, "host": "127.0.0.1", "port": port, key: word })
            })
            .collect();
        config.targets.push(FileTarget {
            name: super::GAMES.into(),
            kind: "game".into(),
            config: json!({ "servers": servers, "interval_s": 10 }),
            secret: SecretString::default(),
        });
        // Where game servers can be made, as the API documents' examples do.
        config.targets.push(FileTarget {
            name: "game box".into(),
            kind: "docker".into(),
            config: json!({ "address": self.engine.url(), "control": true }),
            secret: SecretString::default(),
        });
        config.channels.push(FileChannel {
            key: "channels.Mail".into(),
            name: "Mail".into(),
            kind: "email".into(),
            config: json!({
                "host": self.smtp.addr().ip().to_string(),
                "port": self.smtp.addr().port(),
                "security": "none",
                "from": "homepulse@example.org",
                "to": ["admin@example.org"],
            }),
            secret: None,
            secrets: BTreeMap::new(),
        });
        config.channels.push(FileChannel {
            key: "channels.Webhook".into(),
            name: "Webhook".into(),
            kind: "webhook".into(),
            config: json!({ "url": self.webhooks.url("/alerts") }),
            secret: None,
            secrets: BTreeMap::new(),
        });
        config
    }

    /// Questions that the game servers have heard.
    pub(super) fn questions(&self) -> usize {
        self.games.heard()
    }

    pub(super) fn world(&self) -> &World {
        self.pve.world()
    }

    pub(super) fn smtp(&self) -> SocketAddr {
        self.smtp.addr()
    }

    pub(super) fn webhook(&self) -> String {
        self.webhooks.url("/")
    }

    pub(super) fn requests(&self) -> usize {
        [self.pve.request_counts(), self.pbs.request_counts()]
            .iter()
            .flat_map(|counts| counts.values())
            .sum()
    }

    pub(super) fn mails(&self) -> usize {
        self.smtp.mails().len()
    }

    pub(super) fn webhooks(&self) -> usize {
        self.webhooks.requests().len()
    }
}

/// What the product is told of a simulated server: the game, where its catalogue has it.
fn spoken(server: &NightServer) -> (&'static str, &'static str) {
    match server.name {
        "Survival world" => ("game", "minecraft-java"),
        "Longhouse" => ("game", "valheim"),
        _ => ("protocol", protocol(server.protocol)),
    }
}

/// The product's word for what a simulated server speaks.
const fn protocol(spoken: GameProtocol) -> &'static str {
    match spoken {
        GameProtocol::MinecraftJava => "minecraft_java",
        GameProtocol::Source => "a2s",
        GameProtocol::Mumble => "mumble",
        GameProtocol::Quake3 => "quake3",
        GameProtocol::OpenTtd => "openttd",
        _ => "open_port",
    }
}
