//! E-mail as Pulse 4.3 wrote it, on a mail channel of our own.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::notify::{Channel, Secrets};

/// What a mail channel's secret is called.
pub(super) const PASSWORD: &str = "password";

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
