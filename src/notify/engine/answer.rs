//! What an answer to a message means.

use std::time::Duration;

use http::HeaderMap;
use serde_json::Value;

use crate::http::Answer;
use crate::model::time::Timestamp;
use crate::notify::catalogue::Kind;
use crate::notify::error::NotifyError;
use crate::notify::message::Receipt;
use crate::notify::render;

/// Characters of an answer that are kept in the log.
const EXCERPT: usize = 200;

/// Characters of a message's id that are kept.
const ID_LENGTH: usize = 300;

/// What services write when a message is too long for them.
const TOO_LONG: [&str; 8] = [
    "too long",
    "too large",
    "too big",
    "or fewer in length",
    "max length",
    "maximum length",
    "exceeds",
    "must be less than",
];

/// The other side answered, but did not take the message.
#[derive(Debug, thiserror::Error)]
#[error("it answered {status}{excerpt}")]
struct Refused {
    status: String,
    excerpt: String,
}

/// What became of a message.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It was taken.
    Taken(Receipt),
    /// It was not taken.
    Refused(NotifyError),
    /// It was not taken because of its length.
    TooLong(NotifyError),
}

/// Only 2xx means that the message was taken, and only 410 that the endpoint is gone for good:
/// a proxy before a service that is being restarted says 404 or 403 just the same.
pub(super) fn judge(answer: &Answer, kind: &Kind, now: Timestamp, attempted: String) -> Verdict {
    let status = format!("{} {}", answer.status, answer.reason);
    let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let at = |pointer: &str| json.as_ref().and_then(|json| json.pointer(pointer));
    let form = &kind.receipt;
    let is_taken = match &form.taken {
        Some((pointer, expected)) => at(pointer).is_none_or(|said| said == expected),
        None => true,
    };
    if answer.is_success() && is_taken {
        let id = form.id.as_deref().and_then(at).and_then(|id| match id {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        let id = id.filter(|id| id.len() <= ID_LENGTH && !id.chars().any(char::is_control));
        let receipt = Receipt::new(status.trim()).with_status(answer.status);
        return Verdict::Taken(receipt.with_remote(id));
    }
    let excerpt = excerpt(&answer.body);
    let lower = excerpt.to_lowercase();
    let is_too_long = answer.status == 413
        || matches!(answer.status, 400 | 422) && TOO_LONG.iter().any(|text| lower.contains(text));
    let refused = Refused {
        status: status.trim().to_owned(),
        excerpt: match excerpt.is_empty() {
            true => excerpt,
            false => format!(": {excerpt}"),
        },
    };
    let error = if answer.status == 410 {
        NotifyError::permanent(attempted, refused)
    } else {
        let wish = retry_after(&answer.headers, json.as_ref(), now);
        NotifyError::temporary(attempted, refused).with_retry_after(wish)
    };
    let error = error.with_status(Some(answer.status));
    match is_too_long {
        true => Verdict::TooLong(error),
        false => Verdict::Refused(error),
    }
}

/// The wait that the other side asks for: in a header, in seconds or as a date, or in the body as
/// Discord and Telegram say it.
fn retry_after(headers: &HeaderMap, body: Option<&Value>, now: Timestamp) -> Option<Duration> {
    let Some(value) = headers.get("retry-after") else {
        let said = body.and_then(|body| {
            let telegram = body.pointer("/parameters/retry_after");
            telegram.or_else(|| body.get("retry_after"))
        });
        let seconds = said.and_then(Value::as_f64)?;
        return Duration::try_from_secs_f64(seconds.ceil()).ok();
    };
    let text = value.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new();
    let date = date.parse_timestamp(text).ok()?;
    Some(Timestamp(date.as_millisecond()).since(now))
}

/// The beginning of the answer, as text on one line.
fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let words: Vec<&str> = text.split_whitespace().collect();
    render::shorten(&words.join(" "), EXCERPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_to_wait_is_read_in_seconds_and_as_a_date() {
        let now = Timestamp::from_seconds(1_445_412_420);
        for (text, expected) in [
            ("120", Some(120)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(60)),
            ("Wed, 21 Oct 2015 07:00:00 GMT", Some(0)),
            ("soon", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", text.parse().expect("a header value"));
            let wish = retry_after(&headers, None, now);
            assert_eq!(wish, expected.map(Duration::from_secs), "{text}");
        }
    }
}
