//! OTLP metrics as JSON, as Proxmox VE sends them since version 9.1, and as any other sender does.

use serde::Deserialize;

use super::{Object, Point, PushError};
use crate::model::time::Timestamp;
use crate::sources::lenient::{List, Number, Text};

/// Figures of one body.
const POINTS: usize = 100_000;
/// How deep values may stand in each other; metrics need a dozen.
const DEPTH: usize = 32;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Body {
    resource_metrics: Vec<ResourceMetrics>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ResourceMetrics {
    resource: Resource,
    scope_metrics: List<ScopeMetrics>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource {
    attributes: List<Attribute>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ScopeMetrics {
    metrics: List<Metric>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metric {
    name: Text,
    gauge: Option<Points>,
    sum: Option<Points>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Points {
    data_points: List<DataPoint>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DataPoint {
    time_unix_nano: Number,
    as_double: Number,
    as_int: Number,
    attributes: List<Attribute>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attribute {
    key: Text,
    value: AttributeValue,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AttributeValue {
    string_value: Text,
    int_value: Text,
}

impl Attribute {
    fn text(&self) -> Option<&str> {
        let value = &self.value;
        value
            .string_value
            .0
            .as_deref()
            .or(value.int_value.0.as_deref())
    }
}

fn find<'a>(attributes: &'a List<Attribute>, key: &str) -> Option<&'a str> {
    let mut found = attributes.0.iter();
    found
        .find(|attribute| attribute.key.0.as_deref() == Some(key))?
        .text()
}

/// Reads a body. Histograms and summaries are left out.
///
/// # Errors
/// When it is no OTLP/JSON, nested too deeply, or holds more than makes sense.
pub fn read(body: &[u8]) -> Result<Vec<Point>, PushError> {
    if depth(body) > DEPTH {
        return Err(PushError::Malformed(format!(
            "the body is nested deeper than {DEPTH}"
        )));
    }
    // A list would be read as an object whose members are missing.
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(PushError::Malformed(
            "the body is not OTLP/JSON: it is no object; send Content-Type: application/json"
                .into(),
        ));
    }
    let body: Body = serde_json::from_slice(body).map_err(|error| {
        PushError::Malformed(format!(
            "the body is not OTLP/JSON: {error}; send Content-Type: application/json"
        ))
    })?;
    let mut points = Vec::new();
    for of_resource in body.resource_metrics {
        let sender = find(&of_resource.resource.attributes, "service.name").unwrap_or("otlp");
        for metric in of_resource
            .scope_metrics
            .0
            .iter()
            .flat_map(|s| &s.metrics.0)
        {
            let Some(name) = metric.name.0.as_deref() else {
                continue;
            };
            let sums = metric.sum.iter().map(|points| (points, true));
            let gauges = metric.gauge.iter().map(|points| (points, false));
            for (list, is_sum) in sums.chain(gauges) {
                for data in &list.data_points.0 {
                    if points.len() >= POINTS {
                        return Err(PushError::Malformed(format!(
                            "the body has more than {POINTS} figures; send less at a time"
                        )));
                    }
                    points.extend(point(sender, name, is_sum, data));
                }
            }
        }
    }
    Ok(points)
}

fn point(sender: &str, name: &str, is_sum: bool, data: &DataPoint) -> Option<Point> {
    let value = data.as_double.0.or(data.as_int.0)?;
    let at = data.time_unix_nano.0.filter(|nanos| *nanos > 0.0);
    let attribute = |key: &str| find(&data.attributes, key).map(str::to_owned);
    // Counters carry this suffix; a gauge may really be called so.
    let bare = match is_sum {
        true => name.strip_suffix("_total").unwrap_or(name),
        false => name,
    };
    let (object, measurement, key) = if let Some(key) = bare.strip_prefix("proxmox_vm_") {
        let vmid = attribute("vmid")?.parse().ok()?;
        (Object::Guest(vmid), "system", key)
    } else if let Some(key) = bare
        .strip_prefix("proxmox_storage_")
        .or_else(|| bare.strip_prefix("proxmox_node_storage_"))
    {
        let (node, name) = (attribute("node")?, attribute("storage")?);
        (Object::Storage { node, name }, "system", key)
    } else if let Some(rest) = bare.strip_prefix("proxmox_node_") {
        let (measurement, key) = rest.split_once('_').unwrap_or(("system", rest));
        // What InfluxDB is told as `nics` is `network` here.
        let measurement = match measurement {
            "network" => "nics",
            other => other,
        };
        (Object::Node(attribute("node")?), measurement, key)
    } else {
        (Object::Other(sender.to_owned()), "", bare)
    };
    Some(Point {
        object,
        measurement: measurement.to_owned(),
        instance: attribute("device"),
        key: key.to_owned(),
        value: value.is_finite().then_some(value)?,
        at: at.map(milliseconds),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "casts of floats saturate, which is what is wanted"
)]
fn milliseconds(nanos: f64) -> Timestamp {
    Timestamp((nanos / 1e6) as i64)
}

/// How deep arrays and objects stand in each other, without reading anything else.
fn depth(body: &[u8]) -> usize {
    let (mut deepest, mut now) = (0_usize, 0_usize);
    let (mut in_text, mut escaped) = (false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                now += 1;
                deepest = deepest.max(now);
            }
            b']' | b'}' if !in_text => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
