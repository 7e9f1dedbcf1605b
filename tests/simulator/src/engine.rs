//! A container engine on a socket, as Docker's API documents it: containers that can be made, started, stopped and
//! deleted, and in which nothing runs. Start with [`EngineServer`].

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::clock::{rfc3339, system_now};
use crate::http::request::percent_decode;
use crate::http::{Reader, Request, Response};
use crate::pve::server::lock;

/// A container engine. Dropping it stops it.
#[derive(Debug)]
pub struct EngineServer {
    path: PathBuf,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    containers: BTreeMap<String, Container>,
    volumes: Vec<String>,
}

#[derive(Clone, Debug)]
struct Container {
    order: Value,
    state: &'static str,
    started_at: String,
}

impl EngineServer {
    /// Starts one on a socket at `path`.
    pub fn start(path: &Path) -> io::Result<Self> {
        let listener = UnixListener::bind(path)?;
        let state: Arc<Mutex<State>> = Arc::default();
        let task = tokio::spawn(serve(Arc::clone(&state), listener));
        Ok(Self {
            path: path.to_owned(),
            state,
            task,
        })
    }

    /// `unix:///PATH`.
    pub fn url(&self) -> String {
        format!("unix://{}", self.path.display())
    }

    /// Docker's word for the state of each container, by name.
    pub fn containers(&self) -> BTreeMap<String, &'static str> {
        let state = lock(&self.state);
        let all = state.containers.iter();
        all.map(|(name, one)| (name.clone(), one.state)).collect()
    }

    /// One variable of a container's environment.
    pub fn variable(&self, container: &str, name: &str) -> Option<String> {
        let state = lock(&self.state);
        let all = state.containers.get(container)?.order["Env"].as_array()?;
        all.iter().find_map(|pair| {
            let (key, value) = pair.as_str()?.split_once('=')?;
            (key == name).then(|| value.to_owned())
        })
    }
}

impl Drop for EngineServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(state: Arc<Mutex<State>>, listener: UnixListener) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        connections.spawn(async move {
            // A client that goes away in the middle is its own business.
            let _ = converse(&state, stream).await;
        });
    }
}

async fn converse(state: &Mutex<State>, stream: UnixStream) -> io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut reader = Reader::new(reading);
    while let Some(request) = reader.next().await? {
        let answer = answer(&mut lock(state), &request);
        if !answer.send(&mut writing).await? || request.wants_close() {
            return Ok(());
        }
    }
    Ok(())
}

fn said(status: u16, body: &Value) -> Response {
    Response::new(status, "Said")
        .header("Content-Type", "application/json")
        .body(body.to_string())
}

fn none(what: &str) -> Response {
    said(404, &json!({ "message": format!("No such {what}") }))
}

