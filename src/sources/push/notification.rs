//! What Proxmox VE announces through a webhook target: by the body that the printed commands set
//! up, by a body of the owner's own, or as plain text.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::PushError;
use crate::model::time::Timestamp;
use crate::sources::lenient::{Number, Text};

/// Characters of a title.
const TITLE: usize = 300;
/// Characters of a message; mails that the system sends can be long.
const MESSAGE: usize = 8000;
/// Fields of a notification.
const FIELDS: usize = 32;
/// Characters of a field's name and of its value.
const FIELD: usize = 300;

/// Something that a host announced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notification {
    /// What sort, in the host's word: `vzdump`, `replication`, `package-updates`, `fencing`,
    /// `system-mail`, `test`, or empty.
    pub kind: String,
    /// The host's word for how bad: `info`, `notice`, `warning`, `error` or `unknown`.
    pub severity: String,
    /// One line; hostile text.
    pub title: String,
    /// All of it; hostile text.
    pub message: String,
    /// When, by the host's clock.
    pub at: Option<Timestamp>,
    /// What the host adds, such as `hostname` and `job-id`.
    pub fields: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    severity: Text,
    title: Text,
    message: Text,
    #[serde(rename = "type")]
    kind: Text,
    timestamp: Number,
    fields: BTreeMap<String, Value>,
}

/// Reads a body.
///
/// # Errors
/// When it is neither JSON of that form nor text.
pub fn read(body: &[u8]) -> Result<Notification, PushError> {
    let text = std::str::from_utf8(body)
        .map_err(|_| PushError::Malformed("the body is not UTF-8 text".into()))?;
    let looks_like_json = text.trim_start().starts_with('{');
    if !looks_like_json {
        return Ok(plain(text));
    }
    let body: Body = serde_json::from_str(text).map_err(|error| {
        PushError::Malformed(format!(
            "the body is not JSON with severity, title, message and fields: {error}"
        ))
    })?;
    let fields: BTreeMap<String, String> = body
        .fields
        .into_iter()
        .take(FIELDS)
        .filter_map(|(name, value)| Some((cut(&name, FIELD), cut(&as_text(&value)?, FIELD))))
        .collect();
    let kind = body.kind.0.or_else(|| fields.get("type").cloned());
    Ok(Notification {
        kind: cut(&kind.unwrap_or_default(), FIELD),
        severity: severity(body.severity.0.as_deref()),
        title: one_line(&body.title.0.unwrap_or_default()),
        message: cut(&body.message.0.unwrap_or_default(), MESSAGE),
        at: moment(body.timestamp.0),
        fields,
    })
}

fn plain(text: &str) -> Notification {
    let title = text.lines().find(|line| !line.trim().is_empty());
    Notification {
        severity: severity(None),
        title: one_line(title.unwrap_or_default()),
        message: cut(text, MESSAGE),
        ..Notification::default()
    }
}

fn severity(word: Option<&str>) -> String {
    match word {
        Some(known @ ("info" | "notice" | "warning" | "error")) => known.to_owned(),
        _ => "unknown".to_owned(),
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn one_line(text: &str) -> String {
    cut(&text.replace(['\r', '\n'], " "), TITLE)
}

/// At most so many characters, without control characters but line breaks and tabs.
fn cut(text: &str, length: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .take(length)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn moment(seconds: Option<f64>) -> Option<Timestamp> {
    seconds
        .filter(|seconds| (1.0..1e11).contains(seconds))
        .map(|seconds| Timestamp((seconds * 1000.0) as i64))
}
