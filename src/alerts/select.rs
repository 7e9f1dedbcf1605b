//! Choosing alerts: filters, order and pages that stay right while the ledger grows.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use serde::{Deserialize, Serialize};

use super::{AlertError, table};
use crate::model::alert::{Alert, HoldReason, Severity};
use crate::model::time::Timestamp;

/// Where in its life an alert has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Anywhere.
    #[default]
    All,
    /// It holds.
    Firing,
    /// It holds, nobody has taken it on, and people are told.
    Open,
    /// It holds and somebody has taken it on.
    Acknowledged,
    /// It holds and something keeps people from being told.
    Held,
    /// It is over.
    Resolved,
}

/// Which alerts; what is not said fits every alert.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Where in their life.
    pub phase: Phase,
    /// Any of these severities.
    pub severities: Vec<Severity>,
    /// Any of these rules.
    pub rules: Vec<String>,
    /// Any of these resources.
    pub resources: Vec<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// On this node when they began.
    pub node: Option<String>,
    /// Held back for this reason now.
    pub held_by: Option<HoldReason>,
    /// Those that held at this moment or later.
    pub from: Option<Timestamp>,
    /// Those that began before this moment.
    pub to: Option<Timestamp>,
    /// With this text in message, resource or subject, whatever its case.
    pub text: Option<String>,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The latest beginning first.
    #[default]
    Newest,
    /// The earliest beginning first.
    Oldest,
    /// The worst first, among them the newest.
    Severity,
    /// By the resource's name.
    Resource,
}

impl Sort {
    const fn key(self) -> (&'static str, &'static str, char) {
        match self {
            Self::Newest => ("started_at", "DESC", '<'),
            Self::Oldest => ("started_at", "ASC", '>'),
            Self::Severity => (
                "CASE severity WHEN 'critical' THEN 2 WHEN 'warning' THEN 1 ELSE 0 END",
                "DESC",
                '<',
            ),
            Self::Resource => ("lower(resource_name)", "ASC", '>'),
        }
    }
}

/// Where a page ended; the next one goes on there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    key: Key,
    row: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Key {
    Number(i64),
    Text(String),
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(self).unwrap_or_default();
        f.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}

impl FromStr for Cursor {
    type Err = AlertError;

    fn from_str(text: &str) -> Result<Self, AlertError> {
        let json = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| AlertError::Cursor)?;
        serde_json::from_slice(&json).map_err(|_| AlertError::Cursor)
    }
}

/// Some alerts, and where to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The alerts.
    pub alerts: Vec<Alert>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

pub(super) fn page(
    connection: &Connection,
    filter: &Filter,
    sort: Sort,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page, AlertError> {
    let (key, direction, beyond) = sort.key();
    let mut wanted = Conditions::of(filter);
    if let Some(cursor) = after {
        let key_value = match &cursor.key {
            Key::Number(number) => Value::Integer(*number),
            Key::Text(text) => Value::Text(text.clone()),
        };
        let first = wanted.bind(key_value);
        let second = wanted.bind(Value::Integer(cursor.row));
        wanted.and(&format!("({key}, rowid) {beyond} ({first}, {second})"));
    }
    let limit = limit.max(1);
    // One more than asked for tells whether there is a next page.
    let most = wanted.bind(Value::Integer(i64::try_from(limit + 1).unwrap_or(i64::MAX)));
    let sql = format!(
        "SELECT {}, {key} AS sort_key, rowid AS sort_row FROM alerts WHERE {}
         ORDER BY {key} {direction}, rowid {direction} LIMIT {most}",
        table::COLUMNS,
        wanted.text,
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(wanted.values), |row| {
        let key = match row.get::<_, Value>("sort_key")? {
            Value::Integer(number) => Key::Number(number),
            Value::Text(text) => Key::Text(text),
            _ => Key::Number(0),
        };
        let cursor = Cursor {
            key,
            row: row.get("sort_row")?,
        };
        Ok((table::read(row), cursor))
    })?;
    let mut alerts = Vec::new();
    let mut last = None;
    for row in rows {
        let (alert, cursor) = row?;
        if alerts.len() == limit {
            return Ok(Page { alerts, next: last });
        }
        alerts.push(alert?);
        last = Some(cursor);
    }
    Ok(Page { alerts, next: None })
}

/// Conditions joined by AND, with their values bound by number.
struct Conditions {
    text: String,
    values: Vec<Value>,
}

impl Conditions {
    fn of(filter: &Filter) -> Self {
        let mut wanted = Self {
            text: "TRUE".to_owned(),
            values: Vec::new(),
        };
        match filter.phase {
            Phase::All => {}
            Phase::Firing => wanted.and("state = 'firing'"),
            Phase::Open => {
                wanted.and("state = 'firing' AND acknowledged_at IS NULL AND hold IS NULL");
            }
            Phase::Acknowledged => {
                wanted.and("state = 'firing' AND acknowledged_at IS NOT NULL");
            }
            Phase::Held => wanted.and("state = 'firing' AND hold IS NOT NULL"),
            Phase::Resolved => wanted.and("state = 'resolved'"),
        }
        let severities = filter.severities.iter().map(|severity| severity.word());
        wanted.one_of("severity", severities);
        wanted.one_of("rule", filter.rules.iter().map(String::as_str));
        wanted.one_of("resource", filter.resources.iter().map(String::as_str));
        if let Some(tag) = &filter.tag {
            let tag = wanted.bind(Value::Text(tag.clone()));
            wanted.and(&format!(
                "EXISTS (SELECT 1 FROM json_each(tags) WHERE json_each.value = {tag})"
            ));
        }
        if let Some(node) = &filter.node {
            let node = wanted.bind(Value::Text(node.clone()));
            wanted.and(&format!("node = {node}"));
        }
        if let Some(reason) = filter.held_by {
            let reason = wanted.bind(Value::Text(reason.word().to_owned()));
            wanted.and(&format!(
                "state = 'firing' AND hold ->> 'reason' = {reason}"
            ));
        }
        if let Some(from) = filter.from {
            let from = wanted.bind(Value::Integer(from.millis()));
            wanted.and(&format!("(resolved_at IS NULL OR resolved_at >= {from})"));
        }
        if let Some(to) = filter.to {
            let to = wanted.bind(Value::Integer(to.millis()));
            wanted.and(&format!("started_at < {to}"));
        }
        if let Some(text) = &filter.text {
            let escaped = text
                .replace('\\', "\\\\")
                .replace('%', "\\%")
                .replace('_', "\\_");
            let text = wanted.bind(Value::Text(format!("%{escaped}%")));
            wanted.and(&format!(
                "(message LIKE {text} ESCAPE '\\' OR resource_name LIKE {text} ESCAPE '\\'
                  OR subject LIKE {text} ESCAPE '\\')"
            ));
        }
        wanted
    }

    fn and(&mut self, condition: &str) {
        self.text.push_str(" AND ");
        self.text.push_str(condition);
    }

    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("?{}", self.values.len())
    }

    fn one_of<'a>(&mut self, column: &str, words: impl Iterator<Item = &'a str>) {
        let mut list = String::new();
        for word in words {
            let name = self.bind(Value::Text(word.to_owned()));
            let comma = if list.is_empty() { "" } else { ", " };
            let _ = write!(list, "{comma}{name}");
        }
        if !list.is_empty() {
            self.and(&format!("{column} IN ({list})"));
        }
    }
}
