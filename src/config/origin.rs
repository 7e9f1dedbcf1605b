//! Who has set a setting.

use std::fmt;
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::resolved::Flags;

/// Who has set a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag on the command line.
    Flag(&'static str),
    /// A variable of the environment.
    Environment(&'static str),
    /// The configuration file.
    File(PathBuf),
    /// Nobody.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A setting: its key in the file, its variables, and keys that say the same.
struct Setting {
    key: &'static str,
    variables: &'static [&'static str],
    also: &'static [&'static str],
}

const fn setting(key: &'static str, variables: &'static [&'static str]) -> Setting {
    Setting {
        key,
        variables,
        also: &[],
    }
}

const SETTINGS: [Setting; 18] = [
    setting("listen", &["HOMEPULSE_LISTEN"]),
    setting("data_dir", &["HOMEPULSE_DATA_DIR", "STATE_DIRECTORY"]),
    setting("backup_dir", &["HOMEPULSE_BACKUP_DIR"]),
    setting("base_path", &["HOMEPULSE_BASE_PATH"]),
    setting("public_url", &["HOMEPULSE_PUBLIC_URL"]),
    setting("allowed_hosts", &[]),
    setting("trusted_proxies", &[]),
    setting("trusted_header", &[]),
    setting("oidc", &[]),
    setting("instance_name", &[]),
    setting("poll_interval_seconds", &[]),
    setting("commit_interval_seconds", &[]),
    Setting {
        key: "api_token",
        variables: &[
            "API_TOKEN",
            "API_TOKEN_FILE",
            "PEON_API_TOKEN",
            "PEON_API_TOKEN_FILE",
        ],
        also: &["api_token_file"],
    },
    setting("tls", &["HOMEPULSE_TLS_CERT_FILE"]),
    setting("updates", &["HOMEPULSE_UPDATE_SOURCE"]),
    setting("targets", &[]),
    Setting {
        key: "channels",
        variables: &[],
        also: &["webhooks"],
    },
    setting("rules", &[]),
];

/// Who has set each setting, by its key in the file.
#[must_use]
pub fn origins(
    flags: &Flags,
    environment: &Environment,
    file: Option<&Path>,
) -> Vec<(&'static str, Origin)> {
    let in_file = file.map(keys).unwrap_or_default();
    SETTINGS
        .iter()
        .map(|setting| {
            let flag = match setting.key {
                "listen" if !flags.listen.is_empty() => Some("--listen"),
                "data_dir" if flags.data_dir.is_some() => Some("--data-dir"),
                "base_path" if flags.base_path.is_some() => Some("--base-path"),
                _ => None,
            };
            let is_set = |name: &&&str| environment.get(name).is_some();
            let variable = setting.variables.iter().find(is_set);
            let names = std::iter::once(&setting.key).chain(setting.also);
            let is_in_file = names
                .into_iter()
                .any(|key| in_file.iter().any(|it| it == key));
            let origin = match (flag, variable, file.filter(|_| is_in_file)) {
                (Some(flag), _, _) => Origin::Flag(flag),
                // The supervisor's own directory is a default that the file wins over.
                (None, Some(&"STATE_DIRECTORY"), Some(path)) => Origin::File(path.to_owned()),
                (None, Some(variable), _) => Origin::Environment(variable),
                (None, None, Some(path)) => Origin::File(path.to_owned()),
                (None, None, None) => Origin::Default,
            };
            (setting.key, origin)
        })
        .collect()
}

/// The keys at the top of a configuration file.
fn keys(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let is_json = path.extension().is_some_and(|it| it == "json");
    if is_json {
        let value: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&text).unwrap_or_default();
        return value.keys().cloned().collect();
    }
    let value: toml::Table = toml::from_str(&text).unwrap_or_default();
    value.keys().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.toml");
        std::fs::write(
            &path,
            "listen = '[::1]:1'\nbase_path = '/a/'\ninstance_name = 'x'\napi_token_file = '/t'\n\
             data_dir = '/d'\n",
        )
        .expect("a file");
        let flags = Flags {
            listen: vec!["127.0.0.1:2".into()],
            ..Flags::default()
        };
        let environment = Environment::of([
            ("HOMEPULSE_LISTEN", "127.0.0.1:3"),
            ("HOMEPULSE_BASE_PATH", "/b/"),
            ("STATE_DIRECTORY", "/s"),
        ]);
        let found = origins(&flags, &environment, Some(&path));
        let of = |key: &str| {
            let entry = found.iter().find(|(it, _)| *it == key).expect("a setting");
            entry.1.to_string()
        };
        assert_eq!(of("listen"), "flag --listen");
        assert_eq!(of("base_path"), "environment HOMEPULSE_BASE_PATH");
        let file = format!("file {}", path.display());
        assert_eq!(of("instance_name"), file);
        assert_eq!(of("api_token"), file);
        assert_eq!(of("data_dir"), file);
        assert_eq!(of("rules"), "default");
    }
}
