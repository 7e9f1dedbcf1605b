//! What the tests of all panels do alike: look at a fake one, and see it misbehave.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use simulator::{PanelFault, PanelKind, PanelServer};

use super::client::{PanelClient, Question};
use super::product::Product;
use super::settings::Settings;
use crate::model::id::TargetId;
use crate::model::resource::{GameServer, Resource};
use crate::model::target::{Failure, FailureKind};
use crate::model::time::Timestamp;
use crate::sources::games::host::GameHost;
use crate::sources::{Source, SourceKind, TargetConfig};

pub(in crate::sources) const NOON: Timestamp = Timestamp(1_795_348_800_000);

pub(in crate::sources) fn target(panel: &PanelServer, key: &str, settings: &Value) -> TargetConfig {
    let mut config = json!({ "address": panel.url() });
    for (name, value) in settings.as_object().expect("an object") {
        config[name] = value.clone();
    }
    TargetConfig {
        id: TargetId::random(),
        name: "panel".into(),
        config,
        secret: Some(SecretString::from(key.to_owned())),
        past_until: None,
    }
}

pub(in crate::sources) fn source(
    kind: &SourceKind,
    panel: &PanelServer,
    settings: &Value,
) -> Box<dyn Source> {
    (kind.open)(target(panel, PanelServer::KEY, settings)).expect("the settings are right")
}

pub(in crate::sources) fn host(
    kind: &SourceKind,
    panel: &PanelServer,
    settings: &Value,
) -> Box<dyn GameHost> {
    let mut settings = settings.clone();
    settings["control"] = json!(true);
    let open = kind.host.expect("it hosts servers");
    open(target(panel, PanelServer::KEY, &settings)).expect("the settings are right")
}

/// The servers of one look, by name.
pub(in crate::sources) async fn look(
    source: &mut Box<dyn Source>,
    at: Timestamp,
) -> Result<Vec<GameServer>, Failure> {
    let looked = source.poll(at).await?;
    let mut games: Vec<GameServer> = looked
        .resources
        .into_iter()
        .map(|resource| match resource {
            Resource::Game(game) => game,
            other => panic!("a panel has only games, not {other:?}"),
        })
        .collect();
    games.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(games)
}

/// Every way in which a panel misbehaves is told apart, and none of them costs more than it should.
pub(in crate::sources) async fn misbehaves(
    kind: &SourceKind,
    panel: &PanelServer,
    settings: &Value,
) {
    let fails = async |key: &str, fault: PanelFault| {
        panel.set_fault(fault);
        let opened = (kind.open)(target(panel, key, settings));
        let mut source = opened.expect("the settings are right");
        let failed = look(&mut source, NOON).await;
        failed.expect_err("it misbehaves")
    };
    let wrong = fails("wrong-key", PanelFault::None).await;
    assert_eq!(wrong.kind, FailureKind::Unauthorized, "{wrong}");
    assert!(wrong.fix.is_some());
    for (fault, expected) in [
        (PanelFault::Forbidden, FailureKind::Forbidden),
        (PanelFault::RetryAfter(7), FailureKind::RateLimited),
        (PanelFault::Huge, FailureKind::BadAnswer),
        (PanelFault::Malformed, FailureKind::BadAnswer),
        (PanelFault::Broken, FailureKind::ServerError),
    ] {
        let failure = fails(PanelServer::KEY, fault.clone()).await;
        assert_eq!(failure.kind, expected, "{fault:?}: {failure}");
    }
    rests_while_it_is_told_to(kind, panel, settings).await;
}

async fn rests_while_it_is_told_to(kind: &SourceKind, panel: &PanelServer, settings: &Value) {
    panel.set_fault(PanelFault::RetryAfter(600));
    let mut limited = source(kind, panel, settings);
    let failure = look(&mut limited, NOON).await.expect_err("it is limited");
    assert!(failure.message.contains("600 s"), "{failure}");
    panel.set_fault(PanelFault::None);
    let before = panel.requests().len();
    let again = look(&mut limited, NOON).await.expect_err("it still rests");
    assert_eq!(again.kind, FailureKind::RateLimited);
    assert_eq!(panel.requests().len(), before, "it was asked all the same");
}

#[tokio::test]
async fn a_silent_panel_costs_no_more_than_its_patience() {
    static HASTY: Product = Product {
        kind: "hasty",
        name: "the panel",
        scheme: "http",
        port: 80,
        key: "key",
        make_key: "",
        rights: "",
        has_user: false,
        every: Duration::from_secs(30),
        per_minute: 10,
        patience: Duration::from_millis(100),
    };
    let panel = PanelServer::start(PanelKind::Crafty, Vec::new()).await;
    let panel = panel.expect("the simulator starts");
    panel.set_fault(PanelFault::Silent);
    let settings = serde_json::from_value(json!({ "address": panel.url() }));
    let settings: Settings = settings.expect("settings");
    let client = PanelClient::new(&HASTY, &settings, Vec::new()).expect("a client");
    let refused = client.ask(Question::get("api/v2", "/api/v2")).await;
    let refused = refused.expect_err("it is silent");
    assert_eq!(refused.failure.kind, FailureKind::Timeout);
    assert!(!refused.uncertain, "a question changes nothing");
    let order = Question::post("api/v2", "/api/v2", json!({}));
    let refused = client.ask(order).await.expect_err("it is silent");
    assert!(refused.uncertain, "an order may have been obeyed");
}
