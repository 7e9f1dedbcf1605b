//! Writes answers, whole or cut.

use std::fmt::Write as _;
use std::io;

use tokio::io::{AsyncWrite, AsyncWriteExt};

/// One answer. Headers are written as they are, duplicates included; `Content-Length` is added.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// End the connection after this answer.
    pub(crate) close: bool,
    /// Promise the whole body and send half of it.
    pub(crate) cut: bool,
    /// Do not send the body, only what it would be (answers to `HEAD`).
    pub(crate) head_only: bool,
    /// Send the body in pieces without saying its length first.
    pub(crate) chunked: bool,
}

impl Response {
    pub(crate) fn new(status: u16, reason: &str) -> Self {
        Self {
            status,
            reason: reason.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            close: false,
            cut: false,
            head_only: false,
            chunked: false,
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Writes it; `true` when the connection can be used again.
    pub(crate) async fn send(&self, stream: &mut (impl AsyncWrite + Unpin)) -> io::Result<bool> {
        // A line break in the reason would end the head: what a host says in several lines it sends as one.
        let reason = self.reason.replace(['\r', '\n'], " ");
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason.trim_end());
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if self.chunked {
            head.push_str("transfer-encoding: chunked\r\n\r\n");
        } else {
            let _ = write!(head, "Content-Length: {}\r\n\r\n", self.body.len());
        }
        let body = match (self.head_only, self.cut) {
            (true, _) => &[],
            (false, true) => &self.body[..self.body.len() / 2],
            (false, false) => &self.body[..],
        };
        stream.write_all(head.as_bytes()).await?;
        if self.chunked {
            for piece in body.chunks(4096) {
                stream
                    .write_all(format!("{:x}\r\n", piece.len()).as_bytes())
                    .await?;
                stream.write_all(piece).await?;
                stream.write_all(b"\r\n").await?;
            }
            if !self.cut {
                stream.write_all(b"0\r\n\r\n").await?;
            }
        } else {
            stream.write_all(body).await?;
        }
        stream.flush().await?;
        Ok(!self.close && !self.cut)
    }
}
