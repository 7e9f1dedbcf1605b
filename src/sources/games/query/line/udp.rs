//! Datagrams: connected sockets, so that only the server is heard and a closed port is known at
//! once; questions repeated with growing pauses.

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::io::ReadBuf;
use tokio::net::UdpSocket;
use tokio::time::Instant;

use super::super::QueryError;
use super::{Budget, Patience};

/// Pause before the first repetition; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// What a protocol makes of a datagram.
pub(in super::super) enum Heard<T> {
    /// The answer is complete.
    Answer(T),
    /// It belongs to the answer and more is to come.
    Part,
    /// It does not answer this question.
    Foreign,
    /// It ends the query.
    Fatal(QueryError),
}

impl<T> From<Result<T, QueryError>> for Heard<T> {
    /// Bytes that cannot be read may be anybody's, so they do not end the wait for those that can.
    fn from(parsed: Result<T, QueryError>) -> Self {
        parsed.map_or(Self::Foreign, Self::Answer)
    }
}

/// A conversation with one server over datagrams; until it answers, over both address families.
#[derive(Debug)]
pub(in super::super) struct UdpLine {
    sockets: Vec<(SocketAddr, UdpSocket)>,
    buffer: Box<[u8]>,
    budget: Arc<Budget>,
}

impl UdpLine {
    pub(super) async fn open(
        addresses: &[SocketAddr],
        budget: Arc<Budget>,
    ) -> Result<Self, QueryError> {
        let mut sockets = Vec::with_capacity(addresses.len());
        let mut problem = None;
        for address in addresses {
            match connect(*address).await {
                Ok(socket) => sockets.push((*address, socket)),
                Err(error) => problem = Some(explain(*address, &error)),
            }
        }
        match problem {
            Some(problem) if sockets.is_empty() => Err(problem),
            _ => Ok(Self {
                sockets,
                buffer: vec![0; 65_536].into_boxed_slice(),
                budget,
            }),
        }
    }

    /// Sends `questions` until `judge` has its answer or the patience ends.
    pub(in super::super) async fn exchange<T>(
        &mut self,
        questions: &[&[u8]],
        patience: Patience,
        mut judge: impl FnMut(&[u8]) -> Heard<T>,
    ) -> Result<T, QueryError> {
        let end = self.budget.end_of(patience);
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut again = started;
        let mut sent = 0_u32;
        let mut heard_foreign = false;
        loop {
            if Instant::now() >= again {
                self.send(questions).await?;
                sent += 1;
                again += pause;
                pause *= 2;
            }
            let received = tokio::time::timeout_at(again.min(end), self.receive()).await;
            let Ok(received) = received else {
                if Instant::now() < end {
                    continue;
                }
                return Err(if heard_foreign {
                    QueryError::Malformed("nothing that came answers the question")
                } else {
                    self.budget.timeout()
                });
            };
            let (from, length) = received?;
            self.budget.spend_udp(length)?;
            match judge(self.buffer.get(..length).unwrap_or_default()) {
                Heard::Foreign => {
                    heard_foreign = true;
                    continue;
                }
                Heard::Fatal(error) => return Err(error),
                Heard::Part => {
                    self.stay_with(from);
                    self.budget.note_round_trip(started.elapsed(), sent == 1);
                }
                Heard::Answer(answer) => {
                    self.stay_with(from);
                    self.budget.note_round_trip(started.elapsed(), sent == 1);
                    return Ok(answer);
                }
            }
        }
    }

    /// Sends what needs no answer, such as a farewell.
    pub(in super::super) async fn send(&mut self, datagrams: &[&[u8]]) -> Result<(), QueryError> {
        for datagram in datagrams {
            let mut index = 0;
            while let Some((address, socket)) = self.sockets.get(index) {
                // A failed send tells of an earlier datagram that was turned away.
                match socket.send(datagram).await {
                    Ok(_) => index += 1,
                    Err(error) => {
                        let problem = explain(*address, &error);
                        self.give_up(index, problem)?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn receive(&mut self) -> Result<(SocketAddr, usize), QueryError> {
        loop {
            let Self {
                sockets, buffer, ..
            } = self;
            let (index, outcome) = poll_fn(|context| {
                for (index, (_, socket)) in sockets.iter().enumerate() {
                    let mut buffer = ReadBuf::new(buffer);
                    if let Poll::Ready(outcome) = socket.poll_recv(context, &mut buffer) {
                        return Poll::Ready((index, outcome.map(|()| buffer.filled().len())));
                    }
                }
                Poll::Pending
            })
            .await;
            let Some(address) = self.sockets.get(index).map(|(address, _)| *address) else {
                return Err(self.budget.timeout());
            };
            match outcome {
                Ok(length) => return Ok((address, length)),
                Err(error) => self.give_up(index, explain(address, &error))?,
            }
        }
    }

    /// Goes on without one address family; without the last one the query has failed.
    fn give_up(&mut self, index: usize, problem: QueryError) -> Result<(), QueryError> {
        self.sockets.remove(index);
        if self.sockets.is_empty() {
            return Err(problem);
        }
        Ok(())
    }

    fn stay_with(&mut self, address: SocketAddr) {
        self.sockets.retain(|(known, _)| *known == address);
    }
}

async fn connect(address: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = if address.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(address).await?;
    Ok(socket)
}

pub(super) fn explain(address: SocketAddr, error: &io::Error) -> QueryError {
    if error.kind() == io::ErrorKind::ConnectionRefused {
        return QueryError::Closed(address.to_string());
    }
    QueryError::Unreachable {
        address: address.to_string(),
        reason: error.kind().to_string(),
    }
}
