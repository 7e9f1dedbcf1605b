//! Templates that anybody may write: bounded in what they can do, how long they run and how much
//! they make of it, with every value escaped for the place it is put.

use std::borrow::Cow;
use std::io;
use std::sync::LazyLock;

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State};
use serde::{Deserialize, Serialize};

use super::escape;

/// Longest template in bytes.
const SOURCE_LENGTH: usize = 16 * 1024;
/// Longest text that a template may make, in bytes.
const OUTPUT_LENGTH: usize = 256 * 1024;
/// Steps that a template may take.
const FUEL: u64 = 50_000;
/// Joins of texts that a template may hold: what each makes is held in memory.
const JOINS: usize = 64;

/// How a text is written, and so how what is put into it is escaped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Plain text.
    #[default]
    Plain,
    /// Plain text for a service that nevertheless looks for mentions in it.
    Mentions,
    /// HTML.
    Html,
    /// Markdown.
    Markdown,
    /// What Slack looks for in texts.
    Slack,
    /// JSON: every value becomes a JSON value.
    Json,
    /// Parts of a path: every value becomes one part.
    Path,
    /// Nothing is escaped: for values that are checked afterwards.
    Raw,
}

impl Format {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Mentions => "mentions",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Slack => "slack",
            Self::Json => "json",
            Self::Path => "path",
            Self::Raw => "raw",
        }
    }

    /// `text` as it has to be written so that it is nothing but text.
    pub(in crate::notify) fn escape(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Plain => escape::plain(text).into(),
            Self::Mentions => escape::mentions(text).into(),
            Self::Html => escape::html(text).into(),
            Self::Markdown => escape::markdown(text).into(),
            Self::Slack => escape::slack(text).into(),
            Self::Path => escape::path_part(text).into(),
            Self::Json | Self::Raw => text.into(),
        }
    }
}

const FORMATS: [Format; 7] = [
    Format::Raw,
    Format::Plain,
    Format::Mentions,
    Format::Html,
    Format::Markdown,
    Format::Slack,
    Format::Path,
];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = Environment::empty();
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(50);
    env.set_auto_escape_callback(|name| match name {
        "json" => AutoEscape::Json,
        other => AutoEscape::Custom(Cow::Owned(other.to_owned())),
    });
    env.set_formatter(write);
    env.add_filter("upper", |text: String| text.to_uppercase());
    env.add_filter("lower", |text: String| text.to_lowercase());
    env.add_filter("trim", |text: String| text.trim().to_owned());
    env.add_filter("html", |text: String| escape::html(&text));
    env.add_filter("urlencode", |text: String| escape::path_part(&text));
    env.add_filter("truncate", |text: String, limit: usize| {
        crate::notify::render::shorten(&text, limit)
    });
    env.add_filter("length", |value: Value| length(&value));
    env.add_filter("link", link);
    env.add_filter("join", join);
    env.add_filter("default", minijinja::filters::default);
    env.add_filter("first", |value: Value| nth(&value, false));
    env.add_filter("last", |value: Value| nth(&value, true));
    env.add_filter("slack", |text: String| escape::slack(&text));
    env.add_filter("br", |text: String| text.replace('\n', "<br>"));
    env.add_filter("lines", |text: String| -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    });
    env.add_filter("split", |text: String, at: char| -> Vec<String> {
        text.split(at).map(str::to_owned).collect()
    });
    env.add_filter("swap", |text: String, from: char, to: char| -> String {
        text.chars()
            .map(|c| if c == from { to } else { c })
            .collect()
    });
    env.add_filter("int", minijinja::filters::int);
    env.add_filter("float", minijinja::filters::float);
    env.add_filter("round", minijinja::filters::round);
    env.add_filter("tojson", |value: Value| {
        let text = serde_json::to_string(&value);
        text.map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
    });
    env.add_test("defined", |value: Value| !value.is_undefined());
    env.add_test("none", |value: Value| value.is_none());
    env
});

fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let AutoEscape::Custom(name) = state.auto_escape() else {
        return minijinja::escape_formatter(out, state, value);
    };
    if value.is_undefined() || value.is_none() {
        return Ok(());
    }
    let format = FORMATS.into_iter().find(|format| format.word() == name);
    let text = value.to_string();
    if value.is_safe() {
        return Ok(out.write_str(&text)?);
    }
    match format {
        Some(format) => out.write_str(&format.escape(&text))?,
        None => out.write_str(&escape::plain(&text))?,
    }
    Ok(())
}

/// An address that looks the same in every format is left as it is, so that it stays one.
fn link(text: String) -> Value {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.~:/?=%#".contains(c);
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    match is_web && text.chars().all(is_plain) {
        true => Value::from_safe_string(text),
        false => Value::from(text),
    }
}

fn length(value: &Value) -> usize {
    match value.as_str() {
        Some(text) => text.chars().count(),
        None => value.len().unwrap_or_default(),
    }
}

