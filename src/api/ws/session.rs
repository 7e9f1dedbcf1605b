//! One client of our own live connection: a full frame, then deltas.

use std::sync::Arc;
use std::time::Instant;

use actix_web::web::Data;
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, Closed};
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;

use crate::api::shared::Shared;

use super::hub::Tick;
use super::place::Line;
use super::{HEARTBEAT, SILENCE};

/// What a client may say.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Request {
    /// It lost track of versions.
    Resync,
    /// It wants a sign of life.
    Ping,
    /// Something that later versions of the protocol may know.
    #[serde(other)]
    Unknown,
}

/// Talks to one client until either side has enough.
pub(super) async fn run(shared: Data<Shared>, line: Line, stream: AggregatedMessageStream) {
    let mut client = Client {
        shared,
        line,
        version: 0,
    };
    let code = client.converse(stream).await;
    client.line.close(code).await;
}

struct Client {
    shared: Data<Shared>,
    line: Line,
    version: u64,
}

impl Client {
    async fn converse(&mut self, mut stream: AggregatedMessageStream) -> CloseCode {
        // Subscribed before the first full frame is taken, so that no step falls in between.
        let mut ticks = self.shared.hub.ticks();
        let stop = self.shared.stop.clone();
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        let mut heard = Instant::now();
        if self.send_full().await.is_err() {
            return CloseCode::Normal;
        }
        loop {
            let sent = tokio::select! {
                message = stream.recv() => {
                    heard = Instant::now();
                    match message {
                        Some(Ok(message)) => match self.hear(message).await {
                            Ok(true) => Ok(()),
                            Ok(false) => return CloseCode::Normal,
                            Err(closed) => Err(closed),
                        },
                        Some(Err(_)) => return CloseCode::Protocol,
                        None => return CloseCode::Normal,
                    }
                }
                tick = ticks.recv() => match tick {
                    Ok(tick) => self.follow(&tick).await,
                    Err(RecvError::Lagged(_)) => self.send_full().await,
                    Err(RecvError::Closed) => return CloseCode::Away,
                },
                _ = heartbeat.tick() => {
                    if heard.elapsed() > SILENCE {
                        return CloseCode::Away;
                    }
                    self.line.ping().await
                }
                () = stop.cancelled() => return CloseCode::Away,
            };
            if sent.is_err() {
                return CloseCode::Normal;
            }
        }
    }

    /// Answers a message; `false` ends the conversation.
    async fn hear(&mut self, message: AggregatedMessage) -> Result<bool, Closed> {
        match message {
            AggregatedMessage::Text(text) => match serde_json::from_str(&text) {
                Ok(Request::Resync) => self.send_full().await?,
                Ok(Request::Ping) => self.line.text(r#"{"type":"pong"}"#).await?,
                Ok(Request::Unknown) | Err(_) => {}
            },
            AggregatedMessage::Ping(payload) => self.line.pong(&payload).await?,
            AggregatedMessage::Pong(_) | AggregatedMessage::Binary(_) => {}
            AggregatedMessage::Close(_) => return Ok(false),
        }
        Ok(true)
    }

    /// Passes a step on: its delta where the client is at the version before it.
    async fn follow(&mut self, tick: &Arc<Tick>) -> Result<(), Closed> {
        if tick.present.version <= self.version {
            return Ok(());
        }
        match &tick.delta {
            Some(delta) if tick.previous == self.version => {
                self.line.text(delta.clone()).await?;
                self.version = tick.present.version;
                Ok(())
            }
            _ => self.send_full().await,
        }
    }

    async fn send_full(&mut self) -> Result<(), Closed> {
        let present = self.shared.hub.present();
        let frame = self.shared.hub.full(&present);
        self.line.text(frame).await?;
        self.version = present.version;
        Ok(())
    }
}
