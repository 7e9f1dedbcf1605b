//! The ledger as a table for spreadsheets. Names of guests are hostile text: none of them may
//! become a formula.

use std::fmt::Write as _;

use crate::model::alert::{Alert, AlertState};
use crate::model::csv;
use crate::model::time::Timestamp;

/// The first line.
pub const HEADER: &str = "id,state,severity,rule,subject,resource,resource_name,node,tags,message,\
value,limit,started_at,resolved_at,duration_seconds,acknowledged_at,acknowledged_by,held_by\r\n";

/// The line of one alert; the duration of one that holds is the one at `now`.
#[must_use]
pub fn row(alert: &Alert, now: Timestamp) -> String {
    let state = match alert.state {
        AlertState::Firing => "firing",
        AlertState::Resolved => "resolved",
    };
    let moment = |at: Option<Timestamp>| at.map(Timestamp::rfc3339).unwrap_or_default();
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let lasted = alert.resolved_at.unwrap_or(now).since(alert.started_at);
    let texts = [
        alert.id.as_str().to_owned(),
        state.to_owned(),
        alert.severity.word().to_owned(),
        alert.rule.clone(),
        alert.subject.clone(),
        alert.resource.to_string(),
        alert.resource_name.clone(),
        alert.node.clone().unwrap_or_default(),
        alert.tags.join(" "),
        alert.message.clone(),
    ];
    let mut line = String::new();
    for text in texts {
        cell(&mut line, &text);
    }
    // Figures are ours; a minus sign in front of one is no formula.
    let _ = write!(line, "{},{},", number(alert.value), number(alert.limit));
    cell(&mut line, &alert.started_at.rfc3339());
    cell(&mut line, &moment(alert.resolved_at));
    let _ = write!(line, "{},", lasted.as_secs());
    cell(&mut line, &moment(alert.acknowledged_at));
    cell(
        &mut line,
        alert.acknowledged_by.as_deref().unwrap_or_default(),
    );
    cell(
        &mut line,
        alert.hold.as_ref().map_or("", |hold| hold.reason.word()),
    );
    line.pop();
    line.push_str("\r\n");
    line
}

/// Adds a cell and a comma.
fn cell(line: &mut String, text: &str) {
    csv::cell(line, text);
    line.push(',');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_as_many_cells_as_the_first() {
        let alert: Alert = serde_json::from_value(serde_json::json!({
            "id": "alt_1", "rule": "threshold", "subject": "cpu", "resource": "guest:tgt_a:100",
            "resource_name": "web", "node": null, "severity": "warning", "state": "firing",
            "message": "CPU at 93 %", "value": -0.5, "limit": 0.9, "started_at": 0,
            "last_seen": 0, "resolved_at": null, "acknowledged_at": null, "acknowledged_by": null
        }))
        .expect("an alert");
        let line = row(&alert, Timestamp(90_000));
        assert_eq!(line.matches(',').count(), HEADER.matches(',').count());
        assert!(
            line.contains(",-0.5,0.9,1970-01-01T00:00:00.000Z,,90,"),
            "{line}"
        );
        assert!(line.ends_with("\r\n"));
    }
}
