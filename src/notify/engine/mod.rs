//! Telling by HTTP, for every kind whose file says how: fills the templates in, keeps to the
//! limits, sends, and reads what the other side says.

mod answer;
mod context;
mod escape;
mod event;
mod fit;
mod request;
mod sign;
pub(super) mod template;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

pub(in crate::notify) use context::Context;
pub(in crate::notify) use escape::turns_direction;
pub(in crate::notify) use event::event;
pub(in crate::notify) use fit::{Words, words};
pub use template::Format;

use super::catalogue::{self, Kind, Request, Secrets, Values};
use super::error::{ConfigError, NotifyError};
use super::happening::{self, Happening};
use super::message::{Message, Receipt};
use super::{Notifier, Opened, Preview, Tools};
use crate::http::{Outgoing, OutgoingError};
use crate::model::time::Timestamp;
use answer::Verdict;
use request::Built;
use sign::Signer;

/// How long one request may take unless told.
const TIMEOUT: Duration = Duration::from_secs(15);

/// One channel that is told by HTTP.
struct HttpChannel {
    kind: Arc<Kind>,
    values: Values,
    signer: Option<Signer>,
    outgoing: Outgoing,
    instance: String,
}

/// Makes the notifier of a kind that is told by HTTP.
pub(super) fn open(kind: &Arc<Kind>, config: &Value, secrets: &Secrets, tools: &Tools) -> Opened {
    let values = Values::read(&kind.all_fields(), config, secrets)?;
    check_addresses(kind, &values, &tools.outgoing)?;
    let request = kind.request.as_ref();
    let signing = request.and_then(|request| request.sign_with.as_ref());
    let secret = signing.and_then(|name| Some((name, values.secrets.get(name)?)));
    let signer = secret.map(|(name, secret)| Signer::new(name, secret));
    if let Some(text) = values.text(happening::FIELD) {
        happening::check(text)?;
    }
    let channel = HttpChannel {
        kind: Arc::clone(kind),
        signer: signer.transpose()?,
        values,
        outgoing: tools.outgoing.clone(),
        instance: tools.instance.clone(),
    };
    channel.rehearse()?;
    Ok(Box::new(channel))
}

/// What an address leads to is decided when it is connected to; what can be seen at once is said
/// at once.
fn check_addresses(kind: &Kind, values: &Values, outgoing: &Outgoing) -> Result<(), ConfigError> {
    let addresses = kind.fields.iter();
    for field in addresses.filter(|field| field.kind == catalogue::FieldKind::Url) {
        let url = values
            .text(&field.name)
            .and_then(|text| Url::parse(text).ok());
        if let Some(url) = url {
            outgoing.check(&url).map_err(|error| match error {
                OutgoingError::Address(problem) => ConfigError::new(&field.name, problem),
                other => ConfigError::new(&field.name, format!("leads nowhere: {other}")),
            })?;
        }
    }
    Ok(())
}

impl Notifier for HttpChannel {
    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Receipt, NotifyError>> {
        self.tell(message).boxed()
    }

    fn preview(&self, message: &Message) -> Result<Preview, NotifyError> {
        let words = self.words(message, false)?;
        let hidden = HttpChannel {
            values: self.values.with_secrets_hidden(),
            kind: Arc::clone(&self.kind),
            signer: None,
            outgoing: self.outgoing.clone(),
            instance: self.instance.clone(),
        };
        let form = hidden.form(message);
        let built = hidden.build(message, &form, false)?;
        Ok(Preview {
            title: words.title,
            text: words.text,
            format: self.kind.text.format,
            request: Some(built.show()),
        })
    }

    fn ping(&self, is_well: bool, now: Timestamp) -> BoxFuture<'_, Result<Receipt, NotifyError>> {
        self.beat(is_well, now).boxed()
    }
}

impl HttpChannel {
    /// Finds out whether somebody's own templates make something of a message.
    fn rehearse(&self) -> Result<(), ConfigError> {
        for name in [catalogue::TITLE_TEMPLATE, catalogue::TEXT_TEMPLATE] {
            if let Some(source) = self.values.text(name) {
                let wrong = |error: &dyn std::error::Error| {
                    ConfigError::new(name, format!("cannot be used: {error}"))
                };
                template::check(source).map_err(|error| wrong(&error))?;
                for message in super::sample::messages() {
                    let context = Context::new(&message, &self.instance);
                    template::render(self.kind.text.format, source, &context)
                        .map_err(|error| wrong(&error))?;
                }
            }
        }
        let body = self.kind.request.as_ref();
        let body = body.and_then(|request| request.body_field.as_ref());
        if let Some(name) = body
            && self.values.text(name).is_some()
        {
            for message in super::sample::messages() {
                let form = self.form(&message);
                self.build(&message, &form, false).map_err(|error| {
                    let cause = super::error::chain(&error);
                    ConfigError::new(name, format!("cannot be used: {cause}"))
                })?;
            }
        }
        Ok(())
    }

    /// The request of a message's occasion.
    fn form(&self, message: &Message) -> Request {
        let plain = self.kind.request.clone().unwrap_or_default();
        match self.kind.on.get(message.occasion.word()) {
            Some(patch) => plain.with(patch),
            None => plain,
        }
    }

