//! E-mail over SMTP: plain, STARTTLS or TLS, with or without a login.

mod compose;
mod config;
mod session;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::catalogue::{Kind, Secrets, TEXT_TEMPLATE, TITLE_TEMPLATE, Values};
use super::engine::{Context, Words, words};
use super::error::{ConfigError, NotifyError};
use super::message::{Message, Receipt};
use super::picture::{self, Figures};
use super::{Notifier, Opened, Preview, Tools};
use crate::http::Outgoing;

/// How long is waited for the figures of a picture.
const PICTURE_PATIENCE: Duration = Duration::from_secs(3);

struct Email {
    kind: Arc<Kind>,
    values: Values,
    config: config::Config,
    outgoing: Outgoing,
    figures: Option<Arc<dyn Figures>>,
    instance: String,
}

/// Makes the notifier.
pub(super) fn open(kind: &Arc<Kind>, config: &Value, secrets: &Secrets, tools: &Tools) -> Opened {
    let values = Values::read(&kind.all_fields(), config, secrets)?;
    let settings = settings(kind, &values)?;
    let email = Email {
        config: config::Config::read(&settings, values.secrets.get("password").cloned())?,
        kind: Arc::clone(kind),
        values,
        outgoing: tools.outgoing.clone(),
        figures: tools.figures.clone(),
        instance: tools.instance.clone(),
    };
    for message in super::sample::messages() {
        email.own_words(&message).map_err(|error| {
            let (name, cause) = match email.values.text(TITLE_TEMPLATE) {
                Some(_) if email.values.text(TEXT_TEMPLATE).is_none() => (TITLE_TEMPLATE, error),
                _ => (TEXT_TEMPLATE, error),
            };
            ConfigError::new(
                name,
                format!("cannot be used: {}", super::error::chain(&cause)),
            )
        })?;
    }
    Ok(Box::new(email))
}

/// What was filled in, on top of what the provider's preset says.
fn settings(kind: &Kind, values: &Values) -> Result<Value, ConfigError> {
    let mut settings = Map::new();
    if let Some(provider) = values.text("provider") {
        let mut presets = kind.presets.iter();
        let Some(preset) = presets.find(|preset| preset.name == provider) else {
            return Err(ConfigError::new("provider", "is not known here"));
        };
        settings.extend(preset.set.clone());
    }
    let own = values.open.clone().into_iter();
    settings.extend(
        own.filter(|(name, _)| {
            ![TITLE_TEMPLATE, TEXT_TEMPLATE, "provider"].contains(&name.as_str())
        }),
    );
    Ok(Value::Object(settings))
}

impl Notifier for Email {
    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Receipt, NotifyError>> {
        async move {
            let picture = self.picture(message).await;
            let words = self.own_words(message)?;
            let mail = compose::compose(message, &self.config, &self.instance, words, picture)?;
            let sent = session::send(&self.config, &self.outgoing, &mail);
            tokio::time::timeout(self.config.timeout, sent)
                .await
                .unwrap_or_else(|late| {
                    let attempted = format!("wait for the mail server {}", self.config.address());
                    Err(NotifyError::temporary(attempted, late))
                })
        }
        .boxed()
    }

    fn preview(&self, message: &Message) -> Result<Preview, NotifyError> {
        let rendered = super::render::render(message, &self.instance, None)
            .map_err(|error| NotifyError::permanent("write the mail", error))?;
        let own = self.own_words(message)?;
        let own = own.map(|words| (words.title, words.text));
        let (title, text) = own.unwrap_or((rendered.subject, rendered.text));
        Ok(Preview {
            title,
            text,
            format: self.kind.text.format,
            request: None,
        })
    }
}

impl Email {
    /// The message in somebody's own words, where there are templates for them.
    fn own_words(&self, message: &Message) -> Result<Option<Words>, NotifyError> {
        let own = |name| self.values.text(name);
        let (title, text) = (own(TITLE_TEMPLATE), own(TEXT_TEMPLATE));
        if title.is_none() && text.is_none() {
            return Ok(None);
        }
        let context = Context::new(message, &self.instance);
        words(&context, &self.kind, title, text, false)
            .map(Some)
            .map_err(|error| NotifyError::permanent("write the mail", error))
    }

    /// What the metric did, as a PNG. A mail is not kept back for it.
    async fn picture(&self, message: &Message) -> Option<Vec<u8>> {
        let figures = self.figures.as_ref()?;
        let looking = figures.around(&message.alert, message.created_at);
        let series = tokio::time::timeout(PICTURE_PATIENCE, looking).await;
        picture::draw(&series.ok()??, &message.alert)
    }
}

#[cfg(test)]
mod tests;
