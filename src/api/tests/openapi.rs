//! The document, and that every door in it is guarded.

use actix_web::http::Method;

use super::*;

/// The paths that anybody may ask; the game door asks for its own token once it has read a call,
/// and a live connection of Playpulse in its first message.
const PUBLIC: [&str; 22] = [
    "/a/style.css",
    "/a/{token}",
    "/a/{token}",
    "/api/docs",
    "/api/docs/style.css",
    "/api/health",
    "/api/hp/game-door/calls",
    "/api/hp/session",
    "/api/hp/session",
    "/api/hp/session",
    "/api/hp/setup",
    "/api/hp/sign-on",
    "/api/hp/sign-on/callback",
    "/api/openapi.json",
    "/api/version",
    "/health",
    "/livez",
    "/ping",
    "/readyz",
    "/status/style.css",
    "/status/{slug}",
    "/v3",
];

fn operations() -> Vec<(Method, String)> {
    let document: Value = serde_json::from_str(&crate::api::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let methods = ["get", "post", "put", "patch", "delete"];
    let operations = paths.iter().flat_map(|(path, item)| {
        methods
            .into_iter()
            .filter(|method| item.get(*method).is_some())
            .map(move |method| (method.to_uppercase().parse().unwrap(), path.clone()))
    });
    operations.collect()
}

#[actix_web::test]
async fn every_documented_endpoint_is_guarded_or_known_to_be_public() {
    let house = House::locked().await;
    let mut open = Vec::new();
    for (method, path) in operations() {
        let path = path.replace("{id}", "alt_none");
        let request = TestRequest::default().method(method).uri(&path);
        let request = request.peer_addr("127.0.0.1:50000".parse().unwrap());
        if house.ask(request).await.status != 401 {
            open.push(path);
        }
    }
    assert_eq!(open, PUBLIC);
}

#[actix_web::test]
async fn the_document_is_served_and_lists_paths_and_schemas() {
    let answered = House::locked().await.ask(get("/api/openapi.json")).await;
    let document = answered.body;
    assert_eq!(document["openapi"], "3.1.0");
    let operations: Vec<String> = operations()
        .into_iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    let schemas: Vec<&String> = document["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    insta::assert_json_snapshot!("surface", (operations, schemas));
}

#[test]
fn the_document_is_the_same_every_time() {
    assert_eq!(crate::api::openapi(), crate::api::openapi());
}

#[test]
fn fields_of_answers_are_always_there() {
    let document: Value = serde_json::from_str(&crate::api::openapi()).unwrap();
    let schemas = &document["components"]["schemas"];
    for name in ["Guest", "FullFrame", "Alert", "Session"] {
        let fields = schemas[name]["properties"].as_object().unwrap().len();
        let required = schemas[name]["required"].as_array().unwrap().len();
        assert_eq!(fields, required, "{name}");
    }
    let required = schemas["DeltaFrame"]["required"].to_string();
    assert_eq!(required, r#"["type","version","previous","at"]"#);
}
