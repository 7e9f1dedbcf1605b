//! What has to be filled in for a channel, and reading what somebody filled in.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use super::Secrets;
use crate::notify::error::ConfigError;

/// Longest text of a field in bytes; a certificate or a template fits.
const TEXT_LENGTH: usize = 32 * 1024;
/// Most lines of a list.
const LINES: usize = 50;

/// What may stand in a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// One line.
    #[default]
    Text,
    /// One line that nobody may read back.
    Secret,
    /// Several lines.
    Long,
    /// A template of several lines.
    Template,
    /// A whole number.
    Number,
    /// One of several words.
    Choice,
    /// Yes or no.
    Flag,
    /// An HTTP address.
    Url,
    /// Several lines of text.
    List,
    /// Header lines: `Name: value`.
    Headers,
}

impl FieldKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Text,
        Self::Secret,
        Self::Long,
        Self::Template,
        Self::Number,
        Self::Choice,
        Self::Flag,
        Self::Url,
        Self::List,
        Self::Headers,
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Secret => "secret",
            Self::Long => "long",
            Self::Template => "template",
            Self::Number => "number",
            Self::Choice => "choice",
            Self::Flag => "flag",
            Self::Url => "url",
            Self::List => "list",
            Self::Headers => "headers",
        }
    }
}

/// What has to be filled in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Field {
    /// Its name in configurations.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// What it is and where to get it.
    pub help: String,
    /// What may stand in it.
    pub kind: FieldKind,
    /// Whether nobody may read it back, although it is no plain secret: an address with a token.
    pub secret: bool,
    /// Whether it has to be filled in.
    pub required: bool,
    /// What holds while it is empty.
    pub default: Option<Value>,
    /// The words of a choice.
    pub choices: Vec<String>,
    /// What the text may begin with, where only that makes sense.
    pub starts_with: Vec<String>,
    /// The characters it may hold, such as `A-Za-z0-9_-`; any but control characters unless told.
    pub chars: Option<String>,
    /// The longest text in characters.
    pub longest: Option<usize>,
    /// The smallest number.
    pub least: Option<i64>,
    /// The largest number.
    pub most: Option<i64>,
    /// Whether most people leave it as it is.
    pub advanced: bool,
}

/// What was filled in, checked: secrets and everything else, by name.
#[derive(Clone, Default)]
pub(in crate::notify) struct Values {
    pub(in crate::notify) open: BTreeMap<String, Value>,
    pub(in crate::notify) secrets: Secrets,
}

impl Values {
    /// Reads what was filled in for `fields`; whatever is wrong is named by its field.
    pub(in crate::notify) fn read(
        fields: &[Field],
        config: &Value,
        secrets: &Secrets,
    ) -> Result<Self, ConfigError> {
        let empty = Map::new();
        let given = match config {
            Value::Object(given) => given,
            Value::Null => &empty,
            _ => return Err(ConfigError::new("config", "must be an object")),
        };
        let is = |name: &str, secret| {
            let mut all = fields.iter();
            all.any(|field| field.name == name && field.is_secret() == secret)
        };
        for name in given.keys() {
            if is(name, true) {
                let problem = "is a secret: give it among the secrets";
                return Err(ConfigError::new(name, problem));
            }
            if !is(name, false) {
                return Err(ConfigError::new(name, "is not a field of this kind"));
            }
        }
        if let Some(name) = secrets.keys().find(|name| !is(name, true)) {
            return Err(ConfigError::new(name, "is not a secret of this kind"));
        }
        let mut values = Self::default();
        for field in fields {
            if field.is_secret() {
                let secret = secrets.get(&field.name);
                if let Some(secret) = field.read_secret(secret)? {
                    values.secrets.insert(field.name.clone(), secret);
                }
            } else if let Some(value) = field.read(given.get(&field.name))? {
                values.open.insert(field.name.clone(), value);
            }
        }
        Ok(values)
    }

