//! The mail itself: headers that make threads and keep robots from answering, text and HTML.

use std::time::{Duration, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{MessageBuilder, MultiPart};

use super::config::Config;
use crate::model::id::DeliveryId;
use crate::notify::error::NotifyError;
use crate::notify::message::Message;
use crate::notify::render;

/// Makes the mail. The same message always makes the same `Message-ID`, so that a mail server
/// can tell a second attempt from a second message.
pub(super) fn compose(
    message: &Message,
    config: &Config,
    instance: &str,
) -> Result<lettre::Message, NotifyError> {
    let broken = |error: Box<dyn std::error::Error + Send + Sync>| {
        NotifyError::permanent("write the mail", error)
    };
    let rendered = render::render(message, instance).map_err(|error| broken(error.into()))?;
    let id = |delivery: &DeliveryId| format!("<{delivery}@{}>", config.from.email.domain());
    let millis = u64::try_from(message.created_at.millis()).unwrap_or_default();

    let mut builder = lettre::Message::builder()
        .from(config.from.clone())
        .subject(rendered.subject)
        .date(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
        .message_id(Some(id(&message.id)));
    for recipient in &config.to {
        builder = builder.to(recipient.clone());
    }
    if message.first != message.id {
        builder = builder
            .in_reply_to(id(&message.first))
            .references(id(&message.first));
    }
    builder = plain_header(builder, "Auto-Submitted", "auto-generated");
    builder = plain_header(builder, "X-Auto-Response-Suppress", "All");
    builder
        .multipart(MultiPart::alternative_plain_html(
            rendered.text,
            rendered.html,
        ))
        .map_err(|error| broken(error.into()))
}

fn plain_header(
    builder: MessageBuilder,
    name: &'static str,
    value: &'static str,
) -> MessageBuilder {
    let name = HeaderName::new_from_ascii_str(name);
    builder.raw_header(HeaderValue::new(name, value.to_owned()))
}
