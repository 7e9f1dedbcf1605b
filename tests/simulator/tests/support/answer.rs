//! An answer as its bytes came.

use serde_json::Value;

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
