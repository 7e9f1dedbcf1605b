//! The fields of a channel that one of Pulse's webhooks means, secrets among them.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::api::problem::Problem;
use crate::notify::{ChannelChange, SECRET_HEADERS, SecretChange, Secrets};

use crate::api::pulse::channel::invalid;

/// What Pulse shows instead of what nobody may read back.
pub(super) const MASK: &str = "***REDACTED***";

/// Where a webhook leads, in Pulse's words.
#[derive(Default)]
pub(super) struct Place {
    pub(super) url: String,
    pub(super) custom: BTreeMap<String, String>,
    pub(super) headers: BTreeMap<String, String>,
}

impl Place {
    /// Takes what stands under the first of `names` that is there, among the custom fields or the
    /// headers.
    pub(super) fn take(&mut self, names: &[&str]) -> Option<String> {
        let mut found = None;
        for (all, name) in names.iter().flat_map(|name| [(true, name), (false, name)]) {
            let all = if all {
                &mut self.custom
            } else {
                &mut self.headers
            };
            let key = all.keys().find(|key| key.eq_ignore_ascii_case(name));
            if let Some(key) = key.cloned() {
                let value = all.remove(&key);
                found = found.or(value);
            }
        }
        found
    }
}

/// Whether what stands under that name looks like a secret.
pub(super) fn is_sensitive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["auth", "cookie", "key", "pass", "secret", "token"]
        .iter()
        .any(|word| name.contains(word))
}

/// The fields of a channel, its secrets in the clear.
#[derive(Clone, Default)]
pub(in crate::api::pulse) struct Fields {
    pub(in crate::api::pulse) config: Map<String, Value>,
    pub(in crate::api::pulse) secrets: Secrets,
}

impl Fields {
    pub(in crate::api::pulse) fn new(config: &Value, secrets: Secrets) -> Self {
        Self {
            config: config.as_object().cloned().unwrap_or_default(),
            secrets,
        }
    }

    /// The text of an open field; empty where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        let text = self.config.get(name).and_then(Value::as_str);
        text.unwrap_or_default()
    }

    /// The text of a secret; empty where there is none.
    pub(super) fn secret(&self, name: &str) -> &str {
        let secret = self.secrets.get(name);
        secret.map_or("", |secret| secret.expose_secret())
    }

    /// A secret as it is shown; empty where there is none.
    pub(super) fn shown(&self, name: &str, is_clear: bool) -> &str {
        match self.secret(name) {
            "" => "",
            secret if is_clear => secret,
            _ => MASK,
        }
    }

    /// Puts a text into an open field, or empties it.
    pub(super) fn put(&mut self, name: &str, text: &str) {
        match text.trim() {
            "" => self.config.remove(name),
            text => self.config.insert(name.to_owned(), json!(text)),
        };
    }

    /// Puts a secret into its field. The mask, or nothing, keeps the one that is there.
    ///
    /// # Errors
    /// When there is none to keep; `at` is Pulse's field and `hint` says what belongs there.
    pub(super) fn put_secret(
        &mut self,
        name: &str,
        given: Option<&str>,
        at: &'static str,
        hint: &str,
    ) -> Result<(), Problem> {
        let is_kept = self.secrets.contains_key(name);
        match given.map(str::trim).unwrap_or_default() {
            "" | MASK if is_kept => {}
            "" => return Err(invalid(at, hint)),
            text if text.contains(MASK) => {
                let problem = format!("{MASK} stands for what is kept already, and nothing is");
                return Err(invalid(at, &problem));
            }
            text => {
                let text = SecretString::from(text);
                self.secrets.insert(name.to_owned(), text);
            }
        }
        Ok(())
    }

    /// The secret headers, by name.
    fn sealed_headers(&self) -> BTreeMap<String, String> {
        let lines = self.secret(SECRET_HEADERS).lines();
        lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect()
    }

    /// Puts headers where they belong: those that look secret among the secrets, and all of them
    /// where the kind has no open field for them.
    ///
    /// # Errors
    /// When one is no header, or is masked and was never given.
    pub(super) fn put_headers(
        &mut self,
        headers: BTreeMap<String, String>,
        has_open: bool,
    ) -> Result<(), Problem> {
        let before = self.sealed_headers();
        let mut open = Map::new();
        let mut sealed = String::new();
        for (name, value) in headers {
            let is_line = |text: &str| !text.chars().any(char::is_control);
            if !is_line(&value) || !is_line(&name) || name.contains(':') {
                let problem = "each has to be a name and a value of one line";
                return Err(invalid("headers", problem));
            }
            if has_open && !is_sensitive(&name) {
                open.insert(name, json!(value));
                continue;
            }
            let value = match value.as_str() {
                MASK => before.get(&name).cloned().ok_or_else(|| {
                    let problem = format!("{name} is masked and was never given; give its value");
                    invalid("headers", &problem)
                })?,
                _ => value,
            };
            sealed.push_str(&format!("{name}: {value}\n"));
        }
        if has_open {
            self.config
                .insert("headers".to_owned(), Value::Object(open));
        }
        match sealed.trim_end() {
            "" => self.secrets.remove(SECRET_HEADERS),
            lines => {
                let lines = SecretString::from(lines);
                self.secrets.insert(SECRET_HEADERS.to_owned(), lines)
            }
        };
        Ok(())
    }

    /// Every header; those that look secret in the clear only where `is_clear`.
    pub(super) fn headers(&self, is_clear: bool) -> BTreeMap<String, String> {
        let open = self.config.get("headers").and_then(Value::as_object);
        let open = open.into_iter().flatten();
        let mut all: BTreeMap<String, String> = open
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .chain(self.sealed_headers())
            .collect();
        if !is_clear {
            for (name, value) in &mut all {
                if is_sensitive(name) {
                    MASK.clone_into(value);
                }
            }
        }
        all
    }

    /// What has to be changed about a channel with the fields `before` so that it has these.
    pub(in crate::api::pulse) fn change_from(self, before: &Self) -> ChannelChange {
        let dropped = before.secrets.keys();
        let dropped = dropped.filter(|name| !self.secrets.contains_key(*name));
        let dropped = dropped.map(|name| (name.clone(), SecretChange::Drop));
        let given = self.secrets.iter().map(|(name, secret)| {
            let change = match before.secret(name) == secret.expose_secret() {
                true => SecretChange::Keep,
                false => SecretChange::Replace(secret.clone()),
            };
            (name.clone(), change)
        });
        ChannelChange {
            secrets: dropped.chain(given).collect(),
            config: Some(Value::Object(self.config)),
            ..ChannelChange::default()
        }
    }
}
