//! The settings that hold, after flags, environment, file and defaults, all checked at once.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;

use super::address::public_url;
use super::environment::{Environment, read_secret};
use super::listen::{self, Listen, TlsFiles};
use super::origin::{Origin, origins};
use super::owned::{FileChannel, FileTarget, channels, file_target};
use super::raw::{RawConfig, RawUpdates};
use super::sign_on::{OidcProvider, TrustedHeader, oidc, trusted_header};
use super::tokens::{self, FileToken, api_token};

/// Everything that is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
#[error("{}", problems.join("\n"))]
pub struct ConfigError {
    /// One sentence a problem, each naming its key.
    pub problems: Vec<String>,
}

/// What the command line may set.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// Configuration file.
    pub config: Option<PathBuf>,
    /// Addresses to listen on.
    pub listen: Vec<String>,
    /// Directory of the database and the key.
    pub data_dir: Option<PathBuf>,
    /// Path under which a reverse proxy serves us.
    pub base_path: Option<String>,
}

/// Where newer releases of the product are, and which ones are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateConfig {
    /// Where they are listed; `None` where nobody looks.
    pub source: Option<String>,
    /// Whether candidates are wanted as well as finished releases.
    pub candidates: bool,
    /// Public keys of those who may make them.
    pub keys: Vec<String>,
}

/// The settings that hold.
#[derive(Clone, Debug)]
pub struct Config {
    /// The configuration file that was read.
    pub file: Option<PathBuf>,
    /// Who has set each setting, by its key in the file.
    pub origins: Vec<(&'static str, Origin)>,
    /// Where newer releases of the product are.
    pub updates: UpdateConfig,
    /// Where to listen.
    pub listen: Vec<Listen>,
    /// The server's certificate; `None` for plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Directory of the database and the key.
    pub data_dir: PathBuf,
    /// Directory of the backups of the product itself; `None` for `backups` below `data_dir`, as
    /// [`Config::backup_dir`] says.
    pub other_backup_dir: Option<PathBuf>,
    /// Path under which we are served; begins and ends with `/`.
    pub base_path: String,
    /// Address at which people reach us, for links in messages.
    pub public_url: Option<String>,
    /// Host names under which we may be called.
    pub allowed_hosts: Vec<String>,
    /// Networks of reverse proxies that are believed.
    pub trusted_proxies: Vec<String>,
    /// The OpenID provider where people log in.
    pub oidc: Option<OidcProvider>,
    /// The proxy that says who is asking.
    pub trusted_header: Option<TrustedHeader>,
    /// Name shown in the page's title.
    pub instance_name: String,
    /// Span between looks.
    pub poll_interval: Duration,
    /// Whether the file sets it, so that nobody can change it while we run.
    pub is_interval_pinned: bool,
    /// Span between commits of history.
    pub commit_interval: Duration,
    /// Admin token.
    pub api_token: Option<SecretString>,
    /// Further tokens, in a file of their own.
    pub file_tokens: Vec<FileToken>,
    /// Targets that the file owns.
    pub targets: Vec<FileTarget>,
    /// Channels that the file owns.
    pub channels: Vec<FileChannel>,
    /// The only ports of loopback that channels may connect to; `None` for all but our own.
    pub channel_loopback_ports: Option<Vec<u16>>,
    /// Thresholds that the file owns.
    pub rules: Option<Value>,
    /// Whether the configuration may be exported where no token is set.
    pub unprotected_export: bool,
    /// Whether this is the demo.
    pub demo: bool,
}

impl Config {
    /// Reads the file, if there is one, and resolves everything.
    ///
    /// # Errors
    /// With all problems at once, each naming its key and what would be right.
    pub fn load(flags: &Flags, environment: &Environment) -> Result<Self, ConfigError> {
        let file = flags
            .config
            .clone()
            .or_else(|| environment.get("HOMEPULSE_CONFIG").map(PathBuf::from));
        let raw = match &file {
            None => RawConfig::default(),
            Some(path) => read(path).map_err(|problem| ConfigError {
                problems: vec![problem],
            })?,
        };
        let mut problems = Vec::new();
        let file_tokens = file
            .as_deref()
            .map(|path| tokens::beside(path, &mut problems));
        let resolved = Self::resolve(raw, flags, environment);
        let resolved = match resolved {
            Ok(resolved) if problems.is_empty() => resolved,
            Ok(_) => return Err(ConfigError { problems }),
            Err(error) => {
                problems.splice(0..0, error.problems);
                return Err(ConfigError { problems });
            }
        };
        Ok(Self {
            origins: origins(flags, environment, file.as_deref()),
            file_tokens: file_tokens.unwrap_or_default(),
            file,
            ..resolved
        })
    }

