//! A look at servers that are only asked.

use std::collections::BTreeSet;

use super::settings::{Asked, Settings};
use crate::http::Guard;
use crate::model::facts::Facts;
use crate::model::observation::Coverage;
use crate::model::resource::{GamePort, Rates, Resource, Usage};
use crate::model::target::{Failure, TargetSummary};
use crate::model::time::Timestamp;
use crate::sources::games::query::Transport;
use crate::sources::games::watch::{Runtime, RuntimeState, Watch};
use crate::sources::{BoxFuture, ConfigError, Look, Source, TargetConfig};

/// Hosts that the address of the target names; of more, only how many.
const SHOWN_HOSTS: usize = 3;

/// The servers of one target.
pub(super) struct GameSource {
    summary: TargetSummary,
    servers: Vec<Asked>,
    watch: Watch,
}

impl GameSource {
    /// Checks the settings; no traffic yet.
    pub(super) fn open(target: TargetConfig) -> Result<Self, ConfigError> {
        let settings = Settings::read(target.config)?;
        let servers = settings.servers(target.secret.as_ref())?;
        let summary = TargetSummary::configured(
            target.id.clone(),
            target.name,
            super::KIND.name,
            hosts(&servers),
            true,
        );
        Ok(Self {
            summary,
            servers,
            watch: Watch::new(target.id),
        })
    }

    async fn look(&mut self, now: Timestamp) -> Look {
        let runtimes = self.servers.iter().map(runtime).collect();
        let servers = self.watch.look(runtimes, now).await;
        Look {
            summary: self.summary.clone(),
            coverage: Coverage::Complete,
            resources: servers.into_iter().map(Resource::Game).collect(),
            samples: Vec::new(),
            facts: Facts::default(),
            past: Vec::new(),
        }
    }
}

impl Source for GameSource {
    /// Never fails as a whole: each server that does not answer says so itself.
    fn poll(&mut self, now: Timestamp) -> BoxFuture<'_, Result<Look, Failure>> {
        Box::pin(async move { Ok(self.look(now).await) })
    }

    fn keep_to(&mut self, guard: &Guard) {
        self.watch.keep_to(guard);
    }
}

fn runtime(asked: &Asked) -> Runtime {
    let carrier = match asked.plan.protocol.transport {
        Transport::Udp | Transport::UdpAndTcp => "udp",
        Transport::Tcp | Transport::Http => "tcp",
    };
    Runtime {
        local: asked.local.clone(),
        name: asked.name.clone(),
        game: asked.game.clone(),
        state: RuntimeState::Unasked,
        facts: None,
        started_at: None,
        cpu: None,
        cpus: None,
        memory: Usage::default(),
        disk: Usage::default(),
        rates: Rates::default(),
        ports: vec![GamePort {
            role: "query".to_owned(),
            host: Some(asked.plan.host.clone()),
            port: asked.plan.port,
            protocol: carrier.to_owned(),
        }],
        can: Vec::new(),
        guest: asked.guest.clone(),
        newer_version: None,
        query: Some(asked.plan.clone()),
        reported: None,
        player_trust: asked.player_trust,
        start_timeout_s: asked.start_timeout_s,
    }
}

/// The hosts as one line for people.
fn hosts(servers: &[Asked]) -> String {
    let hosts: BTreeSet<&str> = servers
        .iter()
        .map(|asked| asked.plan.host.as_str())
        .collect();
    let mut shown: Vec<String> = hosts
        .iter()
        .take(SHOWN_HOSTS)
        .map(|host| (*host).to_owned())
        .collect();
    if hosts.len() > SHOWN_HOSTS {
        shown.push(format!("{} more", hosts.len() - SHOWN_HOSTS));
    }
    shown.join(", ")
}
