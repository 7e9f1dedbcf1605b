//! The SQL of the attributes.

use std::collections::{BTreeMap, HashMap};

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::{Attribute, Change};
use crate::db::DbError;
use crate::model::id::{ResourceId, ResourceKind};
use crate::model::time::{Timestamp, Window};

/// Values of attributes by resource.
pub(super) type Values = HashMap<ResourceId, BTreeMap<Attribute, String>>;

/// Enters changes, in the caller's transaction.
///
/// # Errors
/// When the database fails; the caller's transaction must then be given up.
pub fn note(tx: &Connection, changes: &[Change]) -> Result<(), DbError> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO changes (at, resource, attribute, before, after) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for change in changes {
        statement.execute((
            change.at.millis(),
            change.resource.as_str(),
            change.attribute.word(),
            change.before.as_deref(),
            &change.after,
        ))?;
    }
    Ok(())
}

/// What every attribute of every resource is, as far as the rows say.
///
/// # Errors
/// When the database fails.
pub fn standing(connection: &Connection) -> Result<Values, DbError> {
    values(connection, Timestamp(i64::MAX), LATEST)
}

/// The number of the latest row; 0 where there is none.
///
/// # Errors
/// When the database fails.
pub fn latest_id(connection: &Connection) -> Result<i64, DbError> {
    let sql = "SELECT ifnull(max(id), 0) FROM changes";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

/// Rows behind the one of number `id` about resources of one kind, first sightings included, the
/// oldest first, with the number of each; `most` at most.
///
/// # Errors
/// When the database fails.
pub fn since(
    connection: &Connection,
    id: i64,
    kind: ResourceKind,
    most: usize,
) -> Result<Vec<(i64, Change)>, DbError> {
    let mut statement = connection.prepare_cached(
        "SELECT at, resource, attribute, before, after, id FROM changes
         WHERE id > ?1 AND resource >= ?2 AND resource < ?3 ORDER BY id LIMIT ?4",
    )?;
    // Ids begin with the kind's word and a colon, which a semicolon follows.
    let (from, to) = (format!("{}:", kind.word()), format!("{};", kind.word()));
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = statement.query_map((id, from, to, most), |row| {
        Ok((row.get::<_, i64>(5)?, read(row)?))
    })?;
    rows.map(|row| {
        let (id, row) = row?;
        Ok((id, change_of(row)?))
    })
    .collect()
}

// Rows nearly always come in the order of their moments, so that all up to the first one after a moment are known
// by number and the index by resource, which has numbers but no moments, answers alone. What came out of that order
// is looked at one by one.

/// The last rows up to a moment.
const LATEST: &str = "SELECT resource, attribute, after, max(id) FROM changes WHERE id IN (
     SELECT max(id) FROM changes
     WHERE id < ifnull((SELECT min(id) FROM changes WHERE at > ?1), 9223372036854775807)
     GROUP BY resource, attribute
     UNION ALL
     SELECT id FROM changes WHERE id > (SELECT min(id) FROM changes WHERE at > ?1) AND at <= ?1
 ) GROUP BY resource, attribute";

/// What the first rows after a moment say of the time before them: the value before, and where
/// there is none, the one that was seen first.
const NEXT: &str = "SELECT resource, attribute, ifnull(before, after), min(id) FROM changes
 WHERE id IN (
     SELECT min(id) FROM changes
     WHERE id > ifnull((SELECT max(id) FROM changes WHERE at <= ?1), 0)
     GROUP BY resource, attribute
     UNION ALL
     SELECT id FROM changes WHERE id < (SELECT max(id) FROM changes WHERE at <= ?1) AND at > ?1
 ) GROUP BY resource, attribute";

pub(super) fn latest(connection: &Connection, at: Timestamp) -> Result<Values, DbError> {
    values(connection, at, LATEST)
}

pub(super) fn next(connection: &Connection, at: Timestamp) -> Result<Values, DbError> {
    values(connection, at, NEXT)
}

fn values(connection: &Connection, at: Timestamp, sql: &str) -> Result<Values, DbError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([at.millis()], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
        ))
    })?;
    let mut found = Values::new();
    for row in rows {
        let (resource, attribute, value) = row?;
        let (resource, attribute) = parse(&resource, &attribute)?;
        found.entry(resource).or_default().insert(attribute, value);
    }
    Ok(found)
}

