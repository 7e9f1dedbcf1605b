//! Details of a guest. What its agent tells is asked for one by one, and an agent that does not
//! answer is left alone for longer and longer.

use std::time::Duration;

use crate::model::known::{Gap, Known};
use crate::model::resource::{AgentState, GuestFacts, GuestKind};
use crate::model::time::Timestamp;
use crate::sources::lenient::List;
use crate::sources::proxmox::answer::{UNREACHED_AGAIN, after, known};
use crate::sources::proxmox::client::Refusal;
use crate::sources::proxmox::{gap, safe_in_path};
use crate::sources::pve::details::GuestDetails;
use crate::sources::pve::jobs::{GuestJob, Job, agent_pause};
use crate::sources::pve::map::guest as map;
use crate::sources::pve::source::PveSource;
use crate::sources::pve::wire::guest::{AgentAnswer, Config, CurrentStatus, OsInfo};

impl PveSource {
    /// Reads one detail of a guest; answers when it is due again.
    pub(super) async fn read_guest(
        &mut self,
        job: GuestJob,
        vmid: u32,
        now: Timestamp,
    ) -> Duration {
        let Some(guest) = self.seen.guests.get(&vmid).cloned() else {
            return UNREACHED_AGAIN;
        };
        if !safe_in_path(&guest.node) {
            return Duration::MAX / 2;
        }
        let every = job.every(self.seen.guests.len());
        let kind = match guest.kind {
            GuestKind::Vm => "qemu",
            GuestKind::Container => "lxc",
        };
        let at = |rest: &str| format!("/nodes/{}/{kind}/{vmid}/{rest}", guest.node);
        match (job, guest.kind) {
            (GuestJob::Config, _) => {
                let answer: Result<Config, Refusal> = self.client.detail(&at("config")).await;
                let config = known(answer.map(|config| map::config(&config, guest.kind)));
                self.enter_config(vmid, guest.kind, config, every)
            }
            (GuestJob::Snapshots, _) => {
                let found = known(self.list(&at("snapshot")).await.map(map::snapshots));
                self.enter_guest(vmid, found, every, |facts| &mut facts.snapshots)
            }
            (GuestJob::Balloon, _) => {
                let answer: Result<CurrentStatus, Refusal> =
                    self.client.detail(&at("status/current")).await;
                if let Ok(status) = answer {
                    self.guest_details(vmid).balloon = status.freemem.0.is_some();
                }
                every
            }
            (GuestJob::Interfaces, GuestKind::Container) => {
                let found = known(self.list(&at("interfaces")).await.map(map::interfaces));
                self.enter_guest(vmid, found, every, |facts| &mut facts.interfaces)
            }
            (GuestJob::FileSystems, _) => {
                // Entered first: a question that is broken off costs the host as much as one that
                // is not answered.
                let failures = self.guest_details(vmid).agent_failures;
                let pause = agent_pause(failures + 1);
                self.rotation.plan(Job::Guest(job, vmid), now + pause);
                let answer = self.agent::<List<_>>(&at("agent/get-fsinfo")).await;
                let found = answer.map(|rows| map::filesystems(rows.0));
                self.enter_filesystems(vmid, found, every)
            }
            (GuestJob::Interfaces, GuestKind::Vm) => {
                let path = at("agent/network-get-interfaces");
                let answer = self.agent::<List<_>>(&path).await;
                let found = known_of_agent(answer.map(|rows| map::interfaces(rows.0)));
                self.enter_guest(vmid, found, every, |facts| &mut facts.interfaces)
            }
            (GuestJob::Os, _) => {
                let answer = self.agent::<OsInfo>(&at("agent/get-osinfo")).await;
                let found = known_of_agent(answer.map(map::os));
                self.enter_guest(vmid, found, every, |facts| &mut facts.os)
            }
        }
    }

    async fn agent<T: Default + serde::de::DeserializeOwned>(
        &mut self,
        path: &str,
    ) -> Result<T, Refusal> {
        let answer: AgentAnswer<T> = self.client.detail(path).await?;
        Ok(answer.result)
    }

