//! What a webhook receives. The same message makes the same bytes on every attempt.

use serde_json::{Value, json};

use crate::model::time::Timestamp;
use crate::notify::error::NotifyError;
use crate::notify::message::{Message, News};
use crate::notify::render;

/// Version of the body's form.
const VERSION: u32 = 1;

pub(super) fn body(message: &Message, instance: &str) -> Result<Vec<u8>, NotifyError> {
    let broken = |error| NotifyError::permanent("write the body", error);
    let rendered = render::render(message, instance).map_err(broken)?;
    let alert = &message.alert;
    let kind = format!("alert.{}", message.occasion.word());
    let time = |at: Option<Timestamp>| at.map_or(Value::Null, |at| at.rfc3339().into());
    let body = json!({
        "version": VERSION,
        "id": message.id,
        "type": kind,
        "event": kind,
        "timestamp": message.created_at.rfc3339(),
        "instance": instance,
        "title": rendered.subject,
        "text": rendered.text,
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
        "others": message.others.iter().map(other).collect::<Vec<_>>(),
        "stand_in": message.stand_in,
        "links": {
            "open": message.links.open,
            "acknowledge": message.links.acknowledge,
            "snooze": message.links.snooze,
        },
    });
    Ok(body.to_string().into_bytes())
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
        "message": render::shorten(&alert.message, render::SENTENCE_LENGTH),
    })
}
