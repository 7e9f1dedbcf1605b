use serde_json::{Value, json};

use super::{Facts, Routing, read};
use crate::model::alert::Severity;
use crate::model::id::{ChannelId, ResourceId, TargetId};
use crate::model::time::Timestamp;
use crate::notify::Channel;
use crate::notify::tests::NOW;

fn channels() -> Vec<Channel> {
    ["mail", "phone"]
        .into_iter()
        .map(|name| Channel {
            id: format!("chn_{name}").parse().expect("an id"),
            kind: "webhook".into(),
            name: name.into(),
            config: json!({}),
            secrets: Default::default(),
            enabled: true,
            created_at: NOW,
            proven_at: None,
        })
        .collect()
}

fn ids() -> Vec<ChannelId> {
    channels().into_iter().map(|channel| channel.id).collect()
}

fn routing(given: Value) -> Routing {
    read(given, &channels()).expect("a good routing")
}

/// Who is told of a warning about the processor of web1 on pve1, tagged `prod`.
fn told(when: &Value) -> Vec<String> {
    let routing = routing(json!({
        "routes": [{"name": "one", "when": when, "tell": {"channels": ["phone"]}}],
        "default": {"channels": ["mail"]},
    }));
    let target: TargetId = "tgt_lab".parse().expect("an id");
    let decision = routing.decide(
        &Facts {
            severity: Severity::Warning,
            rule: "threshold",
            subject: "cpu",
            resource: &ResourceId::guest(&target, 100),
            name: "web1",
            node: Some("pve1"),
            tags: &["Prod".to_owned()],
        },
        &ids(),
        NOW,
    );
    let plans = decision.plans.iter();
    plans.map(|plan| plan.channel.to_string()).collect()
}

#[test]
fn each_condition_has_to_be_met() {
    for (when, is_met) in [
        (json!({}), true),
        (json!({"severities": ["warning", "critical"]}), true),
        (json!({"severities": ["critical"]}), false),
        (json!({"tags": ["other", "prod"]}), true),
        (json!({"tags": ["other"]}), false),
        (json!({"resources": ["guest:tgt_lab:100"]}), true),
        (json!({"resources": ["WEB*"]}), true),
        (json!({"resources": ["*eb*1"]}), true),
        (json!({"resources": ["web"]}), false),
        (json!({"resources": ["web1*1"]}), false),
        (json!({"kinds": ["node", "guest"]}), true),
        (json!({"kinds": ["node"]}), false),
        (json!({"nodes": ["pve*"]}), true),
        (json!({"nodes": ["pve2"]}), false),
        (json!({"targets": ["tgt_lab"]}), true),
        (json!({"targets": ["tgt_other"]}), false),
        (json!({"rules": ["threshold"]}), true),
        (json!({"rules": ["threshold/cpu"]}), true),
        (
            json!({"rules": ["threshold/memory", "node_offline"]}),
            false,
        ),
        // It is 08:53 UTC on a Sunday.
        (
            json!({"hours": [{"from": "08:00", "to": "09:00", "zone": "UTC"}]}),
            true,
        ),
        (
            json!({"hours": [{"days": ["mon"], "from": "08:00", "to": "09:00", "zone": "UTC"}]}),
            false,
        ),
        (json!({"tags": ["prod"], "severities": ["info"]}), false),
    ] {
        let expected = if is_met { "chn_phone" } else { "chn_mail" };
        assert_eq!(told(&when), [expected], "{when}");
    }
}

