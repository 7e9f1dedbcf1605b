//! What an import does to each thing that it holds, before anything is written.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{CarriedChannel, CarriedTarget, SETTINGS, Snapshot, Transfer, TransferError};
use crate::model::id::{ChannelId, TargetId};
use crate::model::time::Timestamp;
use crate::notify::{NewChannel, ReadyChannel, Secrets};
use crate::services::guest_metadata::Metadata;
use crate::services::targets::{ReadyTarget, TargetChange};

/// What is done to one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is new here.
    Add,
    /// It is here, and becomes another.
    Change,
    /// It is here as it is.
    Same,
    /// It is left as it is here.
    Skip,
}

/// One thing that an import holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// `node`, `channel`, `guest` or `setting`.
    pub what: &'static str,
    /// Its name.
    pub name: String,
    /// What is done to it.
    pub action: Action,
    /// Why it is skipped.
    pub reason: Option<String>,
}

/// Everything that an import does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The things, in the order of the import.
    pub items: Vec<Item>,
}

impl Plan {
    fn note(&mut self, what: &'static str, name: &str, action: Action) {
        self.items.push(Item {
            what,
            name: name.to_owned(),
            action,
            reason: None,
        });
    }

    fn skip(&mut self, what: &'static str, name: &str, reason: &str) {
        self.items.push(Item {
            what,
            name: name.to_owned(),
            action: Action::Skip,
            reason: Some(reason.to_owned()),
        });
    }

    /// How many things are treated so.
    #[must_use]
    pub fn count(&self, action: Action) -> usize {
        let alike = self.items.iter().filter(|item| item.action == action);
        alike.count()
    }
}

/// Everything that is to be written, checked.
pub(super) struct Prepared {
    pub(super) plan: Plan,
    pub(super) targets: Vec<ReadyTarget>,
    pub(super) channels: Vec<ReadyChannel>,
    pub(super) guests: Vec<(String, Metadata)>,
    pub(super) settings: Vec<(String, Value)>,
}

fn invalid(what: String, problem: &dyn std::fmt::Display) -> TransferError {
    TransferError::Invalid {
        what,
        problem: problem.to_string(),
    }
}

impl Transfer {
    /// Checks everything and works out what is to be done.
    pub(super) async fn prepare(
        &self,
        snapshot: Snapshot,
        now: Timestamp,
    ) -> Result<Prepared, TransferError> {
        let mut prepared = Prepared {
            plan: Plan::default(),
            targets: Vec::new(),
            channels: Vec::new(),
            guests: Vec::new(),
            settings: Vec::new(),
        };
        let mut names = Vec::new();
        for target in snapshot.targets {
            let what = format!("the node {}", target.new.name);
            if names.contains(&target.new.name) {
                return Err(invalid(what, &"there are two of that name"));
            }
            names.push(target.new.name.clone());
            self.prepare_target(target, &mut prepared).await?;
        }
        for channel in snapshot.channels {
            self.prepare_channel(channel, &mut prepared, now).await?;
        }
        let known: BTreeMap<String, Metadata> = self.guests.all().await?.into_iter().collect();
        for (key, metadata) in snapshot.guests {
            let metadata = metadata
                .checked()
                .map_err(|error| invalid(format!("the guest {key}"), &error))?;
            let action = action(known.get(&key), &metadata);
            prepared.plan.note("guest", &key, action);
            prepared.guests.push((key, metadata));
        }
        let known = self.settings().await?;
        for (key, value) in snapshot.settings {
            if !SETTINGS.contains(&key.as_str()) {
                let reason = "it is not known here";
                prepared.plan.skip("setting", &key, reason);
                continue;
            }
            let action = action(known.get(&key), &value);
            prepared.plan.note("setting", &key, action);
            prepared.settings.push((key, value));
        }
        Ok(prepared)
    }

