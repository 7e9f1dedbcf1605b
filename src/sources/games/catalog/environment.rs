//! From a person's settings to the environment of a container.

use serde_json::Value;

use super::entry::{Entry, Format, Variable};

/// One variable with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Whether the value is nobody's business.
    pub secret: bool,
}

/// Settings that cannot be written into an environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the setting {property} cannot be written as {key}")]
pub struct EnvironmentError {
    /// Which setting.
    pub property: String,
    /// Which variable.
    pub key: String,
}

impl Entry {
    /// The environment that `config` stands for. What is not set or `null` is left to the image.
    ///
    /// # Errors
    /// When a setting has a form that its variable cannot take, which the schema should prevent.
    pub fn environment_for(&self, config: &Value) -> Result<Vec<Setting>, EnvironmentError> {
        let mut settings = Vec::new();
        for variable in &self.environment {
            let value = match &variable.maps {
                None => variable.value.clone(),
                Some(property) => match config.get(property) {
                    None | Some(Value::Null) => None,
                    Some(value) => {
                        Some(write(value, variable).ok_or_else(|| EnvironmentError {
                            property: property.clone(),
                            key: variable.key.clone(),
                        })?)
                    }
                },
            };
            if let Some(value) = value {
                settings.push(Setting {
                    key: variable.key.clone(),
                    value,
                    secret: variable.secret,
                });
            }
        }
        Ok(settings)
    }
}

fn write(value: &Value, variable: &Variable) -> Option<String> {
    let word = |yes: &str, no: &str| Some(if value.as_bool()? { yes } else { no }.to_owned());
    match variable.format {
        Format::Plain => match value {
            // A zero or a line break would let one setting become two.
            Value::String(text) => {
                Some(text.clone()).filter(|text| !text.contains(['\0', '\n', '\r']))
            }
            Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
            _ => None,
        },
        Format::Bool01 => word("1", "0"),
        Format::BoolUpper => word("TRUE", "FALSE"),
        Format::BoolTitle => word("True", "False"),
        Format::Csv => {
            let items: Option<Vec<String>> = value
                .as_array()?
                .iter()
                .map(|item| match item {
                    Value::String(text) if !text.contains([',', '\0', '\n', '\r']) => {
                        Some(text.clone())
                    }
                    Value::Number(number) => Some(number.to_string()),
                    _ => None,
                })
                .collect();
            Some(items?.join(","))
        }
        Format::MegabytesM => Some(format!("{}M", value.as_u64()?)),
    }
}
