//! Reduces answers to their shapes: which rows have which fields of which type.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The fields of one kind of row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    rows: usize,
    fields: BTreeMap<String, Field>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Field {
    seen: usize,
    types: BTreeSet<&'static str>,
}

/// The shapes of all rows of an answer, by kind.
pub(crate) fn shapes(path: &str, body: &Value) -> BTreeMap<String, Shape> {
    let mut shapes: BTreeMap<String, Shape> = BTreeMap::new();
    let data = match &body["data"]["data"] {
        Value::Array(_) => &body["data"]["data"],
        _ => &body["data"],
    };
    match data {
        Value::Array(rows) if rows.iter().any(Value::is_object) => {
            for row in rows {
                shapes.entry(kind(path, row)).or_default().add(row);
            }
        }
        other => shapes.entry("answer".to_owned()).or_default().add(other),
    }
    let mut around = body.clone();
    if let Value::Object(map) = &mut around {
        map.remove("data");
    }
    shapes
        .entry("beside data".to_owned())
        .or_default()
        .add(&around);
    shapes
}

/// What kind of row this is. Rows of one kind are expected to look alike.
fn kind(path: &str, row: &Value) -> String {
    let word = |field: &str| row[field].as_str().unwrap_or("-").to_owned();
    let place = path.split('?').next().unwrap_or("");
    if place.ends_with("/metrics/export") {
        let id = word("id");
        return format!(
            "{} {} {}",
            id.split('/').next().unwrap_or(""),
            word("metric"),
            word("type")
        );
    }
    if place.ends_with("/rrddata") {
        let some = row.get("netout").is_some() || row.get("used").is_some();
        return match (row.as_object().map_or(0, serde_json::Map::len), some) {
            (1, _) => "gap".to_owned(),
            (_, true) => "full".to_owned(),
            _ => "part".to_owned(),
        };
    }
    if place.ends_with("/storage") && row.get("active").is_some() {
        return format!("active {}", row["active"]);
    }
    if place.ends_with("/certificates/info") {
        return word("filename");
    }
    if place.ends_with("/snapshot") {
        return if row["name"] == "current" {
            "current"
        } else {
            "snapshot"
        }
        .to_owned();
    }
    if place.ends_with("/disks/list") {
        return "disk".to_owned();
    }
    if place == "/access/roles" {
        return "role".to_owned();
    }
    if place == "/access/users" {
        return word("realm-type");
    }
    if place.ends_with("/tasks") {
        return if row.get("endtime").is_some() {
            "finished"
        } else {
            "running"
        }
        .to_owned();
    }
    match (row.get("type"), row.get("status")) {
        (Some(_), Some(_)) if !place.contains("/ha/") => {
            format!("{} {}", word("type"), word("status"))
        }
        (Some(_), None) | (Some(_), Some(_)) => word("type"),
        (None, Some(_)) => word("status"),
        (None, None) => "row".to_owned(),
    }
}

impl Shape {
    fn add(&mut self, row: &Value) {
        self.rows += 1;
        let mut found = BTreeMap::new();
        flatten("", row, &mut found);
        for (name, types) in found {
            let field = self.fields.entry(name).or_default();
            field.seen += 1;
            field.types.extend(types);
        }
    }

    /// What `other` has that this does not allow, and what it lacks; `may_differ` names the fields nobody looks at.
    pub(crate) fn differences(
        &self,
        other: &Self,
        may_differ: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let mut found = Vec::new();
        for (name, field) in &self.fields {
            if field.seen == self.rows
                && other
                    .fields
                    .get(name)
                    .is_none_or(|theirs| theirs.seen < other.rows)
                && !may_differ(name)
            {
                found.push(format!("{name} is missing in some rows"));
            }
        }
        for (name, theirs) in &other.fields {
            if may_differ(name) {
                continue;
            }
            match self.fields.get(name) {
                None => found.push(format!("{name} is not in the recorded rows")),
                Some(field) if !theirs.types.is_subset(&field.types) => {
                    found.push(format!(
                        "{name} is {:?}, recorded as {:?}",
                        theirs.types, field.types
                    ));
                }
                Some(_) => {}
            }
        }
        found
    }
}

/// Lists every field of a value by its path; digits in names are made equal, and so are names that are paths.
fn flatten(prefix: &str, value: &Value, found: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let word = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(items) => {
            for item in items {
                flatten(&format!("{prefix}[]"), item, found);
            }
            "array"
        }
        Value::Object(map) => {
            for (name, item) in map {
                let name = if name.starts_with('/') {
                    "/…".to_owned()
                } else {
                    without_digits(name)
                };
                let path = if prefix.is_empty() {
                    name
                } else {
                    format!("{prefix}.{name}")
                };
                flatten(&path, item, found);
            }
            "object"
        }
    };
    found.entry(prefix.to_owned()).or_default().insert(word);
}

/// Replaces every run of digits by `#`.
pub(crate) fn without_digits(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            letter if !letter.is_ascii_digit() => out.push(letter),
            _ if out.ends_with('#') => {}
            _ => out.push('#'),
        }
    }
    out
}
