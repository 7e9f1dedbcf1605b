//! An alert as people read it: subject, text and HTML from embedded templates.

use std::sync::LazyLock;

use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;

use super::engine::{Format, turns_direction};
use super::message::{Message, News, Occasion};
use crate::model::alert::Severity;
use crate::model::metric;
use crate::model::time::Timestamp;

/// Characters of an alert's sentence that are sent.
pub(super) const SENTENCE_LENGTH: usize = 2000;
/// Characters of a name that are sent.
pub(super) const NAME_LENGTH: usize = 120;
/// Alerts of a digest, and names of what one alert affects, that are listed; the rest is counted.
const LISTED: usize = 50;

/// A message in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rendered {
    /// One line.
    pub(super) subject: String,
    /// Plain text.
    pub(super) text: String,
    /// HTML; everything from outside is escaped.
    pub(super) html: String,
}

/// What a message says, in pieces for templates. Nothing in it is escaped, but every piece is one
/// line of bounded length.
#[derive(Clone, Serialize)]
pub(super) struct Card {
    pub(super) instance: String,
    pub(super) word: &'static str,
    pub(super) colour: &'static str,
    pub(super) name: String,
    pub(super) topic: String,
    pub(super) sentence: String,
    pub(super) facts: Vec<Fact>,
    /// How many other alerts the message tells of.
    pub(super) more: usize,
    /// What it tells of them, a line each.
    pub(super) others: Vec<String>,
    /// What may be done about it.
    pub(super) links: Vec<Fact>,
    /// What the picture shows, where there is one.
    picture: Option<String>,
}

#[derive(Clone, Serialize)]
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) value: String,
}

impl Card {
    /// Lists no more than so many of the other alerts.
    pub(super) fn list_at_most(&mut self, count: usize) {
        self.others.truncate(count);
    }

    /// The least that a title says.
    pub(super) fn word_and_name(&self) -> String {
        format!("{}: {}", self.word, self.name)
    }
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    for (name, source) in [
        ("subject.txt", include_str!("templates/subject.txt")),
        ("message.txt", include_str!("templates/message.txt")),
        ("message.html", include_str!("templates/message.html")),
    ] {
        templates
            .add_template(name, source)
            .expect("invariant: the embedded templates are valid");
    }
    templates
});

/// Puts a message into words.
///
/// `picture` is what the picture shows that the HTML is to have in it, if there is one.
pub(super) fn render(
    message: &Message,
    instance: &str,
    picture: Option<&str>,
) -> Result<Rendered, minijinja::Error> {
    let card = Card {
        picture: picture.map(str::to_owned),
        ..card(message, instance)
    };
    let fill = |name| TEMPLATES.get_template(name)?.render(Serde(&card));
    Ok(Rendered {
        subject: one_line(fill("subject.txt")?.trim()),
        text: fill("message.txt")?,
        html: fill("message.html")?,
    })
}

/// The pieces of a message.
pub(super) fn card(message: &Message, instance: &str) -> Card {
    let alert = &message.alert;
    let (word, colour) = match (message.occasion, alert.severity) {
        (Occasion::Test, _) => ("Test", "#2563eb"),
        (Occasion::Resolved, _) => ("Resolved", "#15803d"),
        (_, Severity::Critical) => ("Critical", "#b91c1c"),
        (_, Severity::Warning) => ("Warning", "#b45309"),
        (_, Severity::Info) => ("Info", "#2563eb"),
    };
    let name = shorten(&one_line(&alert.resource_name), NAME_LENGTH);
    let mut facts = vec![fact("Severity", alert.severity.word())];
    facts.push(fact("Resource", &name));
    facts.extend(alert.node.as_deref().map(|node| fact("Node", node)));
    facts.push(fact("Began", &moment(alert.started_at)));
    facts.extend(alert.resolved_at.map(|at| fact("Ended", &moment(at))));
    let by = alert.acknowledged_by.as_deref();
    facts.extend(by.map(|by| fact("Taken on by", by)));
    facts.extend(circumstances(message));
    Card {
        instance: one_line(instance),
        word,
        colour,
        topic: topic(&alert.subject),
        sentence: shorten(&one_line(&alert.message), SENTENCE_LENGTH),
        name,
        facts,
        more: message.others.len(),
        others: message.others.iter().take(LISTED).map(line).collect(),
        links: links(message),
        picture: None,
    }
}

/// Somebody's own text as HTML.
pub(super) fn html_of(text: &str) -> String {
    let text = Format::Html.escape(text).replace('\n', "<br>\n");
    format!("<!doctype html>\n<html lang=\"en\">\n<body>\n<p>{text}</p>\n</body>\n</html>\n")
}

/// Why this message comes now and here, where that is not plain.
fn circumstances(message: &Message) -> Vec<Fact> {
    let mut facts = Vec::new();
    match message.occasion {
        Occasion::Reminder => facts.push(fact("Reminder", "nobody has taken it on yet")),
        Occasion::Escalated => facts.push(fact("Escalated", "nobody has taken it on in time")),
        Occasion::Fired
        | Occasion::Worsened
        | Occasion::Resolved
        | Occasion::Server
        | Occasion::Test => {}
    }
    let affected = &message.affected;
    if !affected.is_empty() {
        let mut names = affected.iter().take(LISTED).cloned().collect::<Vec<_>>();
        if affected.len() > LISTED {
            names.push(format!("{} more", affected.len() - LISTED));
        }
        facts.push(Fact {
            label: "Affected",
            value: shorten(&one_line(&names.join(", ")), SENTENCE_LENGTH),
        });
    }
    let quiet = message.quiet.map(|quiet| {
        let hours = format!("{} to {}", moment(quiet.from), moment(quiet.to));
        fact("Quiet hours", &hours)
    });
    facts.extend(quiet);
    let absent = message.stand_in.as_deref();
    facts.extend(absent.map(|name| fact("In place of", name)));
    facts
}

/// One of the other alerts of a digest.
fn line(news: &News) -> String {
    let word = match news.occasion {
        Occasion::Resolved => "resolved",
        _ => news.alert.severity.word(),
    };
    let name = shorten(&one_line(&news.alert.resource_name), NAME_LENGTH);
    let sentence = shorten(&one_line(&news.alert.message), SENTENCE_LENGTH);
    format!("{word}: {name}: {sentence}")
}

fn links(message: &Message) -> Vec<Fact> {
    let links = &message.links;
    let all = [
        ("Open", &links.open),
        ("Take it on", &links.acknowledge),
        ("Snooze", &links.snooze),
    ];
    let link = |(label, link): (&'static str, &Option<String>)| {
        let value = link.clone()?;
        Some(Fact { label, value })
    };
    all.into_iter().filter_map(link).collect()
}

fn fact(label: &'static str, value: &str) -> Fact {
    Fact {
        label,
        value: shorten(&one_line(value), NAME_LENGTH),
    }
}

/// What an alert is about, in words: a metric's label, or the rule's own subject.
pub(super) fn topic(subject: &str) -> String {
    metric::find(subject).map_or_else(
        || shorten(&one_line(&subject.replace('_', " ")), NAME_LENGTH),
        |metric| metric.label.to_owned(),
    )
}

fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis()).map_or_else(
        |_| at.rfc3339(),
        |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
    )
}

/// Text without line breaks and other control characters, nor any that turn the direction of
/// what follows.
pub(super) fn one_line(text: &str) -> String {
    text.chars()
        .filter(|c| !turns_direction(*c))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// Text of at most `limit` characters, cut between characters and marked where it was cut.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((cut, _)) => format!("{}…", &text[..cut]),
    }
}

#[cfg(test)]
mod tests;
