//! A received message.

/// A message as it was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The address in `MAIL FROM`, without brackets.
    pub from: String,
    /// The addresses in `RCPT TO`.
    pub to: Vec<String>,
    /// The whole message, dots unstuffed, lines ended by CR LF.
    pub raw: Vec<u8>,
    /// When it was complete, in ms since 1970.
    pub at: i64,
    /// Whether it came over TLS.
    pub encrypted: bool,
    /// The user who had logged in.
    pub user: Option<String>,
}

impl Mail {
    /// The message as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }

    /// The first header of that name, unfolded; encoded words stay encoded.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers()
            .into_iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// All headers in order, unfolded.
    pub fn headers(&self) -> Vec<(String, String)> {
        let text = self.text();
        let head = text.split("\r\n\r\n").next().unwrap_or("");
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in head.split("\r\n") {
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = headers.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            } else if let Some((name, value)) = line.split_once(':') {
                headers.push((name.to_owned(), value.trim().to_owned()));
            }
        }
        headers
    }

    /// What follows the headers, not decoded.
    pub fn body(&self) -> String {
        self.text()
            .split_once("\r\n\r\n")
            .map_or_else(String::new, |(_, body)| body.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_unfolded() {
        let mail = Mail {
            from: String::new(),
            to: Vec::new(),
            raw: b"Subject: one\r\n two\r\nX: y\r\n\r\nbody\r\n".to_vec(),
            at: 0,
            encrypted: false,
            user: None,
        };
        assert_eq!(mail.header("subject").as_deref(), Some("one two"));
        assert_eq!(mail.header("x").as_deref(), Some("y"));
        assert_eq!(mail.body(), "body\r\n");
    }
}
