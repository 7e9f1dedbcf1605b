//! One game server on loopback: a datagram socket and a listener on the same port.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::{JoinHandle, JoinSet};

use super::{GameFault, GameProtocol, GameState, datagram, stream};
use crate::pve::server::lock;

/// A game server. Dropping it stops it.
#[derive(Debug)]
pub struct GameServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    tasks: [JoinHandle<()>; 2],
}

#[derive(Debug)]
struct Shared {
    protocol: GameProtocol,
    state: Mutex<GameState>,
    fault: Mutex<GameFault>,
    challenge: AtomicU32,
    heard: AtomicUsize,
}

impl GameServer {
    /// Starts it on a free port of 127.0.0.1.
    pub async fn start(protocol: GameProtocol, state: GameState) -> io::Result<Self> {
        Self::start_on(Ipv4Addr::LOCALHOST.into(), protocol, state).await
    }

    /// Starts it on a free port of another loopback address, such as `::1`.
    pub async fn start_on(
        ip: IpAddr,
        protocol: GameProtocol,
        state: GameState,
    ) -> io::Result<Self> {
        let (listener, socket) = bind(ip).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            protocol,
            state: Mutex::new(state),
            fault: Mutex::default(),
            challenge: AtomicU32::new(0x0a0b_0c0d),
            heard: AtomicUsize::new(0),
        });
        let tasks = [
            tokio::spawn(datagrams(Arc::clone(&shared), socket)),
            tokio::spawn(streams(Arc::clone(&shared), listener)),
        ];
        Ok(Self {
            address,
            shared,
            tasks,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes what goes on in the game.
    pub fn update(&self, change: impl FnOnce(&mut GameState)) {
        change(&mut lock(&self.shared.state));
    }

    /// Decides how it misbehaves from now on.
    pub fn set_fault(&self, fault: GameFault) {
        *lock(&self.shared.fault) = fault;
    }

    /// Datagrams and connections so far.
    pub fn heard(&self) -> usize {
        self.shared.heard.load(Ordering::Relaxed)
    }
}

impl Drop for GameServer {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// A port that is free for both.
async fn bind(ip: IpAddr) -> io::Result<(TcpListener, UdpSocket)> {
    let mut last = io::ErrorKind::AddrInUse.into();
    for _ in 0..32 {
        let listener = TcpListener::bind((ip, 0)).await?;
        match UdpSocket::bind(listener.local_addr()?).await {
            Ok(socket) => return Ok((listener, socket)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn datagrams(shared: Arc<Shared>, socket: UdpSocket) {
    let mut buffer = vec![0; 2048];
    let mut lost = false;
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        shared.heard.fetch_add(1, Ordering::Relaxed);
        let fault = *lock(&shared.fault);
        let challenge = match fault {
            GameFault::WrongChallenge => shared.challenge.fetch_add(1, Ordering::Relaxed),
            _ => shared.challenge.load(Ordering::Relaxed),
        };
        let mut answers = {
            let state = lock(&shared.state);
            datagram::answer(shared.protocol, &state, &buffer[..length], challenge, fault)
        };
        match fault {
            GameFault::Silent => answers.clear(),
            GameFault::LoseFirst if !lost => {
                lost = true;
                answers.clear();
            }
            GameFault::Half => {
                for answer in &mut answers {
                    answer.truncate(answer.len() / 2);
                }
            }
            GameFault::Flood => answers = vec![vec![0xee; 1400]; 4000],
            _ => {}
        }
        let elsewhere = match fault {
            GameFault::OtherSource => UdpSocket::bind((
                socket
                    .local_addr()
                    .map_or(Ipv4Addr::LOCALHOST.into(), |own| own.ip()),
                0,
            ))
            .await
            .ok(),
            _ => None,
        };
        let speaker = elsewhere.as_ref().unwrap_or(&socket);
        for answer in &answers {
            // Whoever asked may be gone by now.
            if speaker.send_to(answer, from).await.is_err() {
                break;
            }
        }
    }
}

async fn streams(shared: Arc<Shared>, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                shared.heard.fetch_add(1, Ordering::Relaxed);
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    // A client that goes away in the middle is its own business.
                    let _ = converse(&shared, stream).await;
                });
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse(shared: &Shared, mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let Some(mut session) = stream::session(shared.protocol) else {
        // Games of datagrams hang up on whatever comes by stream, and on nothing.
        let fault = *lock(&shared.fault);
        return match fault {
            GameFault::Silent => std::future::pending().await,
            _ => stream.read_u8().await.map(drop),
        };
    };
    let mut input = Vec::new();
    let mut part = [0; 2048];
    say(shared, &mut stream, session.greet()).await?;
    loop {
        let fault = *lock(&shared.fault);
        if fault == GameFault::Flood {
            let nonsense = [0x41; 8192];
            loop {
                stream.write_all(&nonsense).await?;
            }
        }
        let answer = session.feed(&lock(&shared.state), &mut input, fault);
        match answer {
            Some(answer) => {
                let is_over = session.is_over() && fault != GameFault::Silent;
                if !say(shared, &mut stream, answer).await? || is_over {
                    return Ok(());
                }
            }
            None => {
                let count = stream.read(&mut part).await?;
                if count == 0 {
                    return Ok(());
                }
                input.extend_from_slice(&part[..count]);
            }
        }
    }
}

/// Sends as well as the fault lets it; `false` when the connection is to end.
async fn say(shared: &Shared, stream: &mut TcpStream, answer: Vec<u8>) -> io::Result<bool> {
    if answer.is_empty() {
        return Ok(true);
    }
    let fault = *lock(&shared.fault);
    match fault {
        GameFault::Silent => {}
        GameFault::Half => {
            stream.write_all(&answer[..answer.len() / 2]).await?;
            return Ok(false);
        }
        GameFault::Drip => {
            for byte in answer {
                stream.write_all(&[byte]).await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        GameFault::LyingLength if shared.protocol == GameProtocol::MinecraftJava => {
            // Two gibibytes are announced.
            stream.write_all(&[0xff, 0xff, 0xff, 0xff, 0x07]).await?;
            stream.write_all(&answer).await?;
        }
        _ => stream.write_all(&answer).await?,
    }
    Ok(true)
}
