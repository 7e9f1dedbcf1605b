//! The configuration as an encrypted file: what leaves one house enters another, or nothing does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::services::targets::NewTarget;
use crate::services::transfer;

use super::*;

const PHRASE: &str = "correct horse battery";

async fn furnished() -> House {
    let house = House::locked().await;
    house.show(fleet(), &[]);
    let new = NewTarget::pve(
        "lab",
        "https://192.0.2.10:8006",
        "homepulse@pve!monitor",
        SecretString::from("11111111-2222-4333-8444-555555555555"),
    );
    house.shared.parts.targets.add(new).await.unwrap();
    let hook = json!({"name": "room", "url": "https://192.0.2.9/hook", "template": "x"});
    house
        .right(post("/api/notifications/webhooks"), &hook)
        .await;
    let chat =
        json!({"name": "chat", "url": "https://192.0.2.9/chat/very-secret", "service": "slack"});
    house
        .right(post("/api/notifications/webhooks"), &chat)
        .await;
    let limits = json!({"guestDefaults": {"cpu": {"trigger": 71, "clear": 61}}});
    house
        .right(post("/api/notifications/thresholds"), &limits)
        .await;
    let note = json!({"customUrl": "https://nas.lan"});
    house.right(put("/api/guests/metadata/100"), &note).await;
    house
}

impl House {
    async fn right(&self, request: TestRequest, body: &Value) -> Answered {
        let request = request.set_json(body);
        self.ask(request.insert_header(("x-api-token", "right")))
            .await
    }

    async fn export(&self) -> String {
        let body = json!({"passphrase": PHRASE});
        let made = self.right(post("/api/config/export"), &body).await;
        assert_eq!(made.status, 200, "{}", made.body);
        made.body["data"].as_str().unwrap().to_owned()
    }

    async fn import(&self, data: &str, phrase: &str) -> Answered {
        let body = json!({"data": data, "passphrase": phrase});
        self.right(post("/api/config/import"), &body).await
    }

    /// Everything that an import could change.
    async fn everything(&self) -> Value {
        let mut all = Vec::new();
        for path in [
            "/api/config/nodes",
            "/api/notifications/webhooks",
            "/api/notifications/email",
            "/api/alerts/config",
            "/api/guests/metadata",
        ] {
            let request = get(path).insert_header(("x-api-token", "right"));
            all.push(self.ask(request).await.body);
        }
        Value::Array(all)
    }
}

async fn sealed(bundle: &Value) -> String {
    let text = bundle.to_string().into_bytes();
    transfer::seal(text, SecretString::from(PHRASE))
        .await
        .unwrap()
}

#[actix_web::test]
async fn what_leaves_one_house_is_whole_in_another() {
    let (from, to) = (furnished().await, House::locked().await);
    to.show(fleet(), &[]);
    let data = from.export().await;
    let bytes = STANDARD.decode(&data).unwrap();
    assert!(
        !bytes.windows(3).any(|three| three == b"lab"),
        "it is encrypted"
    );
    let before = to.everything().await;
    let body = json!({"data": data, "passphrase": PHRASE, "preview": true});
    let preview = to.right(post("/api/config/import"), &body).await.body;
    assert_eq!(preview["status"], "preview");
    let changes = preview["changes"].as_array().unwrap();
    assert!(
        changes
            .iter()
            .any(|it| it["name"] == "lab" && it["action"] == "add")
    );
    assert_eq!(to.everything().await, before, "a preview changes nothing");

    let done = to.import(&data, PHRASE).await;
    assert_eq!(done.body["status"], "success", "{}", done.body);
    let without_state = |mut all: Value| {
        for key in ["status", "error"] {
            all[0][0].as_object_mut().unwrap().remove(key);
        }
        all
    };
    let (here, there) = (from.everything().await, to.everything().await);
    assert_eq!(without_state(there), without_state(here));
    let raise = |house: &House| {
        let rules = house.shared.parts.rules.settings();
        let level = &rules.kinds[&crate::model::id::ResourceKind::Guest];
        level.metrics[&MetricKey::known("cpu")]
            .unwrap()
            .warning
            .unwrap()
            .raise
    };
    assert_eq!(raise(&to), 0.71, "it is judged by at once");
    let again = to.import(&data, PHRASE).await.body;
    let changes = again["changes"].as_array().unwrap();
    assert!(changes.iter().all(|it| it["action"] == "same"), "{again}");
}