    /// The request that changes the message before this one, where that is how this one is told.
    fn edit(&self, message: &Message) -> Option<Request> {
        let edit = self.kind.edit.as_ref()?;
        let is_wanted = self.values.open.get("edit") != Some(&Value::Bool(false))
            && message.remote.is_some()
            && message.others.is_empty()
            && edit.on.iter().any(|word| word == message.occasion.word());
        is_wanted.then(|| self.form(message).with(&edit.request))
    }

    fn words(&self, message: &Message, short: bool) -> Result<Words, NotifyError> {
        let own = |name| self.values.text(name);
        words(
            &Context::new(message, &self.instance),
            &self.kind,
            own(catalogue::TITLE_TEMPLATE),
            own(catalogue::TEXT_TEMPLATE),
            short,
        )
        .map_err(|error| NotifyError::permanent("write the message", error))
    }

    fn build(&self, message: &Message, form: &Request, short: bool) -> Result<Built, NotifyError> {
        let words = self.words(message, short)?;
        let context = Context::new(message, &self.instance)
            .with_words(&words)
            .with_values(&self.kind, &self.values)
            .with_event(self.event(message)?);
        request::build(form, &self.kind.limits, &self.values, &context)
            .map_err(|error| NotifyError::permanent("write the request", error))
    }

    /// The message as an event. Playpulse has the signature of all that is beside it in the body.
    fn event(&self, message: &Message) -> Result<Value, NotifyError> {
        let mut event = event::event(message, &self.instance)?;
        let happening = message.happening.as_ref();
        if happening.is_some_and(Happening::is_signed_inside)
            && let Some(signer) = &self.signer
        {
            event["signature"] = signer.plain(event.to_string().as_bytes()).into();
        }
        Ok(event)
    }

    async fn tell(&self, message: &Message) -> Result<Receipt, NotifyError> {
        if let Some(form) = self.edit(message) {
            match self.send(message, &form).await? {
                Verdict::Taken(receipt) => {
                    return Ok(receipt.with_remote(message.remote.clone()));
                }
                // The message that was to be changed is gone, or too old: another one tells it.
                Verdict::Refused(error) if error.status().is_some_and(is_our_fault) => {}
                Verdict::Refused(error) | Verdict::TooLong(error) => return Err(error),
            }
        }
        match self.send(message, &self.form(message)).await? {
            Verdict::Taken(receipt) if self.kind.receipt.keep_first => {
                let remote = message.remote.clone().or_else(|| receipt.remote.clone());
                Ok(receipt.with_remote(remote))
            }
            Verdict::Taken(receipt) => Ok(receipt),
            Verdict::Refused(error) | Verdict::TooLong(error) => Err(error),
        }
    }

    /// Sends a message, and once more in short where it is too long for the other side.
    async fn send(&self, message: &Message, form: &Request) -> Result<Verdict, NotifyError> {
        let built = self.build(message, form, false)?;
        match self.ask(message, built).await? {
            Verdict::TooLong(_) => {
                let built = self.build(message, form, true)?;
                self.ask(message, built).await
            }
            verdict => Ok(verdict),
        }
    }

    async fn ask(&self, message: &Message, mut built: Built) -> Result<Verdict, NotifyError> {
        if self
            .kind
            .request
            .as_ref()
            .is_some_and(|form| form.sign_with.is_some())
        {
            let id = message.id.as_str();
            built.sign(self.signer.as_ref(), id, message.sent_at.seconds());
        }
        let attempted = built.attempted();
        let sent = self.outgoing.send(built.ask(self.timeout())).await;
        match sent {
            Ok(answer) => Ok(answer::judge(
                &answer,
                &self.kind,
                message.sent_at,
                attempted,
            )),
            Err(error @ OutgoingError::Address(_)) => Err(NotifyError::permanent(attempted, error)),
            Err(error) => Err(NotifyError::temporary(attempted, error)),
        }
    }

    async fn beat(&self, is_well: bool, now: Timestamp) -> Result<Receipt, NotifyError> {
        let message = super::sample::heartbeat(is_well, now);
        match self.send(&message, &self.form(&message)).await? {
            Verdict::Taken(receipt) => Ok(receipt),
            Verdict::Refused(error) | Verdict::TooLong(error) => Err(error),
        }
    }

    fn timeout(&self) -> Duration {
        let seconds = self.values.open.get("timeout_seconds");
        let seconds = seconds.and_then(Value::as_u64);
        seconds.map_or(TIMEOUT, Duration::from_secs)
    }
}

const fn is_our_fault(status: u16) -> bool {
    matches!(status, 400..=499) && status != 429
}

impl Values {
    /// The same with something else in the place of every secret, to be shown.
    fn with_secrets_hidden(&self) -> Self {
        let hidden = self.secrets.iter().map(|(name, secret)| {
            use secrecy::ExposeSecret;
            let text = secret.expose_secret();
            let shown = match Url::parse(text) {
                _ if name == catalogue::SECRET_HEADERS => {
                    let names = text.lines().filter_map(|line| line.split_once(':'));
                    names.map(|(name, _)| format!("{name}: HIDDEN\n")).collect()
                }
                Ok(url) if url.has_host() => {
                    format!("{}/HIDDEN", url.origin().ascii_serialization())
                }
                _ => "HIDDEN".to_owned(),
            };
            (name.clone(), SecretString::from(shown))
        });
        Self {
            open: self.open.clone(),
            secrets: hidden.collect(),
        }
    }
}

#[cfg(test)]
mod tests;
