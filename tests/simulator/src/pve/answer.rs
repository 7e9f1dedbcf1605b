//! What a call comes to: data, or a failure in the manner of Proxmox.

use std::time::Duration;

use serde_json::{Value, json};

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) data: Value,
    /// Members beside `data`.
    pub(crate) extra: Vec<(&'static str, Value)>,
    /// Handled by the privileged daemon: its answers carry two `Connection` headers.
    pub(crate) protected: bool,
}

impl Answer {
    pub(crate) fn new(data: Value) -> Self {
        Self {
            data,
            extra: Vec::new(),
            protected: false,
        }
    }

    pub(crate) fn protected(mut self) -> Self {
        self.protected = true;
        self
    }

    /// Adds the length of the whole list; an empty one comes without.
    pub(crate) fn total(mut self, total: usize) -> Self {
        if total > 0 {
            self.extra.push(("total", json!(total)));
        }
        self
    }
}

impl From<Value> for Answer {
    fn from(data: Value) -> Self {
        Self::new(data)
    }
}

/// A call that failed. The reason goes into the status line.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) reason: String,
    /// Reasons per parameter, for 400.
    pub(crate) errors: Option<Value>,
    /// Without body: logins and unreachable nodes.
    pub(crate) empty: bool,
    /// How long the answer takes.
    pub(crate) delay: Duration,
}

/// What every endpoint returns.
pub(crate) type Outcome = Result<Answer, Failure>;

impl Failure {
    pub(crate) fn new(status: u16, reason: impl Into<String>) -> Self {
        Self {
            status,
            reason: reason.into(),
            errors: None,
            empty: false,
            delay: Duration::ZERO,
        }
    }

    /// 500 with a text: nearly everything, not found included.
    pub(crate) fn runtime(reason: impl Into<String>) -> Self {
        Self::new(500, reason)
    }

    /// 403 naming path and privileges.
    pub(crate) fn forbidden(path: &str, privileges: &[&str]) -> Self {
        Self::new(
            403,
            format!("Permission check failed ({path}, {})", privileges.join("|")),
        )
    }

    /// 400 about one parameter.
    pub(crate) fn parameter(name: &str, reason: &str) -> Self {
        Self {
            errors: Some(json!({ name: reason })),
            ..Self::new(400, "Parameter verification failed.")
        }
    }

    /// 501 for a path or method that does not exist.
    pub(crate) fn not_implemented(method: &str, path: &str) -> Self {
        Self::new(501, format!("Method '{method} {path}' not implemented"))
    }

    pub(crate) fn empty(mut self) -> Self {
        self.empty = true;
        self
    }

    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The body: nothing, or the reason again with a line end.
    pub(crate) fn body(&self) -> Option<Value> {
        if self.empty {
            return None;
        }
        // The dispatcher's own 501 has no line end, the reasons of code that died have one.
        let end = if self.status == 501 { "" } else { "\n" };
        let mut body = json!({ "data": null, "message": format!("{}{end}", self.reason) });
        if let Some(errors) = &self.errors {
            body["errors"] = errors.clone();
        }
        Some(body)
    }
}
