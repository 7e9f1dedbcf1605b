//! What the tests of this module share: an alert, a message, and tools that work on loopback.

use std::sync::Arc;

use super::message::{Message, Occasion};
use super::{KINDS, Tools, kind};
use crate::model::alert::{Alert, AlertState, Severity};
use crate::model::id::{ResourceId, TargetId};
use crate::model::time::Timestamp;

pub(super) const NOW: Timestamp = Timestamp(1_795_337_600_000);

pub(super) fn alert() -> Alert {
    let target: TargetId = "tgt_lab".parse().expect("a target id");
    Alert {
        id: "alt_one".parse().expect("an alert id"),
        rule: "threshold".into(),
        subject: "cpu".into(),
        resource: ResourceId::guest(&target, 100),
        resource_name: "web1".into(),
        node: Some("pve1".into()),
        severity: Severity::Warning,
        state: AlertState::Firing,
        message: "web1 (guest 100 on pve1): CPU at 93 % for 5 min, limit 90 %".into(),
        value: Some(0.93),
        limit: Some(0.9),
        started_at: NOW,
        last_seen: NOW,
        resolved_at: None,
        acknowledged_at: None,
        acknowledged_by: None,
    }
}

pub(super) fn message(occasion: Occasion, alert: Alert) -> Message {
    Message {
        id: "dlv_two".parse().expect("a delivery id"),
        first: "dlv_one".parse().expect("a delivery id"),
        occasion,
        alert,
        created_at: NOW,
        sent_at: NOW,
        attempt: 1,
    }
}

pub(super) fn tools() -> Tools {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has TLS 1.3")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tls_backend_preconfigured(tls)
        .build()
        .expect("a client");
    Tools {
        http,
        instance: "homepulse".into(),
    }
}

#[test]
fn every_kind_has_a_name_of_its_own_and_names_what_an_empty_configuration_lacks() {
    for one in KINDS {
        assert!(std::ptr::eq(kind(one.name).expect("it is found"), one));
        let error = (one.open)(&serde_json::json!({}), None, &tools()).err();
        let error = error.expect("something is missing");
        assert!(!error.field.is_empty(), "{}: {error}", one.name);
    }
}