/// Values of one attribute with when each was seen, oldest first.
pub(super) fn values_of(
    connection: &Connection,
    resource: &ResourceId,
    attribute: Attribute,
) -> Result<Vec<(Timestamp, String)>, DbError> {
    let mut statement = connection.prepare_cached(
        "SELECT at, after FROM changes WHERE resource = ?1 AND attribute = ?2 ORDER BY id",
    )?;
    let rows = statement.query_map((resource.as_str(), attribute.word()), |row| {
        Ok((Timestamp(row.get(0)?), row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Changes within `window`, newest first; without what was seen for the first time.
pub(super) fn between(
    connection: &Connection,
    window: Window,
    resources: Option<&[ResourceId]>,
    most: usize,
) -> Result<Vec<Change>, DbError> {
    let mut values = vec![
        Value::Integer(window.from.millis()),
        Value::Integer(window.to.millis()),
        Value::Integer(i64::try_from(most).unwrap_or(i64::MAX)),
    ];
    let of = match resources {
        None => String::new(),
        Some(list) => {
            values.extend(list.iter().map(|id| Value::Text(id.as_str().to_owned())));
            format!("AND resource IN ({})", places(4, list.len()))
        }
    };
    let sql = format!(
        "SELECT at, resource, attribute, before, after FROM changes
         WHERE at >= ?1 AND at < ?2 AND before IS NOT NULL {of} ORDER BY at DESC, id DESC LIMIT ?3"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(values), read)?;
    rows.map(|row| change_of(row?)).collect()
}

/// `?4, ?5, ?6` for three values after the third.
pub(super) fn places(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count)
        .map(|place| format!("?{place}"))
        .collect();
    places.join(", ")
}

type Raw = (i64, String, String, Option<String>, String);

fn read(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
    ))
}

fn change_of((at, resource, attribute, before, after): Raw) -> Result<Change, DbError> {
    let (resource, attribute) = parse(&resource, &attribute)?;
    Ok(Change {
        at: Timestamp(at),
        resource,
        attribute,
        before,
        after,
    })
}

fn parse(resource: &str, attribute: &str) -> Result<(ResourceId, Attribute), DbError> {
    let corrupt = || DbError::Corrupt {
        what: format!("the change of {attribute} of {resource}"),
    };
    Ok((
        resource.parse().map_err(|_| corrupt())?,
        Attribute::parse(attribute).ok_or_else(corrupt)?,
    ))
}

/// When the first row was written.
pub(super) fn first_at(connection: &Connection) -> Result<Option<Timestamp>, DbError> {
    let first: Option<i64> =
        connection.query_row("SELECT min(at) FROM changes", [], |row| row.get(0))?;
    Ok(first.map(Timestamp))
}

/// Forgets what nobody can ask for any more: values that another one had followed by `before`,
/// everything of what was gone by then, and the oldest of more than `most` rows that others
/// followed.
pub(super) fn forget(tx: &Connection, before: Timestamp, most: usize) -> Result<usize, DbError> {
    let gone = tx
        .prepare_cached(
            "DELETE FROM changes WHERE resource IN (
                 SELECT resource FROM changes WHERE attribute = 'presence' AND after = 'absent'
                 AND at < ?1 AND id = (SELECT max(id) FROM changes AS later
                     WHERE later.resource = changes.resource AND later.attribute = 'presence'))",
        )?
        .execute([before.millis()])?;
    let old = tx
        .prepare_cached(
            "DELETE FROM changes WHERE at < ?1 AND EXISTS (SELECT 1 FROM changes AS later
                 WHERE later.resource = changes.resource AND later.attribute = changes.attribute
                 AND later.id > changes.id AND later.at < ?1)",
        )?
        .execute([before.millis()])?;
    let kept: i64 = tx.query_row("SELECT count(*) FROM changes", [], |row| row.get(0))?;
    let surplus = kept - i64::try_from(most).unwrap_or(i64::MAX);
    let surplus = if surplus <= 0 {
        0
    } else {
        tx.prepare_cached(
            "DELETE FROM changes WHERE id IN (SELECT id FROM changes WHERE EXISTS (
                 SELECT 1 FROM changes AS later WHERE later.resource = changes.resource
                 AND later.attribute = changes.attribute AND later.id > changes.id)
             ORDER BY id LIMIT ?1)",
        )?
        .execute([surplus])?
    };
    Ok(gone + old + surplus)
}
