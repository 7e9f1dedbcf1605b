//! The status page as plain HTML: no script, no image, nothing from elsewhere.

use std::fmt::Write as _;

use crate::api::html::escape;
use crate::model::time::Timestamp;
use crate::services::status_page::{Page, Shown, State};

/// The page's style.
pub(super) const STYLE: &str = include_str!("style.css");

const DAY_MS: i64 = 86_400_000;

/// The page.
pub(super) fn render(page: &Page) -> String {
    let count = |state| page.items.iter().filter(|item| item.state == state).count();
    let (down, unknown) = (count(State::Down), count(State::Unknown));
    let (class, verdict) = match (page.items.len(), down, unknown) {
        (0, _, _) => ("unknown", "Nothing is shown here yet".to_owned()),
        (_, 0, 0) => ("up", "Everything is up".to_owned()),
        (_, 0, unknown) => ("unknown", format!("{unknown} of unknown state")),
        (all, down, _) => ("down", format!("{down} of {all} down")),
    };
    let title = escape(&page.title);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta http-equiv=\"refresh\" content=\"60\"><meta name=\"robots\" content=\"noindex\">\
         <title>{title}</title><link rel=\"stylesheet\" href=\"style.css\"></head>\
         <body><main><h1>{title}</h1>\
         <p class=\"verdict {class}\"><span aria-hidden=\"true\">{glyph}</span> {verdict}</p><ul>",
        glyph = glyph(class),
    );
    for item in &page.items {
        row(&mut html, item, page.at);
    }
    // Writing to a String cannot fail.
    let _ = writeln!(
        html,
        "</ul><footer><p>Bars are the last 90 days (UTC), today at the right; pale ones were not \
         measured.</p><p>As of <time datetime=\"{at}\">{at}</time></p></footer></main></body></html>",
        at = moment(page.at),
    );
    html
}

fn row(html: &mut String, item: &Shown, now: Timestamp) {
    let (class, word) = match item.state {
        State::Up => ("up", "Up"),
        State::Down => ("down", "Down"),
        State::Unknown => ("unknown", "Unknown"),
    };
    let uptime = item.uptime.map_or_else(
        || "not measured yet".to_owned(),
        |share| format!("{} up in 90 days", percent(share)),
    );
    let _ = write!(
        html,
        "<li><div class=\"line\"><strong><bdi>{name}</bdi></strong><span class=\"state {class}\">\
         <span aria-hidden=\"true\">{glyph}</span> {word}</span></div>\
         <div class=\"bars\" role=\"img\" aria-label=\"{uptime}\">",
        name = escape(&item.name),
        glyph = glyph(class),
    );
    let last = item.days.len().saturating_sub(1);
    for (index, day) in item.days.iter().enumerate() {
        let back = i64::try_from(last - index).unwrap_or(0) * DAY_MS;
        let date = moment(Timestamp(now.millis() - back));
        let date = date.split(' ').next().unwrap_or_default();
        let (class, text) = match day {
            None => ("none", "not measured".to_owned()),
            Some(share) if *share >= 0.9995 => ("up", percent(*share)),
            Some(share) if *share >= 0.95 => ("some", percent(*share)),
            Some(share) => ("down", percent(*share)),
        };
        let _ = write!(html, "<i class=\"{class}\" title=\"{date}: {text}\"></i>");
    }
    let _ = write!(html, "</div><p class=\"uptime\">{uptime}</p></li>");
}

/// The shape that tells a state without colour.
const fn glyph(class: &str) -> &'static str {
    match class.as_bytes() {
        b"up" => "\u{2713}",
        b"down" => "\u{25a0}",
        _ => "\u{25c6}",
    }
}

/// Never rounded up to a whole that it was not.
fn percent(share: f64) -> String {
    let text = format!("{:.2}", (share * 10_000.0).floor() / 100.0);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} %")
}

/// `2026-11-22 08:53 UTC`.
fn moment(at: Timestamp) -> String {
    let text = at.rfc3339();
    match (text.get(..10), text.get(11..16)) {
        (Some(date), Some(time)) => format!("{date} {time} UTC"),
        _ => text,
    }
}
