//! Messages that are about nothing: to try a channel, to see what it would say, and to say that
//! all is well.

use std::time::Duration;

use crate::model::alert::{Alert, AlertState, Severity};
use crate::model::id::{DeliveryId, ResourceId, TargetId};
use crate::model::resource::GameStatus;
use crate::model::time::Timestamp;

use super::message::{Links, Message, News, Occasion};
use super::server_event::{ServerEvent, ServerNews};

/// When samples happen; any moment will do.
const NOON: Timestamp = Timestamp(1_795_348_800_000);

fn alert(id: &str, severity: Severity, now: Timestamp) -> Option<Alert> {
    let target: TargetId = "tgt_sample".parse().ok()?;
    Some(Alert {
        id: id.parse().ok()?,
        rule: "threshold".into(),
        subject: "cpu".into(),
        resource: ResourceId::guest(&target, 100),
        resource_name: "web1".into(),
        node: Some("pve1".into()),
        severity,
        state: AlertState::Firing,
        message: "web1 (guest 100 on pve1): CPU at 97 % for 5 min, limit 90 %".into(),
        value: Some(0.97),
        limit: Some(0.9),
        started_at: now,
        last_seen: now,
        resolved_at: None,
        acknowledged_at: None,
        acknowledged_by: None,
        tags: vec!["web".into()],
        hold: None,
    })
}

/// The sample alert as `occasion` tells it.
pub(super) fn message(occasion: Occasion, now: Timestamp) -> Option<Message> {
    let mut alert = alert("alt_sample", Severity::Warning, now)?;
    match occasion {
        Occasion::Resolved => {
            alert.state = AlertState::Resolved;
            alert.resolved_at = Some(now + Duration::from_secs(600));
            alert.message = "web1 (guest 100 on pve1): CPU at 60 % again".into();
        }
        Occasion::Worsened => alert.severity = Severity::Critical,
        Occasion::Test => {
            alert.severity = Severity::Info;
            alert.message = "this message shows that the channel works, its code is 1234".into();
        }
        Occasion::Server => {
            let event = server_event(now)?;
            let id = "dlv_sample".parse().ok()?;
            let mut message = Message::new(id, occasion, event.as_alert(), now);
            message.happening = Some(event.into());
            return Some(message);
        }
        Occasion::Fired | Occasion::Reminder | Occasion::Escalated => {}
    }
    let mut message = Message::new("dlv_sample".parse().ok()?, occasion, alert, now);
    message.links = Links {
        open: Some("https://homepulse.example.org/alerts/alt_sample".into()),
        acknowledge: Some("https://homepulse.example.org/a/sample".into()),
        snooze: Some("https://homepulse.example.org/s/sample".into()),
    };
    Some(message)
}

fn server_event(now: Timestamp) -> Option<ServerEvent> {
    Some(ServerEvent {
        news: ServerNews::Started,
        at: now,
        server: "game:tgt_sample:valheim".parse().ok()?,
        numbered: "valheim_001".into(),
        short: "srv_7d2f8b1a9c3e".into(),
        name: Some("Viking Adventures".into()),
        game: Some("valheim".into()),
        before: Some(GameStatus::Starting),
        after: Some(GameStatus::Running),
        uptime_s: Some(0),
        cpu: Some(12.5),
        memory: Some(45.0),
    })
}

/// One message of every sort, a digest among them: what a template makes something of.
pub(super) fn messages() -> Vec<Message> {
    let occasions = Occasion::ALL.into_iter();
    let mut messages: Vec<Message> = occasions
        .filter_map(|occasion| message(occasion, NOON))
        .collect();
    let mut digest = message(Occasion::Fired, NOON);
    if let Some(digest) = &mut digest {
        let other = alert("alt_other", Severity::Info, NOON);
        digest.others.extend(other.map(|alert| News {
            occasion: Occasion::Fired,
            alert,
        }));
        digest.affected = vec!["db1".into(), "db2".into()];
        digest.links = Links::default();
    }
    messages.extend(digest);
    messages
}

/// What says that this program is alive: resolved where all is well, fired otherwise.
pub(super) fn heartbeat(is_well: bool, now: Timestamp) -> Message {
    let occasion = match is_well {
        true => Occasion::Resolved,
        false => Occasion::Fired,
    };
    let alert = Alert {
        id: crate::model::id::AlertId::random(),
        rule: "heartbeat".into(),
        subject: "heartbeat".into(),
        resource: ResourceId::target(&TargetId::random()),
        resource_name: "homepulse".into(),
        node: None,
        severity: match is_well {
            true => Severity::Info,
            false => Severity::Critical,
        },
        state: AlertState::Firing,
        message: match is_well {
            true => "homepulse is looking at its targets".into(),
            false => "homepulse has not looked at anything for a while".into(),
        },
        value: None,
        limit: None,
        started_at: now,
        last_seen: now,
        resolved_at: None,
        acknowledged_at: None,
        acknowledged_by: None,
        tags: Vec::new(),
        hold: None,
    };
    Message::new(DeliveryId::random(), occasion, alert, now)
}

/// What tries a channel out, with the code that proves that somebody has read it.
pub(super) fn test(channel: &str, code: &str, now: Timestamp) -> Message {
    let alert = Alert {
        subject: "test message".into(),
        resource_name: channel.to_owned(),
        severity: Severity::Info,
        message: format!(
            "this message shows that the channel \"{channel}\" works, its code is {code}"
        ),
        ..heartbeat(true, now).alert
    };
    Message::new(DeliveryId::random(), Occasion::Test, alert, now)
}
