//! What clients say about channels. Secrets go in and never come out: a text is a new one, null
//! drops it, and what is not named, or comes back as it was shown, is kept.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::model::id::{AlertId, ChannelId};
use crate::notify::{self, ChannelError, Channels, Occasion, SecretChange, Secrets};

/// A secret by the name of its field.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(in crate::api::hp) enum SecretInput {
    /// Another one.
    #[schema(value_type = String)]
    Text(SecretString),
    /// The one that is kept, as it was shown.
    Shown {
        /// Whether there was one; it is kept in either case.
        #[expect(dead_code, reason = "only its presence matters")]
        set: bool,
    },
}

type SecretInputs = BTreeMap<String, Option<SecretInput>>;

/// A channel to be set up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::hp) struct NewChannel {
    /// Which kind; not needed where there is a `url`.
    pub(super) kind: Option<String>,
    /// A name that no other channel has.
    #[serde(default)]
    #[schema(required = false)]
    pub(super) name: String,
    /// The kind's own settings.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    pub(super) config: Value,
    /// The kind's secrets: a text for each.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    pub(super) secrets: SecretInputs,
    /// Whether it is told anything; yes unless told.
    pub(super) enabled: Option<bool>,
    /// An address of Apprise or Shoutrrr to read kind, settings and secrets from; what else is
    /// given wins.
    #[schema(value_type = Option<String>)]
    pub(super) url: Option<SecretString>,
}

/// What is to change about a channel; what is not given stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::hp) struct ChannelChange {
    /// Another name.
    name: Option<String>,
    /// Other settings, as a whole.
    #[schema(value_type = Option<Object>)]
    config: Option<Value>,
    /// Secrets: a text for another one, null to drop it; those that are not named are kept.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    secrets: SecretInputs,
    /// Whether it is told anything from now on.
    enabled: Option<bool>,
}

/// A channel as it would be, and what it would tell.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::hp) struct ChannelDraft {
    /// The channel to begin with; its settings and secrets hold where none are given.
    #[schema(value_type = Option<String>)]
    pub(super) id: Option<ChannelId>,
    /// Which kind, where there is no such channel.
    pub(super) kind: Option<String>,
    /// The kind's own settings.
    #[schema(value_type = Option<Object>)]
    pub(super) config: Option<Value>,
    /// The kind's secrets.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    pub(super) secrets: SecretInputs,
    /// What is told; `fired` unless told.
    #[schema(schema_with = super::super::words::occasion)]
    pub(super) occasion: Option<Occasion>,
    /// The alert that is told of; a sample unless told.
    #[schema(value_type = Option<String>)]
    pub(super) alert: Option<AlertId>,
}

/// An address of another notification tool.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::hp) struct ChannelUrl {
    /// Such as `ntfy://ntfy.sh/topic`.
    #[schema(value_type = String)]
    pub(super) url: SecretString,
}

/// The code of a test message.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::hp) struct ChannelProof {
    /// Four digits.
    pub(super) code: String,
}

impl NewChannel {
    /// With what the address says, if there is one.
    pub(super) fn resolve(self, channels: &Channels) -> Result<notify::NewChannel, ChannelError> {
        use secrecy::ExposeSecret as _;
        let (mut kind, mut config, mut secrets) = (String::new(), Value::Null, Secrets::new());
        if let Some(url) = &self.url {
            let parsed = channels.parse_link(url.expose_secret())?;
            (kind, config, secrets) = (parsed.kind, parsed.config, parsed.secrets);
        }
        match (&mut config, self.config) {
            (Value::Object(said), Value::Object(given)) => said.extend(given),
            (said, given) if !given.is_null() => *said = given,
            _ => {}
        }
        secrets.extend(given(self.secrets));
        Ok(notify::NewChannel {
            kind: self.kind.unwrap_or(kind),
            name: self.name,
            config,
            secrets,
            enabled: self.enabled.unwrap_or(true),
        })
    }
}

/// The secrets that are given; there are none to keep or to drop yet.
pub(super) fn given(secrets: SecretInputs) -> Secrets {
    let texts = secrets
        .into_iter()
        .filter_map(|(field, input)| match input {
            Some(SecretInput::Text(secret)) => Some((field, secret)),
            Some(SecretInput::Shown { .. }) | None => None,
        });
    texts.collect()
}

fn changes(secrets: SecretInputs) -> BTreeMap<String, SecretChange> {
    let changes = secrets.into_iter().map(|(field, input)| {
        let change = match input {
            Some(SecretInput::Text(secret)) => SecretChange::Replace(secret),
            Some(SecretInput::Shown { .. }) => SecretChange::Keep,
            None => SecretChange::Drop,
        };
        (field, change)
    });
    changes.collect()
}

impl From<ChannelChange> for notify::ChannelChange {
    fn from(change: ChannelChange) -> Self {
        Self {
            name: change.name,
            config: change.config,
            secrets: changes(change.secrets),
            enabled: change.enabled,
        }
    }
}

impl ChannelDraft {
    /// The channel as it would be.
    pub(super) async fn resolve(
        self,
        channels: &Channels,
    ) -> Result<notify::NewChannel, ChannelError> {
        match self.id {
            Some(id) => {
                let change = notify::ChannelChange {
                    config: self.config,
                    secrets: changes(self.secrets),
                    ..notify::ChannelChange::default()
                };
                channels.draft(&id, change).await
            }
            None => Ok(notify::NewChannel {
                kind: self.kind.unwrap_or_default(),
                name: "preview".into(),
                config: self.config.unwrap_or_default(),
                secrets: given(self.secrets),
                enabled: true,
            }),
        }
    }
}
