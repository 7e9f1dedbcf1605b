//! What a kind of rule says of itself: its name, what it is about, what can be set and how it
//! stands in each profile. Forms, schemas and the check of settings are drawn from it.

use std::any::Any;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::settings::{Profile, SettingsError};
use crate::model::alert::Severity;
use crate::model::id::ResourceKind;

/// A rule's settings by the names of their fields.
pub type Values = Map<String, Value>;

/// A rule's settings as the rule itself reads them.
pub type Parsed = Arc<dyn Any + Send + Sync>;

/// What a kind of rule says of itself.
pub struct RuleKind {
    /// Its name, as it stands in alerts and settings.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// One sentence: what it watches and when it speaks.
    pub about: &'static str,
    /// The kinds of resource whose settings it reads.
    pub of: &'static [ResourceKind],
    /// Whether it is on in the quiet, the balanced and the strict profile.
    pub on: [bool; 3],
    /// What can be set.
    pub fields: &'static [Field],
}

/// One thing that can be set about a rule.
pub struct Field {
    /// Its name in settings.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What it takes.
    pub form: Form,
    /// What it is in the quiet, the balanced and the strict profile.
    pub presets: [Preset; 3],
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// How bad.
    Severity,
    /// A number within bounds; `null` leaves that severity out where `optional`.
    Number {
        /// What it counts: `days`, `hours`, `minutes`, `seconds`, or nothing.
        unit: &'static str,
        /// The least.
        least: f64,
        /// The most.
        most: f64,
        /// Whether it is a whole number.
        whole: bool,
        /// Whether it may be `null`.
        optional: bool,
    },
    /// Yes or no.
    Switch,
    /// Several texts.
    Texts,
}

/// What a field is where nobody set it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Preset {
    /// A severity.
    Severity(Severity),
    /// A number.
    Number(f64),
    /// Yes or no.
    Switch(bool),
    /// No text at all.
    NoTexts,
    /// Left out.
    Off,
}

/// The most texts that a field takes, and characters of each.
const MOST_TEXTS: usize = 64;
const LONGEST_TEXT: usize = 200;

impl Field {
    /// `severity`: how bad it is.
    pub(super) const fn severity(presets: [Severity; 3]) -> Self {
        Self {
            key: "severity",
            label: "Severity",
            form: Form::Severity,
            presets: [
                Preset::Severity(presets[0]),
                Preset::Severity(presets[1]),
                Preset::Severity(presets[2]),
            ],
        }
    }

    /// `dwell_seconds`: how long it has to hold before anybody is told.
    pub(super) const fn dwell(presets: [f64; 3]) -> Self {
        Self::number(
            "dwell_seconds",
            "Wait before it counts",
            "seconds",
            [0.0, 86_400.0],
            presets,
        )
    }

    /// A whole number.
    pub(super) const fn number(
        key: &'static str,
        label: &'static str,
        unit: &'static str,
        bounds: [f64; 2],
        presets: [f64; 3],
    ) -> Self {
        Self {
            key,
            label,
            form: Form::Number {
                unit,
                least: bounds[0],
                most: bounds[1],
                whole: true,
                optional: false,
            },
            presets: [
                Preset::Number(presets[0]),
                Preset::Number(presets[1]),
                Preset::Number(presets[2]),
            ],
        }
    }

    /// A number for one severity, which `null` leaves out.
    pub(super) const fn limit(
        key: &'static str,
        label: &'static str,
        unit: &'static str,
        bounds: [f64; 2],
        presets: [Preset; 3],
    ) -> Self {
        Self {
            key,
            label,
            form: Form::Number {
                unit,
                least: bounds[0],
                most: bounds[1],
                whole: false,
                optional: true,
            },
            presets,
        }
    }

    /// Yes or no.
    pub(super) const fn switch(key: &'static str, label: &'static str, presets: [bool; 3]) -> Self {
        Self {
            key,
            label,
            form: Form::Switch,
            presets: [
                Preset::Switch(presets[0]),
                Preset::Switch(presets[1]),
                Preset::Switch(presets[2]),
            ],
        }
    }

    /// Several texts, none unless told.
    pub(super) const fn texts(key: &'static str, label: &'static str) -> Self {
        Self {
            key,
            label,
            form: Form::Texts,
            presets: [Preset::NoTexts; 3],
        }
    }

