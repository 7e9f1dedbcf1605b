//! From path to endpoint, and what all endpoints need.

use serde_json::{Map, Value, json};

use super::auth::PbsToken;
use super::server::Shared;
use super::{datastore, host, jobs};
use crate::pve::call::Params;
use crate::world::State;

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) data: Value,
    /// Members beside `data`.
    pub(crate) extra: Vec<(&'static str, Value)>,
    /// Sent in pieces, as it is made.
    pub(crate) streamed: bool,
}

impl Answer {
    /// With a digest beside the data, as configuration has it.
    pub(crate) fn with_digest(mut self) -> Self {
        let digest = crate::dice::text(&self.data.to_string());
        self.extra
            .push(("digest", json!(format!("{digest:016x}").repeat(4))));
        self
    }

    pub(crate) fn streamed(mut self) -> Self {
        self.streamed = true;
        self
    }
}

impl From<Value> for Answer {
    fn from(data: Value) -> Self {
        Self {
            data,
            extra: Vec::new(),
            streamed: false,
        }
    }
}

/// A call that failed, with the text that is the whole body.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Failure {
    pub(crate) fn new(status: u16, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
        }
    }
}

/// What every endpoint returns.
pub(crate) type Outcome = Result<Answer, Failure>;

/// Everything an endpoint needs to answer.
pub(crate) struct Call<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) token: &'a PbsToken,
    /// The path below `/api2/json`.
    pub(crate) path: &'a str,
    pub(crate) params: &'a Params,
    /// Unix seconds.
    pub(crate) now: i64,
    pub(crate) not_found: &'a dyn Fn() -> Failure,
}

impl Call<'_> {
    pub(crate) fn may(&self, path: &str, privilege: &str) -> bool {
        self.token.role.allows(path, privilege)
    }

    pub(crate) fn need(&self, path: &str, privilege: &str) -> Result<(), Failure> {
        match self.may(path, privilege) {
            true => Ok(()),
            false => Err(Failure::new(403, "permission check failed")),
        }
    }

    /// Seconds per row and number of rows of the time frame that is asked for.
    pub(crate) fn frame(&self) -> Result<(i64, i64), Failure> {
        match self.params.get("timeframe") {
            Some("hour") => Ok((60, 70)),
            Some("day") => Ok((60, 1440)),
            Some("week") => Ok((1800, 336)),
            Some("month") => Ok((1800, 1440)),
            Some("year") => Ok((21_600, 1440)),
            Some("decade") => Ok((604_800, 520)),
            _ => Err(Failure::new(
                400,
                "parameter verification failed - 'timeframe': parameter is missing and it is not optional.",
            )),
        }
    }

    /// Refuses every parameter that is not in `known`.
    pub(crate) fn allow(&self, known: &[&str]) -> Result<(), Failure> {
        let stranger = self
            .params
            .0
            .iter()
            .find(|(key, _)| !known.contains(&key.as_str()));
        match stranger {
            None => Ok(()),
            Some((key, _)) => Err(Failure::new(
                400,
                format!(
                    "parameter verification failed - '{key}': schema does not allow additional properties."
                ),
            )),
        }
    }
}

/// Answers a call that reads.
pub(crate) fn get(call: &Call<'_>, state: &State) -> Outcome {
    let segments: Vec<&str> = call
        .path
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    match segments.as_slice() {
        ["version"] => {
            call.allow(&[])?;
            Ok(json!({"version": "3.2", "release": "4", "repoid": "4940514b0f05d6cd6a5f711edfdd47c1fa41b537"}).into())
        }
        ["status", "datastore-usage"] => datastore::usage(call, state),
        ["admin", "datastore"] => datastore::list(call, state),
        ["admin", "datastore", store, rest @ ..] => datastore::get(call, state, store, rest),
        ["admin", "gc"] => jobs::garbage(call, state),
        ["admin", "prune"] => jobs::prune(call, state),
        ["admin", "verify"] => jobs::verify(call, state),
        ["admin", "sync"] => jobs::sync(call, state),
        ["admin", "traffic-control"] => {
            call.need("/system", "Sys.Audit")?;
            Ok(Answer::from(json!([])).with_digest())
        }
        ["config", "media-pool"] => {
            Ok(Answer::from(json!([])).with_digest())
        }
        ["config", "datastore"] => datastore::configuration(call, state),
        ["config", "prune" | "verify" | "sync" | "remote"] => jobs::configuration(call, segments[1]),
        ["tape", kind] => host::tape(call, kind),
        ["tape", "media", "list"] => host::tape(call, "media"),
        ["nodes"] => Err(Failure::new(403, "permission check failed")),
        ["nodes", _, rest @ ..] => host::get(call, state, rest),
        ["access", "permissions"] => Ok(permissions(call)),
        ["access", "users"] => Ok(Answer::from(json!([
            {"userid": "homepulse@pbs", "comment": "poller"}, {"userid": "root@pam", "comment": "Superuser"},
        ]))
        .with_digest()),
        _ => Err((call.not_found)()),
    }
}

/// Effective privileges by path.
fn permissions(call: &Call<'_>) -> Answer {
    let paths = ["/", "/access", "/datastore", "/remote", "/system", "/tape"];
    let mut all = Map::new();
    for path in paths {
        let privileges = call.token.role.privileges(path);
        let row: Map<String, Value> = privileges
            .into_iter()
            .map(|privilege| (privilege.to_owned(), json!(true)))
            .collect();
        if !row.is_empty() {
            all.insert(path.to_owned(), Value::Object(row));
        }
    }
    // The real server leaves out paths below which nothing is configured.
    if call.token.role == super::auth::PbsRole::Auditor {
        all.remove("/tape");
    }
    Value::Object(all).into()
}
