//! Backups of game servers: made so that the world in them is whole, read through at once, kept so
//! that the last good one never goes, and put back with a way back.
//!
//! Servers whose host keeps backups itself, as panels do, are backed up there through the same
//! door. Start with [`make`]; [`pack`] has the file, [`retention`] what is let go.

mod make;
mod overdue;
mod pack;
mod restore;
mod retention;
mod room;
mod schedule;
mod table;
mod types;
mod wanted;

use std::path::PathBuf;
use std::sync::Arc;

use crate::model::game_action::GameAction;
use crate::model::id::{GameBackupId, ResourceId};
use crate::model::resource::GameAbility;
use crate::model::time::Timestamp;
use crate::secret::StreamKey;
use crate::services::audit::{NewEntry, Outcome};
use crate::services::jobs::Job;
use crate::sources::games::host::{HostBackup, HostError};
use crate::telemetry::clock;

use super::work::Task;
use super::{Asker, Games, GamesError, Hostable, Server, local, require};

pub use types::{GameBackup, Plan, Reason};

pub(super) use types::Wish;

pub(super) use make::back_up;
pub(super) use restore::{restore, verify};

/// Name of the key file that backups are sealed with, in the state directory.
const KEY_FILE: &str = "game-backups.key";

/// The backups of one server.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Those that we keep, newest first.
    pub ours: Vec<GameBackup>,
    /// Those that its host keeps.
    pub of_host: Vec<HostBackup>,
}

impl Games {
    /// The backups of a server: ours, and those that its host keeps itself.
    ///
    /// # Errors
    /// When there is no such server, or the database fails.
    pub async fn backups(&self, id: &str) -> Result<Kept, GamesError> {
        let server = self.find(id)?;
        let of_host = match self.targets.host(&server.target, false).await? {
            Hostable::Yes(host) => match host.backups(local(&server.seen)).await {
                Err(HostError::Unsupported(_)) => Vec::new(),
                other => other?,
            },
            _ => Vec::new(),
        };
        Ok(Kept {
            ours: self.backups_of(&server.seen.id).await?,
            of_host,
        })
    }