#[test]
fn the_more_eager_of_two_routes_holds_for_a_channel_of_both() {
    let night = json!([{"from": "00:00", "to": "24:00", "zone": "UTC"}]);
    let routing = routing(json!({"routes": [
        {"name": "a", "continue": true, "tell": {
            "channels": ["mail", "phone"], "group_seconds": 60, "quiet": night,
            "quiet_passes": null, "remind_minutes": 60,
        }},
        {"name": "off", "enabled": false, "tell": {"channels": []}},
        {"name": "b", "tell": {"channels": ["mail"], "remind_minutes": 30}},
    ]}));
    let target: TargetId = "tgt_lab".parse().expect("an id");
    let facts = Facts {
        severity: Severity::Critical,
        rule: "threshold",
        subject: "cpu",
        resource: &ResourceId::guest(&target, 100),
        name: "web1",
        node: None,
        tags: &[],
    };
    let decision = routing.decide(&facts, &ids(), NOW);
    let mail = decision.plan(&ids()[0]).expect("it is told");
    let seconds = |plan: Option<std::time::Duration>| plan.map(|span| span.as_secs());
    assert_eq!(
        (mail.group.as_secs(), seconds(mail.remind)),
        (20, Some(1800))
    );
    assert_eq!(mail.quiet, None);
    let phone = decision.plan(&ids()[1]).expect("it is told");
    assert!(phone.quiet.is_some(), "nothing passes there");
    let tried: Vec<&str> = decision
        .verdicts
        .iter()
        .map(|one| one.route.as_str())
        .collect();
    assert_eq!(tried, ["a", "b"]);
}

#[test]
fn without_a_routing_every_channel_is_told_at_once() {
    let target: TargetId = "tgt_lab".parse().expect("an id");
    let facts = Facts {
        severity: Severity::Info,
        rule: "threshold",
        subject: "cpu",
        resource: &ResourceId::guest(&target, 100),
        name: "web1",
        node: None,
        tags: &[],
    };
    let decision = Routing::default().decide(&facts, &ids(), Timestamp(0));
    assert_eq!(decision.plans.len(), 2);
    assert!(decision.steps.is_empty());
    assert_eq!(decision.verdicts[0].route, "default");
}

#[test]
fn every_mistake_is_named_by_its_field() {
    for (given, field) in [
        (json!([]), "routing"),
        (json!({"tpyo": 1}), "routing"),
        (json!({"routes": [{"name": " "}]}), "routes[0].name"),
        (
            json!({"routes": [{"name": "a"}, {"name": "a"}]}),
            "routes[1].name",
        ),
        (
            json!({"routes": [{"name": "a", "tell": {"channels": ["mail", "fax"]}}]}),
            "routes[0].tell.channels[1]",
        ),
        (
            json!({"default": {"escalate": [{"after_minutes": 5, "channels": ["fax"]}]}}),
            "default.escalate[0].channels[0]",
        ),
        (
            json!({"default": {"escalate": [{"after_minutes": 0, "channels": ["mail"]}]}}),
            "default.escalate[0].after_minutes",
        ),
        (
            json!({"default": {"escalate": [{"after_minutes": 5, "channels": []}]}}),
            "default.escalate[0].channels",
        ),
        (
            json!({"default": {"group_seconds": 9999}}),
            "default.group_seconds",
        ),
        (
            json!({"default": {"remind_minutes": 0}}),
            "default.remind_minutes",
        ),
        (
            json!({"default": {"quiet": [{"from": "22:00", "to": "07:00", "zone": "Mars"}]}}),
            "default.quiet[0].zone",
        ),
        (json!({"channels": {"fax": {}}}), "channels.fax"),
        (
            json!({"channels": {"mail": {"fallback": "fax"}}}),
            "channels.mail.fallback",
        ),
        (
            json!({"channels": {"mail": {"fallback": "mail"}}}),
            "channels.chn_mail.fallback",
        ),
        (
            json!({"channels": {"mail": {"rate": {"per_hour": 0, "burst": 1}}}}),
            "channels.chn_mail.rate.per_hour",
        ),
    ] {
        let problem = read(given.clone(), &channels()).expect_err("it is wrong");
        assert_eq!(problem.field, field, "{given}: {problem}");
    }
}

#[test]
fn what_was_read_is_written_and_read_alike() {
    let given = json!({
        "routes": [{
            "name": "nights",
            "when": {"tags": ["prod"], "hours": [{"from": "22:00", "to": "24:00"}]},
            "continue": true,
            "tell": {"channels": ["mail"], "escalate": [{"after_minutes": 5, "channels": ["phone"]}]},
        }],
        "channels": {"mail": {"rate": {"per_hour": 10, "burst": 2}, "fallback": "phone"}},
    });
    let first = routing(given);
    let text = serde_json::to_value(&first).expect("JSON");
    assert_eq!(text["routes"][0]["tell"]["channels"], json!(["chn_mail"]));
    assert_eq!(routing(text), first);
}
