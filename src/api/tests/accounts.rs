//! Accounts, sessions and tokens over HTTP.

use serde_json::json;

use super::*;

const PASSWORD: &str = "correct horse battery";

/// A request from another machine in the house, by address.
fn from_afar(request: TestRequest) -> TestRequest {
    request
        .peer_addr("192.0.2.7:50000".parse().unwrap())
        .insert_header(("host", "192.0.2.1:7655"))
}

/// The cookie that an answer set, as the browser sends it back.
fn cookie(answered: &Answered) -> String {
    let text = answered.header("set-cookie");
    text.split(';').next().unwrap().to_owned()
}

impl House {
    async fn with_ada() -> (Self, String) {
        let house = Self::open().await;
        let body = json!({ "name": "ada", "password": PASSWORD });
        let set_up = house.ask(post("/api/hp/setup").set_json(body)).await;
        assert_eq!(set_up.status, 200, "{}", set_up.body);
        let cookie = cookie(&set_up);
        (house, cookie)
    }

    async fn log_in(&self, password: &str) -> Answered {
        let body = json!({ "name": "ada", "password": password });
        self.ask(post("/api/hp/session").set_json(body)).await
    }
}

#[actix_web::test]
async fn the_first_account_closes_the_open_door_and_its_session_opens_it() {
    let (house, cookie) = House::with_ada().await;
    assert_eq!(house.ask(get("/api/hp/fleet")).await.status, 401);
    let mine = || get("/api/hp/fleet").insert_header(("cookie", cookie.clone()));
    assert_eq!(house.ask(mine()).await.status, 200);
    let session = get("/api/hp/session").insert_header(("cookie", cookie.clone()));
    let session = house.ask(session).await.body;
    assert_eq!(session["principal"], "ada");
    assert_eq!(
        (&session["accounts"], &session["open_access"]),
        (&json!(true), &json!(false))
    );
    let bye = TestRequest::delete()
        .uri("/api/hp/session")
        .peer_addr("127.0.0.1:50000".parse().unwrap())
        .insert_header(("cookie", cookie.clone()));
    let bye = house.ask(bye).await;
    assert_eq!(bye.status, 204);
    assert!(bye.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(house.ask(mine()).await.status, 401);
}

#[actix_web::test]
async fn the_cookie_is_for_our_own_pages_only() {
    let (house, _) = House::with_ada().await;
    let plain = house.log_in(PASSWORD).await;
    assert_eq!(plain.status, 200);
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=7776000"] {
        assert!(plain.header("set-cookie").contains(part), "{part}");
    }
    assert!(!plain.header("set-cookie").contains("Secure"));
    assert!(!plain.body.to_string().contains("hps_"), "{}", plain.body);
}

#[actix_web::test]
async fn from_afar_the_first_account_needs_the_set_up_code() {
    let house = House::open().await;
    let ask = |code: Option<String>| {
        let body = json!({ "name": "ada", "password": PASSWORD, "code": code });
        from_afar(post("/api/hp/setup")).set_json(body)
    };
    for wrong in [None, Some("AAAA-AAAA".to_owned())] {
        let refused = house.ask(ask(wrong)).await;
        assert_eq!(refused.status, 403);
        assert_eq!(refused.body["error"]["field"], "code");
    }
    let code = house.shared.parts.accounts.setup_code().unwrap();
    assert_eq!(house.ask(ask(code.clone())).await.status, 200);
    assert_eq!(house.ask(ask(code)).await.status, 409);
}

#[actix_web::test]
async fn guessing_is_slowed_down_and_tells_nothing() {
    let (house, _) = House::with_ada().await;
    let unknown = json!({ "name": "nobody", "password": "wrong password" });
    let unknown = house.ask(post("/api/hp/session").set_json(unknown)).await;
    let wrong = house.log_in("wrong password").await;
    assert_eq!((unknown.status, wrong.status.as_u16()), (wrong.status, 401));
    assert_eq!(unknown.body, wrong.body);
    for _ in 0..4 {
        house.log_in("wrong password").await;
    }
    let locked = house.log_in(PASSWORD).await;
    assert_eq!(locked.status, 429);
    assert!(!locked.header("retry-after").is_empty());
}

