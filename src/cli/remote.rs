//! Asking the running homepulse over its own API.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::Url;

use super::doctor::plain;
use crate::config::{Config, Environment, Listen};
use crate::http::{Answer, Client, HttpError, Limits, Trust};

/// Where the running homepulse is, and who asks.
#[derive(Args, Clone, Default)]
pub(super) struct RemoteArgs {
    /// Address of the running homepulse, such as http://127.0.0.1:7655/
    /// [default: HOMEPULSE_URL, or else where the configuration says that it listens]
    #[arg(long, value_name = "URL", help_heading = "Running homepulse")]
    pub(super) url: Option<String>,
    /// File that holds an API token [default: the token in HOMEPULSE_TOKEN or API_TOKEN]
    #[arg(long, value_name = "FILE", help_heading = "Running homepulse")]
    pub(super) token_file: Option<PathBuf>,
}

/// The running homepulse.
pub(super) struct Remote {
    base: Url,
    token: Option<SecretString>,
    client: Client,
    // Idle connections belong to the runtime that opened them.
    runtime: tokio::runtime::Runtime,
}

impl Remote {
    /// Finds it: what was said wins over the environment, and that over the configuration.
    pub(super) fn find(args: &RemoteArgs, config: Option<&Config>) -> anyhow::Result<Self> {
        Self::find_within(args, config, Duration::from_secs(120))
    }

    /// The same for questions that are to be answered `within` a while.
    pub(super) fn find_within(
        args: &RemoteArgs,
        config: Option<&Config>,
        within: Duration,
    ) -> anyhow::Result<Self> {
        let environment = Environment::of_process();
        let said = args.url.clone();
        let url = said.or_else(|| environment.get("HOMEPULSE_URL").map(str::to_owned));
        let is_our_own = url.is_none();
        let url = url.unwrap_or_else(|| listens_at(config));
        let mut base: Url = url.parse().with_context(|| {
            format!("read the address '{url}'; give one such as http://127.0.0.1:7655/")
        })?;
        anyhow::ensure!(
            matches!(base.scheme(), "http" | "https"),
            "the address '{url}' does not begin with http:// or https://"
        );
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        let token = match &args.token_file {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("read the token in {}", path.display()))?;
                anyhow::ensure!(
                    !text.trim().is_empty(),
                    "the token's file {} is empty",
                    path.display()
                );
                Some(SecretString::from(text.trim()))
            }
            None => {
                let own = environment.secret("HOMEPULSE_TOKEN");
                own.map_err(anyhow::Error::msg)?
                    .or(environment
                        .secret("API_TOKEN")
                        .map_err(anyhow::Error::msg)?)
                    .or_else(|| config?.api_token.clone())
            }
        };
        let limits = Limits {
            body: 64 << 20,
            total: within,
            ..Limits::default()
        };
        // Our own listener on this machine has a certificate for its name, not for its address.
        let trust = if is_our_own && base.scheme() == "https" {
            Trust::Anyone
        } else {
            Trust::System
        };
        Ok(Self {
            base,
            token,
            client: Client::new(&trust, limits)?,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
        })
    }

    /// Its address.
    pub(super) fn url(&self) -> &Url {
        &self.base
    }

    /// Runs `work` where the connections live.
    pub(super) fn within<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The JSON at `path`.
    pub(super) fn get(&self, path: &str) -> anyhow::Result<Value> {
        let (url, headers) = self.request(path)?;
        self.wait(self.client.get(url, &headers, None))
    }

    /// Posts `body` to `path`.
    pub(super) fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let (url, mut headers) = self.request(path)?;
        headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        let body = body.to_string().into();
        self.wait(self.client.post(url, &headers, body, None))
    }

    /// Deletes what is at `path`.
    pub(super) fn delete(&self, path: &str) -> anyhow::Result<Value> {
        let (url, headers) = self.request(path)?;
        self.wait(self.client.delete(url, &headers, None))
    }

    fn wait(
        &self,
        asked: impl Future<Output = Result<Answer, HttpError>>,
    ) -> anyhow::Result<Value> {
        match self.runtime.block_on(asked) {
            Ok(answer) => self.read(&answer),
            Err(error @ HttpError::Unreachable { .. }) => anyhow::bail!(
                "{error}\n  -> start it with: systemctl start homepulse; if it listens elsewhere, \
                 say where with --url"
            ),
            Err(error) => Err(error.into()),
        }
    }

    fn request(&self, path: &str) -> anyhow::Result<(Url, Vec<(HeaderName, HeaderValue)>)> {
        let url = self.base.join(path.trim_start_matches('/'))?;
        let mut headers = Vec::new();
        if let Some(token) = &self.token {
            let mut value = HeaderValue::from_str(token.expose_secret())
                .context("use the token: it holds characters that no token has")?;
            value.set_sensitive(true);
            headers.push((HeaderName::from_static("x-api-token"), value));
        }
        Ok((url, headers))
    }

    fn read(&self, answer: &Answer) -> anyhow::Result<Value> {
        let value: Value = if answer.body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&answer.body).map_err(|_| {
                anyhow::anyhow!(
                    "what answers at {} is not homepulse (status {})\n  -> give its address with --url",
                    self.base,
                    answer.status
                )
            })?
        };
        if answer.is_success() {
            return Ok(value);
        }
        let error = &value["error"];
        let said = error["message"].as_str().or_else(|| error.as_str());
        let said = plain(said.unwrap_or("it gives no reason"));
        match error["field"].as_str() {
            // Some messages begin with the field themselves.
            Some(field) if said.starts_with(&format!("{field}:")) => anyhow::bail!(said),
            Some(field) => anyhow::bail!("{field}: {said}"),
            None if answer.status == 401 && self.token.is_none() => anyhow::bail!(
                "{} asks for a token\n  -> give one with --token-file or HOMEPULSE_TOKEN; on its \
                 machine, homepulse token create NAME --role admin makes one",
                self.base
            ),
            None => anyhow::bail!("{said} (status {})", answer.status),
        }
    }
}

/// The address of the first listener, reached from here.
pub(super) fn listens_at(config: Option<&Config>) -> String {
    let Some(config) = config else {
        return "http://127.0.0.1:7655/".to_owned();
    };
    let first = config.listen.iter().find_map(Listen::address);
    let mut address = first.unwrap_or_else(|| ([127, 0, 0, 1], 7655).into());
    if address.ip().is_unspecified() {
        let loopback = if address.is_ipv6() {
            std::net::Ipv6Addr::LOCALHOST.into()
        } else {
            std::net::Ipv4Addr::LOCALHOST.into()
        };
        address.set_ip(loopback);
    }
    let scheme = if config.tls.is_some() {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{address}{}", config.base_path)
}
