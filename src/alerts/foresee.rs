//! What the ledger is going to say once it can be written: for showing alerts on a full disk.

use super::apply::begin;
use crate::model::alert::{Alert, Transition};
use crate::model::id::ResourceId;

/// The alerts that begin with `transitions` and still hold after them, under the ids that
/// [`super::apply`] will give them. Alerts that are in the ledger already are not among them.
#[must_use]
pub fn foresee<'a>(transitions: impl IntoIterator<Item = &'a Transition>) -> Vec<Alert> {
    let mut open: Vec<Alert> = Vec::new();
    for transition in transitions {
        let place = place(&open, transition);
        match (transition, place) {
            (Transition::Fire(finding), None) => open.push(begin(finding)),
            (Transition::Fire(finding) | Transition::Update(finding), Some(place)) => {
                let first = &open[place];
                open[place] = Alert {
                    id: first.id.clone(),
                    started_at: first.started_at,
                    ..begin(finding)
                };
            }
            (Transition::Clear { .. }, Some(place)) => drop(open.swap_remove(place)),
            (Transition::Update(_) | Transition::Clear { .. }, None) => {}
        }
    }
    open
}

/// Where the alert stands that a transition is about.
fn place(open: &[Alert], transition: &Transition) -> Option<usize> {
    let (rule, subject, resource): (_, _, &ResourceId) = match transition {
        Transition::Fire(finding) | Transition::Update(finding) => {
            (finding.rule, &finding.subject, &finding.resource)
        }
        Transition::Clear {
            rule,
            subject,
            resource,
            ..
        } => (*rule, subject, resource),
    };
    open.iter().position(|alert| {
        alert.rule == rule && alert.subject == *subject && alert.resource == *resource
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::{Ledger, apply};
    use crate::db::Db;
    use crate::model::alert::{Finding, Severity};
    use crate::model::time::Timestamp;

    fn finding(value: f64, at: i64) -> Finding {
        Finding {
            rule: "threshold",
            subject: "cpu".into(),
            resource: ResourceId::own(),
            resource_name: "web1".into(),
            tags: Vec::new(),
            node: None,
            severity: Severity::Warning,
            message: format!("web1: CPU at {value}"),
            value: Some(value),
            limit: None,
            since: Timestamp::from_seconds(at),
            at: Timestamp::from_seconds(at),
        }
    }

    #[tokio::test]
    async fn what_is_foreseen_is_what_is_entered() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let db = Db::open(&dir.path().join("test.db")).expect("a fresh database opens");
        let said = vec![
            Transition::Fire(finding(0.93, 10)),
            Transition::Update(finding(0.99, 20)),
        ];
        let foreseen = foresee(&said);
        let entered = db.writer.run(move |tx| apply(tx, &said)).await;
        entered.expect("they are entered");
        let open = Ledger::new(db).open().await.expect("it is read");
        assert_eq!(foreseen, open);
        assert_eq!(foreseen[0].value, Some(0.99));
    }

    #[test]
    fn what_is_over_or_in_the_ledger_already_is_not_foreseen() {
        let clear = Transition::Clear {
            rule: "threshold",
            subject: "cpu".into(),
            resource: ResourceId::own(),
            value: None,
            at: Timestamp::from_seconds(30),
            message: String::new(),
        };
        assert!(foresee(&[Transition::Fire(finding(0.93, 10)), clear]).is_empty());
        assert!(foresee(&[Transition::Update(finding(0.93, 10))]).is_empty());
    }
}
