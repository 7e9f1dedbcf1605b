//! Laravel's rules for a variable as JSON Schema, as far as they mean something there.

use serde_json::{Map, Value, json};

/// What a variable's rules come to.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) schema: Map<String, Value>,
    pub(super) required: bool,
    pub(super) unknown: Vec<String>,
}

pub(super) fn read(rules: &[String]) -> Rules {
    let mut read = Rules::default();
    let has = |word: &str| rules.iter().any(|rule| rule == word);
    let is_number = has("integer") || has("numeric") || has("int");
    let kind = if has("boolean") || has("bool") {
        "boolean"
    } else if has("integer") || has("int") {
        "integer"
    } else if is_number {
        "number"
    } else {
        "string"
    };
    read.schema.insert("type".into(), json!(kind));
    for rule in rules {
        let (word, argument) = rule.split_once(':').unwrap_or((rule, ""));
        if !read.apply(word, argument, kind) {
            read.unknown.push(rule.clone());
        }
    }
    read
}

impl Rules {
    fn apply(&mut self, word: &str, argument: &str, kind: &str) -> bool {
        let is_number = kind == "integer" || kind == "number";
        let (least, most) = match kind {
            "string" => ("minLength", "maxLength"),
            _ => ("minimum", "maximum"),
        };
        let number = |text: &str| text.trim().parse::<i64>().ok();
        match word {
            "required" => self.required = true,
            "" | "nullable" | "sometimes" | "string" | "integer" | "int" | "numeric"
            | "boolean" | "bool" => {}
            "min" | "max" if kind != "boolean" => {
                let Some(limit) = number(argument) else {
                    return false;
                };
                let key = if word == "min" { least } else { most };
                self.schema.insert(key.into(), json!(limit));
            }
            "between" | "digits_between"
                if kind != "boolean" && (word == "between" || !is_number) =>
            {
                let Some((low, high)) = argument.split_once(',') else {
                    return false;
                };
                let (Some(low), Some(high)) = (number(low), number(high)) else {
                    return false;
                };
                self.schema.insert(least.into(), json!(low));
                self.schema.insert(most.into(), json!(high));
            }
            "in" if kind != "boolean" => {
                let words = argument.split(',').map(str::trim);
                let choices: Option<Vec<Value>> = words
                    .map(|word| {
                        if is_number {
                            number(word).map(|n| json!(n))
                        } else {
                            Some(json!(word))
                        }
                    })
                    .collect();
                let Some(choices) = choices else {
                    return false;
                };
                self.schema.insert("enum".into(), json!(choices));
            }
            "alpha_num" if kind == "string" => self.pattern("^[A-Za-z0-9]*$"),
            "alpha_dash" if kind == "string" => self.pattern("^[A-Za-z0-9_-]*$"),
            "url" if kind == "string" => {
                self.schema.insert("format".into(), json!("uri"));
            }
            _ => return false,
        }
        true
    }

    fn pattern(&mut self, pattern: &str) {
        self.schema.insert("pattern".into(), json!(pattern));
    }

    pub(super) fn is_boolean(&self) -> bool {
        self.schema.get("type") == Some(&json!("boolean"))
    }

    /// A default, which eggs write as text, in this variable's type.
    pub(super) fn value(&self, given: Option<&Value>) -> Option<Value> {
        let text = match given? {
            Value::String(text) => text.clone(),
            Value::Null => return None,
            other => other.to_string(),
        };
        match self.schema.get("type").and_then(Value::as_str) {
            Some("boolean") => match text.to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" => Some(json!(true)),
                "0" | "false" | "no" | "off" | "" => Some(json!(false)),
                _ => Some(json!(text)),
            },
            _ if text.is_empty() => None,
            Some("integer") => Some(
                text.parse::<i64>()
                    .map_or_else(|_| json!(text), |n| json!(n)),
            ),
            Some("number") => Some(
                text.parse::<f64>()
                    .map_or_else(|_| json!(text), |n| json!(n)),
            ),
            _ => Some(json!(text)),
        }
    }

    /// Whether a value keeps the rules that were understood.
    pub(super) fn takes(&self, value: &Value) -> bool {
        let schema = Value::Object(self.schema.clone());
        jsonschema::draft202012::new(&schema).is_ok_and(|validator| validator.is_valid(value))
    }
}
