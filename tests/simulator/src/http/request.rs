//! Reads requests from a connection, one after the other, keeping what arrived early for the next one.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Longest request line with headers.
const HEAD_LIMIT: usize = 64 * 1024;
/// Longest body.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// One request as received.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The target without its query, not decoded.
    pub(crate) path: String,
    /// The query, not decoded.
    pub(crate) query: String,
    pub(crate) version_minor: u8,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The first header of that name, whatever its case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// True when a comma-separated header holds `token`.
    pub(crate) fn header_has(&self, name: &str, token: &str) -> bool {
        self.headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .flat_map(|(_, value)| value.split(','))
            .any(|part| {
                part.split(';')
                    .next()
                    .unwrap_or("")
                    .trim()
                    .eq_ignore_ascii_case(token)
            })
    }

    /// True when the client wants the connection to end after this request.
    pub(crate) fn wants_close(&self) -> bool {
        self.header_has("connection", "close")
            || (self.version_minor == 0 && !self.header_has("connection", "keep-alive"))
    }
}

/// A connection's incoming side.
#[derive(Debug)]
pub(crate) struct Reader<R> {
    stream: R,
    buffer: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    pub(crate) fn new(stream: R) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    /// The next request; `None` when the client closed between two requests.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Request>> {
        let head_end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end;
            }
            if self.buffer.len() > HEAD_LIMIT {
                return Err(invalid("the head is too long"));
            }
            if !self.fill().await? {
                return if self.buffer.is_empty() {
                    Ok(None)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
        };
        let head = String::from_utf8(self.buffer[..head_end].to_vec())
            .map_err(|_| invalid("the head is not text"))?;
        self.buffer.drain(..head_end + 4);
        let mut request = parse_head(&head)?;
        request.body = self.body(&request).await?;
        Ok(Some(request))
    }

    /// Waits until the client closes the connection; what it still sends is thrown away.
    pub(crate) async fn closed(&mut self) {
        loop {
            self.buffer.clear();
            if !self.fill().await.unwrap_or(false) {
                return;
            }
        }
    }

    async fn body(&mut self, request: &Request) -> io::Result<Vec<u8>> {
        if request.header_has("transfer-encoding", "chunked") {
            if request.header("content-length").is_some() {
                return Err(invalid("both a length and chunks"));
            }
            return self.chunks().await;
        }
        match request.header("content-length") {
            None => Ok(Vec::new()),
            Some(text) => {
                let length = decimal(text).ok_or_else(|| invalid("the length is not a number"))?;
                self.take(length).await
            }
        }
    }

    async fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line().await?;
            let size = line.split(';').next().unwrap_or("").trim();
            let size = usize::from_str_radix(size, 16)
                .map_err(|_| invalid("a chunk size is not a number"))?;
            if size == 0 {
                while !self.line().await?.is_empty() {}
                return Ok(body);
            }
            body.extend_from_slice(&self.take(size).await?);
            if body.len() > BODY_LIMIT {
                return Err(invalid("the body is too long"));
            }
            if !self.line().await?.is_empty() {
                return Err(invalid("a chunk is longer than it said"));
            }
        }
    }

    async fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n") {
                let line = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
                self.buffer.drain(..end + 2);
                return Ok(line);
            }
            if self.buffer.len() > HEAD_LIMIT {
                return Err(invalid("a line is too long"));
            }
            if !self.fill().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    async fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        if length > BODY_LIMIT {
            return Err(invalid("the body is too long"));
        }
        while self.buffer.len() < length {
            if !self.fill().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn fill(&mut self) -> io::Result<bool> {
        let mut part = [0; 8192];
        let count = self.stream.read(&mut part).await?;
        self.buffer.extend_from_slice(&part[..count]);
        Ok(count > 0)
    }
}

