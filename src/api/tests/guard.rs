//! Who comes in, under which name, on whose behalf.

use super::*;

#[actix_web::test]
async fn every_form_of_the_right_token_opens_and_a_wrong_one_does_not() {
    let house = House::locked().await;
    for (name, value, expected) in [
        ("x-api-token", "right", 200),
        ("authorization", "Bearer right", 200),
        ("authorization", "bearer right", 200),
        ("authorization", "right", 200),
        ("x-api-token", "wrong", 401),
        ("authorization", "Bearer wrong", 401),
        ("authorization", "Basic cmlnaHQ6cmlnaHQ=", 401),
        ("x-other", "right", 401),
    ] {
        let request = get("/api/hp/fleet").insert_header((name, value));
        let answered = house.ask(request).await;
        assert_eq!(answered.status, expected, "{name}: {value}");
        if expected == 401 {
            assert_eq!(
                answered.header("www-authenticate"),
                "Bearer realm=\"homepulse\""
            );
        }
    }
}

#[actix_web::test]
async fn a_token_in_the_address_counts_only_where_pulse_took_it() {
    let house = House::locked().await;
    for (path, expected) in [
        ("/api/state?token=right", 200),
        ("/api/state?token=wrong", 401),
        ("/api/hp/fleet?token=right", 401),
    ] {
        assert_eq!(house.ask(get(path)).await.status, expected, "{path}");
    }
}

#[actix_web::test]
async fn two_different_tokens_are_a_bad_request() {
    let request = get("/api/state")
        .insert_header(("x-api-token", "right"))
        .insert_header(("authorization", "Bearer wrong"));
    let answered = House::locked().await.ask(request).await;
    assert_eq!(answered.status, 400);
    assert_eq!(
        answered.body["error"],
        "the request carries two different tokens; send one"
    );
    let request = get("/api/state")
        .insert_header(("x-api-token", "right"))
        .insert_header(("authorization", "Bearer right"));
    assert_eq!(House::locked().await.ask(request).await.status, 200);
}

#[actix_web::test]
async fn without_a_token_only_this_machine_is_let_in_under_its_own_name() {
    let house = House::open().await;
    let local = || get("/api/hp/fleet");
    let far = local().peer_addr("192.168.1.9:50000".parse().unwrap());
    for (what, host, request, expected) in [
        ("localhost", "localhost:7655", local(), 200),
        ("an IPv4 loopback address", "127.0.0.1:7655", local(), 200),
        ("an IPv6 loopback address", "[::1]:7655", local(), 200),
        ("another machine", "localhost:7655", far, 401),
        ("a LAN address", "192.168.1.5:7655", local(), 401),
        (
            "a foreign origin",
            "localhost:7655",
            local().insert_header(("origin", "https://evil.example")),
            401,
        ),
        (
            "our own origin",
            "localhost:7655",
            local().insert_header(("origin", "http://localhost:7655")),
            200,
        ),
        (
            "a foreign page's image",
            "localhost:7655",
            local().insert_header(("sec-fetch-site", "cross-site")),
            401,
        ),
        (
            "a proxy",
            "localhost:7655",
            local().insert_header(("x-forwarded-for", "127.0.0.1")),
            401,
        ),
    ] {
        let answered = house.ask_as(host, request).await;
        assert_eq!(answered.status, expected, "{what}");
    }
}

#[actix_web::test]
async fn a_rebound_name_reaches_nothing() {
    let house = House::new(ServeConfig {
        allowed_hosts: vec!["pulse.lan".into()],
        ..ServeConfig::default()
    })
    .await;
    for (host, path, expected) in [
        ("evil.example", "/api/health", 421),
        ("evil.example:7655", "/", 421),
        ("pulse.lan", "/api/health", 200),
        ("10.0.0.5:7655", "/api/health", 200),
        ("not a host", "/api/health", 400),
    ] {
        let answered = house.ask_as(host, get(path)).await;
        assert_eq!(answered.status, expected, "{host} {path}");
    }
    let answered = house.ask_as("evil.example", get("/api/hp/fleet")).await;
    assert_eq!(answered.body["error"]["code"], "host_unknown");
}

#[actix_web::test]
async fn a_foreign_page_cannot_change_anything_even_with_a_token() {
    let house = House::new(ServeConfig {
        api_token: Some(SecretString::from("right")),
        allowed_hosts: vec!["pulse.lan".into()],
        ..ServeConfig::default()
    })
    .await;
    for (origin, expected) in [
        ("https://evil.example", 403),
        ("null", 403),
        ("http://localhost:3000", 403),
        ("http://localhost:7655", 404),
        ("https://pulse.lan", 404),
    ] {
        let request = post("/api/hp/alerts/alt_none/acknowledge")
            .insert_header(("x-api-token", "right"))
            .insert_header(("origin", origin));
        assert_eq!(house.ask(request).await.status, expected, "{origin}");
    }
}

#[actix_web::test]
async fn guessing_is_answered_with_a_time_to_wait() {
    let house = House::locked().await;
    let guess = || {
        get("/api/state")
            .peer_addr("192.168.1.66:50000".parse().unwrap())
            .insert_header(("x-api-token", "guess"))
    };
    for _ in 0..10 {
        assert_eq!(house.ask(guess()).await.status, 401);
    }
    let answered = house.ask(guess()).await;
    assert_eq!(answered.status, 429);
    let wait: u64 = answered.header("retry-after").parse().unwrap();
    assert!((1..=6).contains(&wait), "{wait}");
}

#[actix_web::test]
async fn behind_a_trusted_proxy_the_client_is_the_one_it_names() {
    let house = House::new(ServeConfig {
        api_token: Some(SecretString::from("right")),
        trusted_proxies: vec!["127.0.0.1".into()],
        ..ServeConfig::default()
    })
    .await;
    let guess = |client: &'static str| {
        get("/api/state")
            .insert_header(("x-forwarded-for", client))
            .insert_header(("x-api-token", "guess"))
    };
    for _ in 0..10 {
        house.ask(guess("203.0.113.5")).await;
    }
    assert_eq!(house.ask(guess("203.0.113.5")).await.status, 429);
    assert_eq!(house.ask(guess("203.0.113.6")).await.status, 401);
}

#[actix_web::test]
async fn every_answer_is_hardened_and_none_allows_other_origins() {
    let house = House::open().await;
    for path in ["/api/health", "/api/nothing", "/", "/api/hp/fleet"] {
        let answered = house.ask(get(path)).await;
        assert_eq!(answered.header("x-content-type-options"), "nosniff");
        assert_eq!(answered.header("x-frame-options"), "DENY");
        assert_eq!(answered.header("referrer-policy"), "same-origin");
        assert!(
            answered
                .header("content-security-policy")
                .ends_with("form-action 'self'; frame-ancestors 'none'"),
            "{path}"
        );
        assert_eq!(answered.header("x-request-id").len(), 16, "{path}");
        assert_eq!(answered.header("access-control-allow-origin"), "");
    }
}

#[actix_web::test]
async fn the_api_is_found_under_the_configured_path_too() {
    let house = House::new(ServeConfig {
        base_path: "/pulse/".into(),
        ..ServeConfig::default()
    })
    .await;
    assert_eq!(house.ask(get("/pulse/api/health/")).await.status, 200);
    assert_eq!(house.ask(get("/api/health")).await.status, 200);
}
