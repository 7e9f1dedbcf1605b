//! Output of programs in containers: without a terminal, an engine sends it in frames with a kind
//! and a length in front; with one, as it is.

use crate::http::{HttpError, Incoming};

/// Bytes in front of each frame: kind, three zeros, length.
const HEAD: usize = 8;

/// Takes frames apart.
#[derive(Debug, Default)]
pub(super) struct Frames {
    raw: bool,
    head: Vec<u8>,
    left: usize,
    text: Vec<u8>,
    most: usize,
}

impl Frames {
    /// Keeps the first `most` bytes of text; `raw` is without frames.
    pub(super) fn new(raw: bool, most: usize) -> Self {
        Self {
            raw,
            most,
            ..Self::default()
        }
    }

    /// Takes in what arrived. A length may lie: nothing is kept for it beforehand.
    pub(super) fn take(&mut self, mut bytes: &[u8]) {
        if self.raw {
            return self.keep(bytes);
        }
        while !bytes.is_empty() {
            if self.left > 0 {
                let (now, later) = bytes.split_at(self.left.min(bytes.len()));
                self.left -= now.len();
                self.keep(now);
                bytes = later;
                continue;
            }
            let (now, later) = bytes.split_at((HEAD - self.head.len()).min(bytes.len()));
            self.head.extend_from_slice(now);
            bytes = later;
            if let Some((_, length)) = self.head.split_first_chunk::<4>()
                && let Ok(length) = <[u8; 4]>::try_from(length)
            {
                self.left = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
                self.head.clear();
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let free = self.most.saturating_sub(self.text.len());
        self.text.extend_from_slice(&bytes[..bytes.len().min(free)]);
    }

    /// Whether any text has arrived.
    pub(super) const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text so far.
    pub(super) fn finish(self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }
}

/// All of an answer's text, of which the first `most` bytes are kept.
pub(super) async fn text(mut from: Incoming, raw: bool, most: usize) -> Result<String, HttpError> {
    let mut frames = Frames::new(raw, most);
    while let Some(chunk) = from.chunk().await? {
        frames.take(&chunk);
    }
    Ok(frames.finish())
}

/// A line without what a terminal would do with it.
pub(super) fn tidy(line: &str) -> String {
    let mut tidy = String::with_capacity(line.len().min(2000));
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            // A sequence ends with a letter; the bracket that begins it is none.
            let _ = chars.find(|c| c.is_ascii_alphabetic());
        } else if c == '\t' || !c.is_control() {
            tidy.push(c);
        }
        if tidy.len() >= 2000 {
            break;
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_put_together_wherever_the_network_cuts_them() {
        let whole = b"\x01\0\0\0\0\0\0\x05hello\x02\0\0\0\0\0\0\x01!";
        for size in 1..whole.len() {
            let mut frames = Frames::new(false, 100);
            for piece in whole.chunks(size) {
                frames.take(piece);
            }
            assert_eq!(frames.finish(), "hello!", "pieces of {size}");
        }
    }

    #[test]
    fn a_lying_length_costs_nothing() {
        let mut frames = Frames::new(false, 4);
        frames.take(b"\x01\0\0\0\xff\xff\xff\xffhello");
        assert!(frames.text.capacity() < 1024);
        assert_eq!(frames.finish(), "hell");
    }

    #[test]
    fn a_log_has_no_colours() {
        assert_eq!(tidy("\u{1b}[32mINFO\u{1b}[0m\tready\r"), "INFO\tready");
    }
}
