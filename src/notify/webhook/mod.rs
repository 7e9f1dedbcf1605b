//! Any HTTP endpoint: a JSON body, signed when there is a secret.

mod body;
mod config;
mod response;
mod sign;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use serde_json::Value;

use super::error::NotifyError;
use super::message::{Message, Receipt};
use super::{Notifier, NotifierKind, Opened, Tools};
use config::Config;

/// See the module.
pub(super) const KIND: NotifierKind = NotifierKind {
    name: "webhook",
    label: "Webhook",
    secret: "signing_secret",
    open,
};

struct Webhook {
    config: Config,
    client: reqwest::Client,
    instance: String,
}

fn open(config: &Value, secret: Option<SecretString>, tools: &Tools) -> Opened {
    Ok(Box::new(Webhook {
        config: Config::read(config, secret)?,
        client: tools.http.clone(),
        instance: tools.instance.clone(),
    }))
}

impl Notifier for Webhook {
    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Receipt, NotifyError>> {
        self.post(message).boxed()
    }
}

impl Webhook {
    async fn post(&self, message: &Message) -> Result<Receipt, NotifyError> {
        let body = body::body(message, &self.instance)?;
        let seconds = message.sent_at.seconds();
        let mut request = self
            .client
            .post(self.config.url.clone())
            .timeout(self.config.timeout)
            .header("content-type", "application/json")
            .header(
                "user-agent",
                concat!("homepulse/", env!("CARGO_PKG_VERSION")),
            )
            .header("idempotency-key", message.id.as_str())
            .header("webhook-id", message.id.as_str())
            .header("webhook-timestamp", seconds);
        if let Some(signer) = &self.config.signer {
            request = request
                .header("x-webhook-signature", signer.plain(&body))
                .header(
                    "webhook-signature",
                    signer.standard(message.id.as_str(), seconds, &body),
                );
        }
        let attempted = || format!("post to {}", self.config.host());
        let response = request
            .body(body)
            .send()
            .await
            // The address may hold a token in its path.
            .map_err(|error| NotifyError::temporary(attempted(), error.without_url()))?;
        response::judge(response, message.sent_at, attempted()).await
    }
}

#[cfg(test)]
mod tests;
