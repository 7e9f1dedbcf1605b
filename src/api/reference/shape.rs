//! JSON Schemas as text that a person reads at a glance.

use serde_json::Value;

use crate::api::html::escape;

/// How deep a schema is spelled out before its name has to do.
const DEPTH: usize = 2;

/// The schema behind a reference, and its name.
pub(super) fn target<'a>(document: &'a Value, schema: &'a Value) -> (Option<&'a str>, &'a Value) {
    let name = schema["$ref"]
        .as_str()
        .and_then(|reference| reference.rsplit('/').next());
    match name {
        Some(name) => (Some(name), &document["components"]["schemas"][name]),
        None => (None, schema),
    }
}

/// A schema's type in a few words, as HTML: names of schemas lead to them.
pub(super) fn words(schema: &Value) -> String {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|text| text.rsplit('/').next())
    {
        let name = escape(name);
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    for (key, between) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")] {
        if let Some(parts) = schema[key].as_array() {
            let parts: Vec<String> = parts.iter().map(words).collect();
            return parts.join(between);
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> = values.iter().map(|one| escape(&one.to_string())).collect();
        return values.join(" or ");
    }
    if let Some(value) = schema.get("const") {
        return escape(&value.to_string());
    }
    let kinds = match &schema["type"] {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let kinds: Vec<String> = kinds
        .into_iter()
        .map(|kind| match kind {
            "array" => format!("list of {}", words(&schema["items"])),
            "object" if schema["additionalProperties"].is_object() => {
                format!("map of {}", words(&schema["additionalProperties"]))
            }
            other => escape(other),
        })
        .collect();
    if kinds.is_empty() {
        "any value".into()
    } else {
        kinds.join(" or ")
    }
}

/// The fields of an object as table rows; empty for anything else.
pub(super) fn fields(document: &Value, schema: &Value) -> String {
    let mut rows = String::new();
    let required = schema["required"].as_array();
    let is_required = |name: &str| {
        required.is_some_and(|names| names.iter().any(|one| one.as_str() == Some(name)))
    };
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let about = field["description"].as_str().unwrap_or_else(|| {
            let (_, behind) = target(document, field);
            behind["description"].as_str().unwrap_or_default()
        });
        let mark = if is_required(name) {
            ""
        } else {
            " <i>may be missing</i>"
        };
        rows.push_str(&format!(
            "<tr><th><code>{}</code>{mark}</th><td>{}</td><td>{}</td></tr>",
            escape(name),
            words(field),
            escape(about)
        ));
    }
    for part in ["allOf", "oneOf", "anyOf"] {
        for one in schema[part].as_array().into_iter().flatten() {
            let (_, behind) = target(document, one);
            if part == "allOf" || behind["properties"].is_object() {
                rows.push_str(&fields(document, behind));
            }
        }
    }
    rows
}

/// An example of a value of this schema, made of its own examples where it has any.
pub(super) fn example(document: &Value, schema: &Value) -> Value {
    sample(document, schema, DEPTH)
}

fn sample(document: &Value, schema: &Value, depth: usize) -> Value {
    let (_, schema) = target(document, schema);
    for key in ["example", "default", "const"] {
        if let Some(value) = schema.get(key) {
            return value.clone();
        }
    }
    if let Some(first) = schema["examples"].as_array().or(schema["enum"].as_array()) {
        return first.first().cloned().unwrap_or_default();
    }
    for part in ["oneOf", "anyOf", "allOf"] {
        let parts = schema[part].as_array().into_iter().flatten();
        if let Some(first) = parts.into_iter().find(|one| one["type"] != "null") {
            return sample(document, first, depth);
        }
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.first().and_then(Value::as_str),
        kind => kind.as_str(),
    };
    match kind {
        Some("string") => "text".into(),
        Some("integer") => 1.into(),
        Some("number") => 0.5.into(),
        Some("boolean") => true.into(),
        Some("array") if depth > 0 => vec![sample(document, &schema["items"], depth - 1)].into(),
        Some("array") => Value::Array(Vec::new()),
        Some("object") if depth > 0 => {
            let members = schema["properties"].as_object().into_iter().flatten();
            members
                .map(|(name, field)| (name.clone(), sample(document, field, depth - 1)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        Some("object") => Value::Object(serde_json::Map::new()),
        _ => Value::Null,
    }
}