#[actix_web::test]
async fn a_viewer_sees_and_changes_nothing() {
    let (house, admin) = House::with_ada().await;
    let add = json!({ "name": "guest", "password": PASSWORD, "role": "viewer" });
    let add = post("/api/hp/users")
        .insert_header(("cookie", admin))
        .set_json(add);
    assert_eq!(house.ask(add).await.status, 201);
    let body = json!({ "name": "guest", "password": PASSWORD });
    let guest = cookie(&house.ask(post("/api/hp/session").set_json(body)).await);
    let as_guest = |request: TestRequest| request.insert_header(("cookie", guest.clone()));
    assert_eq!(house.ask(as_guest(get("/api/hp/fleet"))).await.status, 200);
    for (request, scope) in [
        (get("/api/hp/users"), "users:read"),
        (get("/api/hp/tokens"), "users:read"),
        (post("/api/hp/alerts/alt_none/acknowledge"), "alerts:write"),
    ] {
        let refused = house.ask(as_guest(request)).await;
        assert_eq!(refused.status, 403);
        let message = refused.body["error"]["message"].as_str().unwrap();
        assert!(message.contains(scope), "{message}");
    }
}

#[actix_web::test]
async fn a_token_opens_what_it_may_and_its_secret_is_shown_once() {
    let (house, admin) = House::with_ada().await;
    let as_admin = |request: TestRequest| request.insert_header(("cookie", admin.clone()));
    let body = json!({ "name": "grafana", "scopes": ["fleet:read"], "networks": ["127.0.0.1"] });
    let made = house
        .ask(as_admin(post("/api/hp/tokens")).set_json(body))
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    let secret = made.body["secret"].as_str().unwrap().to_owned();
    let with = |path: &str| get(path).insert_header(("x-api-token", secret.clone()));
    assert_eq!(house.ask(with("/api/hp/fleet")).await.status, 200);
    assert_eq!(house.ask(with("/api/state")).await.status, 200);
    assert_eq!(house.ask(with("/api/hp/users")).await.status, 403);
    assert_eq!(
        house.ask(from_afar(with("/api/hp/fleet"))).await.status,
        401
    );
    let listed = house.ask(as_admin(get("/api/hp/tokens"))).await.body;
    assert!(!listed.to_string().contains(&secret));
    let id = listed["tokens"][0]["id"].as_str().unwrap();
    let revoke = TestRequest::delete()
        .uri(&format!("/api/hp/tokens/{id}"))
        .peer_addr("127.0.0.1:50000".parse().unwrap());
    assert_eq!(house.ask(as_admin(revoke)).await.status, 204);
    assert_eq!(house.ask(with("/api/hp/fleet")).await.status, 401);
}

#[actix_web::test]
async fn what_is_wrong_with_an_account_is_said_with_the_field() {
    let (house, admin) = House::with_ada().await;
    let as_admin = |request: TestRequest| request.insert_header(("cookie", admin.clone()));
    let user = |name: &str, password: &str, role: &str| {
        let body = json!({ "name": name, "password": password, "role": role });
        as_admin(post("/api/hp/users")).set_json(body)
    };
    let token = |scopes: Value, networks: Value| {
        let body = json!({ "name": "t", "scopes": scopes, "networks": networks });
        as_admin(post("/api/hp/tokens")).set_json(body)
    };
    for (request, status, field) in [
        (user("a b", PASSWORD, "viewer"), 400, json!("name")),
        (user("bob", "short", "viewer"), 400, json!("password")),
        (user("ADA", PASSWORD, "viewer"), 409, json!("name")),
        (user("bob", PASSWORD, "king"), 400, Value::Null),
        (token(json!([]), json!([])), 400, json!("scopes")),
        (
            token(json!(["fleet:rule"]), json!([])),
            400,
            json!("scopes"),
        ),
        (
            token(json!(["fleet:read"]), json!(["home"])),
            400,
            json!("networks"),
        ),
    ] {
        let refused = house.ask(request).await;
        assert_eq!(refused.status, status, "{}", refused.body);
        assert_eq!(refused.body["error"]["field"], field, "{}", refused.body);
    }
}

#[actix_web::test]
async fn people_look_after_their_own_account() {
    let (house, cookie) = House::with_ada().await;
    let mine = |request: TestRequest| request.insert_header(("cookie", cookie.clone()));
    house.log_in(PASSWORD).await;
    let sessions = house.ask(mine(get("/api/hp/account/sessions"))).await.body;
    let sessions = sessions["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(
        (&sessions[0]["current"], &sessions[1]["current"]),
        (&json!(true), &json!(false))
    );
    let change = |current: &str| {
        let body = json!({ "current_password": current, "password": "another long one" });
        let request = TestRequest::put()
            .uri("/api/hp/account/password")
            .peer_addr("127.0.0.1:50000".parse().unwrap());
        mine(request).set_json(body)
    };
    let refused = house.ask(change("wrong password")).await;
    assert_eq!(refused.body["error"]["field"], "current_password");
    assert_eq!(house.ask(change(PASSWORD)).await.status, 204);
    let left = house.ask(mine(get("/api/hp/account/sessions"))).await.body;
    assert_eq!(
        left["sessions"].as_array().unwrap().len(),
        1,
        "the others ended"
    );
    let nobody = House::open().await.ask(get("/api/hp/account")).await;
    assert_eq!(nobody.body["error"]["code"], "no_account");
}

