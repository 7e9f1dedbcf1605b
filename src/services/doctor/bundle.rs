//! A support bundle: what somebody who helps needs to know, and nothing that opens anything.
//!
//! It is made of fields that are known to hold no secret, and the texts among them (messages of
//! hosts and receivers) pass through [`super::Scrub`] before they leave.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::report::Report;
use crate::model::time::Timestamp;
use crate::notify::ChannelStatus;
use crate::state::Fleet;
use crate::telemetry::process;

/// A file of the bundle.
#[derive(Clone, Debug)]
pub struct BundleFile {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: String,
}

fn file(name: &'static str, value: &Value) -> BundleFile {
    BundleFile {
        name,
        text: format!("{value:#}\n"),
    }
}

pub(super) fn about(now: Timestamp) -> BundleFile {
    let usage = process::usage();
    let value = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "system": std::env::consts::OS,
        "processor": std::env::consts::ARCH,
        "made_at": now.rfc3339(),
        "rss_bytes": usage.rss_bytes,
        "cpu_seconds": usage.cpu_seconds,
        "written_bytes": usage.write_bytes,
    });
    file("about.json", &value)
}

pub(super) fn findings(report: &Report) -> BundleFile {
    let checks: Vec<Value> = report
        .checks
        .iter()
        .map(|check| {
            json!({
                "id": check.id,
                "subject": check.subject,
                "verdict": check.verdict.word(),
                "found": check.found,
                "fix": check.fix,
            })
        })
        .collect();
    file("doctor.json", &Value::from(checks))
}

/// How looking goes. Addresses and what is looked at stay out but for counts.
pub(super) fn targets(fleet: &Fleet) -> BundleFile {
    let targets: Vec<Value> = fleet
        .targets()
        .map(|view| {
            let target = &view.summary;
            json!({
                "name": target.name,
                "kind": target.kind,
                "state": target.reachability.word(),
                "version": target.version,
                "verifies_certificate": target.verifies_certificate,
                "clock_skew_ms": target.clock_skew_ms,
                "look_ms": target.look_ms,
                "requests_last_minute": target.requests.last_minute,
                "missing_privileges": target.missing.iter().map(|it| &it.privilege).collect::<Vec<_>>(),
                "resources": view.resources.len(),
            })
        })
        .collect();
    file("targets.json", &Value::from(targets))
}

/// How telling goes. Settings of channels stay out: some hold secrets in addresses.
pub(super) fn channels(channels: &[ChannelStatus]) -> BundleFile {
    let channels: Vec<Value> = channels
        .iter()
        .map(|status| {
            json!({
                "kind": status.channel.kind,
                "state": status.state().word(),
                "last_error": status.last_error,
                "messages": status.counts,
            })
        })
        .collect();
    file("channels.json", &Value::from(channels))
}

/// The files as a gzipped tar.
///
/// # Errors
/// When memory cannot be written, which it can.
pub fn pack(files: &[BundleFile], now: Timestamp) -> std::io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for file in files {
        let mut header = tar::Header::new_ustar();
        header.set_path(format!("homepulse-support/{}", file.name))?;
        header.set_size(file.text.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(now.seconds()).unwrap_or(0));
        header.set_cksum();
        tar.append(&header, file.text.as_bytes())?;
    }
    tar.into_inner()?.finish()
}
