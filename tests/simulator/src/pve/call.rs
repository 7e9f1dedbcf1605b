//! One authenticated call on its way to its endpoint.

use serde_json::Value;

use super::answer::Failure;
use super::auth::Caller;
use super::server::Shared;
use crate::http::Request;
use crate::http::request::percent_decode;
use crate::world::State;
use crate::world::config::PveVersion;
use crate::world::guest::{Guest, GuestKind};
use crate::world::node::Node;

/// Query and form parameters in order of appearance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(pub(crate) Vec<(String, String)>);

impl Params {
    /// The parameters of a request's query and body. `;` separates like `&`.
    pub(crate) fn of(request: &Request) -> Self {
        let mut found = Vec::new();
        let mut form = |text: &str| {
            for pair in text.split(['&', ';']).filter(|pair| !pair.is_empty()) {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                found.push((percent_decode(key, true), percent_decode(value, true)));
            }
        };
        form(&request.query);
        if !request.header_has("content-type", "application/json") {
            form(&String::from_utf8_lossy(&request.body));
        } else if let Ok(Value::Object(map)) = serde_json::from_slice(&request.body) {
            found.extend(map.into_iter().map(|(key, value)| match value {
                Value::String(text) => (key, text),
                other => (key, other.to_string()),
            }));
        }
        Self(found)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Failure> {
        self.get(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    Failure::parameter(
                        name,
                        &format!("type check ('integer') failed - got '{text}'"),
                    )
                })
            })
            .transpose()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|text| matches!(text, "1" | "true" | "yes" | "on"))
    }

    /// Refuses every parameter that is not in `known`.
    pub(crate) fn allow(&self, known: &[&str]) -> Result<(), Failure> {
        match self
            .0
            .iter()
            .find(|(key, _)| !known.contains(&key.as_str()))
        {
            Some((key, _)) => Err(Failure::parameter(
                key,
                "property is not defined in schema and the schema does not allow additional properties",
            )),
            None => Ok(()),
        }
    }
}

/// Everything an endpoint needs to answer.
pub(crate) struct Call<'a> {
    pub(crate) shared: &'a Shared,
    /// The node that was asked, whose listener took the call.
    pub(crate) asked: &'a str,
    pub(crate) caller: &'a Caller,
    pub(crate) method: &'a str,
    /// The path below `/api2/json`.
    pub(crate) path: &'a str,
    pub(crate) params: &'a Params,
    /// Milliseconds since 1970.
    pub(crate) now: i64,
}

impl Call<'_> {
    pub(crate) fn version(&self) -> PveVersion {
        self.shared.world.config().version
    }

    pub(crate) fn v9(&self) -> bool {
        self.version() == PveVersion::V9
    }

    pub(crate) fn seconds(&self) -> i64 {
        self.now / 1000
    }

    pub(crate) fn may(&self, path: &str, privilege: &str) -> bool {
        self.caller.role.allows(self.version(), path, privilege)
    }

    /// Fails unless the caller has one of `privileges` on `path`.
    pub(crate) fn need(&self, path: &str, privileges: &[&str]) -> Result<(), Failure> {
        if privileges.iter().any(|privilege| self.may(path, privilege)) {
            Ok(())
        } else {
            Err(Failure::forbidden(path, privileges))
        }
    }

    /// The node of a path, after the proxying has been tried.
    pub(crate) fn node<'s>(&self, state: &'s State, name: &str) -> Result<&'s Node, Failure> {
        let Some(node) = state.node(name) else {
            return Err(Failure::runtime(format!(
                "hostname lookup '{name}' failed - failed to get address info for: {name}: Temporary failure in name resolution"
            )));
        };
        if State::reachable(node) {
            return Ok(node);
        }
        // The first call waits for an answer that does not come, the later ones know that there is no way.
        let first = node
            .silent_since()
            .is_some_and(|since| self.shared.first_to_miss(&node.name, since));
        let reason = if first {
            "Connection timed out"
        } else {
            "No route to host"
        };
        Err(Failure::new(595, reason)
            .empty()
            .after(self.shared.options.dead_node_delay))
    }

    /// The guest of a path; it must live on `node` and be of that kind.
    pub(crate) fn guest<'s>(
        &self,
        state: &'s State,
        node: &str,
        kind: GuestKind,
        vmid: &str,
    ) -> Result<&'s Guest, Failure> {
        let folder = if kind == GuestKind::Vm {
            "qemu-server"
        } else {
            "lxc"
        };
        vmid.parse()
            .ok()
            .and_then(|vmid: u32| state.guests.get(&vmid))
            .filter(|guest| guest.kind == kind && guest.node == node)
            .ok_or_else(|| {
                Failure::runtime(format!(
                    "Configuration file 'nodes/{node}/{folder}/{vmid}.conf' does not exist"
                ))
            })
    }

    /// Puts a list into the order of this answer.
    pub(crate) fn shuffled(&self, mut rows: Vec<Value>) -> Value {
        self.shared.shuffler.shuffle(&mut rows);
        Value::Array(rows)
    }

    /// Joins words by commas, in the order of this answer.
    pub(crate) fn words(&self, words: &[&str]) -> String {
        let mut words = words.to_vec();
        self.shared.shuffler.shuffle(&mut words);
        words.join(",")
    }
}
