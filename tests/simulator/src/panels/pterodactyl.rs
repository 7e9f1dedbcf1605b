//! Pterodactyl's client API.

use serde_json::{Value, json};

use super::server::{PanelServer, PanelState, body_of, json_of, ok};
use super::{PanelFault, PanelGame};
use crate::http::{Request, Response};

fn error(status: u16, code: &str, detail: &str) -> Response {
    let error = json!({ "code": code, "status": status.to_string(), "detail": detail });
    json_of(status, &json!({ "errors": [error] }))
}

pub(super) fn answer(state: &mut PanelState, request: &Request) -> Response {
    let bearer = format!("Bearer {}", PanelServer::KEY);
    if request.header("authorization") != Some(&bearer) {
        return error(401, "AuthenticationException", "Unauthenticated.");
    }
    if state.fault == PanelFault::Forbidden {
        return error(
            403,
            "AccessDeniedHttpException",
            "This action is unauthorized.",
        );
    }
    let path: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["api", "client"]) => list(state, request),
        ("GET", ["api", "client", "servers", id, "resources"]) => match state.game(id) {
            Some(game) => ok(&json!({ "object": "stats", "attributes": stats(game) })),
            None => missing(),
        },
        (_, ["api", "client", "servers", id, rest @ ..]) => match state.game(id) {
            Some(game) => order(game, request, rest),
            None => missing(),
        },
        _ => missing(),
    }
}

fn missing() -> Response {
    error(
        404,
        "NotFoundHttpException",
        "The requested resource could not be found on the server.",
    )
}

/// Two servers a page, so that a short list has several.
fn list(state: &PanelState, request: &Request) -> Response {
    let page: usize = request
        .query
        .split('&')
        .find_map(|pair| pair.strip_prefix("page="))
        .and_then(|number| number.parse().ok())
        .unwrap_or(1);
    let pages = state.games.len().div_ceil(2).max(1);
    let games = state.games.iter().skip((page - 1) * 2).take(2);
    let rows: Vec<Value> = games.map(server).collect();
    ok(&json!({
        "object": "list", "data": rows,
        "meta": { "pagination": {
            "total": state.games.len(), "count": rows.len(), "per_page": 2, "current_page": page,
            "total_pages": pages, "links": {},
        }},
    }))
}

fn server(game: &PanelGame) -> Value {
    let features = match game.game.as_str() {
        "minecraft" => json!(["eula", "java_version", "pid_limit"]),
        _ => Value::Null,
    };
    let allocation = |id: u32, port: u16, is_default: bool| {
        json!({ "object": "allocation", "attributes": {
            "id": id, "ip": "0.0.0.0", "ip_alias": null, "port": port, "notes": null, "is_default": is_default,
        }})
    };
    json!({ "object": "server", "attributes": {
        "server_owner": true, "identifier": game.id, "internal_id": 7,
        "uuid": format!("{}-0000-4000-8000-000000000000", game.id), "name": game.name, "node": "node1",
        "is_node_under_maintenance": false, "sftp_details": { "ip": "127.0.0.1", "port": 2022 },
        "description": "", "limits": { "memory": 2048, "swap": 0, "disk": 10240, "io": 500, "cpu": 200, "threads": null, "oom_disabled": true },
        "invocation": "java -jar server.jar", "docker_image": "ghcr.io/pterodactyl/yolks:java_21",
        "egg_features": features, "feature_limits": { "databases": 0, "allocations": 2, "backups": 3 },
        "status": null, "is_suspended": game.state == "suspended", "is_installing": false, "is_transferring": false,
        "relationships": { "allocations": { "object": "list", "data": [
            allocation(2, game.port.saturating_add(1), false), allocation(1, game.port, true),
        ]}, "variables": { "object": "list", "data": [] } },
    }})
}

fn stats(game: &PanelGame) -> Value {
    let up = u64::from(game.is_up());
    let state = match game.state.as_str() {
        "crashed" | "suspended" => "offline",
        state => state,
    };
    json!({
        "current_state": state, "is_suspended": game.state == "suspended",
        "resources": {
            "memory_bytes": up * 1_073_741_824, "cpu_absolute": 50.5, "disk_bytes": 4_294_967_296_u64,
            "network_rx_bytes": up * game.uptime * 1000, "network_tx_bytes": up * game.uptime * 2000,
            "uptime": up * game.uptime * 1000,
        },
    })
}

fn order(game: &mut PanelGame, request: &Request, rest: &[&str]) -> Response {
    let body = body_of(request);
    let done = Response::new(204, "No Content");
    match (request.method.as_str(), rest) {
        ("POST", ["power"]) => {
            game.state = match body["signal"].as_str() {
                Some("start" | "restart") => "running".into(),
                Some("stop" | "kill") => "offline".into(),
                _ => {
                    return error(
                        422,
                        "ValidationException",
                        "The selected signal is invalid.",
                    );
                }
            };
            done
        }
        ("POST", ["command"]) if !game.is_up() => error(
            502,
            "HttpException",
            "Server must be online in order to send commands.",
        ),
        ("POST", ["command"]) => {
            game.console
                .push(body["command"].as_str().unwrap_or("").into());
            done
        }
        ("GET", ["backups"]) => {
            let rows: Vec<Value> = game.backups.iter().map(|name| backup(name)).collect();
            ok(&json!({ "object": "list", "data": rows }))
        }
        ("POST", ["backups"]) if game.backups.len() >= 3 => error(
            400,
            "TooManyBackupsException",
            "Cannot create a new backup, this server has reached its limit of 3 backups.",
        ),
        ("POST", ["backups"]) => {
            let name = body["name"].as_str().unwrap_or("backup").to_owned();
            game.backups.push(name.clone());
            ok(&backup(&name))
        }
        ("POST", ["backups", uuid, "restore"]) => {
            let known = game.backups.iter().any(|name| uuid_of(name) == *uuid);
            if known { done } else { missing() }
        }
        _ => missing(),
    }
}

fn uuid_of(name: &str) -> String {
    format!("b-{}", name.replace(' ', "-"))
}

fn backup(name: &str) -> Value {
    json!({ "object": "backup", "attributes": {
        "uuid": uuid_of(name), "is_successful": true, "is_locked": false, "name": name, "ignored_files": [],
        "checksum": "sha1:0", "bytes": 123_456, "created_at": "2026-11-22T08:00:00+00:00",
        "completed_at": "2026-11-22T08:01:00+00:00",
    }})
}
