//! Games that answer over HTTP: Palworld, FiveM and TShock.

use serde_json::{Value, json};

use super::stream::Session;
use super::{GameFault, GameProtocol, GameState};

#[derive(Debug)]
pub(super) struct Web(pub(super) GameProtocol);

struct Asked<'a> {
    path: &'a str,
    query: &'a str,
    authorization: &'a str,
}

impl Session for Web {
    fn feed(
        &mut self,
        state: &GameState,
        input: &mut Vec<u8>,
        fault: GameFault,
    ) -> Option<Vec<u8>> {
        let end = input.windows(4).position(|part| part == b"\r\n\r\n")?;
        let head: Vec<u8> = input.drain(..end + 4).collect();
        let head = String::from_utf8_lossy(&head);
        let target = head.split(' ').nth(1).unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let authorization = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case("authorization"))
            .map_or("", |(_, value)| value);
        let asked = Asked {
            path,
            query,
            authorization,
        };
        if fault == GameFault::Redirect {
            return Some(
                b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
                    .to_vec(),
            );
        }
        let answer = match self.0 {
            GameProtocol::Palworld => palworld(state, &asked),
            GameProtocol::TShock => tshock(state, &asked),
            _ => fivem(state, &asked, fault),
        };
        let (status, body) = match answer {
            Ok(body) => ("200 OK", body.to_string()),
            Err(status) => (status, "{}".to_owned()),
        };
        let announced = match fault {
            GameFault::LyingLength => 10_000_000,
            _ => body.len(),
        };
        Some(format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {announced}\r\n\r\n{body}").into_bytes())
    }
}

type Reply = Result<Value, &'static str>;

fn palworld(state: &GameState, asked: &Asked<'_>) -> Reply {
    // Base64 of "admin:secret", the only password that this server can check.
    if !state.password.is_empty() && asked.authorization != "Basic YWRtaW46c2VjcmV0" {
        return Err("401 Unauthorized");
    }
    match asked.path {
        "/v1/api/info" => Ok(json!({
            "version": state.version, "servername": state.title, "description": "", "worldguid": "A1",
        })),
        "/v1/api/metrics" => Ok(json!({
            "serverfps": 57, "currentplayernum": state.players.len(), "serverframetime": 16.77,
            "maxplayernum": state.max_players, "uptime": 3600, "days": 12,
        })),
        "/v1/api/players" => {
            let players: Vec<_> = state
                .players
                .iter()
                .map(|name| {
                    json!({"name": name, "accountName": "x", "playerId": "1", "userId": "steam_1",
                        "ip": "127.0.0.1", "ping": 12.5, "location_x": 1.0, "location_y": 2.0, "level": 9})
                })
                .collect();
            Ok(json!({"players": players}))
        }
        _ => Err("404 Not Found"),
    }
}

fn fivem(state: &GameState, asked: &Asked<'_>, fault: GameFault) -> Reply {
    match asked.path {
        "/dynamic.json" => Ok(json!({
            "clients": state.players.len(), "gametype": "Freeroam", "hostname": format!("^2{}", state.title),
            "iv": "1", "mapname": state.map, "sv_maxclients": state.max_players.to_string(),
        })),
        "/players.json" => {
            let players: Vec<_> = state
                .players
                .iter()
                .enumerate()
                .map(|(id, name)| json!({"endpoint": "127.0.0.1", "id": id, "identifiers": ["license:1"], "name": name, "ping": 40}))
                .collect();
            Ok(json!(players))
        }
        "/info.json" => {
            let picture = if fault == GameFault::HugePicture {
                2 << 20
            } else {
                40
            };
            Ok(json!({
                "enhancedHostSupport": true, "icon": "A".repeat(picture), "resources": ["chat"],
                "server": state.version, "vars": {"sv_maxClients": "48"}, "version": 1,
            }))
        }
        _ => Err("404 Not Found"),
    }
}

fn tshock(state: &GameState, asked: &Asked<'_>) -> Reply {
    if asked.path != "/v2/server/status" {
        return Err("404 Not Found");
    }
    let token = format!("token={}", state.password);
    if !state.password.is_empty() && !asked.query.split('&').any(|pair| pair == token) {
        return Ok(
            json!({"status": "403", "error": "Not authorized. The specified API endpoint requires a token."}),
        );
    }
    let players: Vec<_> = state
        .players
        .iter()
        .map(|name| json!({"nickname": name, "username": "", "group": "guest", "active": true, "state": 10, "team": 0}))
        .collect();
    Ok(json!({
        "status": "200", "name": state.title, "serverversion": state.version, "tshockversion": "5.2.0.0",
        "port": 7777, "playercount": players.len(), "maxplayers": state.max_players, "world": state.map,
        "uptime": "0.01:02:03", "serverpassword": false, "players": players,
    }))
}
