//! Addresses of other notification tools, such as `ntfy://ntfy.sh/topic` of Apprise and
//! Shoutrrr, taken apart into fields.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Catalogue, FieldKind, Kind, Link, Secrets, Values};
use crate::notify::engine::{Format, template};
use crate::notify::error::ConfigError;

/// Longest address in bytes.
const LENGTH: usize = 4096;

/// What an address says.
pub struct ParsedLink {
    /// Which kind of channel.
    pub kind: String,
    /// Its fields.
    pub config: Value,
    /// Its secrets.
    pub secrets: Secrets,
}

/// The parts of an address, for the templates of a kind.
#[derive(Serialize)]
struct Parts {
    scheme: String,
    user: String,
    password: String,
    host: String,
    port: Option<u16>,
    /// Host and port as they stand there.
    hostport: String,
    path: Vec<String>,
    query: BTreeMap<String, String>,
}

pub(super) fn parse(catalogue: &Catalogue, url: &str) -> Result<ParsedLink, ConfigError> {
    let wrong = |problem: String| ConfigError::new("url", problem);
    let parts = take_apart(url.trim()).ok_or_else(|| {
        wrong("must be an address such as ntfy://ntfy.sh/topic or discord://token@id".into())
    })?;
    let mut links = catalogue
        .kinds()
        .flat_map(|kind| kind.links.iter().map(move |link| (kind, link)));
    let found = links.find(|(_, link)| link.schemes.contains(&parts.scheme));
    let Some((kind, link)) = found else {
        let problem = format!("begins with {}://, which is not known here", parts.scheme);
        return Err(wrong(problem));
    };
    let (config, secrets) = fill(kind, link, &parts)?;
    Values::read(&kind.all_fields(), &config, &secrets).map_err(|error| {
        let (label, field) = (&kind.label, &error.field);
        wrong(format!("gives no {label}: {field} {}", error.problem))
    })?;
    Ok(ParsedLink {
        kind: kind.name.clone(),
        config,
        secrets,
    })
}

fn fill(kind: &Kind, link: &Link, parts: &Parts) -> Result<(Value, Secrets), ConfigError> {
    let mut config = Map::new();
    let mut secrets = Secrets::new();
    for (name, source) in &link.set {
        let text = template::render(Format::Raw, source, parts)
            .map_err(|error| ConfigError::new("url", format!("cannot be read: {error}")))?;
        let text = text.trim();
        let field = kind.fields.iter().find(|field| field.name == *name);
        let Some(field) = field.filter(|_| !text.is_empty()) else {
            continue;
        };
        if field.kind == FieldKind::Url && lacks_a_part(text) {
            return Err(ConfigError::new("url", "lacks a part of the address"));
        }
        if field.is_secret() {
            secrets.insert(name.clone(), SecretString::from(text));
        } else if field.kind == FieldKind::Flag {
            let yes = ["true", "yes", "1", "on"].contains(&text.to_lowercase().as_str());
            config.insert(name.clone(), yes.into());
        } else {
            config.insert(name.clone(), text.into());
        }
    }
    Ok((Value::Object(config), secrets))
}

/// Whether a part of a path that a template put together is empty.
fn lacks_a_part(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else {
        return true;
    };
    let path = rest.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    parts.first().is_none_or(|host| host.is_empty()) || parts[1..].contains(&"")
}

/// Takes an address apart more leniently than the standard does: what stands behind a colon need
/// not be a port, as in `tgram://123456:token/chat`.
fn take_apart(url: &str) -> Option<Parts> {
    if url.len() > LENGTH || url.chars().any(char::is_control) {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let is_word = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    if scheme.is_empty() || !scheme.chars().all(is_word) {
        return None;
    }
    let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, hostport) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let (host, port) = match hostport.rsplit_once(':') {
        Some((host, port)) => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (hostport, None),
        },
        None => (hostport, None),
    };
    let query = url::form_urlencoded::parse(query.as_bytes());
    let path = path.split('/').filter(|part| !part.is_empty());
    Some(Parts {
        scheme,
        user: decode(user),
        password: decode(password),
        host: decode(host),
        port,
        hostport: hostport.to_owned(),
        path: path.map(decode).collect(),
        query: query
            .map(|(name, value)| (name.to_lowercase(), value.into_owned()))
            .collect(),
    })
}

fn decode(text: &str) -> String {
    // A plus sign is no blank here.
    let text = text.replace('+', "%2B");
    let pair = format!("x={text}");
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    // An ampersand would end the value.
    match text.contains('&') {
        true => text,
        false => pairs
            .next()
            .map_or_else(String::new, |(_, value)| value.into_owned()),
    }
}
