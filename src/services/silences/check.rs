//! What a silence, window or calendar has to be like.

use url::Url;

use crate::db::DbError;
use crate::holds::ScheduleError;
use crate::http::HttpError;
use crate::model::silence::Scope;
use crate::model::time::Timestamp;
use crate::secret::SecretError;

/// Entries of one list of a scope.
const LONGEST_LIST: usize = 200;

/// Characters of a name.
const LONGEST_NAME: usize = 100;

/// Characters of a note.
const LONGEST_NOTE: usize = 500;

/// Milliseconds that a silence may last: a year.
const LONGEST_SILENCE: i64 = 366 * 86_400_000;

/// Why something could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SilenceError {
    /// A field is wrong.
    #[error("{field}: {problem}")]
    Invalid {
        /// Which one.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// Another one has the name.
    #[error("name: there is already one called {name}")]
    NameTaken {
        /// Which name.
        name: String,
    },
    /// There is no such thing.
    #[error("there is no {what} {id}")]
    NotFound {
        /// What was asked for.
        what: &'static str,
        /// By which id.
        id: String,
    },
    /// The client for calendars cannot be made.
    #[error("set up fetching calendars")]
    Client(#[source] HttpError),
    /// The address could not be sealed or opened.
    #[error("keep the calendar's address")]
    Secret(#[from] SecretError),
    /// The database failed.
    #[error("keep what silences alerts")]
    Database(#[from] DbError),
}

impl SilenceError {
    pub(super) fn missing(what: &'static str, id: &str) -> Self {
        Self::NotFound {
            what,
            id: id.to_owned(),
        }
    }
}

impl From<ScheduleError> for SilenceError {
    fn from(error: ScheduleError) -> Self {
        invalid(error.field, error.problem)
    }
}

pub(super) fn invalid(field: &'static str, problem: impl Into<String>) -> SilenceError {
    SilenceError::Invalid {
        field,
        problem: problem.into(),
    }
}

pub(super) fn scope(scope: &Scope) -> Result<(), SilenceError> {
    let lengths = [
        scope.alerts.len(),
        scope.resources.len(),
        scope.targets.len(),
        scope.nodes.len(),
        scope.pools.len(),
        scope.tags.len(),
        scope.rules.len(),
        scope.subjects.len(),
        scope.severities.len(),
    ];
    if lengths.iter().any(|length| *length > LONGEST_LIST) {
        return Err(invalid(
            "scope",
            format!("a list holds at most {LONGEST_LIST} entries"),
        ));
    }
    let says_something = lengths.iter().any(|length| *length > 0);
    match (scope.everything, says_something) {
        (false, false) => Err(invalid(
            "scope",
            "say which alerts are meant, or set everything to true",
        )),
        (true, true) => Err(invalid(
            "scope",
            "everything goes with no other list; leave it out, or empty the lists",
        )),
        _ => {
            let texts = [
                &scope.nodes,
                &scope.pools,
                &scope.tags,
                &scope.rules,
                &scope.subjects,
            ];
            let is_odd = |text: &String| text.is_empty() || text.chars().count() > 200;
            if texts.into_iter().flatten().any(is_odd) {
                return Err(invalid("scope", "entries have 1 to 200 characters"));
            }
            Ok(())
        }
    }
}

pub(super) fn span(from: Timestamp, until: Timestamp, now: Timestamp) -> Result<(), SilenceError> {
    if until <= now {
        return Err(invalid("until", "it has to end in the future"));
    }
    if until <= from {
        return Err(invalid("until", "it has to be later than from"));
    }
    if until
        .millis()
        .saturating_sub(from.millis().min(now.millis()))
        > LONGEST_SILENCE
    {
        return Err(invalid(
            "until",
            "a silence lasts a year at most; what should never be told is a rule to switch off",
        ));
    }
    Ok(())
}

pub(super) fn name(name: &str) -> Result<String, SilenceError> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(invalid(
            "name",
            format!("it has 1 to {LONGEST_NAME} characters on one line"),
        ));
    }
    Ok(name.to_owned())
}

pub(super) fn note(note: Option<String>) -> Result<Option<String>, SilenceError> {
    match note {
        Some(note) if note.chars().count() > LONGEST_NOTE => Err(invalid(
            "note",
            format!("it has {LONGEST_NOTE} characters at most"),
        )),
        note => Ok(note.filter(|note| !note.trim().is_empty())),
    }
}

/// An address that may be fetched.
pub(super) fn address(text: &str) -> Result<Url, SilenceError> {
    let text = text.trim();
    // Calendar programs copy addresses with a scheme of their own.
    let text = match text.strip_prefix("webcal://") {
        Some(rest) => format!("https://{rest}"),
        None => text.to_owned(),
    };
    let url = Url::parse(&text).map_err(|_| {
        invalid(
            "url",
            "write it as https://host/path, as the calendar gives it",
        )
    })?;
    if !matches!(url.scheme(), "http" | "https") || text.len() > 2000 {
        return Err(invalid(
            "url",
            "it begins with https://, http:// or webcal://",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("url", "leave user name and password out of it"));
    }
    let is_local = match url.host() {
        Some(url::Host::Ipv4(ip)) => is_closed(ip.into()),
        Some(url::Host::Ipv6(ip)) => is_closed(ip.to_canonical()),
        Some(url::Host::Domain(_)) => false,
        None => true,
    };
    if is_local {
        return Err(invalid("url", "this address leads to no calendar"));
    }
    Ok(url)
}

/// Link-local addresses, which clouds keep their secrets behind, and those that are no address.
fn is_closed(ip: std::net::IpAddr) -> bool {
    match ip {
        std::net::IpAddr::V4(ip) => ip.is_link_local() || ip.is_unspecified() || ip.is_multicast(),
        std::net::IpAddr::V6(ip) => {
            ip.is_unicast_link_local() || ip.is_unspecified() || ip.is_multicast()
        }
    }
}
