//! Getting an image, with how far it got.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use http::Method;

use super::super::engine::QUICK;
use super::super::wire::{Made, PullStep};
use super::DockerHost;
use crate::http::{Patience, Upload};
use crate::sources::games::host::{HostError, Progress};

/// A registry may be slow, but not silent.
const PATIENCE: Patience = Patience {
    first: Duration::from_secs(120),
    idle: Duration::from_secs(300),
    bytes: 256 << 20,
};

/// Longest line of news.
const LONGEST_LINE: usize = 64 << 10;

/// Most layers that are counted.
const MOST_LAYERS: usize = 1024;

impl DockerHost {
    /// The id of an image that the engine has.
    pub(super) async fn image_id(&self, image: &str) -> Result<Option<String>, HostError> {
        let found: Result<Made, _> = self.engine.get(&path_of(image), &[], QUICK).await;
        match found {
            Ok(found) => Ok(found.id.0),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(self.read_error(image, error)),
        }
    }

    /// Gets an image from its registry. Broken off, the engine keeps what it has of it.
    pub(super) async fn pull(&self, image: &str, progress: &Progress) -> Result<(), HostError> {
        progress.tell(format!("getting {image}"), Some(0.0));
        tokio::select! {
            pulled = self.pull_whole(image, progress) => pulled,
            () = progress.cancelled() => Err(HostError::Cancelled),
        }
    }

    async fn pull_whole(&self, image: &str, progress: &Progress) -> Result<(), HostError> {
        let refused = |words: String| HostError::Refused(format!("get {image}: {words}"));
        let mut stream = self
            .engine
            .open(
                Method::POST,
                &["images", "create"],
                &[("fromImage", image)],
                Upload::Bytes(Bytes::new()),
                "application/json",
                PATIENCE,
            )
            .await
            .map_err(|error| match error.status() {
                Some(_) => refused(error.to_string()),
                None => self.order_error(image, error),
            })?;
        let mut layers = Layers::default();
        let mut line = Vec::new();
        let mut ended_with_line = true;
        loop {
            let chunk = stream.chunk().await;
            let chunk = chunk.map_err(|error| refused(error.to_string()))?;
            let Some(chunk) = chunk else { break };
            for byte in chunk {
                match byte {
                    b'\n' => {
                        let whole = std::mem::take(&mut line);
                        ended_with_line = layers.take(&whole, progress).map_err(refused)?;
                    }
                    _ if line.len() < LONGEST_LINE => line.push(byte),
                    _ => {}
                }
            }
        }
        layers.take(&line, progress).map_err(refused)?;
        // A stream that breaks off ends like any other: the image itself is the proof.
        match (self.image_id(image).await?, ended_with_line) {
            (Some(_), _) => Ok(()),
            (None, _) => Err(refused("it is not there afterwards".into())),
        }
    }
}

/// An image's own address: the parts of its name are parts of the path.
pub(super) fn path_of(image: &str) -> Vec<&str> {
    let parts = std::iter::once("images").chain(image.split('/'));
    parts.chain(std::iter::once("json")).collect()
}

/// How far each layer got.
#[derive(Default)]
struct Layers {
    all: HashMap<String, (u64, u64)>,
    told: u8,
}

impl Layers {
    /// Takes in one line of news; fails with the engine's words where it is an error.
    fn take(&mut self, line: &[u8], progress: &Progress) -> Result<bool, String> {
        if line.iter().all(u8::is_ascii_whitespace) {
            return Ok(true);
        }
        let Ok(step) = serde_json::from_slice::<PullStep>(line) else {
            return Ok(false);
        };
        if let Some(error) = step.error.0 {
            return Err(error.chars().take(400).collect());
        }
        let (Some(id), Some(status)) = (step.id.0, step.status.0) else {
            return Ok(true);
        };
        if self.all.len() >= MOST_LAYERS && !self.all.contains_key(&id) {
            return Ok(true);
        }
        let layer = self.all.entry(id).or_default();
        match (status.as_str(), step.progress) {
            ("Downloading", Some(news)) => {
                *layer = (news.current.0.unwrap_or(0), news.total.0.unwrap_or(0));
            }
            ("Download complete" | "Pull complete" | "Extracting", _) => layer.0 = layer.1,
            _ => return Ok(true),
        }
        self.tell(progress);
        Ok(true)
    }

    /// Tells of every further percent.
    fn tell(&mut self, progress: &Progress) {
        let (got, all) = self.all.values().fold((0_u64, 0_u64), |(got, all), layer| {
            (got.saturating_add(layer.0), all.saturating_add(layer.1))
        });
        let percent = got.min(all).saturating_mul(100).checked_div(all);
        let Some(percent) = percent.and_then(|percent| u8::try_from(percent).ok()) else {
            return;
        };
        if percent != self.told {
            self.told = percent;
            let size = all >> 20;
            let share = f64::from(percent) / 100.0;
            progress.tell(
                format!("getting the image: {percent} % of {size} MiB"),
                Some(share),
            );
        }
    }
}
