//! What rows of changes say that happened to servers. Pure.

use crate::changes::{ABSENT, Attribute, Change, HERE};
use crate::model::id::ResourceId;
use crate::model::resource::GameStatus;
use crate::model::time::Timestamp;
use crate::notify::{ServerNews, status_000};

/// One thing that happened to one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) at: Timestamp,
    pub(super) server: ResourceId,
    pub(super) what: What,
    /// How it was; `None` where nobody knows.
    pub(super) before: Option<GameStatus>,
    /// How it is; `None` where it is gone.
    pub(super) after: Option<GameStatus>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Created,
    Changed,
    Deleted,
}

impl Step {
    /// What it is called, by everybody who may ask.
    pub(super) fn news(&self) -> Vec<ServerNews> {
        let mut news = Vec::new();
        match self.what {
            What::Created => news.push(ServerNews::Created),
            What::Deleted => news.push(ServerNews::Deleted),
            What::Changed => {}
        }
        news.extend(self.turn());
        let word = |status: Option<GameStatus>| status.map(status_000);
        if self.before.is_some() && word(self.before) != word(self.after) {
            news.push(ServerNews::StatusChanged);
        }
        news
    }

    /// A server that was out of sight, paused or slow to answer has not come up by being seen well
    /// again.
    fn turn(&self) -> Option<ServerNews> {
        use GameStatus as Is;
        let was_down = match self.before {
            None => self.what == What::Created,
            Some(before) => matches!(before, Is::Stopped | Is::Crashed | Is::Starting),
        };
        let was_up = matches!(
            self.before,
            Some(Is::Running | Is::Starting | Is::Stopping | Is::Sleeping | Is::Unresponsive)
        );
        match self.after? {
            Is::Running if was_down => Some(ServerNews::Started),
            Is::Stopped if was_up => Some(ServerNews::Stopped),
            Is::Crashed if self.before.is_some() => Some(ServerNews::Crashed),
            Is::Unresponsive if self.before.is_some() => Some(ServerNews::Unreachable),
            _ => None,
        }
    }
}

/// What `rows` say, in their order. A server that is new and its first status are one thing.
pub(super) fn steps(rows: &[Change]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for row in rows {
        let step = |what, before, after| Step {
            at: row.at,
            server: row.resource.clone(),
            what,
            before,
            after,
        };
        match (row.attribute, row.before.as_deref(), row.after.as_str()) {
            (Attribute::Presence, Some(ABSENT), HERE) => {
                steps.push(step(What::Created, None, Some(GameStatus::Unknown)));
            }
            (Attribute::Presence, Some(HERE), ABSENT) => {
                steps.push(step(What::Deleted, None, None));
            }
            (Attribute::Status, before, after) => {
                let after = status(after);
                let new = steps.iter_mut().rfind(|step| {
                    step.server == row.resource && step.at == row.at && step.what == What::Created
                });
                match (new, before) {
                    (Some(new), _) => new.after = after.or(new.after),
                    (None, Some(before)) => steps.push(step(What::Changed, status(before), after)),
                    // What was seen first has been so before.
                    (None, None) => {}
                }
            }
            _ => {}
        }
    }
    steps
}

fn status(word: &str) -> Option<GameStatus> {
    GameStatus::ALL
        .into_iter()
        .find(|status| status.word() == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{ResourceKind, TargetId};

    fn row(name: &str, attribute: Attribute, before: Option<&str>, after: &str) -> Change {
        let target: TargetId = "tgt_games".parse().expect("an id");
        Change {
            at: Timestamp::from_seconds(60),
            resource: ResourceId::other(ResourceKind::Game, &target, name),
            attribute,
            before: before.map(str::to_owned),
            after: after.to_owned(),
        }
    }

    fn news(rows: &[Change]) -> Vec<&'static str> {
        let steps = steps(rows);
        steps
            .iter()
            .flat_map(Step::news)
            .map(ServerNews::word)
            .collect()
    }

    #[test]
    fn a_server_comes_up_goes_down_and_breaks() {
        for (before, after, expected) in [
            (
                "starting",
                "running",
                vec!["server.started", "server.status_changed"],
            ),
            (
                "running",
                "stopped",
                vec!["server.stopped", "server.status_changed"],
            ),
            (
                "running",
                "crashed",
                vec!["server.crashed", "server.status_changed"],
            ),
            (
                "running",
                "unresponsive",
                vec!["server.unreachable", "server.status_changed"],
            ),
            // Nothing of these is a start or an end.
            ("unresponsive", "running", vec!["server.status_changed"]),
            ("unknown", "running", vec!["server.status_changed"]),
            ("unknown", "stopped", vec!["server.status_changed"]),
            ("stopped", "starting", vec!["server.status_changed"]),
            // Asleep is off to Playpulse.
            ("stopped", "sleeping", vec![]),
        ] {
            let told = news(&[row("a", Attribute::Status, Some(before), after)]);
            assert_eq!(told, expected, "{before} to {after}");
        }
    }

    #[test]
    fn a_new_server_is_created_and_up_where_it_is_first_seen_so() {
        let new = |status| {
            news(&[
                row("a", Attribute::Presence, Some(ABSENT), HERE),
                row("a", Attribute::Name, None, "a"),
                row("a", Attribute::Status, None, status),
            ])
        };
        assert_eq!(new("running"), ["server.created", "server.started"]);
        assert_eq!(new("starting"), ["server.created"]);
    }

    #[test]
    fn what_was_there_before_anybody_looked_is_no_news_and_what_goes_is() {
        let known = [
            row("a", Attribute::Presence, None, HERE),
            row("a", Attribute::Status, None, "running"),
        ];
        assert!(news(&known).is_empty());
        let gone = [row("a", Attribute::Presence, Some(HERE), ABSENT)];
        assert_eq!(news(&gone), ["server.deleted"]);
    }

    #[test]
    fn a_server_that_comes_back_is_created_anew_with_its_last_status() {
        // What it was before it went is not how it was a moment ago.
        let told = news(&[
            row("a", Attribute::Presence, Some(ABSENT), HERE),
            row("a", Attribute::Status, Some("stopped"), "running"),
        ]);
        assert_eq!(told, ["server.created", "server.started"]);
    }
}
