//! The limited places for live clients, and what goes over their lines.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use actix_ws::{CloseCode, CloseReason, Closed, Session};
use bytestring::ByteString;

use super::SEND_PATIENCE;

/// Counts clients and what was sent to them.
#[derive(Debug, Default)]
pub struct Traffic {
    clients: AtomicUsize,
    messages: AtomicU64,
    bytes: AtomicU64,
}

impl Traffic {
    /// Clients connected now.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.clients.load(Ordering::Relaxed)
    }

    /// Messages sent to all clients so far.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }

    /// Bytes of those messages, without the framing.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// A place, unless `limit` are taken.
    pub(super) fn take(self: &Arc<Self>, limit: usize) -> Option<Place> {
        self.clients
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
                (taken < limit).then_some(taken + 1)
            })
            .ok()
            .map(|_| Place(Arc::clone(self)))
    }
}

/// One client's place; given back when dropped.
pub(in crate::api) struct Place(Arc<Traffic>);

impl Place {
    /// The place together with the connection that takes it.
    pub(in crate::api) const fn line(self, session: Session) -> Line {
        Line {
            session,
            place: self,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.clients.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The way to one client.
pub(in crate::api) struct Line {
    session: Session,
    place: Place,
}

impl Line {
    /// Sends a text message; fails when the client is gone or does not take it in time.
    pub(in crate::api) async fn text(&mut self, text: impl Into<ByteString>) -> Result<(), Closed> {
        let text = text.into();
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        match tokio::time::timeout(SEND_PATIENCE, self.session.text(text)).await {
            Ok(sent) => sent?,
            Err(_) => return Err(Closed),
        }
        let traffic = &self.place.0;
        traffic.messages.fetch_add(1, Ordering::Relaxed);
        traffic.bytes.fetch_add(length, Ordering::Relaxed);
        Ok(())
    }

    /// Asks for a sign of life; as impatient as [`Line::text`].
    pub(in crate::api) async fn ping(&mut self) -> Result<(), Closed> {
        let asked = tokio::time::timeout(SEND_PATIENCE, self.session.ping(b""));
        asked.await.unwrap_or(Err(Closed))
    }

    /// Gives one. A client that asks without end and never reads is not waited for either.
    pub(in crate::api) async fn pong(&mut self, payload: &[u8]) -> Result<(), Closed> {
        let given = tokio::time::timeout(SEND_PATIENCE, self.session.pong(payload));
        given.await.unwrap_or(Err(Closed))
    }

    /// Says goodbye; whether the client hears it does not matter.
    pub(in crate::api) async fn close(self, code: CloseCode) {
        let reason = CloseReason::from(code);
        let _ = tokio::time::timeout(SEND_PATIENCE, self.session.close(Some(reason))).await;
    }
}
