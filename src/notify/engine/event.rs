//! What a webhook receives, as an event of our own form; of game servers in PEON's and Playpulse's own. The same message makes the same event
//! on every attempt.

use serde_json::{Value, json};

use crate::model::time::Timestamp;
use crate::notify::error::NotifyError;
use crate::notify::message::{Message, News};
use crate::notify::render;

/// Version of the event's form.
const VERSION: u32 = 1;

/// Characters of its text, and of the sentences of a digest's other alerts.
const TEXT_LENGTH: usize = 20_000;
const SHORT_LENGTH: usize = 300;
/// Other alerts of a digest that are told in full.
const OTHERS: usize = 80;

/// A message as an event.
pub(in crate::notify) fn event(message: &Message, instance: &str) -> Result<Value, NotifyError> {
    if let Some(happening) = &message.happening {
        return Ok(happening.body());
    }
    let broken = |error| NotifyError::permanent("write the event", error);
    let rendered = render::render(message, instance, None).map_err(broken)?;
    let alert = &message.alert;
    let kind = format!("alert.{}", message.occasion.word());
    let time = |at: Option<Timestamp>| at.map_or(Value::Null, |at| at.rfc3339().into());
    Ok(json!({
        "version": VERSION,
        "id": message.id,
        "type": kind,
        "event": kind,
        "timestamp": message.created_at.rfc3339(),
        "instance": instance,
        "title": rendered.subject,
        "text": render::shorten(&rendered.text, TEXT_LENGTH),
        "alert": {
            "id": alert.id,
            "rule": alert.rule,
            "subject": alert.subject,
            "resource": alert.resource,
            "resource_name": render::shorten(&alert.resource_name, render::NAME_LENGTH),
            "node": alert.node,
            "severity": alert.severity,
            "state": alert.state,
            "message": render::shorten(&alert.message, render::SENTENCE_LENGTH),
            "value": alert.value,
            "limit": alert.limit,
            "started_at": alert.started_at.rfc3339(),
            "resolved_at": time(alert.resolved_at),
            "acknowledged_at": time(alert.acknowledged_at),
            "acknowledged_by": alert.acknowledged_by,
            "tags": alert.tags,
        },
        "affected": message.affected,
        "others": message.others.iter().take(OTHERS).map(other).collect::<Vec<_>>(),
        "others_left_out": message.others.len().saturating_sub(OTHERS),
        "stand_in": message.stand_in,
        "links": {
            "open": message.links.open,
            "acknowledge": message.links.acknowledge,
            "snooze": message.links.snooze,
        },
    }))
}

/// One of the other alerts of a digest, in short.
fn other(news: &News) -> Value {
    let alert = &news.alert;
    json!({
        "type": format!("alert.{}", news.occasion.word()),
        "id": alert.id,
        "rule": alert.rule,
        "subject": alert.subject,
        "resource": alert.resource,
        "resource_name": render::shorten(&alert.resource_name, render::NAME_LENGTH),
        "severity": alert.severity,
        "state": alert.state,
        "message": render::shorten(&alert.message, SHORT_LENGTH),
    })
}
