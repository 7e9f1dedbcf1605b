//! Environment variables: `HOMEPULSE_*`, the names that Pulse's documents use, and
//! for every secret the same name with `_FILE`.

use std::collections::HashMap;
use std::path::Path;

use secrecy::SecretString;

/// A snapshot of the environment.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: HashMap<String, String>,
}

impl Environment {
    /// The process' own environment.
    #[must_use]
    pub fn of_process() -> Self {
        Self {
            variables: std::env::vars_os()
                .filter_map(|(key, value)| {
                    Some((key.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        }
    }

    /// An environment of the given variables, for tests and for embedding.
    #[must_use]
    pub fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self {
            variables: variables
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        }
    }

    /// A variable that is set and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A secret: the variable itself, or the contents of the file that `NAME_FILE` names.
    ///
    /// # Errors
    /// When the file cannot be read; the text names the variable and the file.
    pub fn secret(&self, name: &str) -> Result<Option<SecretString>, String> {
        if let Some(value) = self.get(name) {
            return Ok(Some(SecretString::from(value)));
        }
        let file = format!("{name}_FILE");
        self.get(&file)
            .map(|path| read_secret(Path::new(path)).map_err(|error| format!("{file}: {error}")))
            .transpose()
    }
}

/// Reads a secret from a file, without the line end that editors add.
pub(super) fn read_secret(path: &Path) -> Result<SecretString, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])))
}