fn answer(state: &mut State, request: &Request) -> Response {
    let parts: Vec<String> = request
        .path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| percent_decode(part, false))
        .collect();
    let mut path: Vec<&str> = parts.iter().map(String::as_str).collect();
    // A version may stand in front.
    if path.first().is_some_and(|first| first.starts_with("v1.")) {
        path.remove(0);
    }
    let query = |name: &str| {
        let mut pairs = request
            .query
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        pairs
            .find(|(key, _)| *key == name)
            .map(|(_, value)| percent_decode(value, true))
    };
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["version"]) => said(
            200,
            &json!({ "Version": "20.10.24", "ApiVersion": "1.41", "Components": [{ "Name": "Engine" }] }),
        ),
        ("GET", ["containers", "json"]) => {
            let all = state.containers.iter();
            let rows: Vec<Value> = all.map(|(name, one)| listed(name, one)).collect();
            said(200, &json!(rows))
        }
        ("GET", ["images", ..]) => said(200, &json!({ "Id": "sha256:0123" })),
        ("GET", ["system", "df"]) => said(200, &json!({ "Volumes": [] })),
        ("POST", ["volumes", "create"]) => {
            let order: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            state
                .volumes
                .extend(order["Name"].as_str().map(str::to_owned));
            said(201, &order)
        }
        ("GET", ["volumes", name]) if state.volumes.iter().any(|known| known == name) => {
            said(200, &json!({ "Name": name }))
        }
        ("DELETE", ["volumes", name]) if state.volumes.iter().any(|known| known == name) => {
            state.volumes.retain(|known| known != name);
            Response::new(204, "No Content")
        }
        (_, ["volumes", ..]) => none("volume"),
        ("POST", ["containers", "create"]) => {
            let name = query("name").unwrap_or_default();
            if state.containers.contains_key(&name) {
                return said(
                    409,
                    &json!({ "message": format!("The name {name} is in use") }),
                );
            }
            let order = serde_json::from_slice(&request.body).unwrap_or_default();
            let id = id_of(&name);
            state.containers.insert(
                name,
                Container {
                    order,
                    state: "created",
                    started_at: "0001-01-01T00:00:00Z".to_owned(),
                },
            );
            said(201, &json!({ "Id": id, "Warnings": [] }))
        }
        (method, ["containers", id, rest @ ..]) => {
            let found = state
                .containers
                .keys()
                .find(|name| *name == id || id_of(name) == *id);
            match found.cloned() {
                Some(name) => act(state, method, &name, rest),
                None => none("container"),
            }
        }
        _ => none("page"),
    }
}

fn act(state: &mut State, method: &str, name: &str, rest: &[&str]) -> Response {
    if (method, rest) == ("DELETE", &[]) {
        state.containers.remove(name);
        return Response::new(204, "No Content");
    }
    let Some(container) = state.containers.get_mut(name) else {
        return none("container");
    };
    let next = match (method, rest) {
        ("GET", ["json"]) => return said(200, &inspected(name, container)),
        ("GET", ["stats"]) => return said(200, &json!({})),
        ("POST", ["start" | "restart"]) => "running",
        ("POST", ["stop" | "kill"]) => "exited",
        _ => return none("page"),
    };
    container.state = next;
    if next == "running" {
        container.started_at = rfc3339(system_now().div_euclid(1000));
    }
    Response::new(204, "No Content")
}

fn id_of(name: &str) -> String {
    let digits: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("{digits:0<64}").chars().take(64).collect()
}

/// What is published: container port with protocol, and the bindings outside.
fn published(container: &Container) -> Map<String, Value> {
    let ports = container.order["HostConfig"]["PortBindings"].as_object();
    ports.cloned().unwrap_or_default()
}

fn listed(name: &str, container: &Container) -> Value {
    let ports: Vec<Value> = published(container)
        .iter()
        .filter(|_| container.state == "running")
        .filter_map(|(inside, bindings)| {
            let (port, protocol) = inside.split_once('/')?;
            let outside: u16 = bindings[0]["HostPort"].as_str()?.parse().ok()?;
            let port: u16 = port.parse().ok()?;
            Some(json!({ "IP": "0.0.0.0", "PrivatePort": port, "PublicPort": outside, "Type": protocol }))
        })
        .collect();
    json!({
        "Id": id_of(name), "Names": [format!("/{name}")], "Image": container.order["Image"], "ImageID": "sha256:0123",
        "Labels": container.order["Labels"], "State": container.state, "Status": "Up", "Ports": ports,
    })
}

fn inspected(name: &str, container: &Container) -> Value {
    json!({
        "Id": id_of(name), "Name": format!("/{name}"), "Image": "sha256:0123", "RestartCount": 0,
        "State": {
            "Status": container.state, "Running": container.state == "running", "ExitCode": 0, "OOMKilled": false,
            "StartedAt": container.started_at, "FinishedAt": "0001-01-01T00:00:00Z",
        },
        "Config": {
            "Image": container.order["Image"], "Env": container.order["Env"], "Labels": container.order["Labels"],
            "ExposedPorts": container.order["ExposedPorts"],
        },
        "HostConfig": container.order["HostConfig"],
        "NetworkSettings": { "Ports": published(container), "Networks": {} },
        "Mounts": [],
    })
}
