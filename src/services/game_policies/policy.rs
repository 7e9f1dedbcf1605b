//! What may be done to a game server without being asked, checked.

use serde::{Deserialize, Serialize};

use super::PolicyError;
use crate::holds;
use crate::model::silence::Schedule;

/// Most times in which a server is kept up.
const MOST_TIMES: usize = 16;

/// Most addresses by which a server is woken.
const MOST_ADDRESSES: usize = 8;

/// What may be done to a game server without being asked. Nothing unless told, and never while
/// somebody plays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Minutes without players after which it is stopped; never where `None`.
    pub stop_when_empty_minutes: Option<u32>,
    /// Minutes that it is left up after a start, whoever is on it.
    pub least_uptime_minutes: u32,
    /// Times in which it is not stopped, though it is empty.
    pub keep_up: Vec<Schedule>,
    /// Whether it is updated when a newer version is there and nobody plays.
    pub update_when_empty: bool,
    /// Hours after which it is restarted as soon as nobody plays; never where `None`.
    pub restart_after_hours: Option<u32>,
    /// Whether it is restarted, as soon as nobody plays, when it takes more and more memory.
    pub restart_on_leak: bool,
    /// Names and addresses by which players reach it: somebody who comes starts it.
    pub wake_addresses: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            stop_when_empty_minutes: None,
            least_uptime_minutes: 30,
            keep_up: Vec::new(),
            update_when_empty: false,
            restart_after_hours: None,
            restart_on_leak: false,
            wake_addresses: Vec::new(),
        }
    }
}

impl Policy {
    /// Checks every field, and brings addresses into one form.
    ///
    /// # Errors
    /// With the first field that is wrong.
    pub fn checked(mut self) -> Result<Self, PolicyError> {
        within(
            "stop_when_empty_minutes",
            self.stop_when_empty_minutes,
            5,
            1440,
        )?;
        within(
            "least_uptime_minutes",
            Some(self.least_uptime_minutes),
            0,
            1440,
        )?;
        within("restart_after_hours", self.restart_after_hours, 6, 24 * 30)?;
        if self.keep_up.len() > MOST_TIMES {
            return Err(wrong("keep_up", format!("must be {MOST_TIMES} at most")));
        }
        for schedule in &self.keep_up {
            holds::check(schedule).map_err(|error| wrong("keep_up", error.to_string()))?;
        }
        if self.wake_addresses.len() > MOST_ADDRESSES {
            let problem = format!("must be {MOST_ADDRESSES} at most");
            return Err(wrong("wake_addresses", problem));
        }
        for address in &mut self.wake_addresses {
            *address = address_of(address).ok_or_else(|| {
                let problem = "must be names or addresses alone, such as mc.example.org";
                wrong("wake_addresses", problem)
            })?;
        }
        Ok(self)
    }

    /// Whether nothing is to be done at all.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.stop_when_empty_minutes.is_none()
            && !self.update_when_empty
            && self.restart_after_hours.is_none()
            && !self.restart_on_leak
    }

    /// Whether players reach the server by `address`.
    #[must_use]
    pub fn is_reached_by(&self, address: &str) -> bool {
        address_of(address).is_some_and(|address| self.wake_addresses.contains(&address))
    }
}

/// A name or address in the one form in which it is compared: small letters, without a port and
/// without the dot at the end.
fn address_of(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let host = match text.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => &text,
    };
    let host = host.trim_end_matches('.');
    let is_plain = (1..=253).contains(&host.len())
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte));
    is_plain.then(|| host.to_owned())
}

fn within(
    field: &'static str,
    value: Option<u32>,
    least: u32,
    most: u32,
) -> Result<(), PolicyError> {
    match value {
        Some(value) if !(least..=most).contains(&value) => Err(wrong(
            field,
            format!("must be {least} to {most}, not {value}"),
        )),
        _ => Ok(()),
    }
}

fn wrong(field: &'static str, problem: impl Into<String>) -> PolicyError {
    PolicyError::Invalid {
        field,
        problem: problem.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        let policy = Policy {
            wake_addresses: vec!["MC.Example.org.".to_owned()],
            ..Policy::default()
        };
        let policy = policy.checked().expect("usable");
        for written in [
            "mc.example.org",
            "mc.example.org:25565",
            " MC.example.ORG. ",
        ] {
            assert!(policy.is_reached_by(written), "{written}");
        }
        for other in ["example.org", "", "mc.example.org/x"] {
            assert!(!policy.is_reached_by(other), "{other}");
        }
    }

    #[test]
    fn a_field_that_makes_no_sense_is_named() {
        let cases = [
            (
                Policy {
                    stop_when_empty_minutes: Some(1),
                    ..Policy::default()
                },
                "stop_when_empty_minutes",
            ),
            (
                Policy {
                    restart_after_hours: Some(1),
                    ..Policy::default()
                },
                "restart_after_hours",
            ),
            (
                Policy {
                    wake_addresses: vec!["https://mc.example.org/".to_owned()],
                    ..Policy::default()
                },
                "wake_addresses",
            ),
        ];
        for (policy, expected) in cases {
            let error = policy.checked().expect_err("refused").to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