#[actix_web::test]
async fn an_export_can_be_read_by_the_documented_format() {
    let data = furnished().await.export().await;
    let text = transfer::open(data, SecretString::from(PHRASE))
        .await
        .unwrap();
    let bundle: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(bundle["version"], "4.0");
    let node = &bundle["nodes"]["pveInstances"][0];
    assert_eq!(node["Name"], "lab");
    assert_eq!(node["TokenName"], "homepulse@pve!monitor");
    assert_eq!(node["MonitorVMs"], true);
    assert_eq!(bundle["alerts"]["guestDefaults"]["cpu"]["trigger"], 71.0);
    assert_eq!(
        bundle["webhooks"][0]["url"], "https://192.0.2.9/chat/very-secret",
        "Pulse can use it"
    );
    assert_eq!(bundle["webhooks"][1]["name"], "room");
    let note = &bundle["guestMetadata"]["home-pve1-100"];
    assert_eq!(note["customUrl"], "https://nas.lan");
}

/// What Pulse 4.3 wrote, in its own names.
fn of_pulse() -> Value {
    json!({
        "version": "4.0",
        "exportedAt": "2025-08-12T10:00:00Z",
        "nodes": {
            "pveInstances": [{
                "Name": "pve", "Host": "https://192.0.2.20:8006", "User": "root@pam",
                "Password": "secret-password", "TokenName": "", "TokenValue": "",
                "Fingerprint": "", "VerifySSL": false, "MonitorVMs": true,
                "MonitorContainers": true, "MonitorStorage": true, "MonitorBackups": false,
                "IsCluster": false, "ClusterName": "", "ClusterEndpoints": null,
            }],
            "pbsInstances": null,
        },
        "alerts": {
            "enabled": true,
            "guestDefaults": {"cpu": {"trigger": 80, "clear": 75}, "diskRead": {"trigger": 150, "clear": 125}, "cpuLegacy": 80},
            "nodeDefaults": {"cpu": {"trigger": 80, "clear": 75}, "memory": null},
            "storageDefault": {"trigger": 85, "clear": 80},
            "overrides": {"pve-node-100": {"cpu": {"trigger": 95, "clear": 90}}},
            "schedule": {"cooldown": 5},
        },
        "email": {"enabled": false, "provider": "", "server": "", "port": 587, "to": null, "tls": true, "startTLS": false},
        "webhooks": [
            {"id": "1", "name": "room", "url": "https://192.0.2.9/hook", "method": "POST", "headers": null, "enabled": true, "service": "generic"},
            {"id": "2", "name": "chat", "url": "https://192.0.2.9/chat", "method": "POST", "headers": {}, "enabled": true, "service": "discord"},
            {"id": "3", "name": "fax", "url": "https://192.0.2.9/fax", "method": "POST", "headers": {}, "enabled": true, "service": "fax"},
        ],
        "apprise": {"enabled": false},
        "system": {"pollingInterval": 5, "updateChannel": "rc", "autoUpdateEnabled": true, "apiToken": "x"},
        "guestMetadata": {"pve-node-100": {"id": "pve-node-100", "customUrl": "http://ha.lan:8123", "description": "", "tags": null}},
    })
}

#[actix_web::test]
async fn an_export_of_pulse_is_taken_over() {
    let house = House::locked().await;
    let done = house.import(&sealed(&of_pulse()).await, PHRASE).await;
    assert_eq!(done.status, 200, "{}", done.body);
    let changes = done.body["changes"].as_array().unwrap();
    let skipped = changes.iter().find(|it| it["action"] == "skip").unwrap();
    assert_eq!(skipped["name"], "fax", "and says what is left out, and why");
    let all = house.everything().await;
    assert_eq!(all[0][0]["name"], "pve");
    assert_eq!(all[0][0]["hasPassword"], true);
    assert_eq!(all[0][0]["monitorBackups"], false);
    assert_eq!(all[1][0]["name"], "chat");
    assert_eq!(all[1][0]["url"], "https://192.0.2.9/***REDACTED***");
    assert_eq!(all[1][1]["name"], "room");
    assert_eq!(all[3]["guestDefaults"]["cpu"]["trigger"], 80.0);
    assert_eq!(all[3]["guestDefaults"]["diskRead"]["trigger"], 150.0);
    assert_eq!(all[3]["overrides"]["pve-node-100"]["cpu"]["trigger"], 95);
    assert_eq!(all[4]["pve-node-100"]["customUrl"], "http://ha.lan:8123");
    let system = get("/api/config/system").insert_header(("x-api-token", "right"));
    let system = house.ask(system).await.body;
    assert_eq!(system["updateChannel"], "rc");
    assert_eq!(
        system["pollingInterval"], 10,
        "faster than hosts refresh is no use"
    );
}

