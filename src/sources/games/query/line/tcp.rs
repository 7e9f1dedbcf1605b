//! A stream that gives no more than was asked for and no later than agreed.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::super::QueryError;
use super::Budget;
use super::udp::explain;

const CLOSED: QueryError = QueryError::Malformed("the connection ends in the middle of it");

/// A stream to one server.
#[derive(Debug)]
pub(in super::super) struct TcpLine {
    stream: TcpStream,
    buffer: Vec<u8>,
    end: Instant,
    asked_at: Option<Instant>,
    budget: Arc<Budget>,
}

impl TcpLine {
    pub(super) async fn open(
        addresses: &[SocketAddr],
        end: Instant,
        budget: Arc<Budget>,
    ) -> Result<Self, QueryError> {
        let mut problem = budget.timeout();
        let mut left = u32::try_from(addresses.len()).unwrap_or(1);
        for address in addresses {
            let now = Instant::now();
            let share = end.saturating_duration_since(now) / left.max(1);
            left = left.saturating_sub(1);
            match timeout_at(now + share, TcpStream::connect(*address)).await {
                Ok(Ok(stream)) => {
                    // Small questions are sent at once; without it they only come later.
                    let _ = stream.set_nodelay(true);
                    budget.note_round_trip(now.elapsed(), false);
                    return Ok(Self {
                        stream,
                        buffer: Vec::new(),
                        end,
                        asked_at: None,
                        budget,
                    });
                }
                Ok(Err(error)) => problem = explain(*address, &error),
                Err(_) => problem = budget.timeout(),
            }
        }
        Err(problem)
    }

    pub(in super::super) async fn send(&mut self, bytes: &[u8]) -> Result<(), QueryError> {
        let written = timeout_at(self.end, self.stream.write_all(bytes)).await;
        written
            .map_err(|_| self.budget.timeout())?
            .map_err(|_| CLOSED)?;
        self.asked_at.get_or_insert_with(Instant::now);
        Ok(())
    }

    /// Exactly `count` bytes.
    pub(in super::super) async fn take(&mut self, count: usize) -> Result<Vec<u8>, QueryError> {
        self.budget
            .allow_tcp(count.saturating_sub(self.buffer.len()))?;
        while self.buffer.len() < count {
            if !self.fill().await? {
                return Err(CLOSED);
            }
        }
        Ok(self.buffer.drain(..count).collect())
    }

    /// Bytes up to and including `mark`, at most `longest`.
    pub(in super::super) async fn take_past(
        &mut self,
        mark: &[u8],
        longest: usize,
    ) -> Result<Vec<u8>, QueryError> {
        let mut searched = 0_usize;
        loop {
            let unread = self.buffer.get(searched..).unwrap_or_default();
            let found = unread
                .windows(mark.len().max(1))
                .position(|part| part == mark);
            if let Some(at) = found {
                return Ok(self.buffer.drain(..searched + at + mark.len()).collect());
            }
            searched = (self.buffer.len() + 1).saturating_sub(mark.len().max(1));
            if self.buffer.len() > longest {
                return Err(QueryError::TooMuch(longest));
            }
            if !self.fill().await? {
                return Err(CLOSED);
            }
        }
    }

    /// Reads what has come; `false` at the end of the stream.
    async fn fill(&mut self) -> Result<bool, QueryError> {
        let mut part = [0; 4096];
        let read = timeout_at(self.end, self.stream.read(&mut part)).await;
        let count = read
            .map_err(|_| self.budget.timeout())?
            .map_err(|_| CLOSED)?;
        if let Some(asked_at) = self.asked_at.take() {
            self.budget.note_round_trip(asked_at.elapsed(), true);
        }
        self.budget.spend_tcp(count)?;
        self.buffer
            .extend_from_slice(part.get(..count).unwrap_or_default());
        Ok(count > 0)
    }
}
