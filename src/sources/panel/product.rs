//! What tells one panel from another, for requests and for words to people.

use std::time::Duration;

use serde_json::Value;

use crate::http::Answer;
use crate::sources::failure::clean;

/// One panel's API.
#[derive(Debug)]
pub(in crate::sources) struct Product {
    /// The kind's word, such as `crafty`.
    pub(in crate::sources) kind: &'static str,
    /// Its name for people.
    pub(in crate::sources) name: &'static str,
    /// What an address without a scheme means, such as `https`.
    pub(in crate::sources) scheme: &'static str,
    /// What an address without scheme and port means.
    pub(in crate::sources) port: u16,
    /// What the secret is called, such as `API key`.
    pub(in crate::sources) key: &'static str,
    /// Where a key is made.
    pub(in crate::sources) make_key: &'static str,
    /// What the key's owner must be allowed.
    pub(in crate::sources) rights: &'static str,
    /// Whether a user's name belongs to the secret.
    pub(in crate::sources) has_user: bool,
    /// How often its figures change.
    pub(in crate::sources) every: Duration,
    /// The most questions within 60 seconds.
    pub(in crate::sources) per_minute: usize,
    /// How long an answer may take.
    pub(in crate::sources) patience: Duration,
}

/// The panel's own words about an answer that is not good, wherever its kind puts them.
pub(super) fn told(answer: &Answer) -> String {
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
        return String::new();
    };
    let texts = [
        body.pointer("/errors/0/detail"),
        body.get("error_data"),
        body.get("error"),
        body.get("Message"),
        body.get("message"),
        body.get("resultReason"),
        body.get("Reason"),
        body.get("info"),
        Some(&body),
    ];
    let text = texts.into_iter().flatten().find_map(Value::as_str);
    clean(text.unwrap_or_default())
}