/// The first or last entry of a list, or character of a text.
fn nth(value: &Value, last: bool) -> Value {
    if let Some(text) = value.as_str() {
        let c = if last {
            text.chars().next_back()
        } else {
            text.chars().next()
        };
        return c.map_or_else(Value::default, |c| Value::from(c.to_string()));
    }
    let index = match (last, value.len()) {
        (true, Some(length)) => length.saturating_sub(1),
        _ => 0,
    };
    value.get_item_by_index(index).unwrap_or_default()
}

fn join(values: Value, separator: Option<String>) -> Result<String, Error> {
    if values.as_str().is_some() {
        let problem = "only a list can be joined";
        return Err(Error::new(ErrorKind::InvalidOperation, problem));
    }
    let mut text = String::new();
    for (index, value) in values.try_iter()?.enumerate() {
        if index > 0 {
            text.push_str(separator.as_deref().unwrap_or(""));
        }
        text.push_str(&value.to_string());
        if text.len() > OUTPUT_LENGTH {
            return Err(too_long());
        }
    }
    Ok(text)
}

fn too_long() -> Error {
    let problem = format!("makes more than {OUTPUT_LENGTH} bytes");
    Error::new(ErrorKind::InvalidOperation, problem)
}

/// Why a template cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(in crate::notify) struct TemplateError(String);

/// Whether a template can be read and is one that may be run.
pub(in crate::notify) fn check(source: &str) -> Result<(), TemplateError> {
    modest(source).map_err(TemplateError)?;
    let read = ENVIRONMENT.template_from_named_str("plain", source);
    read.map(drop).map_err(|error| worded(&error))
}

/// Fills a template in.
pub(in crate::notify) fn render(
    format: Format,
    source: &str,
    values: &impl Serialize,
) -> Result<String, TemplateError> {
    modest(source).map_err(TemplateError)?;
    let template = ENVIRONMENT
        .template_from_named_str(format.word(), source)
        .map_err(|error| worded(&error))?;
    let mut capped = Capped(Vec::new());
    let filled = template.render_captured_to(Serde(values), &mut capped);
    filled.map(drop).map_err(|error| worded(&error))?;
    String::from_utf8(capped.0).map_err(|error| TemplateError(error.to_string()))
}

fn worded(error: &Error) -> TemplateError {
    if error.kind() == ErrorKind::OutOfFuel {
        return TemplateError("takes too many steps".into());
    }
    if error.kind() == ErrorKind::WriteFailure {
        return TemplateError(format!("makes more than {OUTPUT_LENGTH} bytes"));
    }
    let mut text = error.kind().to_string();
    if let Some(detail) = error.detail() {
        text = format!("{text}: {detail}");
    }
    if let Some(line) = error.line() {
        text = format!("line {line}: {text}");
    }
    TemplateError(text)
}

/// Takes no more than it may.
struct Capped(Vec<u8>);

impl io::Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT_LENGTH {
            return Err(io::Error::other("too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Refuses what could make much out of little before anything is written: repetition, and
/// assignments or nested loops that double a text with every step.
fn modest(source: &str) -> Result<(), String> {
    if source.len() > SOURCE_LENGTH {
        return Err(format!("is longer than {SOURCE_LENGTH} bytes"));
    }
    let (mut loops, mut joins) = (0_usize, 0_usize);
    let mut rest = source;
    while let Some(start) = rest.find('{') {
        rest = &rest[start + 1..];
        let Some(opener) = rest.chars().next().filter(|c| "{%#".contains(*c)) else {
            continue;
        };
        rest = &rest[1..];
        match opener {
            '#' => return Err("holds a comment, which is not possible here".into()),
            '%' => match tag(rest) {
                "for" if loops == 1 => return Err("holds a loop within a loop".into()),
                "for" => loops += 1,
                "endfor" => loops = loops.saturating_sub(1),
                "if" | "elif" | "else" | "endif" => {}
                other => return Err(format!("holds {{% {other} %}}, which is not possible here")),
            },
            _ => {}
        }
        let (code, after) = region(rest, if opener == '%' { "%}" } else { "}}" });
        if code.contains('*') {
            return Err("multiplies, which is not possible here".into());
        }
        joins += code.matches(['~', '+']).count();
        if joins > JOINS {
            return Err(format!("joins texts more than {JOINS} times"));
        }
        rest = after;
    }
    Ok(())
}

fn tag(code: &str) -> &str {
    let code = code.trim_start_matches(['-', '+']).trim_start();
    let end = code.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    &code[..end.unwrap_or(code.len())]
}

/// The code up to `closer`, which does not count inside of quotes, and what follows.
fn region<'a>(text: &'a str, closer: &str) -> (&'a str, &'a str) {
    let mut quote = None;
    let mut escaped = false;
    for (index, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if text[index..].starts_with(closer) => {
                return (&text[..index], &text[index + closer.len()..]);
            }
            None => {}
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests;
