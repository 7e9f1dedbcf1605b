//! Templates of Pulse's webhooks, in the words of our own.
//!
//! Pulse fills Go templates; most only put fields into JSON. Those are translated, each string with
//! fields in it as one expression, so that every value is written as JSON. A template with anything
//! else in it is kept and named as inert.

use std::fmt::Write as _;

/// Fields that have a counterpart.
const FIELDS: &[(&str, &str)] = &[
    ("ID", "alert.id"),
    ("Level", "severity"),
    ("Message", "alert.message"),
    ("Node", "alert.node"),
    ("ResourceID", "alert.resource"),
    ("ResourceName", "alert.resource_name"),
    ("StartTime", "alert.started_at"),
    ("Threshold", "alert.limit"),
    ("Timestamp", "time"),
    ("Type", "alert.subject"),
    ("Value", "alert.value"),
];

/// Functions that have a counterpart.
const FUNCTIONS: &[&str] = &["lower", "upper"];

/// A JSON template in our own words; `None` where it is none, or holds what has no counterpart.
pub(super) fn translate(text: &str) -> Option<String> {
    let start = text.trim_start();
    let is_json = start.starts_with(['{', '[']) && !start.starts_with("{{");
    if !is_json || text.contains("{%") || text.contains("{#") {
        return None;
    }
    let mut translated = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find(['"', '{']) {
        translated.push_str(&rest[..place]);
        rest = &rest[place..];
        if let Some(inside) = rest.strip_prefix("{{") {
            let (action, after) = inside.split_once("}}")?;
            // Writing to a string cannot fail.
            let _ = write!(translated, "{{{{ {} }}}}", expression(action)?);
            rest = after;
        } else if let Some(inside) = rest.strip_prefix('"') {
            let (literal, after) = string(inside)?;
            translated.push_str(&literal);
            rest = after;
        } else {
            translated.push('{');
            rest = &rest[1..];
        }
    }
    translated.push_str(rest);
    Some(translated)
}

/// A JSON string after its first quote, and what follows it.
fn string(inside: &str) -> Option<(String, &str)> {
    let mut pieces: Vec<String> = Vec::new();
    let mut fixed = String::new();
    let mut rest = inside;
    loop {
        let place = rest.find(['"', '\\', '{'])?;
        fixed.push_str(&rest[..place]);
        rest = &rest[place..];
        if let Some(after) = rest.strip_prefix("{{") {
            let (action, after) = after.split_once("}}")?;
            let of_field = expression(action)?;
            if !fixed.is_empty() {
                pieces.push(format!("\"{fixed}\""));
                fixed.clear();
            }
            pieces.push(format!("({of_field} | default('', true))"));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('\\') {
            let next = after.chars().next()?;
            // What JSON and our templates escape alike; `\u` they do not.
            if !matches!(next, '"' | '\\' | 'n' | 't' | 'r') {
                return None;
            }
            fixed.push('\\');
            fixed.push(next);
            rest = &after[next.len_utf8()..];
        } else if let Some(after) = rest.strip_prefix('"') {
            if pieces.is_empty() {
                return Some((format!("\"{fixed}\""), after));
            }
            if !fixed.is_empty() {
                pieces.push(format!("\"{fixed}\""));
            }
            // A text even where there is but one figure.
            return Some((format!("{{{{ \"\" ~ {} }}}}", pieces.join(" ~ ")), after));
        } else {
            fixed.push('{');
            rest = &rest[1..];
        }
    }
}

/// `.Field` or `.Field | function`.
fn expression(action: &str) -> Option<String> {
    let mut words = action.split('|').map(str::trim);
    let name = words.next()?.strip_prefix('.')?;
    let (_, ours) = FIELDS.iter().find(|(field, _)| *field == name)?;
    let mut text = (*ours).to_owned();
    for function in words {
        FUNCTIONS.iter().find(|known| **known == function)?;
        text = format!("{text} | {function}");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn fields_in_json_are_translated_and_anything_else_is_not() {
        for (template, expected) in [
            (
                r#"{"text": "{{.Level | upper}}: {{.Message}}", "at": {{.Value}}, "is": {"a": 1}}"#,
                Some(
                    r#"{"text": {{ "" ~ (severity | upper | default('', true)) ~ ": " ~ (alert.message | default('', true)) }}, "at": {{ alert.value }}, "is": {"a": 1}}"#,
                ),
            ),
            (
                r#"{"plain": "a \"b\" {c}"}"#,
                Some(r#"{"plain": "a \"b\" {c}"}"#),
            ),
            ("{{.Message}}", None),
            (r#"{"a": "{{if .Node}}x{{end}}"}"#, None),
            (r#"{"a": "{{.Unheard}}"}"#, None),
            (r#"{"a": "{{.Message}"#, None),
            (r#"{"a": "{% raw %}"}"#, None),
        ] {
            assert_eq!(translate(template).as_deref(), expected, "{template}");
        }
    }
}
