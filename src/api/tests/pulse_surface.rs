//! Every endpoint that Pulse documents, and those that Pulse 4.3 and 4.4 really served, is
//! there with its verb.

use std::collections::BTreeSet;

use actix_web::http::Method;

use super::*;

/// What Pulse documents.
const DOCUMENTED: &[(&str, &str)] = &[
    ("GET", "/api/health"),
    ("GET", "/api/version"),
    ("GET", "/api/state"),
    ("GET", "/api/charts"),
    ("GET", "/api/charts?range=1h"),
    ("GET", "/api/charts?range=24h"),
    ("GET", "/api/charts?range=7d"),
    ("GET", "/api/storage/"),
    ("GET", "/api/storage/home-pve1"),
    ("GET", "/api/storage-charts"),
    ("GET", "/api/backups"),
    ("GET", "/api/backups/unified"),
    ("GET", "/api/backups/pve"),
    ("GET", "/api/backups/pbs"),
    ("GET", "/api/snapshots"),
    ("GET", "/api/config/nodes"),
    ("POST", "/api/config/nodes"),
    ("PUT", "/api/config/nodes/{node}"),
    ("DELETE", "/api/config/nodes/{node}"),
    ("POST", "/api/config/nodes/test-connection"),
    ("GET", "/api/config/system"),
    ("POST", "/api/config/system"),
    ("POST", "/api/config/export"),
    ("POST", "/api/config/import"),
    ("GET", "/api/notifications/email"),
    ("POST", "/api/notifications/email"),
    ("POST", "/api/notifications/email/test"),
    ("GET", "/api/notifications/email-providers"),
    ("GET", "/api/notifications/thresholds"),
    ("POST", "/api/notifications/thresholds"),
    ("GET", "/api/notifications/thresholds/overrides"),
    ("POST", "/api/notifications/thresholds/overrides"),
    ("GET", "/api/notifications/alerts"),
    ("POST", "/api/notifications/alerts/clear"),
    ("POST", "/api/setup-script"),
    ("POST", "/api/auto-register"),
    ("POST", "/api/tokens/generate"),
    ("GET", "/api/tokens/list"),
    ("DELETE", "/api/tokens/revoke"),
    ("GET", "/api/updates/check"),
    ("POST", "/api/updates/apply"),
    ("GET", "/api/updates/status"),
];

/// What Pulse served beyond that, by its sources.
const SERVED: &[(&str, &str)] = &[
    ("GET", "/api/config"),
    ("GET", "/api/security/status"),
    ("GET", "/api/diagnostics"),
    ("GET", "/api/discover"),
    ("POST", "/api/discover"),
    ("GET", "/api/storage/home-shared-nas"),
    ("POST", "/api/config/nodes/{node}/test"),
    ("POST", "/api/config/nodes/test-config"),
    ("PUT", "/api/config/system"),
    ("PUT", "/api/notifications/email"),
    ("POST", "/api/notifications/test"),
    ("GET", "/api/notifications/webhooks"),
    ("POST", "/api/notifications/webhooks"),
    ("POST", "/api/notifications/webhooks/test"),
    ("PUT", "/api/notifications/webhooks/{webhook}"),
    ("DELETE", "/api/notifications/webhooks/{webhook}"),
    ("GET", "/api/notifications/webhook-templates"),
    ("GET", "/api/notifications/webhook-history"),
    ("GET", "/api/alerts/active"),
    ("GET", "/api/alerts/history"),
    ("DELETE", "/api/alerts/history"),
    ("GET", "/api/alerts/config"),
    ("PUT", "/api/alerts/config"),
    ("POST", "/api/alerts/home-pve1-100-cpu/acknowledge"),
    ("POST", "/api/alerts/home-pve1-100-cpu/unacknowledge"),
    ("POST", "/api/alerts/home-pve1-100-cpu/clear"),
    ("POST", "/api/alerts/bulk/acknowledge"),
    ("POST", "/api/alerts/bulk/clear"),
    ("GET", "/api/setup-script?type=pve&host=pve1.lan"),
    ("POST", "/api/setup-script-url"),
    ("GET", "/api/guests/metadata"),
    ("GET", "/api/guests/metadata/home-pve1-100"),
    ("PUT", "/api/guests/metadata/home-pve1-100"),
    ("DELETE", "/api/guests/metadata/home-pve1-100"),
];

/// A house that has one of everything that a path can name.
async fn furnished() -> (House, String, String) {
    let house = House::open().await;
    house.show(fleet(), &[]);
    house.alert().await;
    let node = crate::services::targets::NewTarget::pve(
        "unreachable",
        "https://127.0.0.1:9",
        "homepulse@pve!monitor",
        SecretString::from("secret"),
    );
    let node = house.shared.parts.targets.add(node).await.unwrap();
    let hook = serde_json::json!({"name": "hook", "url": "https://127.0.0.1:9/hook"});
    let hook = post("/api/notifications/webhooks").set_json(hook);
    let hook = house.ask(hook).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    (house, node.to_string(), hook)
}

#[actix_web::test]
async fn no_documented_endpoint_is_missing_or_wants_another_verb() {
    let mut missing = Vec::new();
    for (method, path) in DOCUMENTED.iter().chain(SERVED) {
        // Each in a house of its own: some of them remove what others name.
        let (house, node, hook) = furnished().await;
        let path = path.replace("{node}", &node).replace("{webhook}", &hook);
        let method: Method = method.parse().unwrap();
        let mut request = TestRequest::default().method(method.clone()).uri(&path);
        if !matches!(method, Method::GET | Method::DELETE) {
            request = request.set_json(serde_json::json!({}));
        }
        let request = request.peer_addr("127.0.0.1:50000".parse().unwrap());
        let answered = house.ask(request).await;
        if matches!(answered.status.as_u16(), 404 | 405 | 500) {
            missing.push(format!("{method} {path}: {}", answered.body));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_endpoint_of_the_family_stands_in_the_table() {
    let document: Value = serde_json::from_str(&crate::api::openapi()).unwrap();
    let shape = |path: &str| {
        let path = path.split('?').next().unwrap_or(path).trim_end_matches('/');
        let named = [
            "home-pve1",
            "home-shared-nas",
            "home-pve1-100",
            "home-pve1-100-cpu",
        ];
        let part = |part: &str| {
            if part.starts_with('{') || named.contains(&part) {
                "*".to_owned()
            } else {
                part.to_owned()
            }
        };
        path.split('/').map(part).collect::<Vec<_>>().join("/")
    };
    let listed: BTreeSet<String> = DOCUMENTED
        .iter()
        .chain(SERVED)
        .map(|(method, path)| format!("{method} {}", shape(path)))
        .collect();
    let mut unlisted = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let is_ours = operation["tags"][0] == "pulse";
            let entry = format!("{} {}", method.to_uppercase(), shape(path));
            if is_ours && !listed.contains(&entry) {
                unlisted.push(entry);
            }
        }
    }
    assert_eq!(unlisted, [""; 0]);
}