    fn guest_details(&mut self, vmid: u32) -> &mut GuestDetails {
        self.details.guests.entry(vmid).or_default()
    }

    fn enter_guest<T: Clone + PartialEq>(
        &mut self,
        vmid: u32,
        found: Known<T>,
        every: Duration,
        place: fn(&mut GuestFacts) -> &mut Known<T>,
    ) -> Duration {
        let next = after(&found, every);
        self.guest_details(vmid).facts.update(|facts| {
            let place = place(facts);
            *place = found.or_before(place);
        });
        next
    }

    fn enter_config(
        &mut self,
        vmid: u32,
        kind: GuestKind,
        config: Known<crate::model::resource::GuestConfig>,
        every: Duration,
    ) -> Duration {
        let next = after(&config, every);
        let agent_gap = self.rights.agent_gap();
        self.guest_details(vmid).facts.update(|facts| {
            facts.config = config.or_before(&facts.config);
            let Some(config) = facts.config.value() else {
                return;
            };
            match kind {
                GuestKind::Container => {
                    facts.agent = AgentState::NotNeeded;
                    facts.filesystems = Known::Is(map::container_filesystems(config));
                    facts.os = Known::Not(Gap::Unsupported);
                }
                GuestKind::Vm if !config.agent => {
                    facts.agent = AgentState::NotConfigured;
                    facts.lose_agent(&Gap::AgentNotConfigured);
                }
                GuestKind::Vm => {
                    if facts.agent == AgentState::NotConfigured {
                        facts.agent = AgentState::Unknown;
                        facts.lose_agent(&Gap::NotAskedYet);
                    }
                    if let Some(gap) = agent_gap {
                        facts.lose_agent(&gap);
                    }
                }
            }
        });
        next
    }

    /// The first question to an agent, whose answer says how the agent is.
    fn enter_filesystems(
        &mut self,
        vmid: u32,
        answer: Result<Vec<crate::model::resource::FileSystem>, Refusal>,
        every: Duration,
    ) -> Duration {
        let details = self.guest_details(vmid);
        match known_of_agent(answer) {
            Known::Is(filesystems) => {
                details.agent_failures = 0;
                details.disk = map::disk_usage(&filesystems);
                details.facts.update(|facts| {
                    facts.agent = AgentState::Running;
                    facts.filesystems = Known::Is(filesystems);
                });
                every
            }
            Known::Not(gap) => {
                details.agent_failures = details.agent_failures.saturating_add(1);
                let pause = agent_pause(details.agent_failures).max(every);
                let state = match &gap {
                    Gap::AgentNotRunning => AgentState::NotRunning,
                    Gap::AgentNotConfigured => AgentState::NotConfigured,
                    _ => AgentState::Unknown,
                };
                details.disk = None;
                details.facts.update(|facts| {
                    facts.agent = state;
                    facts.lose_agent(&gap);
                });
                pause
            }
        }
    }
}

/// What an agent's answer makes known; Proxmox VE says in words why there is none.
fn known_of_agent<T>(answer: Result<T, Refusal>) -> Known<T> {
    let refusal = match answer {
        Ok(value) => return Known::Is(value),
        Err(refusal) => refusal,
    };
    let told = refusal.told.as_str();
    Known::Not(if told.contains("No QEMU guest agent configured") {
        Gap::AgentNotConfigured
    } else if told.contains("guest agent is not running") {
        Gap::AgentNotRunning
    } else if told.contains("is not running") {
        Gap::NotRunning
    } else if refusal.status.is_none() {
        // The question alone was given 5 s: an agent that hangs, or a node that does.
        Gap::AgentNotRunning
    } else {
        gap(&refusal)
    })
}

impl GuestFacts {
    /// Nothing that only the agent tells is known, for this reason.
    fn lose_agent(&mut self, gap: &Gap) {
        self.filesystems = Known::Not(gap.clone());
        self.interfaces = Known::Not(gap.clone());
        self.os = Known::Not(gap.clone());
    }
}
