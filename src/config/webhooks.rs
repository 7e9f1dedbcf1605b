//! The block `webhooks` of the configuration file, as seed `001_132d6f67d393125f.txt` has it: each
//! of them becomes a channel of the kind webhook that is told of events, and of no alerts.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::owned::FileChannel;
use super::resolved::secret;

/// One webhook in the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawWebhook {
    /// Where events go.
    pub url: Option<String>,
    /// Which ones, such as `server.started`.
    pub events: Vec<String>,
    /// What they are signed with; prefer the file form.
    pub secret: Option<String>,
    /// File that holds what they are signed with.
    pub secret_file: Option<PathBuf>,
}

/// The field of a channel's settings, and what it is called in the block.
const FIELDS: [(&str, &str); 2] = [("server_events", "events"), ("signing_secret", "secret")];

/// What a field of a webhook's channel is called in the block.
pub(super) fn called(field: &str) -> &str {
    let known = FIELDS.iter().find(|(name, _)| *name == field);
    known.map_or(field, |(_, called)| called)
}

/// The channels that the block stands for.
pub(super) fn file_webhooks(
    raw: BTreeMap<String, RawWebhook>,
    problems: &mut Vec<String>,
) -> Vec<FileChannel> {
    let channels = raw.into_iter();
    let channels = channels.filter_map(|(name, webhook)| file_webhook(name, webhook, problems));
    channels.collect()
}

fn file_webhook(name: String, raw: RawWebhook, problems: &mut Vec<String>) -> Option<FileChannel> {
    let key = format!("webhooks.{name}");
    let before = problems.len();
    let secret: Option<SecretString> = secret(
        &format!("{key}.secret_file"),
        raw.secret.as_deref(),
        raw.secret_file.as_deref(),
        problems,
    );
    if raw.url.is_none() {
        problems.push(format!(
            "{key}.url: is missing; give the address that events go to"
        ));
    }
    if raw.events.is_empty() {
        problems.push(format!(
            "{key}.events: names none; give a list, such as [\"server.started\"]"
        ));
    }
    (problems.len() == before).then(|| FileChannel {
        key,
        name,
        kind: "webhook".into(),
        config: json!({
            "url": raw.url,
            "server_events": raw.events.join(", "),
            "without_alerts": true,
        }),
        secret,
        secrets: BTreeMap::new(),
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;
    use serde_json::json;

    use crate::config::{Config, Environment, Flags, RawConfig};

    fn resolve(raw: RawConfig) -> Result<Config, String> {
        let resolved = Config::resolve(raw, &Flags::default(), &Environment::default());
        resolved.map_err(|error| error.to_string())
    }

    #[test]
    fn the_documented_block_is_a_channel_that_hears_events_and_no_alerts() {
        let raw = json!({ "webhooks": { "server_events": {
            "url": "https://your-app.com/peon-webhook",
            "events": ["server.created", "server.started", "server.stopped"],
            "secret": "webhook_secret_key",
        }}});
        let config = resolve(serde_json::from_value(raw).expect("the form")).expect("it resolves");
        let [channel] = &config.channels[..] else {
            panic!("{:?}", config.channels);
        };
        assert_eq!(
            (&*channel.name, &*channel.kind),
            ("server_events", "webhook")
        );
        let expected = json!({
            "url": "https://your-app.com/peon-webhook",
            "server_events": "server.created, server.started, server.stopped",
            "without_alerts": true,
        });
        assert_eq!(channel.config, expected);
        let secret = channel.secret.as_ref().map(|it| it.expose_secret());
        assert_eq!(secret, Some("webhook_secret_key"));
        assert_eq!(
            channel.called("server_events"),
            "webhooks.server_events.events"
        );
    }

    #[test]
    fn what_is_missing_is_named_and_so_is_a_name_that_two_channels_have() {
        let problems = resolve(
            toml::from_str(
                "[webhooks.a]\nsecret_file = '/nowhere/secret'\n\
                 [webhooks.b]\nurl = 'http://192.0.2.1/'\nevents = ['server.*']\n\
                 [[channels]]\nname = 'b'\nkind = 'ntfy'\n",
            )
            .expect("TOML"),
        )
        .expect_err("refused");
        for key in [
            "webhooks.a.url",
            "webhooks.a.events",
            "webhooks.a.secret_file",
            "webhooks.b: another channel",
        ] {
            assert!(problems.contains(key), "{key} is not in:\n{problems}");
        }
        let unknown = toml::from_str::<RawConfig>("[webhooks.a]\nevnts = []").expect_err("refused");
        assert!(unknown.to_string().contains("evnts"), "{unknown}");
    }
}