fn parse_head(head: &str) -> io::Result<Request> {
    let mut lines = head.split("\r\n");
    let start = lines.next().unwrap_or("");
    let mut words = start.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(invalid("the request line does not have three words"));
    };
    let version_minor = match version {
        "HTTP/1.1" => 1,
        "HTTP/1.0" => 0,
        _ => return Err(invalid("not HTTP/1")),
    };
    let mut headers = Vec::new();
    for line in lines {
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| invalid("a header has no colon"))?;
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(invalid("a header has no proper name"));
        }
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    // Origin form only, or what a proxy would get; the authority says nothing to us.
    let target = match target.split_once("://") {
        Some((_, rest)) if !target.starts_with('/') => {
            rest.find('/').map_or("/", |slash| &rest[slash..])
        }
        _ => target,
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Ok(Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        version_minor,
        headers,
        body: Vec::new(),
    })
}

/// Decodes `%41` and, in forms, `+`. What is not a proper escape stays as it is.
pub(crate) fn percent_decode(text: &str, form: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let hex = |at: usize| {
            bytes
                .get(at)
                .and_then(|byte| char::from(*byte).to_digit(16))
        };
        match (bytes[index], hex(index + 1), hex(index + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                index += 3;
                continue;
            }
            (b'+', ..) if form => out.push(b' '),
            (byte, ..) => out.push(byte),
        }
        index += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn decimal(text: &str) -> Option<usize> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(bytes: &[u8]) -> Vec<Result<Request, io::ErrorKind>> {
        let mut reader = Reader::new(bytes);
        let mut found = Vec::new();
        loop {
            match reader.next().await {
                Ok(Some(request)) => found.push(Ok(request)),
                Ok(None) => return found,
                Err(error) => {
                    found.push(Err(error.kind()));
                    return found;
                }
            }
        }
    }

    #[tokio::test]
    async fn pipelined_requests_come_one_by_one() {
        let found = all(b"POST /a?x=1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: h\r\n\r\n").await;
        let found: Vec<_> = found
            .into_iter()
            .map(|request| request.expect("valid"))
            .collect();
        assert_eq!(found.len(), 2);
        assert_eq!(
            (
                found[0].path.as_str(),
                found[0].query.as_str(),
                found[0].body.as_slice()
            ),
            ("/a", "x=1", &b"abc"[..])
        );
        assert_eq!(
            (found[1].path.as_str(), found[1].header("HOST")),
            ("/b", Some("h"))
        );
    }

    #[tokio::test]
    async fn chunks_are_joined() {
        let found =
            all(b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\nGET /b HTTP/1.0\r\n\r\n").await;
        assert_eq!(found[0].as_ref().expect("valid").body, b"abcde");
        assert!(found[1].as_ref().expect("valid").wants_close());
    }

    #[tokio::test]
    async fn nonsense_is_refused() {
        for (bytes, expected) in [
            (&b"GET /\r\n\r\n"[..], io::ErrorKind::InvalidData),
            (b"GET / HTTP/2.0\r\n\r\n", io::ErrorKind::InvalidData),
            (
                b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
                io::ErrorKind::InvalidData,
            ),
            (
                b"GET / HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc",
                io::ErrorKind::InvalidData,
            ),
            (
                b"GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
                io::ErrorKind::InvalidData,
            ),
            (
                b"GET / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
                io::ErrorKind::InvalidData,
            ),
            (
                b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
                io::ErrorKind::InvalidData,
            ),
            (
                b"GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab",
                io::ErrorKind::UnexpectedEof,
            ),
            (b"GET / HT", io::ErrorKind::UnexpectedEof),
        ] {
            let found = all(bytes).await;
            assert_eq!(
                found.last().and_then(|last| last.as_ref().err()),
                Some(&expected),
                "{}",
                bytes.escape_ascii()
            );
        }
    }

    #[test]
    fn escapes_are_decoded() {
        for (text, form, expected) in [
            ("a%2Fb", false, "a/b"),
            ("a+b", true, "a b"),
            ("a+b", false, "a+b"),
            ("%zz%4", false, "%zz%4"),
            ("%C3%BC", false, "ü"),
        ] {
            assert_eq!(percent_decode(text, form), expected);
        }
    }
}
