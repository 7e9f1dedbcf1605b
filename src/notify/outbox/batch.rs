//! Which rows go out as one message, and what that message says. Pure but for reading.

use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use super::{OutboxError, note, servers};
use crate::alerts;
use crate::db::DbError;
use crate::model::alert::{Alert, AlertState, HoldReason};
use crate::model::id::{AlertId, ChannelId, DeliveryId};
use crate::model::time::{Timestamp, Window};
use crate::notify::message::{Message, News, Occasion};

/// Alerts that one message tells of at most; the next one tells of the rest.
const LARGEST: usize = 80;

/// Names of affected resources that a message carries at most.
const AFFECTED: usize = 200;

/// Whether the row `d` says that an alert has begun or is worse, while something keeps people from
/// being told of that: it may have been queued a moment before. It waits until that is over.
pub(super) const KEPT_BACK: &str = "(d.event IN ('fired', 'worsened')
     AND EXISTS (SELECT 1 FROM alerts a
                 WHERE a.id = d.alert AND a.state = 'firing' AND a.hold IS NOT NULL))";

/// A row that is due.
pub(super) struct Item {
    pub(super) id: DeliveryId,
    pub(super) alert: AlertId,
    occasion: Option<Occasion>,
    created_at: Timestamp,
    held_until: Option<Timestamp>,
    snapshot: String,
}

/// What a message says beside the snapshot of its first row, as it is kept for later attempts.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Context {
    lead: Option<News>,
    others: Vec<News>,
    affected: Vec<String>,
    quiet: Option<(Timestamp, Timestamp)>,
}

