//! Reading a channel's configuration field by field, so that every mistake names its field.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::error::ConfigError;

/// Longest text of a field; a certificate fits.
const TEXT_LENGTH: usize = 32 * 1024;

/// What has not been read yet of a configuration.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// The fields of a JSON object.
    pub(super) fn of(config: &Value) -> Result<Self, ConfigError> {
        match config {
            Value::Object(map) => Ok(Self(map.clone())),
            _ => Err(ConfigError::new("config", "must be an object")),
        }
    }

    /// A text, or `None` where it is missing, null or empty.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, ConfigError> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.len() > TEXT_LENGTH => {
                Err(ConfigError::new(name, "is too long"))
            }
            Some(Value::String(text)) => {
                let text = text.trim();
                Ok((!text.is_empty()).then(|| text.to_owned()))
            }
            Some(_) => Err(ConfigError::new(name, "must be a text")),
        }
    }

    /// A text that has to be there.
    pub(super) fn required_text(&mut self, name: &str) -> Result<String, ConfigError> {
        self.text(name)?
            .ok_or_else(|| ConfigError::new(name, "is missing"))
    }

    /// Several texts: an array, or one text with commas.
    pub(super) fn texts(&mut self, name: &str) -> Result<Vec<String>, ConfigError> {
        let wrong = || ConfigError::new(name, "must be a list of texts");
        let texts: Vec<String> = match self.0.remove(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(text)) => text.split(',').map(str::to_owned).collect(),
            Some(Value::Array(values)) => values
                .into_iter()
                .map(|value| value.as_str().map(str::to_owned).ok_or_else(wrong))
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(wrong()),
        };
        let texts = texts.iter().map(|text| text.trim().to_owned());
        Ok(texts.filter(|text| !text.is_empty()).collect())
    }

    /// A whole number within `range`.
    pub(super) fn number(
        &mut self,
        name: &str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, ConfigError> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_u64().filter(|number| range.contains(number)) {
                Some(number) => Ok(Some(number)),
                None => Err(ConfigError::new(
                    name,
                    format!(
                        "must be a whole number from {} to {}",
                        range.start(),
                        range.end()
                    ),
                )),
            },
        }
    }

    /// Makes sure that everything has been read: a misspelt field must not be ignored.
    pub(super) fn finish(self) -> Result<(), ConfigError> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(ConfigError::new(name, "is not a field of this kind")),
        }
    }
}
