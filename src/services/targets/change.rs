//! Changing a configured target, and trying one out.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::types::NewTarget;
use super::{TargetError, TargetRow, Targets, TestReport, address_of, check, open, summary_of};
use crate::model::id::TargetId;
use crate::model::target::{Failure, FailureKind};
use crate::telemetry::clock;

/// The longest time that trying a target may take.
const TEST_LIMIT: Duration = Duration::from_secs(20);

/// What is to change about a target; `None` leaves things as they are.
#[derive(Clone, Debug, Default)]
pub struct TargetChange {
    /// Another name.
    pub name: Option<String>,
    /// Other settings.
    pub config: Option<Value>,
    /// Another secret in the place of the one that nobody can read back.
    pub secret: Option<SecretString>,
    /// Whether it is looked at from now on.
    pub enabled: Option<bool>,
}

impl Targets {
    /// Changes a target and looks at it anew.
    ///
    /// # Errors
    /// When there is no such target, the configuration file owns it, a setting is wrong or name
    /// or address are taken; nothing is changed then.
    pub async fn update(
        &self,
        id: &TargetId,
        change: TargetChange,
    ) -> Result<TargetRow, TargetError> {
        let rows = self.list().await?;
        let row = rows.iter().find(|row| row.id == *id).cloned();
        let row = row.ok_or_else(|| TargetError::NotFound { id: id.clone() })?;
        if row.owned_by_file {
            return Err(TargetError::OwnedByFile { name: row.name });
        }
        let new = self.changed(&row, &change).await?;
        self.check_new(&new, Some(id)).await?;
        let past_until = self.past_until(id).await?;
        let source = open(id.clone(), &new, past_until)?;
        let enabled = change.enabled.unwrap_or(row.enabled);
        let row = self.write(row.id, new, false, enabled).await?;
        if enabled {
            self.start(row.id.clone(), summary_of(&row), source).await;
        } else {
            self.stop(&row.id).await;
        }
        Ok(row)
    }

    /// Whether a target could be kept, in the place of `instead` where it changes one.
    ///
    /// # Errors
    /// When a setting is wrong, or another target has the name or the address.
    pub async fn check_new(
        &self,
        new: &NewTarget,
        instead: Option<&TargetId>,
    ) -> Result<(), TargetError> {
        check(new)?;
        for other in self.list().await? {
            if Some(&other.id) != instead {
                refuse_double(new, &other)?;
            }
        }
        Ok(())
    }

    /// The target that looks at the same address already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn same_host(&self, new: &NewTarget) -> Result<Option<TargetId>, TargetError> {
        let address = address_of(&new.kind, &new.config);
        let rows = self.list().await?;
        let same = rows
            .into_iter()
            .find(|row| row.kind == new.kind && address_of(&row.kind, &row.config) == address);
        Ok(same.map(|row| row.id))
    }

    /// Whether a secret is kept with a target.
    ///
    /// # Errors
    /// When the secret that is kept cannot be opened.
    pub async fn keeps_secret(&self, id: &TargetId) -> Result<bool, TargetError> {
        Ok(!self.secret(id).await?.expose_secret().is_empty())
    }

    /// The target as it would be after `change`, with its secret in the clear.
    ///
    /// # Errors
    /// When the secret that is kept cannot be opened.
    pub async fn changed(
        &self,
        row: &TargetRow,
        change: &TargetChange,
    ) -> Result<NewTarget, TargetError> {
        let secret = match &change.secret {
            Some(secret) => secret.clone(),
            None => self.secret(&row.id).await?,
        };
        Ok(NewTarget {
            name: change.name.clone().unwrap_or_else(|| row.name.clone()),
            kind: row.kind.clone(),
            config: change.config.clone().unwrap_or_else(|| row.config.clone()),
            secret,
        })
    }

    /// Looks at a target once without keeping it.
    ///
    /// # Errors
    /// When a setting is wrong; a host that does not answer is a report, not an error.
    pub async fn test(&self, new: NewTarget) -> Result<TestReport, TargetError> {
        let mut source = open(TargetId::random(), &new, None)?;
        source.keep_to(&self.guard);
        let looked = tokio::time::timeout(TEST_LIMIT, source.poll(clock::now())).await;
        let fingerprint = source.presented_fingerprint();
        Ok(match looked {
            Err(_) => TestReport::failed(too_slow(), fingerprint),
            Ok(Err(failure)) => TestReport::failed(failure, fingerprint),
            Ok(Ok(look)) => {
                use crate::model::id::ResourceKind::{Datastore, Guest, Node};
                use crate::model::resource::{GameStatus, Resource};
                let count = |kind| look.resources.iter().filter(|r| r.kind() == kind).count();
                TestReport {
                    failure: None,
                    nodes: count(Node),
                    guests: count(Guest),
                    datastores: count(Datastore),
                    games: look
                        .resources
                        .iter()
                        .filter(|resource| {
                            matches!(resource, Resource::Game(game) if game.status != GameStatus::Unknown)
                        })
                        .count(),
                    fingerprint,
                    cluster: look.summary.cluster,
                    version: look.summary.version,
                    missing: look.summary.missing,
                }
            }
        })
    }

    /// The same for a target of which nobody said whom to believe: if the system's authorities do
    /// not vouch for its certificate, the one it shows now is pinned. Nothing secret is sent
    /// before that.
    ///
    /// # Errors
    /// As [`Targets::test`].
    pub async fn test_on_first_use(
        &self,
        mut new: NewTarget,
    ) -> Result<(NewTarget, TestReport), TargetError> {
        let report = self.test(new.clone()).await?;
        let untrusted = report
            .failure
            .as_ref()
            .is_some_and(|failure| failure.kind == FailureKind::CertificateUntrusted);
        let Some(fingerprint) = report.fingerprint.clone().filter(|_| untrusted) else {
            return Ok((new, report));
        };
        new.config["fingerprint"] = json!(fingerprint);
        let report = self.test(new.clone()).await?;
        Ok((new, report))
    }
}

/// Refuses a target whose name or address another one has.
fn refuse_double(new: &NewTarget, other: &TargetRow) -> Result<(), TargetError> {
    if other.name == new.name {
        return Err(TargetError::NameTaken {
            name: other.name.clone(),
        });
    }
    let address = address_of(&new.kind, &new.config);
    if other.kind == new.kind
        && address.is_some()
        && address_of(&other.kind, &other.config) == address
    {
        return Err(TargetError::AddressTaken {
            name: other.name.clone(),
            address: address.unwrap_or_default(),
        });
    }
    Ok(())
}

fn too_slow() -> Failure {
    Failure {
        kind: FailureKind::Timeout,
        message: format!("no complete answer within {} s", TEST_LIMIT.as_secs()),
        fix: None,
    }
}
