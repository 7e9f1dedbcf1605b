//! One client of Pulse's live connection: a welcome, then the complete state again and again.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, Closed};
use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};

use crate::api::pulse::alert::{ActiveAlert, alert_id};
use crate::api::pulse::view::{Circumstances, State};
use crate::api::shared::Shared;
use crate::model::alert::AlertState;
use crate::telemetry::clock;

use super::SILENCE;
use super::hub::{Tick, json};
use super::place::Line;
use super::present::Present;

/// When the welcome comes; a client of Avila may speak first within this time.
const WELCOME_AFTER: Duration = Duration::from_millis(500);

/// When the first state comes.
const STATE_AFTER: Duration = Duration::from_millis(600);

/// The least time between two complete states.
const PACE: Duration = Duration::from_secs(10);

/// How often a ping is sent.
const PING_EVERY: Duration = Duration::from_secs(30);

/// A message of the dialect.
#[derive(Serialize)]
pub(super) struct Message<T> {
    pub(super) r#type: &'static str,
    pub(super) data: T,
}

#[derive(Serialize)]
struct Welcome {
    message: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resolved {
    alert_id: String,
}

#[derive(Serialize)]
struct Time {
    timestamp: i64,
}

/// What a client may say.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Request {
    Ping,
    #[serde(rename = "requestData")]
    State,
    #[serde(other)]
    Unknown,
}

/// Talks to one client until either side has enough.
pub(super) async fn run(shared: Data<Shared>, line: Line, stream: AggregatedMessageStream) {
    let begun = Instant::now();
    let mut client = Client {
        shared,
        line,
        stage: Stage::New,
        next_state: begun + WELCOME_AFTER,
        is_behind: true,
        begun,
    };
    let code = client.converse(stream).await;
    client.line.close(code).await;
}

/// How far the greeting has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Welcomed,
    Following,
}

struct Client {
    shared: Data<Shared>,
    line: Line,
    stage: Stage,
    begun: Instant,
    /// When the next message of the greeting, or the next state, may be sent.
    next_state: Instant,
    /// Whether something has changed since the last state.
    is_behind: bool,
}

impl Client {
    async fn converse(&mut self, mut stream: AggregatedMessageStream) -> CloseCode {
        let mut ticks = self.shared.hub.ticks();
        let mut said = self.shared.hub.said();
        let stop = self.shared.stop.clone();
        let mut pings = tokio::time::interval_at(self.begun + PING_EVERY, PING_EVERY);
        let mut heard = Instant::now();
        loop {
            let sent = tokio::select! {
                message = stream.recv() => {
                    heard = Instant::now();
                    match message {
                        Some(Ok(AggregatedMessage::Close(_))) | None => return CloseCode::Normal,
                        Some(Ok(message)) => self.hear(message).await,
                        Some(Err(_)) => return CloseCode::Protocol,
                    }
                }
                tick = ticks.recv() => match tick {
                    Ok(tick) => self.follow(&tick).await,
                    Err(RecvError::Lagged(_)) => { self.is_behind = true; Ok(()) }
                    Err(RecvError::Closed) => return CloseCode::Away,
                },
                text = said.recv() => match text {
                    Ok(text) if self.stage == Stage::Following => self.line.text(text).await,
                    // Who has not been greeted yet is told everything a moment later.
                    Ok(_) | Err(RecvError::Lagged(_)) => Ok(()),
                    Err(RecvError::Closed) => return CloseCode::Away,
                },
                () = sleep_until(self.next_state), if self.is_behind => self.advance().await,
                _ = pings.tick() => {
                    if heard.elapsed() > SILENCE {
                        return CloseCode::Away;
                    }
                    self.ping().await
                }
                () = stop.cancelled() => return CloseCode::Away,
            };
            if sent.is_err() {
                return CloseCode::Normal;
            }
        }
    }

    /// Sends what is due: the welcome, the first state, or the next one.
    async fn advance(&mut self) -> Result<(), Closed> {
        match self.stage {
            Stage::New => {
                self.stage = Stage::Welcomed;
                self.next_state = self.begun + STATE_AFTER;
                let message = "Connected to homepulse";
                self.say("welcome", Welcome { message }).await
            }
            Stage::Welcomed => {
                self.stage = Stage::Following;
                self.settle();
                let state = self.state();
                self.say("initialState", state).await
            }
            Stage::Following => self.send_state().await,
        }
    }

    async fn send_state(&mut self) -> Result<(), Closed> {
        self.settle();
        let present = self.shared.hub.present();
        let text = raw_data(&self.shared, &present);
        self.line.text(text).await
    }

    /// Notes that the client is about to know everything.
    fn settle(&mut self) {
        self.is_behind = false;
        self.next_state = Instant::now() + PACE;
    }

    async fn follow(&mut self, tick: &Arc<Tick>) -> Result<(), Closed> {
        self.is_behind = true;
        if self.stage != Stage::Following {
            return Ok(());
        }
        let fleet = &tick.present.fleet;
        for alert in &tick.alerts {
            match alert.state {
                AlertState::Firing => self.say("alert", ActiveAlert::new(alert, fleet)).await?,
                AlertState::Resolved => {
                    let alert_id = alert_id(alert, fleet);
                    self.say("alertResolved", Resolved { alert_id }).await?;
                    self.next_state = Instant::now();
                }
            }
        }
        Ok(())
    }

    async fn hear(&mut self, message: AggregatedMessage) -> Result<(), Closed> {
        match message {
            AggregatedMessage::Text(text) => match serde_json::from_str(&text) {
                Ok(Request::Ping) => self.say("pong", now()).await,
                Ok(Request::State) => self.send_state().await,
                Ok(Request::Unknown) | Err(_) => Ok(()),
            },
            AggregatedMessage::Ping(payload) => self.line.pong(&payload).await,
            AggregatedMessage::Pong(_)
            | AggregatedMessage::Binary(_)
            | AggregatedMessage::Close(_) => Ok(()),
        }
    }

    /// Pings both ways: Pulse's own message, and the protocol's, which browsers answer.
    async fn ping(&mut self) -> Result<(), Closed> {
        self.line.ping().await?;
        self.say("ping", now()).await
    }

    async fn say<T: Serialize>(&mut self, r#type: &'static str, data: T) -> Result<(), Closed> {
        self.line.text(json(&Message { r#type, data })).await
    }

    fn state(&self) -> State {
        let circumstances = Circumstances::of(&self.shared, clock::now());
        State::new(&self.shared.hub.present(), &circumstances)
    }
}

fn now() -> Time {
    Time {
        timestamp: clock::now().seconds(),
    }
}

/// The `rawData` message of `present`, rendered once for all clients.
fn raw_data(shared: &Shared, present: &Present) -> ByteString {
    let render = || {
        let circumstances = Circumstances::of(shared, clock::now());
        json(&Message {
            r#type: "rawData",
            data: State::new(present, &circumstances),
        })
    };
    present.raw_data.get_or_init(render).clone()
}
