//! The judgements: pure, over facts that somebody has gathered.

use std::time::Duration;

use super::facts::{BackupFacts, DatabaseFacts, DiskFacts, KeyFacts, PortFacts, UnitFacts};
use super::report::{Check, Verdict};
use crate::model::target::{FailureKind, Reachability, TargetSummary};
use crate::model::time::Timestamp;
use crate::model::words::{bytes, span};
use crate::notify::{ChannelState, ChannelStatus};

const DATABASE: (&str, &str) = ("database", "Database");
const KEY: (&str, &str) = ("key", "Key of the secrets");
const DISK: (&str, &str) = ("disk", "Disk space");
const CLOCK: (&str, &str) = ("clock", "Clock");
const TARGET: (&str, &str) = ("target", "Target");
const CERTIFICATE: (&str, &str) = ("certificate", "Certificate");
const PRIVILEGES: (&str, &str) = ("privileges", "Privileges");
const CHANNEL: (&str, &str) = ("channel", "Notifications");
const PORT: (&str, &str) = ("port", "Port");
const UNIT: (&str, &str) = ("unit", "System service");
const CONTAINER: (&str, &str) = ("container", "Container");
const BACKUPS: (&str, &str) = ("backups", "Backups of homepulse");

/// Free space under which recording is near its pause.
const TIGHT: u64 = 512 << 20;

/// Free space under which next to nothing can be written.
const FULL: u64 = 128 << 20;

/// How far clocks may be apart before times in charts and tokens stop making sense.
const SKEW: Duration = Duration::from_secs(5);

/// How long past its time a backup may be.
const LATE: Duration = Duration::from_secs(2 * 86_400);

pub(super) fn database(facts: &DatabaseFacts) -> Check {
    let (schema, problems) = match &facts.inspected {
        None => {
            return Check::new(DATABASE, Verdict::Note, "there is none yet")
                .fix("homepulse serve makes it at its first start");
        }
        Some(Err(error)) => {
            return Check::new(
                DATABASE,
                Verdict::Problem,
                format!("it cannot be read: {error}"),
            )
            .fix("homepulse backup list")
            .fix("homepulse backup restore latest");
        }
        Some(Ok(found)) => (found.schema, &found.problems),
    };
    if let Some(first) = problems.first() {
        return Check::new(
            DATABASE,
            Verdict::Problem,
            format!("it is damaged: {first} ({} findings)", problems.len()),
        )
        .fix("systemctl stop homepulse")
        .fix("homepulse backup restore latest");
    }
    if schema > facts.newest {
        return Check::new(
            DATABASE,
            Verdict::Problem,
            format!(
                "its schema is {schema} and this release knows schemas up to {}",
                facts.newest
            ),
        )
        .fix("install the newer release again, or restore the backup made before it");
    }
    Check::new(
        DATABASE,
        Verdict::Ok,
        format!(
            "it is sound; schema {schema}, {}",
            bytes(facts.bytes as f64)
        ),
    )
}

pub(super) fn key(facts: &KeyFacts) -> Check {
    match facts {
        KeyFacts::Missing => Check::new(KEY, Verdict::Note, "there is none yet")
            .fix("homepulse serve makes it at its first start"),
        KeyFacts::Good => Check::new(
            KEY,
            Verdict::Ok,
            "it is whole and readable by its owner only",
        ),
        KeyFacts::Bad(problem) => Check::new(KEY, Verdict::Problem, problem.clone()),
        KeyFacts::Hidden(reason) => Check::new(
            KEY,
            Verdict::Unknown,
            format!("it cannot be looked at from here: {reason}"),
        ),
    }
}

pub(super) fn disk(facts: &DiskFacts) -> Check {
    let Some(free) = facts.free_bytes else {
        return Check::new(DISK, Verdict::Unknown, "nobody can tell how much is free");
    };
    let found = format!("{} are free in {}", bytes(free as f64), facts.directory);
    let verdict = if free < FULL {
        Verdict::Problem
    } else if free < TIGHT {
        Verdict::Warning
    } else {
        Verdict::Ok
    };
    let check = Check::new(DISK, verdict, found);
    if verdict == Verdict::Ok {
        return check;
    }
    check
        .fix("make room, or give the disk more; when it is nearly full, recording pauses")
        .fix(format!(
            "du -xh --max-depth=2 {} | sort -h | tail",
            facts.directory
        ))
}

