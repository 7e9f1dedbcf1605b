//! E-mail and webhooks as Pulse 4.3 wrote them, on channels of our own.
//!
//! What a channel cannot hold is kept beside it, word for word, and named in `inert`.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;
use utoipa::ToSchema;

use crate::api::problem::{Kind, Problem};
use crate::model::id::ChannelId;
use crate::notify::{Channel, Secrets};

use super::go_template;

/// Under which key is kept what channels cannot hold.
pub(super) const KEY: &str = "pulse_notifications";

/// What a mail channel's secret is called.
pub(super) const PASSWORD: &str = "password";

/// What channels cannot hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    /// The channel that is Pulse's e-mail.
    pub(super) email: Option<ChannelId>,
    /// Which of the known providers somebody chose.
    pub(super) provider: String,
    /// The rest of webhooks, by channel.
    pub(super) webhooks: BTreeMap<ChannelId, Rest>,
}

/// The rest of a webhook.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Rest {
    method: String,
    headers: BTreeMap<String, String>,
    service: String,
    template: String,
}

/// E-mail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PulseEmail)]
pub(super) struct Email {
    #[serde(default)]
    pub(super) enabled: bool,
    #[serde(default)]
    pub(super) provider: String,
    #[serde(default, alias = "smtpHost")]
    pub(super) server: String,
    #[serde(default, alias = "smtpPort")]
    pub(super) port: u16,
    #[serde(default)]
    pub(super) username: String,
    /// Always empty where it is read; empty where it is written keeps the one that is there.
    #[serde(default)]
    pub(super) password: String,
    #[serde(default)]
    pub(super) from: String,
    #[serde(default)]
    pub(super) to: Option<Vec<String>>,
    #[serde(default)]
    pub(super) tls: bool,
    #[serde(default, rename = "startTLS")]
    pub(super) start_tls: bool,
}

fn invalid(field: &'static str, problem: &str) -> Problem {
    let text = format!("{field}: {problem}");
    Problem::new(Kind::Invalid, "invalid_setting", text).in_field(field)
}

impl Email {
    /// The settings of the channel that it means.
    pub(super) fn config(&self) -> Value {
        let security = match (self.tls, self.start_tls) {
            (_, true) => "starttls",
            (true, false) => "tls",
            (false, false) => "none",
        };
        let to: Vec<&str> = self
            .to
            .iter()
            .flatten()
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
            .collect();
        let mut config = json!({
            "host": self.server.trim(),
            "security": security,
            "from": self.from.trim(),
            // Pulse wrote to the sender where no recipient was given.
            "to": if to.is_empty() { vec![self.from.trim()] } else { to },
        });
        if self.port != 0 {
            config["port"] = json!(self.port);
        }
        if !self.username.trim().is_empty() {
            config["username"] = json!(self.username.trim());
        }
        config
    }

    /// The password, where one is given.
    pub(super) fn secrets(&self) -> Secrets {
        let given = Some(self.password.as_str()).filter(|text| !text.is_empty());
        let given = given.map(|text| (PASSWORD.to_owned(), SecretString::from(text)));
        given.into_iter().collect()
    }

    /// What the channel says.
    pub(super) fn of(channel: &Channel, provider: &str) -> Self {
        Self::of_config(&channel.config, channel.enabled, provider)
    }

    /// The same of settings that are carried.
    pub(super) fn of_config(config: &Value, enabled: bool, provider: &str) -> Self {
        let text = |key: &str| {
            let text = config.get(key).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let security = text("security");
        let to = config.get("to").and_then(Value::as_array);
        let port = config.get("port").and_then(Value::as_u64);
        let usual = match security.as_str() {
            "none" => 25,
            "tls" => 465,
            _ => 587,
        };
        Self {
            enabled,
            provider: provider.to_owned(),
            server: text("host"),
            port: port
                .and_then(|port| u16::try_from(port).ok())
                .unwrap_or(usual),
            username: text("username"),
            password: String::new(),
            from: text("from"),
            to: to.map(|list| {
                let texts = list.iter().filter_map(Value::as_str);
                texts.map(str::to_owned).collect()
            }),
            tls: security == "tls",
            start_tls: matches!(security.as_str(), "" | "starttls"),
        }
    }
}

/// A webhook.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PulseWebhook)]
pub(super) struct Webhook {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) url: String,
    #[serde(default)]
    pub(super) method: String,
    #[serde(default)]
    pub(super) headers: Option<BTreeMap<String, String>>,
    #[serde(default = "yes")]
    pub(super) enabled: bool,
    #[serde(default)]
    pub(super) service: String,
    #[serde(default)]
    pub(super) template: String,
    /// Which of these are only kept: nothing here acts on them.
    #[serde(default, skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    pub(super) inert: Vec<&'static str>,
}

