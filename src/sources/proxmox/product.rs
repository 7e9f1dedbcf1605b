//! What tells one product's API from another's, as plain data.

use crate::http::Answer;

/// One product's API.
#[derive(Debug)]
pub(in crate::sources) struct Product {
    /// Its name for people.
    pub(in crate::sources) name: &'static str,
    /// Its usual port.
    pub(in crate::sources) port: u16,
    /// What a token is announced by in the `Authorization` header.
    pub(in crate::sources) scheme: &'static str,
    /// What stands between a token's id and its secret.
    pub(in crate::sources) separator: char,
    /// The command that prints the fingerprint of the certificate.
    pub(in crate::sources) fingerprint_command: &'static str,
    /// The service that answers.
    pub(in crate::sources) service: &'static str,
    /// The command that shows its log.
    pub(in crate::sources) log_command: &'static str,
    /// The file that holds the certificate authority, or the certificate itself.
    pub(in crate::sources) authority_file: &'static str,
    /// A token's id as an example.
    pub(in crate::sources) example_token: &'static str,
    /// The command that lists a user's tokens.
    pub(in crate::sources) list_tokens: fn(user: &str) -> String,
    /// The commands that give a token what a look needs.
    pub(in crate::sources) grant: fn(token_id: &str) -> String,
    /// The host's own words about an answer that is not good.
    pub(in crate::sources) told: fn(&Answer) -> String,
}
