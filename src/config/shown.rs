//! What each setting is, as people are shown it; never a secret.

use super::resolved::Config;

impl Config {
    /// What the setting of this key in the file is; empty where it is a list of nothing.
    #[must_use]
    pub fn shown(&self, key: &str) -> Vec<String> {
        let word = |is: bool, yes: &str, no: &str| vec![if is { yes } else { no }.to_owned()];
        let or_none = |text: Option<String>| vec![text.unwrap_or_else(|| "none".into())];
        match key {
            "listen" => self.listen.iter().map(ToString::to_string).collect(),
            "data_dir" => vec![self.data_dir.display().to_string()],
            "backup_dir" => vec![self.backup_dir().display().to_string()],
            "base_path" => vec![self.base_path.clone()],
            "public_url" => self.public_url.iter().cloned().collect(),
            "allowed_hosts" => self.allowed_hosts.clone(),
            "trusted_proxies" => self.trusted_proxies.clone(),
            "trusted_header" => self.trusted_header.as_ref().map_or_else(
                || or_none(None),
                |header| {
                    let networks = header.networks.join(", ");
                    vec![format!("{} from {networks}", header.user_header)]
                },
            ),
            "oidc" => or_none(self.oidc.as_ref().map(|provider| provider.issuer.clone())),
            "instance_name" => vec![self.instance_name.clone()],
            "poll_interval_seconds" => vec![self.poll_interval.as_secs().to_string()],
            "commit_interval_seconds" => vec![self.commit_interval.as_secs().to_string()],
            "api_token" => word(self.api_token.is_some(), "set", "not set"),
            "tls" => {
                let files = self.tls.as_ref();
                or_none(files.map(|files| files.certificate.display().to_string()))
            }
            "updates" => or_none(self.updates.source.clone()),
            "targets" => vec![format!("{} owned by the file", self.targets.len())],
            "channels" => vec![format!("{} owned by the file", self.channels.len())],
            "rules" => word(self.rules.is_some(), "owned by the file", "set in the UI"),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Environment, Flags, RawConfig};

    #[test]
    fn every_setting_can_be_shown_and_no_token_is() {
        let text = "listen = ['127.0.0.1:1', 'unix:/run/x.sock']\napi_token = 'planted-secret'\n\
                    allowed_hosts = ['pulse.lan']\n[trusted_header]\nnetworks = ['10.0.0.1']\n";
        let raw: RawConfig = toml::from_str(text).expect("TOML");
        let config = Config::resolve(raw, &Flags::default(), &Environment::default());
        let config = config.expect("a configuration");
        assert_eq!(
            config.shown("listen"),
            ["127.0.0.1:1", "unix:/run/x.sock"].map(String::from)
        );
        assert_eq!(config.shown("api_token"), ["set"]);
        assert_eq!(config.shown("tls"), ["none"]);
        assert!(config.shown("trusted_header")[0].ends_with(" from 10.0.0.1"));
        for (key, _) in &config.origins {
            let shown = config.shown(key).join(" ");
            assert!(!shown.contains("planted"), "{key}");
            let may_be_empty = ["public_url", "trusted_proxies"].contains(key);
            assert!(may_be_empty || !shown.is_empty(), "{key}");
        }
    }
}
