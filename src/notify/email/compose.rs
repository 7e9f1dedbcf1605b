//! The mail itself: headers that make threads and keep robots from answering, text and HTML.

use std::time::{Duration, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Attachment, MessageBuilder, MultiPart, SinglePart};

use super::config::Config;
use crate::model::id::DeliveryId;
use crate::notify::engine::Words;
use crate::notify::error::NotifyError;
use crate::notify::message::Message;
use crate::notify::render;

/// Makes the mail. The same message always makes the same `Message-ID`, so that a mail server
/// can tell a second attempt from a second message.
pub(super) fn compose(
    message: &Message,
    config: &Config,
    instance: &str,
    words: Option<Words>,
    picture: Option<Vec<u8>>,
) -> Result<lettre::Message, NotifyError> {
    let broken = |error: Box<dyn std::error::Error + Send + Sync>| {
        NotifyError::permanent("write the mail", error)
    };
    let topic = picture
        .as_ref()
        .map(|_| render::topic(&message.alert.subject));
    let mut rendered = render::render(message, instance, topic.as_deref())
        .map_err(|error| broken(error.into()))?;
    if let Some(words) = words {
        rendered.html = render::html_of(&words.text);
        (rendered.subject, rendered.text) = (words.title, words.text);
    }
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
    let domain = config.from.email.domain();
    builder = plain_header(builder, "List-Id", format!("<homepulse.{domain}>"));
    let leave = format!("<mailto:{}?subject=unsubscribe>", config.from.email);
    builder = plain_header(builder, "List-Unsubscribe", leave);
    let text = SinglePart::plain(rendered.text);
    let html = SinglePart::html(rendered.html);
    let body = match picture.and_then(inline) {
        Some(image) => MultiPart::alternative()
            .singlepart(text)
            .multipart(MultiPart::related().singlepart(html).singlepart(image)),
        None => MultiPart::alternative().singlepart(text).singlepart(html),
    };
    builder
        .multipart(body)
        .map_err(|error| broken(error.into()))
}

/// The picture that the HTML names.
fn inline(png: Vec<u8>) -> Option<SinglePart> {
    let image = "image/png".parse().ok()?;
    Some(Attachment::new_inline("chart".to_owned()).body(png, image))
}

fn plain_header(
    builder: MessageBuilder,
    name: &'static str,
    value: impl Into<String>,
) -> MessageBuilder {
    let name = HeaderName::new_from_ascii_str(name);
    builder.raw_header(HeaderValue::new(name, value.into()))
}
