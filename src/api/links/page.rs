//! The pages behind links in messages, as plain HTML.

use std::fmt::Write as _;

use crate::api::html::escape;
use crate::model::alert::{Alert, AlertState};
use crate::model::time::Timestamp;
use crate::notify::links::Action;
use crate::services::links::Offer;

/// The pages' style.
pub(super) const STYLE: &str = include_str!("style.css");

/// What can be chosen for a snooze: minutes and words.
const SPANS: [(u32, &str); 5] = [
    (30, "30 minutes"),
    (60, "1 hour"),
    (240, "4 hours"),
    (720, "12 hours"),
    (1440, "1 day"),
];

/// What a link would do, with a button if there is anything to do.
pub(super) fn offer(offer: &Offer, now: Timestamp) -> String {
    let count = offer.open().count();
    let (title, text) = match (offer.action, offer.is_used, count) {
        (_, _, _) if offer.alerts.is_empty() => (
            "Nothing to do",
            "What this message was about has been forgotten since.",
        ),
        (_, true, _) => (
            "Done already",
            "This link has been used; it works once. This is how things are now:",
        ),
        (_, _, 0) => (
            "Nothing to do",
            "That is settled. This is how things are now:",
        ),
        (Action::Acknowledge, _, 1) => (
            "Take this alert on?",
            "Nobody is reminded of it any more, and it is not escalated. You are told when it is over.",
        ),
        (Action::Acknowledge, _, _) => (
            "Take these alerts on?",
            "Nobody is reminded of them any more, and they are not escalated. You are told when they are over.",
        ),
        (Action::Snooze, _, 1) => (
            "Snooze this alert?",
            "Nobody is told of it for a while. If it still holds then, it is told again.",
        ),
        (Action::Snooze, _, _) => (
            "Snooze these alerts?",
            "Nobody is told of them for a while. What still holds then is told again.",
        ),
    };
    let form = if offer.is_used || count == 0 {
        String::new()
    } else {
        form(offer.action)
    };
    let alerts = list(&offer.alerts, Some(now));
    page(title, &format!("<p>{text}</p>{alerts}{form}"))
}

/// What was done.
pub(super) fn done(offer: &Offer) -> String {
    let title = match offer.action {
        Action::Acknowledge => "Taken on",
        Action::Snooze => "Snoozed",
    };
    let text = "<p>You can close this page.</p>";
    page(title, &format!("{}{text}", list(&offer.alerts, None)))
}

/// Why nothing can be done.
pub(super) fn refusal(why: &str) -> String {
    let text = "<p>Open homepulse to see what is wrong now.</p>";
    page(
        "Nothing was done",
        &format!("<p>{}.</p>{text}", escape(why)),
    )
}

fn form(action: Action) -> String {
    let mut html = String::from("<form method=\"post\">");
    if action == Action::Snooze {
        html.push_str("<fieldset><legend>For how long?</legend>");
        for (minutes, words) in SPANS {
            let checked = if minutes == 60 { " checked" } else { "" };
            // Writing to a String cannot fail.
            let _ = write!(
                html,
                "<label><input type=\"radio\" name=\"minutes\" value=\"{minutes}\"{checked}> \
                 {words}</label>"
            );
        }
        html.push_str("</fieldset>");
    }
    let word = match action {
        Action::Acknowledge => "Take on",
        Action::Snooze => "Snooze",
    };
    let _ = write!(html, "<button type=\"submit\">{word}</button></form>");
    html
}

fn list(alerts: &[Alert], now: Option<Timestamp>) -> String {
    let mut html = String::from("<ul>");
    for alert in alerts {
        let word = match (alert.state, &alert.acknowledged_by) {
            (AlertState::Resolved, _) => "over".to_owned(),
            (AlertState::Firing, Some(by)) => format!("taken on by {by}"),
            (AlertState::Firing, None) if alert.hold.is_some() => "held back".to_owned(),
            (AlertState::Firing, None) => alert.severity.word().to_owned(),
        };
        let since = now
            .filter(|_| alert.state == AlertState::Firing)
            .map(|now| format!(", for {} min", now.since(alert.started_at).as_secs() / 60))
            .unwrap_or_default();
        let _ = write!(
            html,
            "<li class=\"{}\"><strong>{}</strong> <span>{}{since}</span><br>{}</li>",
            alert.severity.word(),
            escape(&alert.resource_name),
            escape(&word),
            escape(&alert.message),
        );
    }
    html.push_str("</ul>");
    html
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} – homepulse</title><link rel=\"stylesheet\" href=\"style.css\"></head>\
         <body><main><h1>{title}</h1>{body}</main></body></html>\n"
    )
}
