//! The public status page.

use serde_json::json;

use super::*;

fn put(body: &Value) -> TestRequest {
    TestRequest::put()
        .uri("/api/hp/status-page")
        .peer_addr("127.0.0.1:50000".parse::<SocketAddr>().unwrap())
        .insert_header(("authorization", "Bearer right"))
        .set_json(body)
}

#[actix_web::test]
async fn outsiders_see_what_was_chosen_and_nothing_else() {
    let house = House::locked().await;
    house.present(fleet());
    let page = || house.ask(get("/status/lab"));
    assert_eq!(page().await.status, 404, "nothing was switched on");
    let refused = TestRequest::put()
        .uri("/api/hp/status-page")
        .set_json(json!({}));
    let refused = refused.peer_addr("127.0.0.1:50000".parse::<SocketAddr>().unwrap());
    assert_eq!(house.ask(refused).await.status, 401);

    let mut wanted = json!({
        "enabled": true, "slug": "lab", "title": "<script>alert(1)</script>",
        "items": [
            { "resource": "guest:tgt_home:100", "name": "\"><img src=x onerror=alert(1)>" },
            { "resource": "storage:tgt_home:nas", "name": "Files" },
        ],
    });
    let put_back = house.ask(put(&wanted)).await;
    assert_eq!(put_back.status, 200, "{}", put_back.body);
    assert_eq!(put_back.body, wanted);

    let shown = page().await;
    assert_eq!(shown.status, 200);
    assert!(!shown.header("content-security-policy").contains("script"));
    assert_eq!(shown.header("cache-control"), "public, max-age=60");
    let html = shown.body.as_str().unwrap();
    assert!(
        !html.contains("<script") && !html.contains("<img"),
        "{html}"
    );
    assert!(html.contains("&lt;script&gt;") && html.contains("Files"));
    for secret in ["guest-100", "guest-101", "tgt_home", "pve1", "nas"] {
        assert!(!html.contains(secret), "{secret} was not chosen");
    }
    assert_eq!(html.matches("<i class=").count(), 2 * 90);

    wanted["enabled"] = json!(false);
    assert_eq!(house.ask(put(&wanted)).await.status, 200);
    assert_eq!(page().await.status, 404, "at once");
    wanted["slug"] = json!("Not A Slug");
    let wrong = house.ask(put(&wanted)).await;
    assert_eq!(wrong.status, 400);
    assert_eq!(wrong.body["error"]["field"], "slug");
}