const fn yes() -> bool {
    true
}

/// The kind of channel that takes any JSON.
pub(super) const GENERIC: &str = "webhook";

const NTFY: &str = "ntfy";

/// Pulse's services that are told by an address which is no secret, and the kinds of channel that
/// tell them.
const SERVICES: &[(&str, &str)] = &[("generic", GENERIC), ("ntfy", NTFY)];

fn kind_of(service: &str) -> Option<&'static str> {
    let service = match service {
        "" => "generic",
        service => service,
    };
    SERVICES
        .iter()
        .find(|(name, _)| *name == service)
        .map(|(_, kind)| *kind)
}

/// Whether a channel of that kind may be one of Pulse's webhooks.
pub(super) fn is_webhook(kind: &str) -> bool {
    SERVICES.iter().any(|(_, known)| *known == kind)
}

/// The server and the topic of ntfy's address.
fn topic(url: &str) -> Option<(&str, &str)> {
    let (server, topic) = url.trim().trim_end_matches('/').rsplit_once('/')?;
    let is_whole = server.contains("://") && !server.ends_with('/') && !topic.is_empty();
    is_whole.then_some((server, topic))
}

impl Webhook {
    /// Refuses what would be sent to somebody who cannot read it.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let Some(kind) = kind_of(&self.service) else {
            let problem = format!(
                "'{}' is set up as a channel of its own kind in homepulse; use generic here",
                self.service
            );
            return Err(invalid("service", &problem));
        };
        let method = self.method.trim().to_ascii_uppercase();
        let is_sent = match kind {
            GENERIC => matches!(method.as_str(), "" | "POST" | "PUT" | "PATCH" | "GET"),
            _ => matches!(method.as_str(), "" | "POST"),
        };
        if !is_sent {
            return Err(invalid(
                "method",
                "it is sent by POST, generic ones by PUT, PATCH or GET too",
            ));
        }
        if kind == NTFY && topic(&self.url).is_none() {
            return Err(invalid(
                "url",
                "it has to end in the topic, such as https://ntfy.sh/home",
            ));
        }
        Ok(())
    }

    /// The kind of its channel.
    pub(super) fn kind(&self) -> &'static str {
        kind_of(&self.service).unwrap_or(GENERIC)
    }

    /// What it means that its channel cannot do.
    fn inert(&self) -> Vec<&'static str> {
        let is_generic = self.kind() == GENERIC;
        let mut inert = Vec::new();
        if !is_generic
            && self
                .headers
                .as_ref()
                .is_some_and(|headers| !headers.is_empty())
        {
            inert.push("headers");
        }
        let is_told = is_generic && go_template::translate(&self.template).is_some();
        if !self.template.is_empty() && !is_told {
            inert.push("template");
        }
        inert
    }

    /// The name of its channel.
    pub(super) fn channel_name(&self) -> String {
        let name = self.name.trim();
        if !name.is_empty() {
            return name.to_owned();
        }
        let url = Url::parse(&self.url).ok();
        let host = url.and_then(|url| Some(url.host_str()?.to_owned()));
        host.unwrap_or_else(|| "webhook".to_owned())
    }

    /// The settings of its channel.
    pub(super) fn config(&self) -> Value {
        self.config_over(&Value::Null)
    }

    /// The same, over what the channel has beyond what Pulse knows.
    pub(super) fn config_over(&self, before: &Value) -> Value {
        let mut config = match before {
            Value::Object(before) => before.clone(),
            _ => Map::new(),
        };
        let url = self.url.trim();
        match self.kind() {
            GENERIC => {
                config.insert("url".to_owned(), json!(url));
                let method = match self.method.trim() {
                    "" => "POST".to_owned(),
                    method => method.to_ascii_uppercase(),
                };
                config.insert("method".to_owned(), json!(method));
                config.insert(
                    "headers".to_owned(),
                    json!(self.headers.clone().unwrap_or_default()),
                );
                match go_template::translate(&self.template) {
                    Some(template) => config.insert("body_template".to_owned(), json!(template)),
                    None => config.remove("body_template"),
                };
            }
            NTFY => {
                if let Some((server, topic)) = topic(url) {
                    config.insert("server".to_owned(), json!(server));
                    config.insert("topic".to_owned(), json!(topic));
                }
            }
            _ => {
                config.insert("url".to_owned(), json!(url));
            }
        }
        Value::Object(config)
    }

    /// What its channel cannot hold.
    pub(super) fn rest(&self) -> Rest {
        Rest {
            method: self.method.clone(),
            headers: self.headers.clone().unwrap_or_default(),
            service: self.service.clone(),
            template: self.template.clone(),
        }
    }

    /// What a channel and the rest say.
    pub(super) fn of(channel: &Channel, rest: Option<&Rest>) -> Self {
        let text = |key: &str| {
            let text = channel.config.get(key).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let url = match channel.kind.as_str() {
            NTFY => format!("{}/{}", text("server").trim_end_matches('/'), text("topic")),
            _ => text("url"),
        };
        let rest = rest.cloned().unwrap_or_default();
        let or = |text: String, usual: &str| {
            if text.is_empty() {
                usual.to_owned()
            } else {
                text
            }
        };
        let is_generic = channel.kind == GENERIC;
        let own = SERVICES.iter().find(|(_, kind)| *kind == channel.kind);
        let mut shown = Self {
            id: channel.id.to_string(),
            name: channel.name.clone(),
            url,
            // What is set where the channel was set up here counts, not what Pulse said once.
            method: or(
                if is_generic {
                    text("method")
                } else {
                    rest.method
                },
                "POST",
            ),
            headers: Some(match channel.config.get("headers").filter(|_| is_generic) {
                Some(headers) => serde_json::from_value(headers.clone()).unwrap_or(rest.headers),
                None => rest.headers,
            }),
            enabled: channel.enabled,
            service: or(rest.service, own.map_or(GENERIC, |(service, _)| service)),
            template: rest.template,
            inert: Vec::new(),
        };
        shown.inert = shown.inert();
        shown
    }
}

