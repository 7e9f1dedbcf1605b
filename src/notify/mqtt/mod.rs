//! An MQTT broker: each event on one topic, and the alerts that are open retained below another.

mod packet;
mod publish;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::catalogue::{Kind, Secrets, Values};
use super::engine::{self, Context, words};
use super::error::{ConfigError, NotifyError};
use super::message::{Message, Occasion, Receipt};
use super::{Notifier, Opened, Preview, PreviewRequest, Tools};
use crate::http::{Fingerprint, Outgoing, Trust};
use publish::{Login, Publication};

struct Mqtt {
    kind: Arc<Kind>,
    values: Values,
    host: String,
    port: u16,
    trust: Option<Trust>,
    login: Login,
    topic: String,
    timeout: Duration,
    outgoing: Outgoing,
    instance: String,
}

/// Makes the notifier.
pub(super) fn open(kind: &Arc<Kind>, config: &Value, secrets: &Secrets, tools: &Tools) -> Opened {
    let values = Values::read(&kind.all_fields(), config, secrets)?;
    let text = |name: &str| values.text(name).map(str::to_owned);
    let number = |name: &str| values.open.get(name).and_then(Value::as_u64);
    let trust = trust(&values)?;
    let usual = if trust.is_some() { 8883 } else { 1883 };
    let port = number("port").and_then(|port| u16::try_from(port).ok());
    let topic = text("topic").unwrap_or_default();
    let topic = topic.trim_matches('/').to_owned();
    if topic.is_empty() {
        return Err(ConfigError::new("topic", "is missing"));
    }
    let mqtt = Mqtt {
        host: text("host").unwrap_or_default(),
        port: port.unwrap_or(usual),
        trust,
        login: Login {
            client: text("client_id").unwrap_or_default(),
            user: text("username"),
            password: text("password"),
        },
        topic,
        timeout: Duration::from_secs(number("timeout_seconds").unwrap_or(15)),
        kind: Arc::clone(kind),
        outgoing: tools.outgoing.clone(),
        instance: tools.instance.clone(),
        values,
    };
    for message in super::sample::messages() {
        mqtt.publications(&message).map_err(|error| {
            let cause = super::error::chain(&error);
            ConfigError::new(mqtt.blamed(), format!("cannot be used: {cause}"))
        })?;
    }
    Ok(Box::new(mqtt))
}

fn trust(values: &Values) -> Result<Option<Trust>, ConfigError> {
    let (print, pem) = (values.text("fingerprint"), values.text("ca_pem"));
    if values.text("security") != Some("tls") {
        let unused = [("fingerprint", print), ("ca_pem", pem)];
        return match unused.into_iter().find(|(_, given)| given.is_some()) {
            Some((name, _)) => Err(ConfigError::new(name, "needs security tls")),
            None => Ok(None),
        };
    }
    Ok(Some(match (print, pem) {
        (Some(_), Some(_)) => {
            let problem = "cannot be used together with fingerprint";
            return Err(ConfigError::new("ca_pem", problem));
        }
        (Some(print), None) => Trust::Pinned(print.parse::<Fingerprint>().map_err(|_| {
            let problem = "must be a SHA-256 fingerprint: 64 hexadecimal digits, colons allowed";
            ConfigError::new("fingerprint", problem)
        })?),
        (None, Some(pem)) => Trust::Authority(pem.to_owned()),
        (None, None) => Trust::System,
    }))
}

impl Notifier for Mqtt {
    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Receipt, NotifyError>> {
        async move {
            let publications = self.publications(message)?;
            let sending = publish::publish(
                &self.outgoing,
                (&self.host, self.port),
                self.trust.as_ref(),
                &self.login,
                &publications,
            );
            let attempted = format!("publish at the broker {}:{}", self.host, self.port);
            match tokio::time::timeout(self.timeout, sending).await {
                Ok(Ok(())) => Ok(Receipt::new("the broker acknowledged it")),
                Ok(Err(error)) => Err(NotifyError::temporary(attempted, error)),
                Err(late) => Err(NotifyError::temporary(attempted, late)),
            }
        }
        .boxed()
    }

    fn preview(&self, message: &Message) -> Result<Preview, NotifyError> {
        let publications = self.publications(message)?;
        let context = Context::new(message, &self.instance);
        let words = words(&context, &self.kind, None, None, false)
            .map_err(|error| NotifyError::permanent("write the message", error))?;
        let first = publications.first();
        let body = first.map(|first| String::from_utf8_lossy(&first.payload).into_owned());
        Ok(Preview {
            title: words.title,
            text: words.text,
            format: self.kind.text.format,
            request: Some(PreviewRequest {
                method: "PUBLISH".into(),
                url: format!("mqtt://{}:{}/{}/events", self.host, self.port, self.topic),
                headers: Vec::new(),
                body: body.unwrap_or_default(),
            }),
        })
    }
}

impl Mqtt {
    /// Which of somebody's own templates it is that cannot be used.
    fn blamed(&self) -> &'static str {
        match self.values.text(super::catalogue::TEXT_TEMPLATE) {
            Some(_) => super::catalogue::TEXT_TEMPLATE,
            None => super::catalogue::TITLE_TEMPLATE,
        }
    }

    /// The event; and what is open, which is retained until it is over.
    fn publications(&self, message: &Message) -> Result<Vec<Publication>, NotifyError> {
        let mut event = engine::event(message, &self.instance)?;
        let own = |name| self.values.text(name);
        let (title, text) = (
            own(super::catalogue::TITLE_TEMPLATE),
            own(super::catalogue::TEXT_TEMPLATE),
        );
        if title.is_some() || text.is_some() {
            let context = Context::new(message, &self.instance);
            let words = words(&context, &self.kind, title, text, false)
                .map_err(|error| NotifyError::permanent("write the message", error))?;
            event["title"] = words.title.into();
            event["text"] = words.text.into();
        }
        let payload = event.to_string().into_bytes();
        let mut publications = vec![Publication {
            topic: format!("{}/events", self.topic),
            payload: payload.clone(),
            retain: false,
        }];
        if message.occasion != Occasion::Test {
            let is_over = message.occasion == Occasion::Resolved;
            publications.push(Publication {
                topic: format!("{}/alerts/{}", self.topic, message.alert.id),
                payload: if is_over { Vec::new() } else { payload },
                retain: true,
            });
        }
        Ok(publications)
    }
}

#[cfg(test)]
mod tests;