/// The rows of a channel that can go out together at `now`, in order: of each alert the next one,
/// and of those that quiet hours held back all.
pub(super) fn gather(
    tx: &Connection,
    channel: &ChannelId,
    now: Timestamp,
) -> Result<Vec<Item>, OutboxError> {
    let sql = format!(
        "SELECT d.id, d.alert, d.event, d.created_at, d.held_until, d.snapshot, d.due_at,
                d.batch IS NOT NULL OR {KEPT_BACK}
         FROM deliveries d WHERE d.channel = ?1 AND d.state = 'due' ORDER BY d.seq"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query([channel.as_str()])?;
    let mut items: Vec<Item> = Vec::new();
    let mut blocked: Vec<AlertId> = Vec::new();
    while let Some(row) = rows.next()? {
        let item = item(row)?;
        let is_ready = !row.get::<_, bool>(7)? && Timestamp(row.get(6)?) <= now;
        let is_next = items.iter().all(|other| other.alert != item.alert);
        if blocked.contains(&item.alert) {
            continue;
        }
        // What happened to a server is a message of its own.
        let is_alone = item.occasion == Some(Occasion::Server);
        if is_alone && is_ready && items.is_empty() {
            return Ok(vec![item]);
        }
        if !is_alone && is_ready && (is_next || item.held_until.is_some()) {
            items.push(item);
        } else {
            blocked.push(item.alert);
        }
        if items.len() >= LARGEST {
            break;
        }
    }
    Ok(items)
}

fn item(row: &Row<'_>) -> Result<Item, OutboxError> {
    let id: String = row.get(0)?;
    let corrupt = |what: &str| DbError::Corrupt {
        what: format!("the {what} of delivery {id}"),
    };
    Ok(Item {
        alert: row
            .get::<_, String>(1)?
            .parse()
            .map_err(|_| corrupt("alert"))?,
        occasion: Occasion::parse(&row.get::<_, String>(2)?),
        created_at: Timestamp(row.get(3)?),
        held_until: row.get::<_, Option<i64>>(4)?.map(Timestamp),
        snapshot: row.get(5)?,
        id: id.parse().map_err(|_| corrupt("id"))?,
    })
}

/// Makes one message of `items`: finds the gravest news, and writes down on its row what else the
/// message says. Gives back the id of that row; nothing when there is nothing left to say.
pub(super) fn bind(
    tx: &Connection,
    items: Vec<Item>,
    now: Timestamp,
) -> Result<Option<DeliveryId>, OutboxError> {
    let mut told: Vec<(DeliveryId, News)> = Vec::new();
    let mut bound: Vec<DeliveryId> = Vec::new();
    let mut quiet: Option<(Timestamp, Timestamp)> = None;
    for item in items {
        let news = match news(tx, &item) {
            Ok(Some(news)) => news,
            Ok(None) => {
                drop_row(tx, &item.id, now)?;
                continue;
            }
            // Written by a newer release, say. It must not keep others from being told.
            Err(OutboxError::Database(DbError::Corrupt { what })) => {
                note::bury(tx, item.id.as_str(), &format!("cannot read {what}"), now)?;
                continue;
            }
            Err(error) => return Err(error),
        };
        if let Some(until) = item.held_until {
            let (from, to) = quiet.unwrap_or((item.created_at, until));
            quiet = Some((from.min(item.created_at), to.max(until)));
        }
        bound.push(item.id.clone());
        // Quiet hours may have held back a beginning and an end: the latter says both.
        match told
            .iter_mut()
            .find(|(_, known)| known.alert.id == news.alert.id)
        {
            Some(known) => *known = (item.id, news),
            None => told.push((item.id, news)),
        }
    }
    // The gravest of what holds first, and of what is alike the eldest.
    told.sort_by_key(|(_, news)| {
        let is_over = news.occasion == Occasion::Resolved;
        (is_over, std::cmp::Reverse(news.alert.severity))
    });
    let mut told = told.into_iter();
    let Some((lead_id, lead)) = told.next() else {
        return Ok(None);
    };
    let context = Context {
        affected: match lead.occasion {
            Occasion::Resolved => Vec::new(),
            _ => affected(tx, &lead.alert.id)?,
        },
        others: told.map(|(_, news)| news).collect(),
        lead: Some(lead),
        quiet,
    };
    let mut statement = tx.prepare_cached("UPDATE deliveries SET batch = ?2 WHERE id = ?1")?;
    for id in &bound {
        statement.execute((id.as_str(), lead_id.as_str()))?;
    }
    let is_plain = context.others.is_empty() && context.affected.is_empty() && quiet.is_none();
    if !is_plain {
        let text = serde_json::to_string(&context).map_err(|_| DbError::Corrupt {
            what: format!("the context of delivery {lead_id} as JSON"),
        })?;
        tx.prepare_cached("UPDATE deliveries SET context = ?2 WHERE id = ?1")?
            .execute((lead_id.as_str(), text))?;
    }
    Ok(Some(lead_id))
}

/// What a row tells: the alert as it was when it was queued; after quiet hours, as it is. Nothing
/// where it has been overtaken.
fn news(tx: &Connection, item: &Item) -> Result<Option<News>, OutboxError> {
    let corrupt = |what: &str| DbError::Corrupt {
        what: format!("the {what} of delivery {}", item.id),
    };
    let occasion = item.occasion.ok_or_else(|| corrupt("event"))?;
    let snapshot = || -> Result<Alert, DbError> {
        serde_json::from_str(&item.snapshot).map_err(|_| corrupt("snapshot"))
    };
    if matches!(occasion, Occasion::Reminder | Occasion::Escalated) {
        let alert = alerts::find(tx, &item.alert)?;
        let is_open = alert.as_ref().is_some_and(|alert| {
            let is_firing = alert.state == AlertState::Firing;
            is_firing && alert.acknowledged_at.is_none() && alert.hold.is_none()
        });
        return Ok(alert
            .filter(|_| is_open)
            .map(|alert| News { occasion, alert }));
    }
    if item.held_until.is_none() {
        let alert = snapshot()?;
        // What ended while people were kept from being told of its beginning is nobody's concern.
        let is_beginning = occasion != Occasion::Resolved;
        if is_beginning && alerts::was_held_to_its_end(tx, &item.alert)? {
            return Ok(None);
        }
        return Ok(Some(News { occasion, alert }));
    }
    let alert = match alerts::find(tx, &item.alert)? {
        Some(alert) => alert,
        None => snapshot()?,
    };
    let occasion = match alert.state {
        AlertState::Resolved => Occasion::Resolved,
        AlertState::Firing => Occasion::Fired,
    };
    Ok(Some(News { occasion, alert }))
}

/// Drops a row that is overtaken, and with it the end of its alert, if the channel knows nothing
/// of that.
fn drop_row(tx: &Connection, id: &DeliveryId, now: Timestamp) -> Result<(), OutboxError> {
    tx.prepare_cached(
        "UPDATE deliveries
         SET state = 'dropped', finished_at = ?2, last_error = 'overtaken by events'
         WHERE id = ?1",
    )?
    .execute((id.as_str(), now.millis()))?;
    note::bury_ends(tx, id.as_str(), now)
}

/// Names of what an alert explains: of the resources whose own alerts are held back by it.
fn affected(tx: &Connection, alert: &AlertId) -> Result<Vec<String>, OutboxError> {
    let mut statement = tx.prepare_cached(
        "SELECT DISTINCT resource_name FROM alerts
         WHERE state = 'firing' AND hold IS NOT NULL
           AND hold ->> 'reason' = ?1 AND hold ->> 'by' = ?2
         ORDER BY resource_name LIMIT ?3",
    )?;
    let limit = i64::try_from(AFFECTED).unwrap_or(i64::MAX);
    let parameters = (HoldReason::Inhibited.word(), alert.as_str(), limit);
    let names = statement.query_map(parameters, |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// The message whose first row is `id`, as it is sent at `now`.
pub(super) fn message(
    tx: &Connection,
    id: &DeliveryId,
    now: Timestamp,
) -> Result<Message, OutboxError> {
    let corrupt = |what: &str| DbError::Corrupt {
        what: format!("the {what} of delivery {id}"),
    };
    let mut statement = tx.prepare_cached(
        "SELECT event, snapshot, context, created_at, attempts - forgiven, stand_in, alert, channel
         FROM deliveries WHERE id = ?1",
    )?;
    let row = statement.query_row([id.as_str()], |row| {
        let texts: (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let plain: (i64, u32, Option<String>) = (row.get(3)?, row.get(4)?, row.get(5)?);
        let thread: (String, String) = (row.get(6)?, row.get(7)?);
        Ok((texts, plain, thread))
    });
    let ((event, snapshot, context), (created_at, attempt, stand_in), thread) = row?;
    let context: Context = match context {
        None => Context::default(),
        Some(text) => serde_json::from_str(&text).map_err(|_| corrupt("context"))?,
    };
    let lead = match context.lead {
        Some(lead) => lead,
        None => News {
            occasion: Occasion::parse(&event).ok_or_else(|| corrupt("event"))?,
            alert: serde_json::from_str(&snapshot).map_err(|_| corrupt("snapshot"))?,
        },
    };
    let told: servers::Told = serde_json::from_str(&snapshot).map_err(|_| corrupt("snapshot"))?;
    let (first, remote) = before(tx, id, &thread)?;
    let created_at = Timestamp(created_at);
    Ok(Message {
        happening: told.server,
        affected: context.affected,
        others: context.others,
        quiet: context.quiet.map(|(from, to)| Window { from, to }),
        stand_in,
        first,
        remote,
        sent_at: now,
        attempt,
        ..Message::new(id.clone(), lead.occasion, lead.alert, created_at)
    })
}

/// The message that began the thread, and what the channel gave back for the latest one.
fn before(
    tx: &Connection,
    id: &DeliveryId,
    (alert, channel): &(String, String),
) -> Result<(DeliveryId, Option<String>), OutboxError> {
    let first: Option<String> = tx
        .prepare_cached(
            "SELECT COALESCE(batch, id) FROM deliveries
             WHERE alert = ?1 AND channel = ?2 AND state <> 'dropped' ORDER BY seq LIMIT 1",
        )?
        .query_row((alert, channel), |row| row.get(0))
        .optional()?;
    let remote: Option<String> = tx
        .prepare_cached(
            "SELECT remote FROM deliveries
             WHERE alert = ?1 AND channel = ?2 AND state = 'sent' AND remote IS NOT NULL
             ORDER BY seq DESC LIMIT 1",
        )?
        .query_row((alert, channel), |row| row.get(0))
        .optional()?;
    let first = first.and_then(|first| first.parse().ok());
    Ok((first.unwrap_or_else(|| id.clone()), remote))
}
