//! What templates know: the message, what it reads like, and for requests what was filled in.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::fit::Words;
use crate::notify::catalogue::{Kind, Values};
use crate::notify::message::{Message, Occasion};
use crate::notify::render::{self, Card};

/// Every variable of a template. `docs/channels.md` lists them for whoever writes one.
#[derive(Clone, Serialize)]
pub(in crate::notify) struct Context {
    #[serde(flatten)]
    pub(in crate::notify) card: Card,
    occasion: &'static str,
    severity: &'static str,
    is_resolved: bool,
    is_test: bool,
    colour_number: u32,
    id: String,
    first: String,
    remote: Option<String>,
    thread: String,
    time: String,
    seconds: i64,
    link: Option<String>,
    acknowledge: Option<String>,
    snooze: Option<String>,
    alert: Value,
    title: Option<String>,
    text: Option<String>,
    plain_title: Option<String>,
    plain: Option<String>,
    priority: Value,
    event: Value,
    field: BTreeMap<String, Value>,
}

impl Context {
    /// What anybody's templates may know.
    pub(in crate::notify) fn new(message: &Message, instance: &str) -> Self {
        let alert = &message.alert;
        let card = render::card(message, instance);
        let digits = card.colour.trim_start_matches('#');
        Self {
            colour_number: u32::from_str_radix(digits, 16).unwrap_or_default(),
            occasion: message.occasion.word(),
            severity: alert.severity.word(),
            is_resolved: message.occasion == Occasion::Resolved,
            is_test: message.occasion == Occasion::Test,
            id: message.id.to_string(),
            first: message.first.to_string(),
            remote: message.remote.clone(),
            thread: alert.id.to_string(),
            time: message.created_at.rfc3339(),
            seconds: message.created_at.seconds(),
            link: message.links.open.clone(),
            acknowledge: message.links.acknowledge.clone(),
            snooze: message.links.snooze.clone(),
            alert: json!({
                "id": alert.id,
                "rule": render::one_line(&alert.rule),
                "subject": render::one_line(&alert.subject),
                "resource": alert.resource,
                "resource_name": card.name,
                "node": alert.node.as_deref().map(render::one_line),
                "severity": alert.severity,
                "state": alert.state,
                "message": card.sentence,
                "value": alert.value,
                "limit": alert.limit,
                "started_at": alert.started_at.rfc3339(),
                "resolved_at": alert.resolved_at.map(|at| at.rfc3339()),
                "tags": alert.tags.iter().map(|tag| render::one_line(tag)).collect::<Vec<_>>(),
            }),
            card,
            title: None,
            text: None,
            plain_title: None,
            plain: None,
            priority: Value::Null,
            event: Value::Null,
            field: BTreeMap::new(),
        }
    }

    pub(super) fn with_words(mut self, words: &Words) -> Self {
        self.title = Some(words.title.clone());
        self.text = Some(words.text.clone());
        self.plain_title = Some(words.plain_title.clone());
        self.plain = Some(words.plain.clone());
        self
    }

    /// What only the templates of requests may know.
    pub(super) fn with_values(mut self, kind: &Kind, values: &Values) -> Self {
        let word = match self.occasion {
            "resolved" | "test" if kind.priority.contains_key(self.occasion) => self.occasion,
            _ => self.severity,
        };
        self.priority = kind.priority_of(word);
        let own = kind.fields.iter().map(|field| field.name.as_str());
        self.field = own.map(|name| (name.to_owned(), Value::Null)).collect();
        self.field.extend(values.all());
        self
    }

    pub(super) fn with_event(mut self, event: Value) -> Self {
        self.event = event;
        self
    }

    /// The text of everything that must be in a message that proves a channel.
    pub(super) fn proof(&self) -> Option<&str> {
        self.is_test.then_some(self.card.sentence.as_str())
    }
}
