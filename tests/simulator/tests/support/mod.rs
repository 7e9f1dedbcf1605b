//! A client as small as can be, so that the tests see every byte of an answer.

mod tls;

use std::io;
use std::net::SocketAddr;

use serde_json::Value;
use simulator::{PveServer, Role};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// An answer, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Takes apart what a server sent, head and body.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let split = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .expect("a head that ends");
        let head = String::from_utf8(bytes[..split].to_vec()).expect("a head of text");
        let mut lines = head.split("\r\n");
        let start = lines.next().expect("a status line");
        let mut words = start.splitn(3, ' ').skip(1);
        Self {
            status: words
                .next()
                .and_then(|word| word.parse().ok())
                .expect("a status"),
            reason: words.next().unwrap_or("").to_owned(),
            headers: lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            body: bytes[split + 4..].to_vec(),
        }
    }

    /// All values of a header.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let matching = self
            .headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name));
        matching.map(|(_, value)| value.as_str()).collect()
    }

    /// The body; `null` when it is empty.
    pub(crate) fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).expect("a body of JSON")
    }

    /// The `data` of the body.
    pub(crate) fn data(&self) -> Value {
        self.json()["data"].clone()
    }
}

/// Opens a verified connection to `addr`.
pub(crate) async fn connect(addr: SocketAddr, ca_pem: &str) -> io::Result<TlsStream<TcpStream>> {
    tls::handshake(TcpStream::connect(addr).await?, ca_pem).await
}

/// Sends raw bytes on a fresh connection and reads until the server closes it.
pub(crate) async fn raw(addr: SocketAddr, ca_pem: &str, request: &str) -> io::Result<Vec<u8>> {
    let mut stream = connect(addr, ca_pem).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes).await {
        // A cut connection is what some tests are about; what came before it counts.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
        other => {
            other?;
        }
    }
    Ok(bytes)
}

/// Asks the first node for a path below `/api2/json`, as a role.
pub(crate) async fn get(server: &PveServer, role: Role, path: &str) -> Answer {
    ask(server, 0, "GET", &server.token(role).header(), path).await
}

/// Asks any node with any method and login.
pub(crate) async fn ask(
    server: &PveServer,
    node: usize,
    method: &str,
    authorization: &str,
    path: &str,
) -> Answer {
    let head = if authorization.is_empty() {
        String::new()
    } else {
        format!("Authorization: {authorization}\r\n")
    };
    let request =
        format!("{method} /api2/json{path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{head}\r\n");
    let bytes = raw(server.addrs()[node], &server.ca_pem(), &request)
        .await
        .expect("an answer");
    Answer::parse(&bytes)
}
