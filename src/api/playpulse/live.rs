//! `/v3/`: what happens to servers, in Playpulse's flat messages, by channels that a client
//! subscribes to.
//!
//! A client may send `subscribe` right behind `auth`, and before it: channels count once it is
//! known who asks. Channels: `server.ID.status`, `server.ID.metrics`, with `*` for every server.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, get};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, Closed};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;

use super::status::{self, PlaypulsePerformance};
use crate::api::asked::Asked;
use crate::api::dialect::{Fault, Playpulse};
use crate::api::guard::{self, Public};
use crate::api::problem::{Kind, Problem};
use crate::api::shared::Shared;
use crate::api::ws::hub::json as text_of;
use crate::api::ws::place::Line;
use crate::api::ws::{HEARTBEAT, MESSAGE_LIMIT, SILENCE};
use crate::auth::{Claim, Scope};
use crate::model::id::ResourceId;
use crate::model::resource::Resource;
use crate::services::game_names;
use crate::telemetry::clock;

/// How long a client may take to say who it is.
const AUTH_PATIENCE: Duration = Duration::from_secs(10);

/// The most channels of one client.
const MOST_CHANNELS: usize = 1000;

/// Follow servers' states and figures.
#[utoipa::path(
    tag = "playpulse",
    security(()),
    responses(
        (status = 101, description = "A WebSocket: send auth, then subscribe"),
        (status = 503, description = "All places are taken"),
    )
)]
#[get("/v3")]
pub(super) async fn open_playpulse_events(
    _: Public,
    request: HttpRequest,
    body: Payload,
    shared: Data<Shared>,
) -> Result<HttpResponse, Fault<Playpulse>> {
    let asked = request.extensions().get::<Asked>().cloned();
    let known = guard::admit(&request).is_ok_and(|who| who.scopes.has(Scope::FleetRead));
    let place = shared.hub.take_place().ok_or_else(no_place)?;
    let (response, session, stream) = actix_ws::handle(&request, body).map_err(no_handshake)?;
    let stream = stream
        .max_frame_size(MESSAGE_LIMIT)
        .aggregate_continuations()
        .max_continuation_size(MESSAGE_LIMIT);
    let client = Client {
        shared,
        line: place.line(session),
        peer: asked
            .as_ref()
            .map_or(IpAddr::from([0, 0, 0, 0]), |asked| asked.client),
        is_known: known,
        channels: Vec::new(),
        shown: HashMap::new(),
    };
    actix_web::rt::spawn(client.run(stream));
    Ok(response)
}

fn no_place() -> Problem {
    let text = "all places for live connections are taken";
    Problem::new(Kind::Unavailable, "too_many_clients", text)
}

fn no_handshake(error: actix_web::Error) -> Problem {
    let text = format!("this address speaks WebSocket only: {error}");
    Problem::new(Kind::Invalid, "not_a_websocket", text)
}

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Said {
    Auth {
        token: String,
    },
    Subscribe {
        channels: Vec<String>,
    },
    Unsubscribe {
        channels: Vec<String>,
    },
    Ping,
    #[serde(other)]
    Unknown,
}

/// What happened to a server.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "type")]
enum Event {
    #[serde(rename = "server.status_change")]
    Status {
        server_id: String,
        status: &'static str,
        previous_status: Option<&'static str>,
    },
    #[serde(rename = "server.metrics")]
    Metrics {
        server_id: String,
        cpu: Option<f64>,
        memory: Option<f64>,
        players: Option<u32>,
    },
}

/// A channel as a client named it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Channel {
    /// The server; every one where none is named.
    server: Option<ResourceId>,
    is_metrics: bool,
    name: String,
}

struct Client {
    shared: Data<Shared>,
    line: Line,
    peer: IpAddr,
    is_known: bool,
    channels: Vec<Channel>,
    /// The status that each server had when it was told last.
    shown: HashMap<ResourceId, &'static str>,
}

impl Client {
    async fn run(mut self, stream: AggregatedMessageStream) {
        let code = self.converse(stream).await;
        self.line.close(code).await;
    }

    async fn converse(&mut self, mut stream: AggregatedMessageStream) -> CloseCode {
        let mut ticks = self.shared.hub.ticks();
        let stop = self.shared.stop.clone();
        let begun = Instant::now();
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        let mut heard = Instant::now();
        self.note_present();
        loop {
            let sent = tokio::select! {
                message = stream.recv() => {
                    heard = Instant::now();
                    match message {
                        Some(Ok(AggregatedMessage::Close(_))) | None => return CloseCode::Normal,
                        Some(Ok(AggregatedMessage::Text(text))) => match self.hear(&text).await {
                            Ok(true) => Ok(()),
                            Ok(false) => return CloseCode::Policy,
                            Err(closed) => Err(closed),
                        },
                        Some(Ok(AggregatedMessage::Ping(payload))) => self.line.pong(&payload).await,
                        Some(Ok(_)) => Ok(()),
                        Some(Err(_)) => return CloseCode::Protocol,
                    }
                }
                tick = ticks.recv() => match tick {
                    Ok(_) | Err(RecvError::Lagged(_)) => self.follow().await,
                    Err(RecvError::Closed) => return CloseCode::Away,
                },
                _ = heartbeat.tick() => {
                    let is_late = !self.is_known && begun.elapsed() > AUTH_PATIENCE;
                    if is_late {
                        return CloseCode::Policy;
                    }
                    if heard.elapsed() > SILENCE {
                        return CloseCode::Away;
                    }
                    self.line.ping().await
                }
                () = tokio::time::sleep_until((begun + AUTH_PATIENCE).into()), if !self.is_known => {
                    return CloseCode::Policy;
                }
                () = stop.cancelled() => return CloseCode::Away,
            };
            if sent.is_err() {
                return CloseCode::Normal;
            }
        }
    }