    async fn prepare_target(
        &self,
        target: CarriedTarget,
        prepared: &mut Prepared,
    ) -> Result<(), TransferError> {
        let new = target.new;
        let name = new.name.clone();
        let failed = |error| match error {
            super::TargetError::Invalid { .. }
            | super::TargetError::NameTaken { .. }
            | super::TargetError::AddressTaken { .. } => {
                invalid(format!("the node {name}"), &error)
            }
            other => TransferError::Target(other),
        };
        let rows = self.targets.list().await?;
        let same_host = self.targets.same_host(&new).await?;
        let known = rows
            .iter()
            .find(|row| Some(&row.id) == target.id.as_ref())
            .or_else(|| rows.iter().find(|row| Some(&row.id) == same_host.as_ref()))
            .or_else(|| {
                let same = |row: &&_| is_same(row, &new.kind, &new.name);
                rows.iter().find(same)
            });
        if known.is_some_and(|row| row.owned_by_file) {
            let reason = "the configuration file owns it";
            prepared.plan.skip("node", &name, reason);
            return Ok(());
        }
        let id = known.map(|row| row.id.clone()).or(target.id);
        let id = id.unwrap_or_else(TargetId::random);
        self.targets
            .check_new(&new, Some(&id))
            .await
            .map_err(&failed)?;
        let action = match known {
            None => Action::Add,
            Some(row) => {
                use secrecy::ExposeSecret as _;
                let kept = self.targets.changed(row, &TargetChange::default()).await?;
                let is_same = kept.name == new.name
                    && kept.config == new.config
                    && row.enabled == target.enabled
                    && kept.secret.expose_secret() == new.secret.expose_secret();
                if is_same {
                    Action::Same
                } else {
                    Action::Change
                }
            }
        };
        prepared.plan.note("node", &name, action);
        if action != Action::Same {
            let ready = self.targets.ready(id, new, target.enabled).await;
            prepared.targets.push(ready.map_err(failed)?);
        }
        Ok(())
    }

    async fn prepare_channel(
        &self,
        carried: CarriedChannel,
        prepared: &mut Prepared,
        now: Timestamp,
    ) -> Result<(), TransferError> {
        let all = self.channels.list().await?;
        let known = all.iter().map(|status| &status.channel);
        let known = known
            .clone()
            .find(|channel| Some(&channel.id) == carried.id.as_ref())
            .or_else(|| known.clone().find(|channel| channel.name == carried.name));
        let action = match known {
            None => Action::Add,
            Some(channel) => {
                let (_, secrets) = self.channels.carried(&channel.id).await?;
                let is_same = channel.name == carried.name
                    && channel.kind == carried.kind
                    && channel.config == carried.config
                    && channel.enabled == carried.enabled
                    && texts(&secrets) == texts(&carried.secrets);
                if is_same {
                    Action::Same
                } else {
                    Action::Change
                }
            }
        };
        prepared.plan.note("channel", &carried.name, action);
        if action == Action::Same {
            return Ok(());
        }
        let id = known.map(|channel| channel.id.clone()).or(carried.id);
        let what = format!("the channel {}", carried.name);
        let new = NewChannel {
            kind: carried.kind,
            name: carried.name,
            config: carried.config,
            secrets: carried.secrets,
            enabled: carried.enabled,
        };
        let ready = self
            .channels
            .ready(id.unwrap_or_else(ChannelId::random), new, now)
            .map_err(|error| invalid(what, &error))?;
        prepared.channels.push(ready);
        Ok(())
    }
}

fn texts(secrets: &Secrets) -> Vec<(&str, &str)> {
    use secrecy::ExposeSecret as _;
    let texts = secrets.iter();
    texts
        .map(|(field, secret)| (field.as_str(), secret.expose_secret()))
        .collect()
}

fn is_same(row: &crate::services::targets::TargetRow, kind: &str, name: &str) -> bool {
    row.kind == kind && row.name == name
}

fn action<T: PartialEq>(before: Option<&T>, after: &T) -> Action {
    match before {
        None => Action::Add,
        Some(before) if before == after => Action::Same,
        Some(_) => Action::Change,
    }
}