#[actix_web::test]
async fn what_cannot_be_imported_changes_nothing() {
    let house = furnished().await;
    let before = house.everything().await;
    let good = house.export().await;
    let mut bad_node = of_pulse();
    bad_node["nodes"]["pveInstances"][0]["Host"] = json!("ftp://192.0.2.20");
    let mut bad_limit = of_pulse();
    bad_limit["alerts"]["guestDefaults"]["cpu"] = json!({"trigger": 50, "clear": 60});
    let mut bad_url = of_pulse();
    bad_url["guestMetadata"]["pve-node-100"]["customUrl"] = json!("javascript:x");
    let mut twice = of_pulse();
    let node = twice["nodes"]["pveInstances"][0].clone();
    twice["nodes"]["pveInstances"] = json!([node, node]);
    for (data, phrase, text) in [
        (good.clone(), "wrong horse battery", "passphrase is wrong"),
        (good.clone(), "short", "12 characters"),
        (good[..good.len() / 2].to_owned(), PHRASE, ""),
        ("no export".to_owned(), PHRASE, "no export"),
        (String::new(), PHRASE, "data: is missing"),
    ] {
        // Five a minute go through; the limit itself is tested elsewhere.
        let other = house.import_unlimited(&data, phrase).await;
        assert_eq!(other.status, 400, "{}", other.body);
        assert!(
            other.body["error"].as_str().unwrap().contains(text),
            "{}",
            other.body
        );
    }
    for (bundle, text) in [
        (json!({"version": "9.0"}), "version"),
        (json!("no object"), "cannot be read"),
        (bad_node, "the node pve"),
        (bad_limit, "guestDefaults.cpu"),
        (bad_url, "customUrl"),
        (twice, "two of that name"),
    ] {
        let data = sealed(&bundle).await;
        let refused = house.import_unlimited(&data, PHRASE).await;
        assert_eq!(refused.status, 400, "{text}: {}", refused.body);
        assert!(
            refused.body["error"].as_str().unwrap().contains(text),
            "{}",
            refused.body
        );
    }
    assert_eq!(house.everything().await, before);
}

impl House {
    /// Each from another address, so that the limit does not matter.
    async fn import_unlimited(&self, data: &str, phrase: &str) -> Answered {
        let peer = format!("192.0.2.{}:50000", 1 + rand::random::<u8>() % 250);
        let body = json!({"data": data, "passphrase": phrase});
        let request = post("/api/config/import").set_json(body);
        let request = request.insert_header(("x-api-token", "right"));
        self.ask(request.peer_addr(peer.parse().unwrap())).await
    }
}

#[actix_web::test]
async fn exporting_needs_a_token_or_the_owners_word_and_is_limited() {
    let body = json!({"passphrase": PHRASE});
    let open = House::open().await;
    let refused = open.ask(post("/api/config/export").set_json(&body)).await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.body["error"]
            .as_str()
            .unwrap()
            .contains("API_TOKEN")
    );
    let allowed = House::new(ServeConfig {
        unprotected_export: true,
        ..ServeConfig::default()
    })
    .await;
    for left in ["4", "3", "2", "1", "0"] {
        let made = allowed
            .ask(post("/api/config/export").set_json(&body))
            .await;
        assert_eq!(made.status, 200, "{}", made.body);
        assert_eq!(made.header("x-ratelimit-remaining"), left);
    }
    let sixth = allowed
        .ask(post("/api/config/export").set_json(&body))
        .await;
    assert_eq!(sixth.status, 429);
    let wait: u64 = sixth.header("retry-after").parse().unwrap();
    assert!((1..=12).contains(&wait), "{wait}");
    let short = json!({"passphrase": "eleven char"});
    let locked = House::locked().await;
    assert_eq!(
        locked
            .right(post("/api/config/export"), &short)
            .await
            .status,
        400
    );
}
