//! What the configuration means for each part: settings handed on, things opened.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

use super::check::tokens;
use super::sign_on;
use crate::api::{self, ServeConfig};
use crate::config::{Config, Listen};
use crate::db::Db;
use crate::history::{self, History};
use crate::http::{Guard, Limits, Loopback, Outgoing, Trust};
use crate::notify::links::LinkMaker;
use crate::notify::{Catalogue, Tools};
use crate::services::links::MessageLinks;
use crate::services::own_backups::Place;
use crate::services::settings::Settings;
use crate::services::system::System;
use crate::services::updates::{Channel, UpdateSettings};
use crate::telemetry::{clock, descriptors};

/// Where releases are, and what is wanted of them.
#[must_use]
pub fn update_settings(config: &Config) -> UpdateSettings {
    let wanted = &config.updates;
    UpdateSettings {
        source: wanted.source.clone(),
        keys: wanted.keys.clone(),
        channel: if wanted.candidates {
            Channel::Rc
        } else {
            Channel::Stable
        },
    }
}

/// What is backed up, and where to.
#[must_use]
pub fn place(config: &Config) -> Place {
    Place {
        data_dir: config.data_dir.clone(),
        directory: config.backup_dir(),
        config_file: config.file.clone(),
    }
}

/// Makes the state directory, readable by its owner only.
pub(super) fn prepare(config: &Config) -> anyhow::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    descriptors::raise();
    let directory = &config.data_dir;
    if directory.exists() {
        anyhow::ensure!(
            directory.is_dir(),
            "data_dir: {} is a file, not a directory",
            directory.display()
        );
        let mode = std::fs::metadata(directory)
            .with_context(|| format!("read {}", directory.display()))?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            tracing::warn!(
                "others may enter {}; run: chmod 700 {}",
                directory.display(),
                directory.display()
            );
        }
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .with_context(|| {
            format!(
                "make the state directory {} (--data-dir names another one)",
                directory.display()
            )
        })
}

pub(super) async fn open_history(config: &Config, db: &Db) -> anyhow::Result<History> {
    let settings = history::Settings {
        commit_every: config.commit_interval,
        ..history::Settings::default()
    };
    Ok(History::open(db.clone(), settings, clock::now()).await?)
}

/// The span between looks: the file's, or what somebody has set.
pub(super) async fn interval(config: &Config, settings: &Settings) -> anyhow::Result<Duration> {
    if config.is_interval_pinned {
        return Ok(config.poll_interval);
    }
    let kept = System::kept_interval(settings).await?;
    Ok(kept.unwrap_or(config.poll_interval))
}

/// What channels may connect to.
pub(super) fn guard(config: &Config) -> Guard {
    let ports = config.channel_loopback_ports.clone();
    Guard::new(ports.map_or(Loopback::OtherPorts, Loopback::Only))
}

/// What notifiers work with, without knowing any figures.
pub(super) fn tools(config: &Config, guard: Guard) -> anyhow::Result<Tools> {
    let limits = Limits {
        body: 64 * 1024,
        ..Limits::default()
    };
    let catalogue = Catalogue::with_folder(&config.data_dir.join("channels"));
    for problem in catalogue.problems() {
        tracing::error!("channels/{}: {}", problem.file, problem.problem);
    }
    Ok(Tools {
        outgoing: Outgoing::new(&Trust::System, limits, guard)?,
        instance: config.instance_name.clone(),
        catalogue,
        figures: None,
    })
}

/// What makes the links of messages, where an address to link to is known.
pub(super) fn link_maker(
    config: &Config,
    links: &MessageLinks,
) -> anyhow::Result<Option<LinkMaker>> {
    let Some(address) = &config.public_url else {
        return Ok(None);
    };
    let address = address.parse().context("read public_url")?;
    Ok(Some(LinkMaker::new(&address, links.key())))
}

/// Names that we answer to: those that were given, and the one that our own links lead to.
pub(super) fn allowed_hosts(config: &Config) -> Vec<String> {
    let mut hosts = config.allowed_hosts.clone();
    let public = config.public_url.as_deref();
    let public = public.and_then(|address| address.parse::<url::Url>().ok());
    hosts.extend(public.and_then(|address| address.host_str().map(str::to_owned)));
    // In a home network people call a machine by its name, bare or as mDNS has it.
    let name = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    hosts.extend(name.split('.').next().map(|first| format!("{first}.local")));
    hosts.extend(name.split('.').next().map(str::to_owned));
    hosts.push(name);
    hosts
}

pub(super) fn serve_config(config: &Config) -> anyhow::Result<ServeConfig> {
    Ok(ServeConfig {
        listen: config.listen.iter().filter_map(Listen::address).collect(),
        sockets: sockets(config).cloned().collect(),
        tls: config.tls.as_ref().map(|files| api::TlsFiles {
            certificate: files.certificate.clone(),
            key: files.key.clone(),
        }),
        base_path: config.base_path.clone(),
        api_token: config.api_token.clone(),
        tokens: tokens(config)?,
        allowed_hosts: allowed_hosts(config),
        trusted_proxies: config.trusted_proxies.clone(),
        trusted_header: config.trusted_header.as_ref().map(sign_on::header),
        local_door_shut: !config.is_for_this_machine_only(),
        instance_name: config.instance_name.clone(),
        demo: config.demo,
        unprotected_export: config.unprotected_export,
        ..ServeConfig::default()
    })
}

/// The sockets in the file system that are to be made.
pub(super) fn sockets(config: &Config) -> impl Iterator<Item = &PathBuf> {
    config.listen.iter().filter_map(|place| match place {
        Listen::Socket(path) => Some(path),
        Listen::Address(_) => None,
    })
}

/// The sockets that systemd has opened for us, by its protocol of `LISTEN_FDS`.
pub(super) fn handed_over() -> Vec<api::Open> {
    let mut descriptors = listenfd::ListenFd::from_env();
    (0..descriptors.len())
        .filter_map(|place| {
            let address = descriptors.take_tcp_listener(place).ok().flatten();
            address.map(api::Open::Address).or_else(|| {
                let socket = descriptors.take_unix_listener(place).ok().flatten();
                socket.map(api::Open::Socket)
            })
        })
        .collect()
}
