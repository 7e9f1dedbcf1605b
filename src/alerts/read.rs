//! Reading alerts inside somebody else's transaction.

use rusqlite::Connection;

use super::{AlertError, table};
use crate::model::alert::Alert;
use crate::model::id::AlertId;

/// One alert as it is; `None` where it has been forgotten.
///
/// # Errors
/// When the database fails.
pub fn find(connection: &Connection, id: &AlertId) -> Result<Option<Alert>, AlertError> {
    match table::alert_by_id(connection, id) {
        Ok(alert) => Ok(Some(alert)),
        Err(AlertError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Every alert that holds, oldest first.
///
/// # Errors
/// When the database fails.
pub fn open(connection: &Connection) -> Result<Vec<Alert>, AlertError> {
    table::open_alerts(connection)
}
