//! What counts as wrong: set, tried out and explained through the real router.

use serde_json::json;

use crate::state::Diff;

use super::*;

fn request(method: &str, path: &str) -> TestRequest {
    TestRequest::default()
        .method(method.parse().unwrap())
        .uri(path)
        .peer_addr("127.0.0.1:50000".parse::<SocketAddr>().unwrap())
}

fn warn_at(raise: f64) -> Value {
    json!({"warning": {"raise": raise, "clear": raise - 0.1, "dwell_seconds": 20}})
}

impl House {
    /// Makes the small home lab the present of the product itself.
    fn move_in(&self) {
        self._writer.publish(Change {
            fleet: Arc::new(fleet()),
            diff: Diff::default(),
            alerts: Vec::new(),
        });
    }
}

#[actix_web::test]
async fn everything_that_can_be_set_is_listed_with_what_holds() {
    let house = House::open().await;
    let body = house.ask(get("/api/hp/rules")).await.body;
    assert_eq!(body["settings"], json!({"profile": "balanced"}));
    assert_eq!(body["owned_by_file"], false);
    let rules = body["rules"].as_array().unwrap();
    let age = rules
        .iter()
        .find(|rule| rule["name"] == "backup_age")
        .unwrap();
    assert_eq!(age["fields"][0]["form"], "number");
    assert_eq!(age["fields"][0]["unit"], "days");
    assert_eq!(age["presets"]["balanced"]["warning"], 8);
    assert_eq!(age["presets"]["quiet"]["warning"], Value::Null);
    assert_eq!(age["schema"]["properties"]["critical"]["maximum"], 3650.0);
    let kinds = body["kinds"].as_array().unwrap();
    let guest = kinds.iter().find(|kind| kind["kind"] == "guest").unwrap();
    assert_eq!(guest["metrics"]["cpu"]["warning"]["raise"], 0.9);
    assert_eq!(guest["rules"]["guest_off"]["severity"], "warning");
}

#[actix_web::test]
async fn a_level_is_set_looked_at_and_taken_away() {
    let house = House::open().await;
    let path = "/api/hp/rules/levels/tag/db%20prod";
    let level = json!({"metrics": {"cpu": warn_at(0.7), "memory": null}});
    let put = house.ask(request("PUT", path).set_json(&level)).await;
    assert_eq!(
        (put.status.as_u16(), &put.body["key"]),
        (200, &json!("db prod"))
    );
    let got = house.ask(get(path)).await.body;
    assert_eq!(got["level"], level);
    let wrong = json!({"metrics": {"cpu": {"warning": {"raise": 90, "clear": 80}}}});
    let refused = house.ask(request("PUT", path).set_json(&wrong)).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.body["error"]["field"],
        "tags.db prod.metrics.cpu.warning.raise"
    );
    assert_eq!(house.ask(get(path)).await.body["level"], level, "as it was");
    assert_eq!(house.ask(request("DELETE", path)).await.status, 204);
    assert_eq!(house.ask(get(path)).await.body["level"], json!({}));
    let nowhere = house.ask(get("/api/hp/rules/levels/galaxy/x")).await;
    assert_eq!(nowhere.status, 404);
    assert_eq!(nowhere.body["error"]["code"], "level_not_found");
}

#[actix_web::test]
async fn a_profile_is_chosen_everything_is_set_anew_and_reset() {
    let house = House::open().await;
    let choice = json!({"profile": "strict"});
    let chosen = house
        .ask(request("PUT", "/api/hp/rules/profile").set_json(&choice))
        .await;
    assert_eq!(chosen.body["settings"], choice);
    let all = json!({"profile": "quiet", "kinds": {"node": {"rules": {"zfs_pool": null}}}});
    let set = house
        .ask(request("PUT", "/api/hp/rules").set_json(&all))
        .await;
    assert_eq!(set.body["settings"], all);
    let wrong = json!({"profil": "quiet"});
    let refused = house
        .ask(request("PUT", "/api/hp/rules").set_json(&wrong))
        .await;
    assert_eq!(refused.status, 400);
    let text = refused.body["error"]["message"].as_str().unwrap();
    assert!(text.contains("profil"), "{text}");
    let reset = house.ask(request("DELETE", "/api/hp/rules")).await;
    assert_eq!(reset.body["settings"], json!({"profile": "balanced"}));
}

