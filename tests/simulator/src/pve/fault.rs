//! What can be made to go wrong with answers.

use std::time::Duration;

/// A misbehaviour of the server, for all paths or those below a prefix.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// Answer properly, but late.
    Delay(Duration),
    /// Never answer, keep the connection open.
    Stall,
    /// Answer with this status and reason, and the reason in the body as usual.
    Status(u16, String),
    /// Promise the whole body, send half of it and close.
    HalfBody,
    /// Write every number of the answer as a string.
    NumbersAsStrings,
    /// Let the `Date` header be this many seconds off.
    ClockSkew(i64),
    /// Close the connection without an answer.
    Drop,
    /// Answer with a body of about so many bytes.
    HugeBody(usize),
    /// Answer with arrays nested so deeply.
    DeepJson(usize),
    /// Answer with a body that is not JSON, though it says so.
    Garbage,
    /// Present a certificate that nobody vouches for. Holds for whole connections, whatever the path prefix.
    WrongCertificate,
}

/// The faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<(String, Fault)>);

impl Faults {
    /// Replaces what is set for `prefix`.
    pub(crate) fn set(&mut self, prefix: &str, fault: Option<Fault>) {
        self.0.retain(|(known, _)| known != prefix);
        self.0.extend(fault.map(|fault| (prefix.to_owned(), fault)));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault with the longest prefix that `path` begins with.
    pub(crate) fn on(&self, path: &str) -> Option<Fault> {
        self.0
            .iter()
            .filter(|(prefix, fault)| {
                path.starts_with(prefix.as_str()) && *fault != Fault::WrongCertificate
            })
            .max_by_key(|(prefix, _)| prefix.len())
            .map(|(_, fault)| fault.clone())
    }

    pub(crate) fn wrong_certificate(&self) -> bool {
        self.0
            .iter()
            .any(|(_, fault)| *fault == Fault::WrongCertificate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_wins() {
        let mut faults = Faults::default();
        faults.set("", Some(Fault::Stall));
        faults.set("/cluster", Some(Fault::Drop));
        assert_eq!(faults.on("/cluster/status"), Some(Fault::Drop));
        assert_eq!(faults.on("/version"), Some(Fault::Stall));
        faults.set("", None);
        assert_eq!(faults.on("/version"), None);
    }
}
