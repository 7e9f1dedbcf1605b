//! A client as small as can be, so that the tests see every byte of an answer.

mod answer;
mod tls;

pub(crate) use answer::Answer;

use std::io;
use std::net::SocketAddr;

use simulator::{PveServer, Role};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

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
