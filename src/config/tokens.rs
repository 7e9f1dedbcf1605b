//! Tokens in `api_tokens.json` beside the configuration file, as seed `001_132d6f67d393125f.txt`
//! has them.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::environment::Environment;
use super::raw::RawConfig;
use super::resolved::secret;

/// The file's name.
pub const TOKENS_FILE: &str = "api_tokens.json";

/// The fewest characters of a token.
const LEAST: usize = 8;

/// Largest file that is read, in bytes.
const MOST_BYTES: u64 = 256 * 1024;

/// A token that the file owns.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileToken {
    /// What the audit trail calls its holder.
    pub name: String,
    /// The token itself.
    pub token: SecretString,
    /// What it may do: `read`, `write`, `admin`, or single scopes such as `fleet:read`.
    pub scopes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    tokens: Vec<FileToken>,
}

/// The one token of the settings: the environment's, or the file's.
pub(super) fn api_token(
    raw: &RawConfig,
    environment: &Environment,
    problems: &mut Vec<String>,
) -> Option<SecretString> {
    // The second is seed 001's name.
    let from_environment = ["API_TOKEN", "PEON_API_TOKEN"]
        .into_iter()
        .find_map(|name| {
            environment.secret(name).unwrap_or_else(|problem| {
                problems.push(problem);
                None
            })
        });
    let token = from_environment
        .or_else(|| {
            secret(
                "api_token_file",
                None,
                raw.api_token_file.as_deref(),
                problems,
            )
        })
        .or_else(|| raw.api_token.clone().map(SecretString::from));
    if let Some(token) = &token {
        let length = token.expose_secret().chars().count();
        if length < LEAST {
            problems.push(format!(
                "API_TOKEN: is shorter than {LEAST} characters; make one with: openssl rand -hex 24"
            ));
        }
    }
    token
}

/// The tokens beside the configuration file at `config`; none where there is no such file.
pub(super) fn beside(config: &Path, problems: &mut Vec<String>) -> Vec<FileToken> {
    let path = config.with_file_name(TOKENS_FILE);
    let text = match read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            problems.push(format!(
                "{TOKENS_FILE}: cannot read {}: {error}",
                path.display()
            ));
            return Vec::new();
        }
    };
    match parse(&text) {
        Ok(tokens) => tokens,
        Err(found) => {
            problems.extend(found);
            Vec::new()
        }
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let mut file = std::fs::File::open(path)?.take(MOST_BYTES + 1);
    file.read_to_string(&mut text)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(std::io::Error::other(format!(
            "it is larger than {MOST_BYTES} bytes"
        )));
    }
    Ok(text)
}

/// Errors name fields, and never what a token is.
fn parse(text: &str) -> Result<Vec<FileToken>, Vec<String>> {
    let listed: Listed =
        serde_json::from_str(text).map_err(|error| vec![format!("{TOKENS_FILE}: {error}")])?;
    let mut problems = Vec::new();
    let (mut names, mut tokens) = (BTreeSet::new(), BTreeSet::new());
    for (index, token) in listed.tokens.iter().enumerate() {
        let key = format!("{TOKENS_FILE}: tokens[{index}]");
        let text = token.token.expose_secret();
        if token.name.trim().is_empty() || !names.insert(&token.name) {
            problems.push(format!(
                "{key}.name: must be a name that no other token has"
            ));
        }
        if text.chars().count() < LEAST {
            problems.push(format!(
                "{key}.token: is shorter than {LEAST} characters; make one with: openssl rand -hex 24"
            ));
        } else if !tokens.insert(text) {
            problems.push(format!("{key}.token: is that of another one"));
        }
        if token.scopes.is_empty() {
            problems.push(format!("{key}.scopes: names none of read, write and admin"));
        }
    }
    if problems.is_empty() {
        Ok(listed.tokens)
    } else {
        Err(problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_lie_beside_the_configuration_or_nowhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("config.json");
        let mut problems = Vec::new();
        assert!(beside(&config, &mut problems).is_empty());
        let text = r#"{"tokens": [{"name": "bot", "token": "0123456789", "scopes": ["read"]}]}"#;
        std::fs::write(folder.path().join(TOKENS_FILE), text).expect("a file");
        let found = beside(&config, &mut problems);
        assert_eq!((found.len(), &*found[0].name), (1, "bot"));
        assert!(problems.is_empty(), "{problems:?}");
        assert!(!format!("{found:?}").contains("0123456789"));
    }

    #[test]
    fn every_problem_names_its_field_and_no_token() {
        let problems = parse(
            r#"{"tokens": [
                {"name": "a", "token": "planted", "scopes": ["read"]},
                {"name": "a", "token": "planted-long", "scopes": []},
                {"name": "b", "token": "planted-long", "scopes": ["write"]}
            ]}"#,
        )
        .expect_err("refused")
        .join("\n");
        for key in [
            "tokens[0].token",
            "tokens[1].name",
            "tokens[1].scopes",
            "tokens[2].token",
        ] {
            assert!(problems.contains(key), "{key} is not in:\n{problems}");
        }
        assert!(!problems.contains("planted"), "{problems}");
        for text in ["[]", "{}", r#"{"tokens": [{"name": "a"}]}"#, ""] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
