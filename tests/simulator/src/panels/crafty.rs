//! Crafty Controller 4's API v2.

use serde_json::{Value, json};

use super::server::{PanelServer, PanelState, json_of, ok};
use super::{PanelFault, PanelGame};
use crate::http::{Request, Response};

fn error(status: u16, error: &str, data: &str) -> Response {
    json_of(
        status,
        &json!({ "status": "error", "error": error, "error_data": data }),
    )
}

fn data(data: &Value) -> Response {
    ok(&json!({ "status": "ok", "data": data }))
}

pub(super) fn answer(state: &mut PanelState, request: &Request) -> Response {
    let path: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    if path == ["api", "v2"] {
        return data(&json!({ "version": "4.5.3", "message": "Please see the API documentation" }));
    }
    let bearer = format!("Bearer {}", PanelServer::KEY);
    if request.header("authorization") != Some(&bearer) {
        return error(403, "ACCESS_DENIED", "You were not authenticated");
    }
    if state.fault == PanelFault::Forbidden {
        return error(400, "NOT_AUTHORIZED", "NOT_AUTHORIZED");
    }
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["api", "v2", "servers"]) => {
            let rows: Vec<Value> = state.games.iter().map(server).collect();
            data(&json!(rows))
        }
        (_, ["api", "v2", "servers", id, rest @ ..]) => match state.game(id) {
            Some(game) => one(game, request, rest),
            None => error(404, "NOT_FOUND", "no such server"),
        },
        _ => error(404, "API_HANDLER_NOT_FOUND", "no such page"),
    }
}

fn server(game: &PanelGame) -> Value {
    json!({
        "server_id": game.id, "created": "2026-01-01T00:00:00", "server_name": game.name, "path": "/srv",
        "executable": "paper.jar", "log_path": "./logs/latest.log", "execution_command": "java -jar paper.jar",
        "auto_start": false, "crash_detection": true, "stop_command": "stop", "server_ip": "127.0.0.1",
        "server_port": game.port, "type": game.game,
    })
}

fn one(game: &mut PanelGame, request: &Request, rest: &[&str]) -> Response {
    let done = || data(&json!({}));
    match (request.method.as_str(), rest) {
        ("GET", ["stats"]) => data(&stats(game)),
        ("GET", ["logs"]) => data(&json!(["[08:00:00] Starting", "[08:00:09] Done (9.1s)!"])),
        ("POST", ["stdin"]) => {
            game.console
                .push(String::from_utf8_lossy(&request.body).into_owned());
            done()
        }
        ("POST", ["action", "start_server" | "restart_server"]) => {
            game.state = "running".into();
            done()
        }
        ("POST", ["action", "stop_server" | "kill_server"]) => {
            game.state = "offline".into();
            done()
        }
        _ => error(404, "NOT_FOUND", "no such action"),
    }
}

fn stats(game: &PanelGame) -> Value {
    let up = game.is_up();
    let names: Vec<String> = game
        .players
        .iter()
        .map(|name| format!("'{name}'"))
        .collect();
    let text = |text: &str| if up { json!(text) } else { json!("False") };
    json!({
        "stats_id": 1, "created": "2026-11-22T08:00:00", "server_id": server(game),
        "started": text("2026-11-22 07:00:00"), "running": up, "cpu": if up { 12.5 } else { 0.0 },
        "mem": if up { "1.5GB" } else { "0B" }, "mem_percent": 9, "world_name": "world", "world_size": "312.0MB",
        "server_port": game.port, "int_ping_results": if up { "True" } else { "False" },
        "online": if up { game.players.len() } else { 0 }, "max": if up { 20 } else { 0 },
        "players": text(&format!("[{}]", names.join(", "))), "desc": text("A kitchen table"), "icon": null,
        "version": text("Paper 1.21.4"), "updating": false, "waiting_start": false,
        "crashed": game.state == "crashed", "downloading": false,
    })
}
