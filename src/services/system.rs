//! Settings of the product as a whole that people may change while it runs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::settings::Settings;
use super::targets::{TargetError, Targets};
use crate::db::DbError;

/// Under which key the span between looks is kept, in seconds.
const INTERVAL: &str = "poll_interval_seconds";

/// Under which key wishes are kept that nothing here acts on.
const WISHES: &str = "pulse_system";

/// Spans between looks that can be set: Proxmox refreshes its figures every 10 s, and an hour is
/// the longest that anybody can call watching.
const SPANS: std::ops::RangeInclusive<u64> = 10..=3600;

/// How long a host may take to answer one question, in seconds.
pub const CONNECTION_TIMEOUT: u64 = 8;

/// Why a setting could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    /// It makes no sense.
    #[error("{field}: {problem}")]
    Invalid {
        /// Which setting.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The configuration file decides.
    #[error("{field}: {key} in the configuration file decides; change it there")]
    Pinned {
        /// Which setting.
        field: &'static str,
        /// What decides.
        key: &'static str,
    },
    /// Pollers could not be started again.
    #[error("look at the targets at another pace")]
    Targets(#[from] TargetError),
    /// The database failed.
    #[error("keep the settings")]
    Database(#[from] DbError),
}

/// Wishes that are kept as they were given; nothing here acts on them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Wishes {
    /// Which releases are wanted.
    pub update_channel: Option<String>,
    /// Whether updates should install themselves.
    pub auto_update_enabled: Option<bool>,
    /// How often to look for them, in hours.
    pub auto_update_check_interval: Option<u32>,
    /// When to install them, as `HH:MM`.
    pub auto_update_time: Option<String>,
    /// Which network to search for hosts; nothing is ever searched.
    pub discovery_subnet: Option<String>,
}

/// The settings of the product as a whole.
#[derive(Clone)]
pub struct System {
    settings: Settings,
    targets: Targets,
    /// Whether the file decides about the span between looks.
    is_interval_pinned: bool,
}

impl System {
    /// Those in `settings`.
    #[must_use]
    pub const fn new(settings: Settings, targets: Targets, is_interval_pinned: bool) -> Self {
        Self {
            settings,
            targets,
            is_interval_pinned,
        }
    }

    /// The span between looks that somebody has set.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn kept_interval(settings: &Settings) -> Result<Option<Duration>, DbError> {
        let seconds: Option<u64> = settings.get(INTERVAL).await?;
        Ok(seconds
            .filter(|seconds| SPANS.contains(seconds))
            .map(Duration::from_secs))
    }

    /// The span between looks.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.targets.interval()
    }

    /// Whether the file decides about it.
    #[must_use]
    pub const fn is_interval_pinned(&self) -> bool {
        self.is_interval_pinned
    }

    /// Looks at all targets every `seconds` from now on.
    ///
    /// # Errors
    /// When that is too often or too rare, the file decides, or the database fails.
    pub async fn set_interval(&self, seconds: u64) -> Result<(), SystemError> {
        let field = "pollingInterval";
        if Duration::from_secs(seconds) == self.interval() {
            return Ok(());
        }
        if self.is_interval_pinned {
            return Err(SystemError::Pinned {
                field,
                key: INTERVAL,
            });
        }
        if !SPANS.contains(&seconds) {
            let problem = "must be 10 to 3600 seconds: Proxmox refreshes its figures every 10 s";
            return Err(SystemError::Invalid {
                field,
                problem: problem.to_owned(),
            });
        }
        self.settings.put(INTERVAL, &seconds).await?;
        Ok(self
            .targets
            .set_interval(Duration::from_secs(seconds))
            .await?)
    }

    /// Wishes that are kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn wishes(&self) -> Result<Wishes, DbError> {
        Ok(self.settings.get(WISHES).await?.unwrap_or_default())
    }

    /// Keeps wishes; those that are left out stay as they are.
    ///
    /// # Errors
    /// When one makes no sense, or the database fails.
    pub async fn wish(&self, new: Wishes) -> Result<(), SystemError> {
        check(&new)?;
        let before = self.wishes().await?;
        let kept = Wishes {
            update_channel: new.update_channel.or(before.update_channel),
            auto_update_enabled: new.auto_update_enabled.or(before.auto_update_enabled),
            auto_update_check_interval: new
                .auto_update_check_interval
                .or(before.auto_update_check_interval),
            auto_update_time: new.auto_update_time.or(before.auto_update_time),
            discovery_subnet: new.discovery_subnet.or(before.discovery_subnet),
        };
        Ok(self.settings.put(WISHES, &kept).await?)
    }
}

fn check(wishes: &Wishes) -> Result<(), SystemError> {
    let invalid = |field, problem: &str| {
        Err(SystemError::Invalid {
            field,
            problem: problem.to_owned(),
        })
    };
    if let Some(channel) = wishes.update_channel.as_deref()
        && !matches!(channel, "" | "stable" | "rc")
    {
        return invalid("updateChannel", "must be stable or rc");
    }
    if let Some(text) = wishes
        .auto_update_time
        .as_deref()
        .filter(|text| !text.is_empty())
    {
        let is_time = text.split_once(':').is_some_and(|(hour, minute)| {
            let within = |text: &str, most: u8| {
                text.len() == 2 && text.parse::<u8>().is_ok_and(|number| number <= most)
            };
            within(hour, 23) && within(minute, 59)
        });
        if !is_time {
            return invalid("autoUpdateTime", "must be a time of day such as 03:00");
        }
    }
    if wishes
        .auto_update_check_interval
        .is_some_and(|hours| hours > 8760)
    {
        return invalid(
            "autoUpdateCheckInterval",
            "must be 8760 hours (a year) at most",
        );
    }
    if wishes
        .discovery_subnet
        .as_ref()
        .is_some_and(|text| text.len() > 100)
    {
        return invalid("discoverySubnet", "must be 100 characters at most");
    }
    Ok(())
}
