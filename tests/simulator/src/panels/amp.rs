//! AMP's main instance, with the others behind it.

use serde_json::{Value, json};

use super::server::{PanelServer, PanelState, body_of, ok};
use super::{PanelFault, PanelGame};
use crate::http::{Request, Response};

pub(super) fn answer(state: &mut PanelState, request: &Request) -> Response {
    let body = body_of(request);
    let path: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let (instance, method) = match path.as_slice() {
        ["API", "ADSModule", "Servers", id, "API", module, method] => {
            (Some((*id).to_owned()), format!("{module}/{method}"))
        }
        ["API", module, method] => (None, format!("{module}/{method}")),
        _ => return Response::new(404, "Not Found"),
    };
    if method == "Core/Login" {
        return log_in(state, &body);
    }
    let session = body["SESSIONID"].as_str().unwrap_or_default();
    if !state.sessions.iter().any(|known| known == session) || state.fault == PanelFault::Forbidden
    {
        return ok(&json!({
            "Title": "Unauthorized Access",
            "Message": "This session does not have permission to access this API.", "StackTrace": "",
        }));
    }
    match instance {
        None if method == "ADSModule/GetInstances" => {
            let mut rows: Vec<Value> = vec![json!({
                "InstanceID": "ads", "InstanceName": "ADS01", "FriendlyName": "ADS", "Module": "ADS",
                "ModuleDisplayName": "ADS", "AMPVersion": "2.6.2", "Running": true, "AppState": 999, "Metrics": {},
            })];
            rows.extend(state.games.iter().map(row));
            ok(&json!([{ "Id": 1, "FriendlyName": "Local", "AvailableInstances": rows }]))
        }
        Some(id) => match state.game(&id) {
            Some(game) => call(game, &method, &body),
            None => Response::new(404, "Not Found"),
        },
        None => Response::new(404, "Not Found"),
    }
}

fn log_in(state: &mut PanelState, body: &Value) -> Response {
    if body["username"] != PanelServer::USER || body["password"] != PanelServer::KEY {
        return ok(
            &json!({ "success": false, "result": 0, "resultReason": "Invalid username or password" }),
        );
    }
    state.logins += 1;
    let session = format!("session-{}", state.logins);
    state.sessions.push(session.clone());
    ok(
        &json!({ "success": true, "result": 10, "resultReason": "", "sessionID": session, "permissions": [] }),
    )
}

fn row(game: &PanelGame) -> Value {
    let state = match game.state.as_str() {
        "running" => 20,
        "starting" => 10,
        "crashed" => 100,
        _ => 0,
    };
    let metric = |raw: f64, max: f64, units: &str| json!({ "RawValue": raw, "MaxValue": max, "Percent": 0, "Units": units });
    json!({
        "InstanceID": game.id, "TargetID": "t", "InstanceName": format!("{}01", game.name), "FriendlyName": game.name,
        "Module": "GenericModule", "ModuleDisplayName": game.game, "AMPVersion": "2.6.2", "IsHTTPS": false,
        "IP": "127.0.0.1", "Port": 8081, "Running": true, "Suspended": game.state == "suspended", "AppState": state,
        "Metrics": {
            "CPU Usage": metric(25.0, 100.0, "%"), "Memory Usage": metric(1536.0, 4096.0, "MB"),
            "Active Users": metric(f64::from(u32::try_from(game.players.len()).unwrap_or(0)), 10.0, ""),
        },
        "ApplicationEndpoints": [
            { "DisplayName": "SFTP Server", "Endpoint": "0.0.0.0:2224", "Uri": "sftp://{ip}:2224" },
            { "DisplayName": "Application Address", "Endpoint": format!("0.0.0.0:{}", game.port), "Uri": "" },
        ],
        "ContainerMemoryMB": 4096, "ContainerCPUs": 2.0, "DiskUsageMB": 900,
    })
}

fn call(game: &mut PanelGame, method: &str, body: &Value) -> Response {
    let done = || ok(&json!({ "Status": true, "Reason": "" }));
    match method {
        "Core/Start" => {
            game.state = "running".into();
            done()
        }
        // These answer nothing.
        "Core/Stop" | "Core/Kill" => {
            game.state = "offline".into();
            ok(&Value::Null)
        }
        "Core/SendConsoleMessage" => {
            game.console
                .push(body["message"].as_str().unwrap_or("").into());
            ok(&Value::Null)
        }
        "Core/GetUpdates" => {
            let entries: Vec<Value> = ["Loading", "Game is up"]
                .iter()
                .map(|line| json!({ "Contents": line, "Source": "Console" }))
                .collect();
            ok(&json!({ "ConsoleEntries": entries, "Status": {} }))
        }
        "LocalFileBackupPlugin/TakeBackup" => {
            game.backups
                .push(body["Title"].as_str().unwrap_or("").into());
            done()
        }
        "LocalFileBackupPlugin/GetBackups" => {
            let rows: Vec<Value> = game.backups.iter().map(|name| json!({
                "Id": format!("id-{name}"), "Name": name, "Timestamp": "/Date(1795334400000)/", "TotalSizeBytes": 2048,
            })).collect();
            ok(&json!(rows))
        }
        "LocalFileBackupPlugin/RestoreBackup" => {
            let known = game
                .backups
                .iter()
                .any(|name| body["BackupId"] == format!("id-{name}"));
            match known {
                true => done(),
                false => ok(&json!({ "Status": false, "Reason": "No such backup" })),
            }
        }
        _ => Response::new(404, "Not Found"),
    }
}