    /// Resolves a file that has been read.
    ///
    /// # Errors
    /// With all problems at once.
    pub fn resolve(
        raw: RawConfig,
        flags: &Flags,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let listen = listen::listen(&raw, flags, environment, &mut problems);
        let api_token = api_token(&raw, environment, &mut problems);
        let public_url = public_url(raw.public_url, environment, &mut problems);
        let config = Self {
            listen,
            tls: listen::tls(raw.tls, environment, &mut problems),
            api_token,
            file_tokens: Vec::new(),
            file: None,
            origins: origins(flags, environment, None),
            updates: updates(raw.updates, environment, &mut problems),
            other_backup_dir: environment
                .get("HOMEPULSE_BACKUP_DIR")
                .map(PathBuf::from)
                .or(raw.backup_dir),
            data_dir: flags
                .data_dir
                .clone()
                .or_else(|| environment.get("HOMEPULSE_DATA_DIR").map(PathBuf::from))
                .or(raw.data_dir)
                .unwrap_or_else(|| default_data_dir(environment)),
            base_path: base_path(
                flags
                    .base_path
                    .as_deref()
                    .or_else(|| environment.get("HOMEPULSE_BASE_PATH"))
                    .or(raw.base_path.as_deref())
                    .unwrap_or("/"),
                &mut problems,
            ),
            oidc: oidc(raw.oidc, public_url.as_deref(), &mut problems),
            trusted_header: trusted_header(raw.trusted_header, &mut problems),
            public_url,
            allowed_hosts: raw.allowed_hosts,
            trusted_proxies: networks("trusted_proxies", raw.trusted_proxies, &mut problems),
            instance_name: raw.instance_name.unwrap_or_else(|| "homepulse".into()),
            poll_interval: seconds(
                "poll_interval_seconds",
                raw.poll_interval_seconds,
                10,
                1..=3600,
                &mut problems,
            ),
            is_interval_pinned: raw.poll_interval_seconds.is_some(),
            commit_interval: seconds(
                "commit_interval_seconds",
                raw.commit_interval_seconds,
                60,
                1..=600,
                &mut problems,
            ),
            targets: raw
                .targets
                .into_iter()
                .filter_map(|target| file_target(target, &mut problems))
                .collect(),
            channels: channels(raw.channels, raw.webhooks, &mut problems),
            channel_loopback_ports: raw.channel_loopback_ports,
            rules: raw.rules,
            unprotected_export: environment
                .get("ALLOW_UNPROTECTED_EXPORT")
                .is_some_and(|text| matches!(text, "true" | "1" | "yes")),
            demo: false,
        };
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError { problems })
        }
    }

    /// The database file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.data_dir.join("homepulse.db")
    }

    /// Whether only this machine can reach us, as far as we know: nothing else is listened on, no
    /// socket in the file system, which is what proxies like, and nothing tells of a proxy.
    #[must_use]
    pub fn is_for_this_machine_only(&self) -> bool {
        let is_loopback = |place: &Listen| match place {
            Listen::Address(address) => address.ip().is_loopback(),
            Listen::Socket(_) => false,
        };
        self.listen.iter().all(is_loopback)
            && self.trusted_proxies.is_empty()
            && self.trusted_header.is_none()
            && self.oidc.is_none()
    }

    /// The directory of the backups of the product itself.
    #[must_use]
    pub fn backup_dir(&self) -> PathBuf {
        let other = self.other_backup_dir.clone();
        other.unwrap_or_else(|| self.data_dir.join("backups"))
    }
}

fn read(path: &Path) -> Result<RawConfig, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let is_json = path
        .extension()
        .is_some_and(|extension| extension == "json");
    if is_json {
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    } else {
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }
}

pub(super) fn secret(
    key: &str,
    inline: Option<&str>,
    file: Option<&Path>,
    problems: &mut Vec<String>,
) -> Option<SecretString> {
    if let Some(path) = file {
        return match read_secret(path) {
            Ok(secret) => Some(secret),
            Err(problem) => {
                problems.push(format!("{key}: {problem}"));
                None
            }
        };
    }
    inline.map(SecretString::from)
}

fn default_data_dir(environment: &Environment) -> PathBuf {
    // systemd names the unit's StateDirectory.
    if let Some(directory) = environment.get("STATE_DIRECTORY") {
        return PathBuf::from(directory.split(':').next().unwrap_or(directory));
    }
    if let Some(directory) = environment.get("XDG_STATE_HOME") {
        return Path::new(directory).join("homepulse");
    }
    match environment.get("HOME") {
        Some(home) => Path::new(home).join(".local/state/homepulse"),
        None => PathBuf::from("/var/lib/homepulse"),
    }
}

fn base_path(text: &str, problems: &mut Vec<String>) -> String {
    let inner = text.trim_matches('/');
    let valid = inner
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-._~/".contains(&b))
        && !inner.split('/').any(|part| matches!(part, "." | ".."))
        && !inner.contains("//");
    if !valid {
        problems.push(format!(
            "base_path: '{text}' is not a plain path, such as /homepulse/"
        ));
    }
    if inner.is_empty() {
        "/".into()
    } else {
        format!("/{inner}/")
    }
}

pub(super) fn networks(key: &str, texts: Vec<String>, problems: &mut Vec<String>) -> Vec<String> {
    for text in &texts {
        let (address, bits) = text.split_once('/').unwrap_or((text, "0"));
        if address.parse::<IpAddr>().is_err() || bits.parse::<u8>().is_err() {
            problems.push(format!(
                "{key}: '{text}' is not an address or network, such as 192.0.2.0/24"
            ));
        }
    }
    texts
}

fn seconds(
    key: &str,
    given: Option<u64>,
    default: u64,
    range: std::ops::RangeInclusive<u64>,
    problems: &mut Vec<String>,
) -> Duration {
    let value = given.unwrap_or(default);
    if !range.contains(&value) {
        problems.push(format!(
            "{key}: {value} is out of range; give {} to {}",
            range.start(),
            range.end()
        ));
    }
    Duration::from_secs(value)
}

fn updates(raw: RawUpdates, environment: &Environment, problems: &mut Vec<String>) -> UpdateConfig {
    let candidates = match raw.channel.as_deref() {
        None | Some("stable") => false,
        Some("rc") => true,
        Some(other) => {
            problems.push(format!(
                "updates.channel: '{other}' is neither stable nor rc"
            ));
            false
        }
    };
    let source = environment.get("HOMEPULSE_UPDATE_SOURCE");
    UpdateConfig {
        source: source.map(str::to_owned).or(raw.source),
        candidates,
        keys: raw.keys,
    }
}

#[cfg(test)]
mod tests;
