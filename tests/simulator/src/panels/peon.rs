//! PEON's orchestrator.

use serde_json::{Value, json};

use super::server::{PanelServer, PanelState, json_of, ok};
use super::{PanelFault, PanelGame};
use crate::http::{Request, Response};

pub(super) fn answer(state: &mut PanelState, request: &Request) -> Response {
    if request.header("x-api-key") != Some(PanelServer::KEY) {
        return json_of(401, &json!("Not authorized"));
    }
    if state.fault == PanelFault::Forbidden {
        return json_of(403, &json!("Not authorized"));
    }
    let path: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["api", "v1", "orchestrator"]) => ok(&json!({ "version": "1.3.0" })),
        ("GET", ["api", "v1", "servers"]) => {
            let rows: Vec<Value> = state.games.iter().map(server).collect();
            ok(&json!(rows))
        }
        (method, ["api", "v1", "server", action, id]) => {
            let Some(game) = state.game(id) else {
                return json_of(
                    404,
                    &json!({ "status": "error", "info": format!("There is no server [{id}].") }),
                );
            };
            match (method, *action) {
                ("PUT", "start" | "restart") => game.state = "running".into(),
                ("PUT", "stop") => game.state = "offline".into(),
                ("GET", _) => {}
                _ => {
                    return json_of(
                        400,
                        &json!({ "status": "error", "info": "Unsupported action." }),
                    );
                }
            }
            let mut shown = server(game);
            if *action == "stats" {
                shown["stats"] = if game.is_up() {
                    stats()
                } else {
                    json!("Not available")
                };
            }
            ok(&shown)
        }
        _ => json_of(404, &json!({ "status": "error", "info": "no such page" })),
    }
}

fn server(game: &PanelGame) -> Value {
    let (uid, warcamp) = game.id.split_once('.').unwrap_or((&game.id, ""));
    let state = match game.state.as_str() {
        "running" => "running",
        "crashed" => "dead",
        _ => "exited",
    };
    json!({
        "game_uid": uid, "servername": warcamp, "container_type": "steamcmd", "build_version": "-",
        "container_state": state, "server_state": "RUNNING", "server_config": {}, "description": game.name, "time": null,
    })
}

fn stats() -> Value {
    json!({
        "cpu_stats": { "cpu_usage": { "total_usage": 3_000_000_000_u64 }, "system_cpu_usage": 20_000_000_000_u64, "online_cpus": 4 },
        "precpu_stats": { "cpu_usage": { "total_usage": 2_000_000_000_u64 }, "system_cpu_usage": 16_000_000_000_u64, "online_cpus": 4 },
        "memory_stats": { "usage": 900_000_000, "limit": 4_000_000_000_u64, "stats": { "inactive_file": 100_000_000 } },
    })
}