#[actix_web::test]
async fn a_change_is_tried_out_before_it_is_made() {
    let house = House::open().await;
    house.move_in();
    let level = json!({"metrics": {"cpu": warn_at(0.4)}});
    let change = json!({"level": {"sort": "kind", "key": "guest", "level": level}});
    let tried = house
        .ask(post("/api/hp/rules/preview").set_json(&change))
        .await;
    assert_eq!(tried.status, 200, "{}", tried.body);
    assert_eq!(tried.body["touched"], 2);
    let before = tried.body["beyond_before"].as_u64().unwrap();
    assert_eq!(
        tried.body["beyond_after"],
        before + 1,
        "one guest's figure is known"
    );
    let settings = house.ask(get("/api/hp/rules")).await.body;
    assert_eq!(
        settings["settings"],
        json!({"profile": "balanced"}),
        "nothing was changed"
    );
    let both = json!({"profile": "quiet", "settings": {}});
    let refused = house
        .ask(post("/api/hp/rules/preview").set_json(&both))
        .await;
    assert_eq!(refused.body["error"]["code"], "invalid_preview");
}

#[actix_web::test]
async fn limits_are_tried_out_over_the_past() {
    let house = House::open().await;
    house.move_in();
    let now = clock::now().floor_to(Duration::from_secs(10));
    let figures: Vec<(Timestamp, f64)> = (0..30)
        .map(|place| {
            let at = now - Duration::from_secs(300 - place * 10);
            (at, if (10..20).contains(&place) { 0.95 } else { 0.2 })
        })
        .collect();
    house.record("cpu", &figures);
    let ask = json!({
        "kind": "guest", "metric": "cpu", "limits": warn_at(0.9),
        "from": now.millis() - 600_000, "to": now.millis(),
    });
    let found = house
        .ask(post("/api/hp/rules/backtest").set_json(&ask))
        .await;
    assert_eq!(found.status, 200, "{}", found.body);
    let body = found.body;
    assert_eq!((&body["times"], &body["judged"]), (&json!(1), &json!(2)));
    assert_eq!(body["resolution"], "samples");
    let one = &body["resources"][0];
    assert_eq!(one["resource"], "guest:tgt_home:100");
    assert_eq!(one["spans"][0]["from"], now.millis() - 200_000 + 20_000);
    assert_eq!(one["total_ms"], 80_000);
    let neither = json!({"metric": "cpu"});
    let refused = house
        .ask(post("/api/hp/rules/backtest").set_json(&neither))
        .await;
    assert_eq!(refused.body["error"]["code"], "invalid_backtest");
}

#[actix_web::test]
async fn a_resource_is_explained_by_any_of_its_names() {
    let house = House::open().await;
    house.move_in();
    house.alert().await;
    let level = json!({"metrics": {"cpu": warn_at(0.4)}});
    let path = "/api/hp/rules/levels/tag/web";
    assert_eq!(
        house
            .ask(request("PUT", path).set_json(&level))
            .await
            .status,
        200
    );
    let asked = get("/api/hp/rules/explain?resource=100&metric=cpu");
    let body = house.ask(asked).await.body;
    assert_eq!(body["resource"], "guest:tgt_home:100");
    let one = &body["rules"][0];
    assert_eq!(
        (&one["rule"], &one["subject"]),
        (&json!("threshold"), &json!("cpu"))
    );
    assert_eq!(
        (&one["value"], &one["unit"]),
        (&json!(0.5), &json!("ratio"))
    );
    assert_eq!(one["levels"][0]["signal"], "beyond");
    let said = one["said"].as_array().unwrap();
    assert_eq!(
        (&said[0]["sort"], &said[0]["wins"]),
        (&json!("profile"), &json!(false))
    );
    assert_eq!(
        (&said[1]["key"], &said[1]["wins"]),
        (&json!("web"), &json!(true))
    );
    assert_eq!(one["setting"]["warning"]["raise"], 0.4);
    assert_eq!(one["alert"]["resource"], "guest:tgt_home:100");
    let all = house
        .ask(get("/api/hp/rules/explain?resource=100"))
        .await
        .body;
    assert!(all["rules"].as_array().unwrap().len() > 10);
    let target = "/api/hp/rules/explain?resource=target:tgt_home:self";
    let target = house.ask(get(target)).await.body;
    let rules = target["rules"].as_array().unwrap();
    assert!(rules.iter().any(|rule| rule["rule"] == "quorum"));
    let nobody = house.ask(get("/api/hp/rules/explain?resource=999")).await;
    assert_eq!(nobody.status, 404);
}
