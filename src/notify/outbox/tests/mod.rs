//! The outbox over a real database, with a clock that the tests set.

mod fallback;
mod grouping;
mod holds;
mod queue;
mod quiet;
mod random;
mod remind;
mod scene;

use std::time::Duration;

use serde_json::json;

use super::{Claim, Ending, claim, done, next_due, refused, retry};
use crate::model::alert::{Alert, Severity};
use crate::model::id::{ChannelId, DeliveryId};
use crate::model::time::Timestamp;
use crate::notify::message::{Occasion, Receipt};
use crate::notify::outbox::DeliveryState;
use crate::notify::pace::Pace;
use crate::notify::tests::{NOW, Post, alert};

const LATER: Timestamp = Timestamp(NOW.0 + 3_600_000);

async fn post() -> Post {
    let post = Post::new().await;
    let config = json!({"url": "http://127.0.0.1:9/hook"});
    post.add("webhook", config, None).await;
    post
}

fn critical() -> Alert {
    Alert {
        severity: Severity::Critical,
        ..alert()
    }
}

impl Post {
    async fn claim_at(&self, now: Timestamp, busy: Vec<ChannelId>) -> Vec<Claim> {
        let pace = Pace::default();
        let audience = self.channels.enabled();
        let claims = self
            .db
            .writer
            .run(move |tx| claim(tx, &busy, 8, &audience, &pace, now));
        claims.await.expect("the outbox answers")
    }

    async fn claim_one(&self, now: Timestamp) -> Option<(DeliveryId, Occasion)> {
        let mut claims = self.claim_at(now, Vec::new()).await;
        assert!(claims.len() <= 1, "one channel");
        let message = claims.pop()?.message;
        Some((message.id, message.occasion))
    }

    async fn ending(&self, id: DeliveryId) -> Ending {
        let log = self.log().await;
        let row = log.iter().find(|row| row.id == id).expect("a row");
        Ending {
            channel: row.channel.clone(),
            id,
            latency: Duration::from_millis(3),
            status: None,
        }
    }

    async fn sent(&self, id: DeliveryId) {
        let ending = self.ending(id).await;
        let receipt = Receipt::new("taken");
        let noted = self
            .db
            .writer
            .run(move |tx| done(tx, &ending, &receipt, LATER));
        noted.await.expect("it is noted");
    }

    async fn failed(&self, id: DeliveryId, due_at: Timestamp) {
        let ending = self.ending(id).await;
        let breaker = Pace::default().breaker;
        let noted = self
            .db
            .writer
            .run(move |tx| retry(tx, &ending, due_at, "no answer", &breaker, LATER));
        noted.await.expect("it is noted");
    }

    async fn dead(&self, id: DeliveryId) {
        self.dead_at(id, LATER).await;
    }

    async fn dead_at(&self, id: DeliveryId, now: Timestamp) {
        let ending = self.ending(id).await;
        let breaker = Pace::default().breaker;
        let audience = self.channels.enabled();
        let noted = self
            .db
            .writer
            .run(move |tx| refused(tx, &ending, "no", &breaker, &audience, now));
        noted.await.expect("it is noted");
    }

    async fn next_due(&self) -> Option<Timestamp> {
        let next = self
            .db
            .reader
            .run(|connection| next_due(connection, &[]))
            .await;
        next.expect("the outbox answers")
    }

    async fn events(&self) -> Vec<(Occasion, DeliveryState)> {
        let log = self.log().await;
        log.iter().map(|row| (row.event, row.state)).collect()
    }
}
