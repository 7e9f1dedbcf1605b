//! Webhooks as Pulse 4.3 wrote them, on channels of our own.
//!
//! What nobody may read back is shown as [`MASK`]; whoever writes the mask keeps what is there.

mod fields;
mod services;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use utoipa::ToSchema;

use crate::api::problem::Problem;
use crate::notify::{Channel, Secrets};

use super::channel::invalid;
use super::go_template;

pub(super) use fields::Fields;
pub(super) use services::{SERVICES, of_kind};

use fields::{MASK, Place, is_sensitive};
use services::{GENERIC, Service};

/// A webhook.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PulseWebhook)]
#[serde(rename_all = "camelCase")]
pub(super) struct Webhook {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
    /// Where it leads; `***REDACTED***` stands for what nobody may read back, and keeps it.
    #[serde(default)]
    pub(super) url: String,
    #[serde(default)]
    pub(super) method: String,
    /// Further headers; those that look secret are masked like the address.
    #[serde(default)]
    pub(super) headers: Option<BTreeMap<String, String>>,
    #[serde(default = "yes")]
    pub(super) enabled: bool,
    #[serde(default)]
    pub(super) service: String,
    #[serde(default)]
    pub(super) template: String,
    /// What the service wants beside the address, such as Pushover's `app_token` and `user_token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) custom_fields: Option<BTreeMap<String, String>>,
    /// Which of these are only kept: nothing here acts on them.
    #[serde(default, skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    pub(super) inert: Vec<&'static str>,
}

const fn yes() -> bool {
    true
}

/// The rest of a webhook, which its channel cannot hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Rest {
    service: String,
    template: String,
    custom: BTreeMap<String, String>,
}

/// What its channel holds, and what it does not.
pub(super) struct Parts {
    pub(super) fields: Fields,
    pub(super) rest: Rest,
}

/// Whether a channel of that kind may be one of Pulse's webhooks.
pub(super) fn is_webhook(kind: &str) -> bool {
    SERVICES.iter().any(|service| service.kind == kind)
}

impl Webhook {
    /// Its service.
    ///
    /// # Errors
    /// When nothing here tells that service.
    pub(super) fn service(&self) -> Result<&'static Service, Problem> {
        services::named(&self.service).ok_or_else(|| {
            let known: Vec<&str> = SERVICES.iter().map(|service| service.name).collect();
            let known = known.join(", ");
            let problem = format!("'{}' is not known here; give one of {known}", self.service);
            invalid("service", &problem)
        })
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

    /// Takes it apart. `before` is what its channel holds, beyond what Pulse knows, too.
    ///
    /// # Errors
    /// When something in it would be sent to somebody who cannot read it, or lacks.
    pub(super) fn parts(&self, before: Option<Fields>) -> Result<Parts, Problem> {
        let service = self.service()?;
        let kind = service.kind;
        let method = match self.method.trim() {
            "" => "POST".to_owned(),
            method => method.to_ascii_uppercase(),
        };
        let is_sent = match kind {
            GENERIC => matches!(method.as_str(), "POST" | "PUT" | "PATCH" | "GET"),
            _ => method == "POST",
        };
        if !is_sent {
            let problem = "it is sent by POST, generic ones by PUT, PATCH or GET too";
            return Err(invalid("method", problem));
        }
        let mut fields = before.unwrap_or_default();
        services::forget_what_stays(&mut fields, kind, &self.url);
        let mut place = Place {
            url: self.url.trim().to_owned(),
            custom: self.custom_fields.clone().unwrap_or_default(),
            headers: self.headers.clone().unwrap_or_default(),
        };
        services::lead(&mut fields, kind, &mut place)?;
        fields.put_headers(place.headers, kind == GENERIC)?;
        if kind == GENERIC {
            fields.config.insert("method".to_owned(), json!(method));
            match go_template::translate(&self.template) {
                Some(template) => {
                    let template = json!(template);
                    fields.config.insert("body_template".to_owned(), template)
                }
                None => fields.config.remove("body_template"),
            };
        }
        // What nothing acts on need not lie in the clear where it looks like a secret.
        let custom = place.custom.into_iter().map(|(name, value)| {
            let is_kept = !is_sensitive(&name);
            (name, if is_kept { value } else { MASK.to_owned() })
        });
        let rest = Rest {
            service: self.service.clone(),
            template: self.template.clone(),
            custom: custom.collect(),
        };
        Ok(Parts { fields, rest })
    }

    /// What a channel and the rest say; secrets in the clear only where `is_clear`.
    pub(super) fn of(
        channel: &Channel,
        secrets: Secrets,
        rest: Option<&Rest>,
        is_clear: bool,
    ) -> Self {
        let fields = Fields::new(&channel.config, secrets);
        let place = services::place(&fields, &channel.kind, is_clear);
        let rest = rest.cloned().unwrap_or_default();
        let is_generic = channel.kind == GENERIC;
        let usual = services::of_kind(&channel.kind).map_or("generic", |service| service.name);
        let method = Some(fields.text("method")).filter(|method| is_generic && !method.is_empty());
        let is_told = is_generic && go_template::translate(&rest.template).is_some();
        let mut inert = Vec::new();
        if !rest.custom.is_empty() {
            inert.push("customFields");
        }
        if !rest.template.is_empty() && !is_told {
            inert.push("template");
        }
        let mut custom = rest.custom;
        custom.extend(place.custom);
        Self {
            id: channel.id.to_string(),
            name: channel.name.clone(),
            url: place.url,
            method: method.unwrap_or("POST").to_owned(),
            headers: Some(fields.headers(is_clear)),
            enabled: channel.enabled,
            service: match rest.service.as_str() {
                "" => usual.to_owned(),
                _ => rest.service,
            },
            template: rest.template,
            custom_fields: Some(custom).filter(|custom| !custom.is_empty()),
            inert,
        }
    }
}

/// The address of a channel as it may be shown.
pub(super) fn masked_url(config: &Value, secrets: Secrets, kind: &str) -> String {
    services::place(&Fields::new(config, secrets), kind, false).url
}
