//! How an operation is asked, as lines for a terminal.

use serde_json::Value;

use super::shape;

/// Where examples ask.
const ROOT: &str = "http://127.0.0.1:7655";

/// An operation, as examples need it.
pub(super) struct Asked<'a> {
    /// `GET` and the like.
    pub(super) method: &'a str,
    /// Path with placeholders.
    pub(super) path: &'a str,
    /// What a body would be, if it takes one.
    pub(super) body: Option<Value>,
    /// Whether anybody may ask.
    pub(super) is_public: bool,
}

impl<'a> Asked<'a> {
    /// Reads it off the document.
    pub(super) fn of(document: &Value, method: &'a str, path: &'a str, operation: &Value) -> Self {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        Self {
            method,
            path,
            body: (!schema.is_null()).then(|| shape::example(document, schema)),
            is_public: is_public(operation),
        }
    }

    /// With curl.
    pub(super) fn curl(&self) -> String {
        let mut line = String::from("curl");
        if self.method != "GET" {
            line.push_str(&format!(" -X {}", self.method));
        }
        if !self.is_public {
            line.push_str(" -H \"X-API-Token: $TOKEN\"");
        }
        if let Some(body) = &self.body {
            // A quote inside would end the shell's.
            let body = body.to_string().replace('\'', "'\\''");
            line.push_str(&format!(
                " \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'"
            ));
        }
        line.push_str(&format!(" \\\n  '{ROOT}{}'", self.path));
        line
    }

    /// With PowerShell.
    pub(super) fn powershell(&self) -> String {
        let mut line = format!("Invoke-RestMethod -Uri '{ROOT}{}'", self.path);
        if self.method != "GET" {
            line.push_str(&format!(" -Method {}", self.method));
        }
        if !self.is_public {
            line.push_str(" -Headers @{'X-API-Token' = $Token}");
        }
        if let Some(body) = &self.body {
            let body = body.to_string().replace('\'', "''");
            line.push_str(&format!(
                " `\n  -ContentType 'application/json' `\n  -Body '{body}'"
            ));
        }
        line
    }
}

/// Whether an operation says that it needs no token: one way to ask is without any.
pub(super) fn is_public(operation: &Value) -> bool {
    operation["security"].as_array().is_some_and(|ways| {
        ways.iter()
            .any(|way| way.as_object().is_some_and(|way| way.is_empty()))
    })
}