    fn problem(&self, value: &Value) -> Option<String> {
        match self.form {
            Form::Severity => {
                let known = Severity::deserialize(value).is_ok();
                (!known).then(|| "must be info, warning or critical".to_owned())
            }
            Form::Switch => (!value.is_boolean()).then(|| "must be true or false".to_owned()),
            Form::Number { optional: true, .. } if value.is_null() => None,
            Form::Number {
                unit,
                least,
                most,
                whole,
                ..
            } => {
                let fits = value
                    .as_f64()
                    .is_some_and(|number| (least..=most).contains(&number));
                let fits = fits && (!whole || value.is_u64());
                let what = if whole { "a whole number" } else { "a number" };
                let unit = if unit.is_empty() {
                    String::new()
                } else {
                    format!(" of {unit}")
                };
                (!fits).then(|| format!("must be {what}{unit} from {least} to {most}"))
            }
            Form::Texts => {
                let fits = value.as_array().is_some_and(|texts| {
                    texts.len() <= MOST_TEXTS
                        && texts.iter().all(|text| {
                            text.as_str()
                                .is_some_and(|text| text.chars().count() <= LONGEST_TEXT)
                        })
                });
                let problem =
                    format!("must be at most {MOST_TEXTS} texts of {LONGEST_TEXT} characters");
                (!fits).then_some(problem)
            }
        }
    }

    fn schema(&self) -> Value {
        let mut schema = match self.form {
            Form::Severity => json!({"type": "string", "enum": ["info", "warning", "critical"]}),
            Form::Switch => json!({"type": "boolean"}),
            Form::Texts => json!({"type": "array", "maxItems": MOST_TEXTS,
                                  "items": {"type": "string", "maxLength": LONGEST_TEXT}}),
            Form::Number {
                unit,
                least,
                most,
                whole,
                optional,
            } => {
                let name = if whole { "integer" } else { "number" };
                let kind = if optional {
                    json!([name, "null"])
                } else {
                    json!(name)
                };
                json!({"type": kind, "minimum": least, "maximum": most, "x-unit": unit})
            }
        };
        schema["title"] = self.label.into();
        schema["default"] = self.presets[Profile::Balanced as usize].value();
        schema
    }
}

impl Preset {
    fn value(self) -> Value {
        match self {
            Self::Severity(severity) => severity.word().into(),
            #[expect(clippy::cast_possible_truncation, reason = "presets are small numbers")]
            Self::Number(number) if number.fract() == 0.0 => (number as i64).into(),
            Self::Number(number) => number.into(),
            Self::Switch(on) => on.into(),
            Self::NoTexts => Value::Array(Vec::new()),
            Self::Off => Value::Null,
        }
    }
}

impl RuleKind {
    /// Whether a profile has it on, and what it sets.
    #[must_use]
    pub fn preset(&self, profile: Profile) -> (bool, Values) {
        let place = profile as usize;
        let fields = self.fields.iter();
        let values = fields.map(|field| (field.key.to_owned(), field.presets[place].value()));
        (self.on[place], values.collect())
    }

    /// Its settings as JSON Schema (2020-12).
    #[must_use]
    pub fn schema(&self) -> Value {
        let fields = self.fields.iter();
        let properties: Map<String, Value> = fields
            .map(|field| (field.key.to_owned(), field.schema()))
            .collect();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.label,
            "description": self.about,
            "type": "object",
            "additionalProperties": false,
            "properties": properties,
        })
    }

    /// Names every mistake in some of its settings.
    pub(super) fn check(&self, path: &str, values: &Values, mistakes: &mut Vec<SettingsError>) {
        for (key, value) in values {
            let field = self.fields.iter().find(|field| field.key == key);
            let problem = match field {
                None => Some(format!("is no setting of the rule {}", self.name)),
                Some(field) => field.problem(value),
            };
            mistakes.extend(problem.map(|problem| SettingsError {
                field: format!("{path}.{key}"),
                problem,
            }));
        }
    }
}

/// Reads settings that have been checked into a rule's own type.
pub(super) fn read<T>(values: &Values) -> serde_json::Result<Parsed>
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    let parsed = T::deserialize(Value::Object(values.clone()))?;
    Ok(Arc::new(parsed))
}

/// The settings of a rule that only knows how bad it is and how long it has to hold.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Plain {
    pub(super) severity: Severity,
    pub(super) dwell_seconds: u32,
}

/// The settings of a rule with a number per severity.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Pair {
    /// Where a warning begins.
    pub warning: Option<f64>,
    /// Where it is critical.
    pub critical: Option<f64>,
}
