//! What an answer to a webhook means.

use std::time::Duration;

use http::{HeaderMap, StatusCode};

use crate::model::time::Timestamp;
use crate::notify::error::NotifyError;
use crate::notify::message::Receipt;
use crate::notify::render;

/// Bytes of an answer that are read; the rest is nobody's business.
const BODY_LIMIT: usize = 64 * 1024;

/// Characters of an answer that are kept in the log.
const EXCERPT: usize = 200;

/// The endpoint answered, but did not take the message.
#[derive(Debug, thiserror::Error)]
#[error("it answered {status}{excerpt}")]
struct Refused {
    status: StatusCode,
    excerpt: String,
}

/// Only 2xx means that the message was taken, and only 410 that the endpoint is gone for good:
/// a proxy before a service that is being restarted says 404 or 403 just the same.
pub(super) async fn judge(
    response: reqwest::Response,
    now: Timestamp,
    attempted: String,
) -> Result<Receipt, NotifyError> {
    let status = response.status();
    let wish = retry_after(response.headers(), now);
    let text = excerpt(response).await;
    if status.is_success() {
        return Ok(Receipt::new(status.to_string()).with_status(status.as_u16()));
    }
    let refused = Refused {
        status,
        excerpt: if text.is_empty() {
            text
        } else {
            format!(": {text}")
        },
    };
    let error = if status == StatusCode::GONE {
        NotifyError::permanent(attempted, refused)
    } else {
        NotifyError::temporary(attempted, refused).with_retry_after(wish)
    };
    Err(error.with_status(Some(status.as_u16())))
}

/// The wait that the other side asks for, in seconds or as a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new();
    let date = date.parse_timestamp(text).ok()?;
    Some(Timestamp(date.as_millisecond()).since(now))
}

/// The beginning of the answer, as text on one line.
async fn excerpt(mut response: reqwest::Response) -> String {
    let mut body = Vec::new();
    // An answer that breaks off or does not end says what it has said.
    while let Ok(Some(chunk)) = response.chunk().await {
        let free = BODY_LIMIT - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(free)]);
        if body.len() >= BODY_LIMIT {
            break;
        }
    }
    let text = String::from_utf8_lossy(&body);
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
            let wish = retry_after(&headers, now);
            assert_eq!(wish, expected.map(Duration::from_secs), "{text}");
        }
    }
}
