//! What hosts announce, as alerts: where the host itself calls it a warning or an error.

use std::time::Duration;

use super::{Alerts, HandleError, NewAlert};
use crate::alerts::POSTED;
use crate::model::alert::Severity;
use crate::model::id::{ResourceId, TargetId};
use crate::model::time::Timestamp;
use crate::sources::push::notification::Notification;

/// When an alert ends of which the host says nothing more.
const LASTS: Duration = Duration::from_secs(24 * 3600);

/// Characters of what tells two announcements apart.
const KEY: usize = 120;

/// What an announcement means.
#[derive(Debug)]
pub(super) enum Meaning {
    /// Something is wrong.
    Wrong(NewAlert),
    /// What was wrong under this key is not any more.
    Fine(String),
}

/// What an announcement means; nothing where the host only tests or does not say how bad it is.
pub(super) fn meaning(
    target: &TargetId,
    announced: &Notification,
    is_there: impl Fn(&ResourceId) -> bool,
    now: Timestamp,
) -> Option<Meaning> {
    if announced.kind == "test" {
        return None;
    }
    let field = |name: &str| announced.fields.get(name).map(String::as_str);
    let host = field("hostname").map(|host| host.split('.').next().unwrap_or(host));
    let what = match announced.kind.as_str() {
        "" => announced.title.as_str(),
        kind => kind,
    };
    let parts = [Some(target.as_str()), Some(what), host, field("job-id")];
    let key: Vec<&str> = parts.into_iter().flatten().collect();
    let key: String = key.join("/").chars().take(KEY).collect();
    let severity = match announced.severity.as_str() {
        "error" => Severity::Critical,
        "warning" => Severity::Warning,
        "info" | "notice" => return Some(Meaning::Fine(key)),
        _ => return None,
    };
    let node = host.map(|host| ResourceId::node(target, host));
    let told = match announced.title.trim() {
        "" => announced.message.lines().next().unwrap_or_default(),
        title => title,
    };
    let told = match told.trim() {
        "" => "the host announces something without words",
        told => told,
    };
    Some(Meaning::Wrong(NewAlert {
        resource: node.filter(is_there).map(|id| id.to_string()),
        subject: what.chars().take(KEY).collect(),
        severity,
        message: told.chars().take(500).collect(),
        value: None,
        key: Some(key),
        expires_at: Some(now + LASTS),
    }))
}

impl Alerts {
    /// Makes an alert of what a host announced, where it calls it a warning or an error, and ends
    /// the one of the same sort, host and job where it calls it fine. An alert that nothing more is
    /// said of ends after a day.
    ///
    /// # Errors
    /// When the database fails, or too many posted alerts are open.
    pub async fn heed(
        &self,
        target: &TargetId,
        announced: &Notification,
        now: Timestamp,
    ) -> Result<(), HandleError> {
        let fleet = self.live.fleet();
        let is_there = |id: &ResourceId| fleet.resource(id).is_some();
        match meaning(target, announced, is_there, now) {
            None => Ok(()),
            Some(Meaning::Wrong(new)) => self.post(new, now).await.map(drop),
            Some(Meaning::Fine(key)) => {
                let open = self.ledger.open().await?;
                let same = open
                    .into_iter()
                    .find(|alert| alert.rule == POSTED && alert.subject == key);
                if let Some(alert) = same {
                    let message = format!("{}: the host says that it is fine", alert.resource_name);
                    self.resolve(&alert.id, Some(message), now).await?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(severity: &str, kind: &str) -> Notification {
        Notification {
            kind: kind.into(),
            severity: severity.into(),
            title: "vzdump backup status (pve1.lan): backup failed".into(),
            fields: [
                ("hostname".to_owned(), "pve1.lan".to_owned()),
                ("job-id".to_owned(), "backup-7".to_owned()),
            ]
            .into(),
            ..Notification::default()
        }
    }

    #[test]
    fn the_hosts_own_word_decides() {
        let target: TargetId = "tgt_lab".parse().expect("an id");
        let now = Timestamp(1_795_000_000_000);
        let meant = |severity, kind| meaning(&target, &announced(severity, kind), |_| true, now);
        let Some(Meaning::Wrong(new)) = meant("error", "vzdump") else {
            panic!("an alert");
        };
        assert_eq!(new.severity, Severity::Critical);
        assert_eq!(new.resource.as_deref(), Some("node:tgt_lab:pve1"));
        assert_eq!(new.key.as_deref(), Some("tgt_lab/vzdump/pve1/backup-7"));
        assert!(new.message.contains("backup failed"));
        let Some(Meaning::Fine(key)) = meant("info", "vzdump") else {
            panic!("it is fine");
        };
        assert_eq!(Some(key), new.key, "the same backup");
        assert!(meant("unknown", "system-mail").is_none());
        assert!(meant("error", "test").is_none(), "somebody only tries it");
    }
}
