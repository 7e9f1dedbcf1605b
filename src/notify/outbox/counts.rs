//! How many messages there are, for who watches the watcher.

use super::{DeliveryState, OutboxError};
use crate::db::Db;

/// How many messages there are in each state.
///
/// # Errors
/// When the database fails.
pub async fn counts(db: &Db) -> Result<Vec<(DeliveryState, u64)>, OutboxError> {
    db.reader
        .run(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT count(*) FROM deliveries WHERE state = ?1")?;
            DeliveryState::ALL
                .into_iter()
                .map(|state| {
                    let count: i64 = statement.query_row([state.word()], |row| row.get(0))?;
                    Ok((state, count.unsigned_abs()))
                })
                .collect()
        })
        .await
}
