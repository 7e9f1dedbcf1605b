//! The figures of a resource that change all the time, rounded and packed into a short row.
//!
//! A row is `[handle, …]` with the columns of [`COLUMNS`]; what is not known is `null`, and
//! `null`s at the end are cut off.

use serde::ser::{Serialize, SerializeSeq, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ArrayItems, ObjectBuilder, Schema, SchemaType, Type};

use crate::model::resource::{Rates, Resource, Usage};

/// What each column behind the handle holds. Load, I/O wait and swap belong to nodes only, the
/// last two to game servers.
pub(super) const COLUMNS: [&str; 14] = [
    "cpu, per mille",
    "memory used, MiB",
    "disk used, MiB (a node's root file system)",
    "network in, KiB/s",
    "network out, KiB/s",
    "disk read, KiB/s",
    "disk write, KiB/s",
    "load over 1 minute, hundredths",
    "load over 5 minutes, hundredths",
    "load over 15 minutes, hundredths",
    "I/O wait, per mille",
    "swap used, MiB",
    "players",
    "time to an answer, ms",
];

const KIB: f64 = 1024.0;
const MIB: u64 = 1 << 20;

/// The rounded figures of one resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vitals([Option<i64>; COLUMNS.len()]);

impl Vitals {
    /// Reads them off a resource.
    #[must_use]
    pub fn of(resource: &Resource) -> Self {
        let mut vitals = Self::default();
        match resource {
            Resource::Node(node) => {
                vitals.machine(node.cpu, node.memory, node.rootfs, node.rates);
                for (column, load) in node.load.iter().flatten().enumerate() {
                    vitals.0[7 + column] = rounded(load * 100.0);
                }
                vitals.0[10] = node.iowait.and_then(|share| rounded(share * 1000.0));
                vitals.0[11] = mebibytes(node.swap);
            }
            Resource::Guest(guest) => {
                vitals.machine(guest.cpu, guest.memory, guest.disk, guest.rates);
            }
            Resource::Storage(storage) => vitals.0[2] = mebibytes(storage.usage),
            Resource::Datastore(datastore) => vitals.0[2] = mebibytes(datastore.usage),
            Resource::Game(game) => {
                vitals.machine(game.cpu, game.memory, game.disk, game.rates);
                let answer = game.answer.value();
                vitals.0[12] = game.players().map(i64::from);
                vitals.0[13] = answer
                    .and_then(|answer| answer.round_trip_ms)
                    .and_then(rounded);
            }
            // Nothing of a disk changes from look to look.
            Resource::Disk(_) => {}
        }
        vitals
    }

    fn machine(&mut self, cpu: Option<f64>, memory: Usage, disk: Usage, rates: Rates) {
        let rate = |rate: Option<f64>| rate.and_then(|rate| rounded(rate / KIB));
        self.0[0] = cpu.and_then(|share| rounded(share * 1000.0));
        self.0[1] = mebibytes(memory);
        self.0[2] = mebibytes(disk);
        self.0[3] = rate(rates.net_in);
        self.0[4] = rate(rates.net_out);
        self.0[5] = rate(rates.disk_read);
        self.0[6] = rate(rates.disk_write);
    }

    /// The columns up to the last that is known.
    fn known(&self) -> &[Option<i64>] {
        let length = self
            .0
            .iter()
            .rposition(Option::is_some)
            .map_or(0, |n| n + 1);
        &self.0[..length]
    }
}

fn mebibytes(usage: Usage) -> Option<i64> {
    i64::try_from((usage.used? + MIB / 2) / MIB).ok()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "guarded by the comparison before it"
)]
fn rounded(value: f64) -> Option<i64> {
    (value.abs() < 1e15).then(|| value.round() as i64)
}

/// One row: a handle and its vitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Whose.
    pub handle: u32,
    /// What.
    pub vitals: Vitals,
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let known = self.vitals.known();
        let mut row = serializer.serialize_seq(Some(known.len() + 1))?;
        row.serialize_element(&self.handle)?;
        for figure in known {
            row.serialize_element(figure)?;
        }
        row.end()
    }
}

/// The schema of a list of rows.
pub(super) fn rows_schema() -> Schema {
    let figure = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Integer, Type::Null]))
        .build();
    let columns = COLUMNS.join("; ");
    let row = ArrayBuilder::new()
        .items(items(figure.into()))
        .description(Some(format!(
            "handle; {columns}. null where unknown, cut off behind the last known figure"
        )))
        .build();
    ArrayBuilder::new().items(items(row.into())).into()
}

fn items(schema: Schema) -> ArrayItems {
    ArrayItems::RefOrSchema(Box::new(RefOr::T(schema)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_rounded_and_end_with_the_last_known_figure() {
        let mut vitals = Vitals::default();
        vitals.machine(
            Some(0.1234),
            Usage {
                used: Some(5 * MIB + MIB / 2),
                total: None,
            },
            Usage::default(),
            Rates {
                net_in: Some(1536.0),
                ..Rates::default()
            },
        );
        let row = Row { handle: 7, vitals };
        assert_eq!(serde_json::to_string(&row).unwrap(), "[7,123,6,null,2]");
    }
}