/// `skews` are targets' clocks minus ours, by their names.
pub(super) fn clock(skews: &[(String, i64)]) -> Check {
    let limit = i64::try_from(SKEW.as_millis()).unwrap_or(i64::MAX);
    let off: Vec<&(String, i64)> = skews
        .iter()
        .filter(|(_, skew)| skew.abs() > limit)
        .collect();
    let said = |(name, skew): &(String, i64)| {
        let seconds = skew.abs() / 1000;
        let way = if *skew > 0 { "ahead of" } else { "behind" };
        format!("{name} is {seconds} s {way} us")
    };
    if skews.is_empty() {
        return Check::new(CLOCK, Verdict::Unknown, "no target has told its time yet");
    }
    if off.is_empty() {
        return Check::new(CLOCK, Verdict::Ok, "it agrees with the targets' within 5 s");
    }
    let found: Vec<String> = off.iter().map(|it| said(it)).collect();
    let check = Check::new(CLOCK, Verdict::Warning, found.join("; "));
    // All in one direction, and more than one: it is rather ours that is off.
    let ours = off.len() == skews.len()
        && off.len() > 1
        && (off.iter().all(|it| it.1 > 0) || off.iter().all(|it| it.1 < 0));
    if ours {
        check.fix(
            "this machine's clock is off: timedatectl set-ntp true; in a container, on its host",
        )
    } else {
        check.fix("on the host whose clock is off: systemctl restart chrony; chronyc tracking")
    }
}

pub(super) fn target(target: &TargetSummary, now: Timestamp) -> Vec<Check> {
    let mut checks = Vec::new();
    let of = |check: Check| check.of(target.name.clone());
    checks.push(of(match &target.reachability {
        Reachability::Pending => Check::new(TARGET, Verdict::Unknown, "nobody has looked yet"),
        Reachability::Online { .. } => Check::new(
            TARGET,
            Verdict::Ok,
            match (&target.version, target.look_ms) {
                (Some(version), Some(took)) => format!("version {version} answers in {took} ms"),
                _ => "it answers".to_owned(),
            },
        ),
        Reachability::Failing {
            since,
            attempts,
            failure,
        } => {
            let minutes = now.since(*since).as_secs() / 60;
            let found = format!(
                "{} ({attempts} looks in a row, {minutes} min)",
                failure.message
            );
            let topic = match failure.kind {
                FailureKind::CertificateChanged | FailureKind::CertificateUntrusted => CERTIFICATE,
                _ => TARGET,
            };
            let check = Check::new(topic, Verdict::Problem, found);
            match &failure.fix {
                Some(fix) => check.fix(fix.clone()),
                None => check,
            }
        }
    }));
    if !target.verifies_certificate {
        checks.push(of(Check::new(
            CERTIFICATE,
            Verdict::Warning,
            "it is not checked: whoever is in between can read the token",
        )
        .fix("pin the fingerprint that the host shows: pvenode cert info")));
    }
    let (minor, major): (Vec<_>, Vec<_>) = target.missing.iter().partition(|it| it.optional);
    for (verdict, missing) in [(Verdict::Warning, major), (Verdict::Note, minor)] {
        if missing.is_empty() {
            continue;
        }
        let hidden: Vec<String> = missing
            .iter()
            .map(|it| format!("{} on {} ({})", it.privilege, it.path, it.hides))
            .collect();
        let mut check = of(Check::new(
            PRIVILEGES,
            verdict,
            format!("the token lacks {}", hidden.join("; ")),
        ));
        for it in missing {
            if !check.fix.contains(&it.fix) {
                check.fix.push(it.fix.clone());
            }
        }
        checks.push(check);
    }
    checks
}

pub(super) fn no_targets() -> Check {
    Check::new(
        TARGET,
        Verdict::Warning,
        "no target is configured: nothing is watched",
    )
    .fix("add one in Settings, Targets, or: homepulse target add --help")
}

pub(super) fn channels(channels: &[ChannelStatus]) -> Vec<Check> {
    let mut checks: Vec<Check> = channels
        .iter()
        .filter_map(|status| {
            let (verdict, found, fix) = match status.state() {
                ChannelState::Disabled => return None,
                ChannelState::Proven => (Verdict::Ok, "a test message arrived".to_owned(), None),
                ChannelState::Unproven => (
                    Verdict::Warning,
                    "nobody has confirmed that a message arrives".to_owned(),
                    Some("send a test message in Settings, Notifications and enter its code"),
                ),
                ChannelState::Failing => (
                    Verdict::Problem,
                    format!(
                        "the latest message did not arrive: {}",
                        status.last_error.as_deref().unwrap_or("no reason given")
                    ),
                    Some("see every attempt in Settings, Notifications"),
                ),
            };
            let check = Check::new(CHANNEL, verdict, found).of(status.channel.name.clone());
            Some(match fix {
                Some(fix) => check.fix(fix),
                None => check,
            })
        })
        .collect();
    if checks.is_empty() {
        checks.push(
            Check::new(
                CHANNEL,
                Verdict::Warning,
                "there is no channel: nobody will be told",
            )
            .fix("add one in Settings, Notifications"),
        );
    }
    checks
}

