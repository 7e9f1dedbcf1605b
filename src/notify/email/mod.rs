//! E-mail over SMTP: plain, STARTTLS or TLS, with or without a login.

mod compose;
mod config;
mod session;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use serde_json::Value;

use super::error::NotifyError;
use super::message::{Message, Receipt};
use super::{Notifier, NotifierKind, Opened, Tools};

/// See the module.
pub(super) const KIND: NotifierKind = NotifierKind {
    name: "email",
    label: "E-mail",
    secret: "password",
    open,
};

struct Email {
    config: config::Config,
    instance: String,
}

fn open(config: &Value, password: Option<SecretString>, tools: &Tools) -> Opened {
    Ok(Box::new(Email {
        config: config::Config::read(config, password)?,
        instance: tools.instance.clone(),
    }))
}

impl Notifier for Email {
    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Receipt, NotifyError>> {
        async move {
            let mail = compose::compose(message, &self.config, &self.instance)?;
            let sent = session::send(&self.config, &mail);
            tokio::time::timeout(self.config.timeout, sent)
                .await
                .unwrap_or_else(|late| {
                    let attempted = format!("wait for the mail server {}", self.config.address());
                    Err(NotifyError::temporary(attempted, late))
                })
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests;