    /// Answers a message; `false` ends the conversation.
    async fn hear(&mut self, text: &str) -> Result<bool, Closed> {
        match serde_json::from_str(text) {
            Ok(Said::Auth { token }) => {
                let claim = Claim {
                    credentials: vec![token.as_str()],
                    session: None,
                    vouched: None,
                    peer: self.peer,
                    is_local: false,
                };
                let who = self.shared.gate.admit(&claim, clock::now());
                self.is_known = who.is_ok_and(|who| who.scopes.has(Scope::FleetRead));
                let answer = json!({ "type": "auth", "success": self.is_known });
                self.line.text(text_of(&answer)).await?;
                Ok(self.is_known)
            }
            Ok(Said::Subscribe { channels }) => {
                let (taken, refused) = self.subscribe(channels);
                let answer = json!({ "type": "subscribed", "channels": taken, "refused": refused });
                self.line.text(text_of(&answer)).await?;
                Ok(true)
            }
            Ok(Said::Unsubscribe { channels }) => {
                self.channels
                    .retain(|channel| !channels.contains(&channel.name));
                Ok(true)
            }
            Ok(Said::Ping) => {
                self.line.text(r#"{"type":"pong"}"#).await?;
                Ok(true)
            }
            Ok(Said::Unknown) | Err(_) => Ok(true),
        }
    }

    /// Takes channels in; those of things that this product has not are refused.
    fn subscribe(&mut self, names: Vec<String>) -> (Vec<String>, Vec<String>) {
        let (mut taken, mut refused) = (Vec::new(), Vec::new());
        for name in names.into_iter().take(MOST_CHANNELS) {
            match self.channel(&name) {
                Some(channel) if self.channels.len() < MOST_CHANNELS => {
                    if !self.channels.contains(&channel) {
                        self.channels.push(channel);
                    }
                    taken.push(name);
                }
                _ => refused.push(name),
            }
        }
        (taken, refused)
    }

    fn channel(&self, name: &str) -> Option<Channel> {
        let (id, what) = name.strip_prefix("server.")?.rsplit_once('.')?;
        let is_metrics = match what {
            "metrics" => true,
            "status" => false,
            _ => return None,
        };
        let server = match id {
            "*" => None,
            id => Some(self.server(id)?),
        };
        Some(Channel {
            server,
            is_metrics,
            name: name.to_owned(),
        })
    }

    fn server(&self, id: &str) -> Option<ResourceId> {
        let parts = &self.shared.parts;
        let named = parts.game_names.resolve(id);
        named.or_else(|| Some(parts.games.find(id).ok()?.seen.id))
    }

    /// Notes how servers are, so that only changes are told.
    fn note_present(&mut self) {
        let present = self.shared.hub.present();
        for resource in present.fleet.resources() {
            if let Resource::Game(game) = &**resource {
                self.shown
                    .insert(game.id.clone(), status::word(game.status));
            }
        }
    }

    /// Tells what is new in the channels.
    async fn follow(&mut self) -> Result<(), Closed> {
        let present = self.shared.hub.present();
        let mut events = Vec::new();
        for resource in present.fleet.resources() {
            let Resource::Game(game) = &**resource else {
                continue;
            };
            let word = status::word(game.status);
            let before = self.shown.insert(game.id.clone(), word);
            let wants = |is_metrics: bool| {
                self.channels.iter().any(|channel| {
                    channel.is_metrics == is_metrics
                        && channel.server.as_ref().is_none_or(|id| *id == game.id)
                })
            };
            if before != Some(word) && wants(false) {
                events.push(Event::Status {
                    server_id: game_names::short(&game.id),
                    status: word,
                    previous_status: before,
                });
            }
            if wants(true) {
                let performance = PlaypulsePerformance::of(game);
                events.push(Event::Metrics {
                    server_id: game_names::short(&game.id),
                    cpu: performance.cpu(),
                    memory: performance.memory(),
                    players: game.players(),
                });
            }
        }
        let gone = self
            .shown
            .extract_if(|id, _| present.fleet.resource(id).is_none());
        for (id, before) in gone.collect::<Vec<_>>() {
            let wants = |channel: &Channel| {
                !channel.is_metrics && channel.server.as_ref().is_none_or(|server| *server == id)
            };
            if self.channels.iter().any(wants) {
                events.push(Event::Status {
                    server_id: game_names::short(&id),
                    status: "deleted",
                    previous_status: Some(before),
                });
            }
        }
        if !self.is_known {
            return Ok(());
        }
        for event in events {
            self.line.text(text_of(&event)).await?;
        }
        Ok(())
    }
}
