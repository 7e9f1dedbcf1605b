//! The SQL of policies.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::{MOST, Policy, PolicyError};
use crate::model::id::ResourceId;
use crate::model::time::Timestamp;

/// Every policy; one that can no longer be read is left out, as if nothing were set.
pub(super) fn all(connection: &Connection) -> Result<HashMap<ResourceId, Policy>, PolicyError> {
    let mut statement = connection.prepare("SELECT resource, policy FROM game_policies")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut policies = HashMap::new();
    for row in rows {
        let (resource, policy) = row?;
        match (resource.parse(), serde_json::from_str::<Policy>(&policy)) {
            (Ok(resource), Ok(policy)) => {
                policies.insert(resource, policy);
            }
            _ => tracing::error!("the policy of {resource} cannot be read and is left out"),
        }
    }
    Ok(policies)
}

/// Keeps a checked policy.
pub(super) fn put(
    tx: &Connection,
    resource: &ResourceId,
    policy: &Policy,
    now: Timestamp,
) -> Result<(), PolicyError> {
    let others: u32 = tx.query_row(
        "SELECT count(*) FROM game_policies WHERE resource <> ?1",
        [resource.as_str()],
        |row| row.get(0),
    )?;
    if others >= MOST {
        return Err(PolicyError::TooMany);
    }
    let text = serde_json::to_string(policy).map_err(|error| PolicyError::Invalid {
        field: "policy",
        problem: error.to_string(),
    })?;
    tx.execute(
        "INSERT INTO game_policies (resource, policy, changed_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (resource) DO UPDATE SET policy = excluded.policy,
             changed_at = excluded.changed_at",
        params![resource.as_str(), text, now.millis()],
    )?;
    Ok(())
}

/// Forgets a policy.
pub(super) fn remove(tx: &Connection, resource: &ResourceId) -> Result<(), PolicyError> {
    tx.execute(
        "DELETE FROM game_policies WHERE resource = ?1",
        [resource.as_str()],
    )?;
    Ok(())
}
