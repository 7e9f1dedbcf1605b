//! InfluxDB's line protocol: `measurement,tag=value field=1,other="text" 1795337600000000000`.
//!
//! A line that cannot be read costs only itself, as with InfluxDB; what was wrong with the first of
//! them is told.

use super::{Object, Point, PushError};
use crate::model::time::Timestamp;

/// Lines of one body.
const LINES: usize = 50_000;
/// Bytes of one line.
const LINE: usize = 64 << 10;
/// Tags of one line.
const TAGS: usize = 64;
/// Fields of one line.
const FIELDS: usize = 1024;

/// The unit of moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Nanoseconds, which is meant where nothing is said.
    Nanoseconds,
    /// Microseconds.
    Microseconds,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
}

impl Precision {
    /// What a word means; `None` for one that InfluxDB does not know.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "" | "ns" | "n" => Some(Self::Nanoseconds),
            "us" | "u" => Some(Self::Microseconds),
            "ms" => Some(Self::Milliseconds),
            "s" => Some(Self::Seconds),
            _ => None,
        }
    }

    fn moment(self, number: i64) -> Timestamp {
        Timestamp(match self {
            Self::Nanoseconds => number.div_euclid(1_000_000),
            Self::Microseconds => number.div_euclid(1000),
            Self::Milliseconds => number,
            Self::Seconds => number.saturating_mul(1000),
        })
    }
}

/// What a body held.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// The figures; texts and truth values are left out.
    pub points: Vec<Point>,
    /// Lines that could not be read.
    pub bad_lines: usize,
    /// What was wrong with the first of them.
    pub first_problem: Option<String>,
}

/// Reads a body.
///
/// # Errors
/// When it is no text, or has more lines than make sense.
pub fn read(body: &[u8], precision: Precision) -> Result<Written, PushError> {
    let text = std::str::from_utf8(body)
        .map_err(|_| PushError::Malformed("the body is not UTF-8 text".into()))?;
    let mut written = Written::default();
    for (index, line) in text.split('\n').enumerate() {
        if index >= LINES {
            return Err(PushError::Malformed(format!(
                "the body has more than {LINES} lines; send less at a time"
            )));
        }
        let line = line.trim_end_matches('\r').trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let before = written.points.len();
        if let Err(problem) = read_line(line, precision, &mut written.points) {
            written.points.truncate(before);
            written.bad_lines += 1;
            written
                .first_problem
                .get_or_insert_with(|| format!("line {}: {problem}", index + 1));
        }
    }
    Ok(written)
}

/// Walks over a line; every step ends at or before its end.
struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// What stands before the first of `ends` that no backslash precedes, with its escapes undone;
    /// the end itself stays.
    fn word(&mut self, ends: &[char]) -> String {
        let mut word = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            if ends.contains(&c) {
                self.rest = &self.rest[at..];
                return word;
            }
            if c != '\\' {
                word.push(c);
                continue;
            }
            match chars.clone().next() {
                Some((_, next)) if matches!(next, ',' | '=' | ' ') => {
                    word.push(next);
                    chars.next();
                }
                _ => word.push('\\'),
            }
        }
        self.rest = "";
        word
    }

    /// A text in quotes, whose first quote is gone already.
    fn quoted(&mut self) -> Result<(), &'static str> {
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => {
                    chars.next();
                }
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(());
                }
                _ => {}
            }
        }
        Err("a text has no closing quote")
    }

    fn takes(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

fn read_line(
    line: &str,
    precision: Precision,
    points: &mut Vec<Point>,
) -> Result<(), &'static str> {
    if line.len() > LINE {
        return Err("it is longer than 65536 bytes");
    }
    let mut cursor = Cursor { rest: line };
    let measurement = cursor.word(&[',', ' ']);
    if measurement.is_empty() {
        return Err("it names no measurement");
    }
    let tags = read_tags(&mut cursor)?;
    if !cursor.takes(' ') {
        return Err("it has no fields");
    }
    cursor.rest = cursor.rest.trim_start_matches(' ');
    let fields = read_fields(&mut cursor)?;
    let rest = cursor.rest.trim();
    let at = match rest {
        "" => None,
        number => Some(precision.moment(number.parse().map_err(|_| "its time is no number")?)),
    };
    let object = object(&measurement, &tags);
    let instance = tag(&tags, "instance").map(str::to_owned);
    points.extend(fields.into_iter().map(|(key, value)| Point {
        object: object.clone(),
        measurement: measurement.clone(),
        instance: instance.clone(),
        key,
        value,
        at,
    }));
    Ok(())
}

fn read_tags(cursor: &mut Cursor<'_>) -> Result<Vec<(String, String)>, &'static str> {
    let mut tags = Vec::new();
    while cursor.takes(',') {
        let key = cursor.word(&['=', ',', ' ']);
        if key.is_empty() || !cursor.takes('=') {
            return Err("a tag has no name or no value");
        }
        let value = cursor.word(&[',', ' ']);
        if tags.len() >= TAGS {
            return Err("it has more than 64 tags");
        }
        tags.push((key, value));
    }
    Ok(tags)
}

/// The fields that are numbers.
fn read_fields(cursor: &mut Cursor<'_>) -> Result<Vec<(String, f64)>, &'static str> {
    let mut fields = Vec::new();
    let mut count = 0;
    loop {
        let key = cursor.word(&['=', ',', ' ']);
        if key.is_empty() || !cursor.takes('=') {
            return Err("a field has no name or no value");
        }
        count += 1;
        if count > FIELDS {
            return Err("it has more than 1024 fields");
        }
        if cursor.takes('"') {
            cursor.quoted()?;
        } else {
            let text = cursor.word(&[',', ' ']);
            fields.extend(number(&text)?.map(|value| (key, value)));
        }
        if !cursor.takes(',') {
            return Ok(fields);
        }
    }
}

/// A number, `None` for a truth value.
fn number(text: &str) -> Result<Option<f64>, &'static str> {
    if matches!(
        text,
        "t" | "T" | "true" | "True" | "TRUE" | "f" | "F" | "false" | "False" | "FALSE"
    ) {
        return Ok(None);
    }
    let digits = text.strip_suffix(['i', 'u']).unwrap_or(text);
    let value: f64 = digits.parse().map_err(|_| "a field is no number")?;
    match value.is_finite() {
        true => Ok(Some(value)),
        false => Err("a field is no number"),
    }
}

fn tag<'a>(tags: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = tags.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str())
}

/// Proxmox VE tags everything it sends with `object`.
fn object(measurement: &str, tags: &[(String, String)]) -> Object {
    let host = || tag(tags, "host").map(str::to_owned);
    let known = match tag(tags, "object") {
        Some("nodes") => host().map(Object::Node),
        Some("qemu" | "lxc") => tag(tags, "vmid")
            .and_then(|vmid| vmid.parse().ok())
            .map(Object::Guest),
        Some("storages") => match (tag(tags, "nodename"), host()) {
            (Some(node), Some(name)) => Some(Object::Storage {
                node: node.to_owned(),
                name,
            }),
            _ => None,
        },
        _ => None,
    };
    known.unwrap_or_else(|| Object::Other(host().unwrap_or_else(|| measurement.to_owned())))
}