pub(super) fn port(facts: &PortFacts) -> Check {
    match facts {
        PortFacts::Ours(address) => {
            Check::new(PORT, Verdict::Ok, "homepulse answers").of(address.clone())
        }
        PortFacts::Free(address) => {
            Check::new(PORT, Verdict::Note, "it is free: homepulse does not run")
                .of(address.clone())
                .fix("systemctl start homepulse")
        }
        PortFacts::Silent(address) => Check::new(
            PORT,
            Verdict::Problem,
            "homepulse runs, but does not answer here",
        )
        .of(address.clone())
        .fix("journalctl -u homepulse -n 50")
        .fix("if it listens elsewhere: homepulse doctor --url http://ADDRESS/"),
        PortFacts::Taken { address, reason } => Check::new(
            PORT,
            Verdict::Problem,
            format!("homepulse does not run and cannot listen here: {reason}"),
        )
        .of(address.clone())
        .fix(format!(
            "ss -ltnp 'sport = :{}'",
            address.rsplit(':').next().unwrap_or(address)
        )),
    }
}

pub(super) fn unit(facts: &UnitFacts) -> Check {
    match facts {
        UnitFacts::None => Check::new(
            UNIT,
            Verdict::Note,
            "no unit is installed: nothing starts homepulse after a reboot, unless a container does",
        ),
        UnitFacts::Same { path, drop_ins } if drop_ins.is_empty() => Check::new(
            UNIT,
            Verdict::Ok,
            format!("{path} is the one of this release"),
        ),
        UnitFacts::Same { path, drop_ins } => Check::new(
            UNIT,
            Verdict::Ok,
            format!(
                "{path} is the one of this release, changed by {}",
                drop_ins.join(", ")
            ),
        ),
        UnitFacts::Differs { path, lines } => Check::new(
            UNIT,
            Verdict::Warning,
            format!(
                "{path} is not the one of this release; it differs in: {}",
                lines.join(", ")
            ),
        )
        .fix("keep changes of your own in a drop-in: systemctl edit homepulse")
        .fix(format!(
            "homepulse unit > {path} && systemctl daemon-reload"
        )),
    }
}

/// `kind` is what systemd says the container is, such as `lxc`; `None` outside of one.
pub(super) fn container(kind: Option<&str>, nests: bool, loosened: bool) -> Check {
    match kind {
        None => Check::new(CONTAINER, Verdict::Ok, "this is no container"),
        Some("lxc") if loosened => Check::new(
            CONTAINER,
            Verdict::Ok,
            "an LXC container, and the service is loosened for one without nesting",
        ),
        Some("lxc") if !nests => Check::new(
            CONTAINER,
            Verdict::Note,
            "an LXC container that seems to be without nesting, where the service ends with \
             226/NAMESPACE",
        )
        .fix("on its Proxmox host: pct set ID --features nesting=1")
        .fix("or loosen the service: see lxc-nonesting.conf in the manual"),
        Some(kind) => Check::new(CONTAINER, Verdict::Ok, format!("a container ({kind})")),
    }
}

pub(super) fn backups(facts: &BackupFacts, now: Timestamp) -> Check {
    let age = facts.newest_good.map(|at| now.since(at));
    let said = match age {
        None => "there is none".to_owned(),
        Some(age) => format!("the newest is {} old", span(age)),
    };
    let command = "homepulse backup create";
    if let Some(problem) = &facts.last_problem {
        return Check::new(
            BACKUPS,
            Verdict::Problem,
            format!("the latest scheduled one failed: {problem}; {said}"),
        )
        .fix(command);
    }
    if facts.planned && facts.due.is_some_and(|due| now.since(due) > LATE) {
        return Check::new(BACKUPS, Verdict::Problem, format!("one is overdue; {said}"))
            .fix("journalctl -u homepulse --grep backup")
            .fix(command);
    }
    match (facts.planned, age) {
        (true, Some(_)) => Check::new(BACKUPS, Verdict::Ok, said),
        (true, None) => Check::new(
            BACKUPS,
            Verdict::Note,
            format!("{said} yet; the first one is planned"),
        )
        .fix(command),
        (false, _) => Check::new(
            BACKUPS,
            Verdict::Warning,
            format!("none are planned; {said}"),
        )
        .fix("plan them in Settings, Backups of homepulse"),
    }
}
