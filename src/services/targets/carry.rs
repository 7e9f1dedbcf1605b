//! Carrying targets from one installation to another, in one transaction with everything else.

use rusqlite::Connection;

use super::{NewTarget, TargetError, TargetRow, Targets, open, place, summary_of, table};
use crate::db::DbError;
use crate::model::id::TargetId;
use crate::sources::Source;
use crate::telemetry::clock;

/// A target that was checked, sealed and opened.
pub(in crate::services) struct ReadyTarget {
    row: TargetRow,
    sealed: Vec<u8>,
    source: Box<dyn Source>,
}

impl ReadyTarget {
    /// What is to be written.
    pub(in crate::services) fn written(&self) -> (TargetRow, Vec<u8>) {
        (self.row.clone(), self.sealed.clone())
    }
}

/// Writes a target within somebody's transaction; [`Targets::begin`] has to follow.
pub(in crate::services) fn write_carried(
    tx: &Connection,
    row: &TargetRow,
    sealed: &[u8],
) -> Result<(), DbError> {
    table::put(tx, row, sealed, clock::now())
}

impl Targets {
    /// Checks, seals and opens a target, without keeping it.
    pub(in crate::services) async fn ready(
        &self,
        id: TargetId,
        new: NewTarget,
        enabled: bool,
    ) -> Result<ReadyTarget, TargetError> {
        super::check(&new)?;
        let past_until = self.past_until(&id).await?;
        let source = open(id.clone(), &new, past_until)?;
        let sealed = self.vault.seal(&place(&id), &new.secret)?;
        let row = TargetRow {
            id,
            kind: new.kind,
            name: new.name,
            config: new.config,
            enabled,
            owned_by_file: false,
        };
        Ok(ReadyTarget {
            row,
            sealed,
            source,
        })
    }

    /// Looks at a target that was written, or stops where it is switched off.
    pub(in crate::services) async fn begin(&self, ready: ReadyTarget) {
        let summary = summary_of(&ready.row);
        if ready.row.enabled {
            self.start(ready.row.id, summary, ready.source).await;
        } else {
            self.stop(&ready.row.id).await;
        }
    }
}