#[actix_web::test]
async fn a_session_that_somebody_planted_is_not_taken_over_by_logging_in() {
    let (house, _) = House::with_ada().await;
    let planted = "hps_planted-by-somebody-else-before-the-log-in";
    let body = json!({ "name": "ada", "password": PASSWORD });
    let request = post("/api/hp/session")
        .insert_header(("cookie", format!("homepulse_session={planted}")))
        .set_json(body.clone());
    let opened = house.ask(request).await;
    assert_eq!(opened.status, 200);
    let fresh = cookie(&opened);
    assert!(!fresh.contains(planted));
    let with = |cookie: String| get("/api/hp/fleet").insert_header(("cookie", cookie));
    let planted = format!("homepulse_session={planted}");
    assert_eq!(house.ask(with(planted)).await.status, 401);
    assert_eq!(house.ask(with(fresh.clone())).await.status, 200);
    let again = post("/api/hp/session")
        .insert_header(("cookie", fresh.clone()))
        .set_json(body);
    let rotated = cookie(&house.ask(again).await);
    assert_ne!(rotated, fresh);
    assert_eq!(house.ask(with(fresh)).await.status, 401, "rotated away");
    assert_eq!(house.ask(with(rotated)).await.status, 200);
}

#[actix_web::test]
async fn a_page_of_another_origin_does_nothing_with_the_cookie() {
    let (house, admin) = House::with_ada().await;
    let ask = |name: &'static str, value: &'static str| {
        let body = json!({ "name": "eve", "password": PASSWORD, "role": "admin" });
        post("/api/hp/users")
            .insert_header(("cookie", admin.clone()))
            .insert_header((name, value))
            .set_json(body)
    };
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://localhost:3000"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let refused = house.ask(ask(name, value)).await;
        assert_eq!(refused.status, 403, "{name}: {value}");
        assert_eq!(refused.body["error"]["code"], "foreign_origin");
    }
    assert_eq!(house.shared.parts.accounts.users().await.unwrap().len(), 1);
}

#[actix_web::test]
async fn a_viewer_may_write_nowhere() {
    let (house, admin) = House::with_ada().await;
    let add = json!({ "name": "guest", "password": PASSWORD, "role": "viewer" });
    let add = post("/api/hp/users")
        .insert_header(("cookie", admin))
        .set_json(add);
    assert_eq!(house.ask(add).await.status, 201);
    let body = json!({ "name": "guest", "password": PASSWORD });
    let guest = cookie(&house.ask(post("/api/hp/session").set_json(body)).await);
    let document: Value = serde_json::from_str(&crate::api::openapi()).unwrap();
    let mut open = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["post", "put", "patch", "delete"] {
            // Their own account is theirs, and links in messages are keys of their own.
            let is_own = ["/api/hp/account", "/api/hp/session", "/api/hp/setup", "/a/"];
            if item.get(method).is_none() || is_own.iter().any(|own| path.starts_with(own)) {
                continue;
            }
            let request = TestRequest::default()
                .method(method.to_uppercase().parse().unwrap())
                .uri(&path.replace("{id}", "alt_none"))
                .peer_addr("127.0.0.1:50000".parse().unwrap())
                .insert_header(("cookie", guest.clone()));
            if house.ask(request).await.status != 403 {
                open.push(format!("{method} {path}"));
            }
        }
    }
    assert_eq!(open, MERELY_READ);
}

/// What is asked by POST and changes nothing, or has tokens of its own.
const MERELY_READ: [&str; 9] = [
    "post /api/hp/channels/parse-url",
    "post /api/hp/game-door/calls",
    "post /api/hp/push/pve/{target}",
    "post /api/hp/routing/simulate",
    "post /api/hp/rules/backtest",
    "post /api/hp/rules/preview",
    "post /api/hp/silences/preview",
    "post /api/v2/write",
    "post /v1/metrics",
];

#[actix_web::test]
async fn a_token_that_may_not_manage_people_makes_no_first_account_without_the_code() {
    let house = House::open().await;
    let body = json!({ "name": "grafana", "scopes": ["fleet:read"] });
    let made = house.ask(post("/api/hp/tokens").set_json(body)).await;
    let secret = made.body["secret"].as_str().unwrap().to_owned();
    let body = json!({ "name": "eve", "password": PASSWORD });
    let set_up = post("/api/hp/setup")
        .insert_header(("x-api-token", secret))
        .set_json(body);
    assert_eq!(house.ask(set_up).await.status, 403);
}