    /// The text in a field, secret or not.
    pub(in crate::notify) fn text(&self, name: &str) -> Option<&str> {
        match self.secrets.get(name) {
            Some(secret) => Some(secret.expose_secret()),
            None => self.open.get(name).and_then(Value::as_str),
        }
    }

    /// Everything, for the templates of requests. What was not filled in is absent.
    pub(in crate::notify) fn all(&self) -> BTreeMap<String, Value> {
        let mut all = self.open.clone();
        for (name, secret) in &self.secrets {
            all.insert(name.clone(), secret.expose_secret().into());
        }
        all
    }
}

impl Field {
    /// Whether nobody may read it back.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.secret || self.kind == FieldKind::Secret
    }

    fn wrong(&self, problem: impl Into<String>) -> ConfigError {
        ConfigError::new(&self.name, problem)
    }

    fn read_secret(
        &self,
        secret: Option<&SecretString>,
    ) -> Result<Option<SecretString>, ConfigError> {
        let text = secret.map(|secret| secret.expose_secret().trim());
        match text.filter(|text| !text.is_empty()) {
            Some(text) => {
                self.check_text(text)?;
                Ok(Some(SecretString::from(text)))
            }
            None if self.required => Err(self.wrong("is missing")),
            None => Ok(self
                .default
                .as_ref()
                .and_then(Value::as_str)
                .map(Into::into)),
        }
    }

    fn read(&self, given: Option<&Value>) -> Result<Option<Value>, ConfigError> {
        let given = given.filter(|value| !is_empty(value));
        let Some(given) = given else {
            return match (&self.default, self.required) {
                (Some(value), _) => Ok(Some(value.clone())),
                (None, true) => Err(self.wrong("is missing")),
                (None, false) => Ok(None),
            };
        };
        Ok(Some(match self.kind {
            FieldKind::Number => self.read_number(given)?.into(),
            FieldKind::Flag => match given.as_bool() {
                Some(flag) => flag.into(),
                None => return Err(self.wrong("must be true or false")),
            },
            FieldKind::List => self.read_list(given)?,
            FieldKind::Headers => self.read_headers(given)?,
            FieldKind::Text
            | FieldKind::Secret
            | FieldKind::Long
            | FieldKind::Template
            | FieldKind::Choice
            | FieldKind::Url => {
                let text = match given {
                    Value::String(text) => text.trim().to_owned(),
                    // A chat's number is a text to us, and a number to whoever types it in.
                    Value::Number(number) if self.kind == FieldKind::Text => number.to_string(),
                    _ => return Err(self.wrong("must be a text")),
                };
                self.check_text(&text)?;
                text.into()
            }
        }))
    }

    fn read_number(&self, given: &Value) -> Result<i64, ConfigError> {
        let number = match given {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_i64(),
        };
        let (least, most) = (self.least.unwrap_or(0), self.most.unwrap_or(i64::MAX));
        number
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| match self.most {
                Some(most) => self.wrong(format!("must be a whole number from {least} to {most}")),
                None => self.wrong(format!("must be a whole number from {least}")),
            })
    }

    /// Lines of a list, or of one text with commas or line breaks.
    fn lines(&self, given: &Value, separators: &[char]) -> Result<Vec<String>, ConfigError> {
        let wrong = || self.wrong("must be a list of texts");
        let lines: Vec<String> = match given {
            Value::String(text) => text.split(separators).map(str::to_owned).collect(),
            Value::Array(values) => values
                .iter()
                .map(|value| value.as_str().map(str::to_owned).ok_or_else(wrong))
                .collect::<Result<_, _>>()?,
            _ => return Err(wrong()),
        };
        let lines: Vec<String> = lines
            .iter()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect();
        if lines.len() > LINES {
            return Err(self.wrong(format!("must be {LINES} entries at most")));
        }
        for line in &lines {
            self.check_line(line)?;
        }
        Ok(lines)
    }

    fn read_list(&self, given: &Value) -> Result<Value, ConfigError> {
        let lines = self.lines(given, &[',', '\n'])?;
        if lines.is_empty() && self.required {
            return Err(self.wrong("is missing"));
        }
        Ok(lines.into())
    }

    fn read_headers(&self, given: &Value) -> Result<Value, ConfigError> {
        let pairs: Vec<(String, String)> = match given {
            Value::Object(map) => map
                .iter()
                .map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                .collect::<Option<_>>()
                .ok_or_else(|| self.wrong("must hold texts"))?,
            other => self
                .lines(other, &['\n'])?
                .iter()
                .map(|line| {
                    let (name, value) = line.split_once(':')?;
                    Some((name.trim().to_owned(), value.trim().to_owned()))
                })
                .collect::<Option<_>>()
                .ok_or_else(|| self.wrong("must be lines of the form Name: value"))?,
        };
        let mut headers = Map::new();
        for (name, value) in pairs {
            let good = http::HeaderName::from_bytes(name.as_bytes()).is_ok()
                && http::HeaderValue::from_str(&value).is_ok();
            if !good || value.len() > 4096 || headers.len() >= LINES {
                return Err(self.wrong(format!("holds '{name}', which is not a header")));
            }
            if super::OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                return Err(self.wrong(format!("must not set {name}: it is set already")));
            }
            headers.insert(name, value.into());
        }
        Ok(headers.into())
    }

    fn check_text(&self, text: &str) -> Result<(), ConfigError> {
        match self.kind {
            FieldKind::Url => self.check_url(text),
            FieldKind::Choice if !self.choices.iter().any(|choice| choice == text) => {
                Err(self.wrong(format!("must be one of {}", self.choices.join(", "))))
            }
            FieldKind::Long | FieldKind::Template if text.len() > TEXT_LENGTH => {
                Err(self.wrong("is too long"))
            }
            FieldKind::Long | FieldKind::Template => Ok(()),
            FieldKind::Headers => self.read_headers(&Value::from(text)).map(drop),
            _ => self.check_line(text),
        }
    }

    fn check_line(&self, text: &str) -> Result<(), ConfigError> {
        let longest = self.longest.unwrap_or(4096);
        if text.chars().count() > longest {
            return Err(self.wrong(format!("must be {longest} characters at most")));
        }
        if text.chars().any(char::is_control) {
            return Err(self.wrong("must be one line"));
        }
        if let Some(chars) = &self.chars
            && let Some(odd) = text.chars().find(|c| !is_among(*c, chars))
        {
            // A secret is not repeated, not even one character of it.
            return Err(match self.is_secret() {
                true => self.wrong("holds a character that it cannot hold"),
                false => self.wrong(format!("must not hold '{odd}'")),
            });
        }
        let starts = &self.starts_with;
        if !starts.is_empty() && !starts.iter().any(|start| text.starts_with(start.as_str())) {
            return Err(self.wrong(format!("must begin with {}", starts.join(" or "))));
        }
        Ok(())
    }

    fn check_url(&self, text: &str) -> Result<(), ConfigError> {
        self.check_line(text)?;
        let Ok(url) = Url::parse(text) else {
            return Err(self.wrong("must be a whole address: https://example.org/path"));
        };
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(self.wrong("must begin with https:// or http:// and a host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            let problem = "must not hold a name or password: it is shown to everybody who may look";
            return Err(self.wrong(problem));
        }
        Ok(())
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(values) => values.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a character is among those of a text such as `A-Za-z0-9_-`.
fn is_among(c: char, chars: &str) -> bool {
    let all: Vec<char> = chars.chars().collect();
    let mut rest = &all[..];
    while let [first, after @ ..] = rest {
        rest = after;
        if let ['-', last, after @ ..] = rest {
            rest = after;
            if (*first..=*last).contains(&c) {
                return true;
            }
        } else if *first == c {
            return true;
        }
    }
    false
}