    /// Every backup that we keep, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all_backups(&self) -> Result<Vec<GameBackup>, GamesError> {
        Ok(self.db.reader.run(table::all).await?)
    }

    /// When backups of a server are made by themselves.
    ///
    /// # Errors
    /// When there is no such server, or the database fails.
    pub async fn backup_plan(&self, id: &str) -> Result<Plan, GamesError> {
        let server = self.find(id)?;
        self.plan_of(&server.seen.id).await
    }

    /// Sets when backups of a server are made by themselves.
    ///
    /// # Errors
    /// When there is no such server, a setting is wrong, or the database fails.
    pub async fn set_backup_plan(&self, id: &str, plan: Plan) -> Result<Plan, GamesError> {
        let server = self.find(id)?;
        schedule::check(&plan)?;
        let (id, kept) = (server.seen.id, plan.clone());
        let now = clock::now();
        let written = self
            .db
            .writer
            .run(move |tx| table::put_plan(tx, &id, &kept, now));
        written.await?;
        Ok(plan)
    }

    /// Deletes a backup of ours. The last good one of a server goes only where `even_last` says so.
    ///
    /// # Errors
    /// When there is none, it is the last good one, or its file cannot be removed.
    pub async fn delete_backup(
        &self,
        id: &GameBackupId,
        even_last: bool,
        by: &Asker,
    ) -> Result<(), GamesError> {
        let backup = self.backup(id).await?;
        let all = self.backups_of(&backup.server).await?;
        if !even_last && retention::last_good(&all) == Some(id) {
            return Err(GamesError::Taken {
                field: "backup".to_owned(),
                problem: "it is the last good backup of its server; send even_last=true".into(),
            });
        }
        let entry = |outcome, message: String| NewEntry {
            at: clock::now(),
            actor: by.name.clone(),
            peer: by.peer.clone(),
            action: "game.backup.delete".to_owned(),
            resource: backup.server.to_string(),
            resource_name: backup.server_name.clone(),
            details: serde_json::json!({ "backup": id.as_str() }),
            outcome,
            message,
        };
        self.audit
            .record(entry(Outcome::Asked, String::new()))
            .await?;
        let gone = self.drop_backup(&backup).await;
        let ended = match &gone {
            Ok(()) => entry(Outcome::Ok, String::new()),
            Err(error) => entry(Outcome::Failed, error.to_string()),
        };
        self.enter(ended).await;
        gone
    }

    /// Begins a backup that somebody wants now, sealed where `encrypt` or the server's plan says
    /// so. Answers its id, where it will be kept here.
    ///
    /// # Errors
    /// As [`Games::act`].
    pub async fn back_up(
        &self,
        id: &str,
        encrypt: bool,
        by: &Asker,
    ) -> Result<(Arc<Job>, Option<GameBackupId>), GamesError> {
        let server = self.find(id)?;
        let begun = self.begin_asked(&server, encrypt, by).await;
        if let Err(error) = &begun {
            self.enter_refusal(&server.seen, &GameAction::Backup, error, by)
                .await;
        }
        begun
    }

    /// When a server was last backed up; its host is asked only where we keep nothing, and `None`
    /// where it does not answer.
    ///
    /// # Errors
    /// When there is no such server, or the database fails.
    pub async fn last_backup(&self, id: &str) -> Result<Option<Timestamp>, GamesError> {
        let server = self.find(id)?;
        let ours = self.backups_of(&server.seen.id).await?;
        let whole = ours.iter().find(|backup| backup.damage.is_none());
        if let Some(newest) = whole {
            return Ok(Some(newest.made_at));
        }
        let of_host = match self.targets.host(&server.target, false).await {
            Ok(Hostable::Yes(host)) => host.backups(local(&server.seen)).await,
            _ => return Ok(None),
        };
        let of_host = of_host.unwrap_or_default();
        let whole = of_host.iter().filter(|backup| backup.complete);
        Ok(whole.filter_map(|backup| backup.at).max().map(Timestamp))
    }

    /// Notes that a server's host has made a backup for us.
    async fn note_host_backup(&self, server: &ResourceId) -> Result<(), GamesError> {
        let (id, now) = (server.clone(), clock::now());
        let noted = self.db.writer.run(move |tx| table::host_made(tx, &id, now));
        Ok(noted.await?)
    }

    /// Begins a backup for `reason`.
    pub(super) async fn begin_backup(
        &self,
        id: &str,
        reason: Reason,
        by: &Asker,
    ) -> Result<Arc<Job>, GamesError> {
        let server = self.find(id)?;
        self.begin_wish(&server, Wish::new(reason), by).await
    }

    async fn begin_wish(
        &self,
        server: &Server,
        wish: Wish,
        by: &Asker,
    ) -> Result<Arc<Job>, GamesError> {
        self.begin_task(server, GameAction::Backup, by, |server| Task::Backup {
            server,
            wish,
        })
        .await
    }

    async fn begin_asked(
        &self,
        server: &Server,
        encrypt: bool,
        by: &Asker,
    ) -> Result<(Arc<Job>, Option<GameBackupId>), GamesError> {
        if self.is_run_by_guest(server) {
            let told = self.tell_guest(server, &GameAction::Backup, None, by);
            return Ok((told.await?, None));
        }
        require(&server.seen, GameAbility::Backup)?;
        let host = self.host(server).await?;
        let kept_there = host.backups(local(&server.seen)).await;
        let wish = Wish {
            encrypt,
            ..Wish::new(Reason::Asked)
        };
        let id = matches!(kept_there, Err(HostError::Unsupported(_))).then(|| wish.id.clone());
        Ok((self.begin_wish(server, wish, by).await?, id))
    }

    /// Enters that a planned backup was not even begun.
    pub(super) async fn enter_failed_plan(
        &self,
        server: &ResourceId,
        error: &GamesError,
        by: &Asker,
    ) {
        let seen = self.find(server.as_str());
        self.enter(NewEntry {
            at: clock::now(),
            actor: by.name.clone(),
            peer: by.peer.clone(),
            action: "game.backup".to_owned(),
            resource: server.to_string(),
            resource_name: seen.map_or_else(|_| String::new(), |server| server.seen.name),
            details: serde_json::json!({}),
            outcome: Outcome::Failed,
            message: error.to_string(),
        })
        .await;
    }

    /// One of our backups.
    pub(super) async fn backup(&self, id: &GameBackupId) -> Result<GameBackup, GamesError> {
        let all = self.all_backups().await?;
        let found = all.into_iter().find(|backup| backup.id == *id);
        found.ok_or_else(|| GamesError::NoBackup { id: id.to_string() })
    }

    async fn backups_of(&self, server: &ResourceId) -> Result<Vec<GameBackup>, GamesError> {
        let mut all = self.all_backups().await?;
        all.retain(|backup| backup.server == *server);
        Ok(all)
    }

    async fn plan_of(&self, server: &ResourceId) -> Result<Plan, GamesError> {
        let id = server.clone();
        let plan = self
            .db
            .reader
            .run(move |connection| table::plan(connection, &id));
        Ok(plan.await?.unwrap_or_default())
    }

    async fn keep_backup(&self, backup: &GameBackup) -> Result<(), GamesError> {
        let row = backup.clone();
        Ok(self.db.writer.run(move |tx| table::put(tx, &row)).await?)
    }

    /// Forgets a backup, its file first: a row without a file is better than the other way round.
    async fn drop_backup(&self, backup: &GameBackup) -> Result<(), GamesError> {
        match tokio::fs::remove_file(&backup.path).await {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let path = backup.path.display();
                return Err(GamesError::Files(format!("remove {path}: {error}")));
            }
        }
        let id = backup.id.clone();
        let removed = self.db.writer.run(move |tx| table::remove(tx, &id)).await;
        Ok(removed?)
    }

    /// Lets go what is beyond what the plan keeps.
    async fn let_go(&self, server: &ResourceId) -> Result<usize, GamesError> {
        let plan = self.plan_of(server).await?;
        let all = self.backups_of(server).await?;
        let outdated = retention::outdated(&all, plan.keep);
        for backup in all.iter().filter(|one| outdated.contains(&one.id)) {
            self.drop_backup(backup).await?;
        }
        Ok(outdated.len())
    }

    /// The folder that a server's backups go to.
    fn folder_of(&self, server: &Server, plan: &Plan) -> PathBuf {
        let base = match &plan.directory {
            Some(directory) => directory.clone(),
            None => self.data_dir.join("game-backups"),
        };
        base.join(plain(server.target.as_str()))
            .join(plain(local(&server.seen)))
    }

    fn stream_key(&self) -> Result<StreamKey, GamesError> {
        Ok(StreamKey::open(&self.data_dir.join(KEY_FILE))?)
    }
}

/// A name that can be that of a file or folder.
fn plain(name: &str) -> String {
    let kept: String = name
        .chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') => c,
            _ => '_',
        })
        .take(80)
        .collect();
    match kept.is_empty() {
        true => "server".to_owned(),
        false => kept,
    }
}
