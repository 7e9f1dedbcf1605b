//! Servers whose host is a guest of a Proxmox host: telling them is telling the guest.

use std::sync::Arc;

use super::{Asker, Games, GamesError, Server, unable};
use crate::model::action::{Action, BackupMode};
use crate::model::game_action::GameAction;
use crate::services::jobs::Job;
use crate::sources;

impl Games {
    /// Whether a guest is all that runs the server: its target's own kind hosts none.
    pub(super) fn is_run_by_guest(&self, server: &Server) -> bool {
        let fleet = self.live.fleet();
        let view = fleet.target(&server.target);
        let kind = view.and_then(|view| sources::kind(&view.summary.kind));
        server.seen.guest.is_some() && kind.is_none_or(|kind| kind.host.is_none())
    }

    /// Tells the guest; the job is the guest's own.
    pub(super) async fn tell_guest(
        &self,
        server: &Server,
        action: &GameAction,
        confirm: Option<&str>,
        by: &Asker,
    ) -> Result<Arc<Job>, GamesError> {
        let Some(guest) = &server.seen.guest else {
            return Err(unable(&server.seen, "be told what to do"));
        };
        let action = match action {
            GameAction::Start => Action::Start,
            GameAction::Stop(how) => Action::Shutdown {
                timeout: how.grace_s,
                force: false,
            },
            GameAction::Restart(_) => Action::Reboot,
            GameAction::Kill => Action::Stop,
            GameAction::Backup => {
                return Err(unable(
                    &server.seen,
                    "be backed up without the storage: back its guest up instead",
                ));
            }
            _ => return Err(unable(&server.seen, "do this")),
        };
        Ok(self
            .control
            .act(guest.as_str(), action, confirm, by)
            .await?)
    }

    /// Has the guest backed up to a storage of its own host.
    ///
    /// # Errors
    /// When no guest runs it, or its host does not do it.
    pub async fn back_up_guest(
        &self,
        server: &Server,
        storage: &str,
        confirm: Option<&str>,
        by: &Asker,
    ) -> Result<Arc<Job>, GamesError> {
        let Some(guest) = &server.seen.guest else {
            return Err(unable(
                &server.seen,
                "be backed up with a guest: it is in none",
            ));
        };
        let action = Action::Backup {
            storage: storage.to_owned(),
            mode: BackupMode::Snapshot,
            protected: false,
        };
        Ok(self
            .control
            .act(guest.as_str(), action, confirm, by)
            .await?)
    }
}