/// A mail provider that people know by name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PulseEmailProvider)]
#[serde(rename_all = "camelCase")]
pub(super) struct Provider {
    name: &'static str,
    smtp_host: &'static str,
    smtp_port: u16,
    tls: bool,
    #[serde(rename = "startTLS")]
    start_tls: bool,
    auth_required: bool,
    instructions: &'static str,
}

const fn provider(
    name: &'static str,
    smtp_host: &'static str,
    instructions: &'static str,
) -> Provider {
    Provider {
        name,
        smtp_host,
        smtp_port: 587,
        tls: false,
        start_tls: true,
        auth_required: true,
        instructions,
    }
}

/// Providers whose servers are known.
pub(super) const PROVIDERS: &[Provider] = &[
    provider(
        "Gmail / Google Workspace",
        "smtp.gmail.com",
        "Make an app password for the account and use it in place of its password.",
    ),
    provider(
        "SendGrid",
        "smtp.sendgrid.net",
        "The username is the word apikey, the password an API key.",
    ),
    provider(
        "Mailgun",
        "smtp.mailgun.org",
        "Use the SMTP credentials of your domain.",
    ),
    provider(
        "Amazon SES (US East)",
        "email-smtp.us-east-1.amazonaws.com",
        "Use SMTP credentials made in the SES console, not access keys.",
    ),
    provider(
        "Microsoft 365 / Outlook",
        "smtp.office365.com",
        "SMTP AUTH has to be switched on for the mailbox.",
    ),
    provider(
        "Brevo",
        "smtp-relay.brevo.com",
        "The password is an SMTP key.",
    ),
    provider(
        "Postmark",
        "smtp.postmarkapp.com",
        "Username and password are both a server token.",
    ),
    provider(
        "SparkPost",
        "smtp.sparkpostmail.com",
        "The username is SMTP_Injection, the password an API key.",
    ),
    provider(
        "Resend",
        "smtp.resend.com",
        "The username is the word resend, the password an API key.",
    ),
    provider(
        "SMTP2GO",
        "mail.smtp2go.com",
        "Use an SMTP user of the account.",
    ),
    provider("Custom SMTP Server", "", "Give host, port and protection."),
];

/// The name of Pulse's e-mail channel.
pub(super) const EMAIL: &str = "E-mail";

/// A secret in the clear, for an export; empty where there is none.
pub(super) fn text_of(secret: Option<&SecretString>) -> String {
    secret.map_or_else(String::new, |secret| secret.expose_secret().to_owned())
}
