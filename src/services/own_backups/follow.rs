//! Making backups by the plan, and keeping as many as it says.

use super::{
    BackupError, BackupPlan, KeyChoice, LAST, LastRun, OwnBackups, Reason, TICK, Work, due,
    retention,
};
use crate::model::time::Timestamp;
use crate::telemetry::{Chain, clock};

impl OwnBackups {
    /// Makes backups by the plan until it is stopped.
    pub async fn run(self) {
        loop {
            if let Err(error) = self.follow_plan(clock::now()).await {
                tracing::error!("the backup plan cannot be followed: {}", Chain(&error));
            }
            tokio::select! {
                () = self.inner.stop.cancelled() => break,
                () = self.inner.changed.notified() => {}
                () = tokio::time::sleep(TICK) => {}
            }
        }
    }

    /// Makes the backup that is due, if one is.
    pub(super) async fn follow_plan(&self, now: Timestamp) -> Result<(), BackupError> {
        let plan = self.plan().await?;
        let Some(last) = self.inner.settings.get::<LastRun>(LAST).await? else {
            let since_now = LastRun {
                at: now,
                problem: None,
            };
            return Ok(self.inner.settings.put(LAST, &since_now).await?);
        };
        if due(&plan, &last).is_none_or(|due| due > now) {
            return Ok(());
        }
        if self.reserve(Work::Create, "schedule", None).is_err() {
            // Somebody's own is under way; it is tried again at the next tick.
            return Ok(());
        }
        let key = if plan.include_key {
            KeyChoice::Include
        } else {
            KeyChoice::LeaveOut
        };
        let outcome = self.run_create(Reason::Scheduled, key).await;
        let last = LastRun {
            at: now,
            problem: outcome.as_ref().err().map(|error| Chain(error).to_string()),
        };
        self.inner.settings.put(LAST, &last).await?;
        match outcome {
            Ok(name) => tracing::info!("made the backup {name}"),
            Err(error) => {
                tracing::error!("the scheduled backup failed: {}", Chain(&error));
                return Ok(());
            }
        }
        self.tidy_up(&plan).await
    }

    /// Removes what the plan no longer keeps.
    async fn tidy_up(&self, plan: &BackupPlan) -> Result<(), BackupError> {
        let keep = usize::try_from(plan.keep).unwrap_or(1);
        for name in retention::surplus(&self.kept().await?, keep) {
            let path = self.inner.place.directory.join(name.as_str());
            match std::fs::remove_file(&path) {
                Ok(()) => tracing::info!("removed the backup {name}, which is no longer kept"),
                Err(error) => tracing::warn!("cannot remove the backup {name}: {error}"),
            }
        }
        Ok(())
    }
}