#[actix_web::test]
async fn secrets_are_shown_once_and_in_no_list_and_no_audit() {
    let (house, admin) = House::with_ada().await;
    let as_admin = |request: TestRequest| request.insert_header(("cookie", admin.clone()));
    let body = json!({ "name": "grafana", "scopes": ["fleet:read"] });
    let made = house
        .ask(as_admin(post("/api/hp/tokens")).set_json(body))
        .await;
    let token = made.body["secret"].as_str().unwrap().to_owned();
    let confirm = json!({ "current_password": PASSWORD });
    let enrolment = house
        .ask(as_admin(post("/api/hp/account/totp")).set_json(confirm))
        .await;
    let totp = enrolment.body["secret"].as_str().unwrap().to_owned();
    let drawn = &enrolment.body["qr"];
    assert!(drawn["size"].as_u64().unwrap() >= 21, "{drawn}");
    assert!(drawn["path"].as_str().unwrap().starts_with("M0 0h7"));
    house.log_in("a wrong password").await;
    let session = admin.split_once('=').unwrap().1;
    for path in [
        "/api/hp/session",
        "/api/hp/account",
        "/api/hp/account/sessions",
        "/api/hp/users",
        "/api/hp/tokens",
        "/api/hp/audit",
        "/api/hp/diagnostics",
    ] {
        let answered = house.ask(as_admin(get(path))).await;
        assert_eq!(answered.status, 200, "{path}");
        let text = answered.body.to_string();
        for hidden in [
            PASSWORD,
            "a wrong password",
            &token,
            &totp,
            session,
            "$argon2id",
        ] {
            assert!(!text.contains(hidden), "{hidden} is in {path}: {text}");
        }
    }
}

#[actix_web::test]
async fn wrong_tokens_and_log_ins_stand_in_the_audit() {
    let (house, admin) = House::with_ada().await;
    let wrong = get("/api/hp/fleet").insert_header(("x-api-token", "guess"));
    assert_eq!(house.ask(from_afar(wrong)).await.status, 401);
    let audit = get("/api/hp/audit").insert_header(("cookie", admin.clone()));
    let rows = house.ask(audit).await.body;
    let rows = rows["entries"].as_array().unwrap();
    let actions: Vec<&str> = rows
        .iter()
        .rev()
        .map(|row| row["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["user.add", "session.open", "token.refused"]);
    assert_eq!(rows[0]["peer"], "192.0.2.7");
    assert_eq!(rows[0]["outcome"], "denied");
}

#[actix_web::test]
async fn a_proxy_that_is_trusted_to_says_who_is_asking() {
    let house = House::new(ServeConfig {
        trusted_header: Some(crate::api::HeaderConfig {
            networks: vec!["192.0.2.9".into()],
            user_header: "Remote-User".into(),
            groups_header: Some("Remote-Groups".into()),
            roles: crate::auth::GroupRoles {
                viewers: vec!["family".into()],
                ..crate::auth::GroupRoles::default()
            },
        }),
        ..ServeConfig::default()
    })
    .await;
    let ask = |peer: &str, name: &str, groups: &str| {
        get("/api/hp/session")
            .peer_addr(format!("{peer}:50000").parse().unwrap())
            .insert_header(("host", "192.0.2.1:7655"))
            .insert_header(("remote-user", name))
            .insert_header(("remote-groups", groups))
    };
    let seen = house.ask(ask("192.0.2.9", "cleo", "family")).await.body;
    assert_eq!(seen["principal"], "cleo");
    assert!(!seen["scopes"].to_string().contains("write"));
    for (peer, name, groups) in [
        ("192.0.2.10", "cleo", "family"),
        ("127.0.0.1", "cleo", "family"),
        ("192.0.2.9", "cleo", "strangers"),
        ("192.0.2.9", "", "family"),
    ] {
        let seen = house.ask(ask(peer, name, groups)).await.body;
        assert_eq!(seen["authenticated"], false, "{peer} {name} {groups}");
    }
    for _ in 0..3 {
        assert_eq!(
            house.ask(ask("192.0.2.9", "cleo", "family")).await.status,
            200
        );
    }
    let rows = house.shared.parts.audit.list(Default::default(), 100);
    let entered: Vec<(String, String, Value)> = rows
        .await
        .unwrap()
        .into_iter()
        .filter(|row| row.entry.action == "session.open")
        .map(|row| (row.entry.actor, row.entry.peer, row.entry.details))
        .collect();
    let [(name, peer, details)] = &entered[..] else {
        panic!("one visit, not one of each request: {entered:?}");
    };
    assert_eq!((name.as_str(), peer.as_str()), ("cleo", "192.0.2.9"));
    assert_eq!(details["way"], "trusted header");
    let local = house.ask(get("/api/hp/fleet")).await;
    assert_eq!(local.status, 401, "the proxy may be on this machine");
}
