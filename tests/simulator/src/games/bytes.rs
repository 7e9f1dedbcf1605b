//! Puts answers together.

/// Bytes that grow by numbers and strings.
#[derive(Clone, Debug, Default)]
pub(super) struct Out(pub(super) Vec<u8>);

impl Out {
    pub(super) fn new(start: &[u8]) -> Self {
        Self(start.to_vec())
    }

    pub(super) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn byte(self, value: u8) -> Self {
        self.raw(&[value])
    }

    /// A string with a zero behind it.
    pub(super) fn text(self, text: &str) -> Self {
        self.raw(text.as_bytes()).byte(0)
    }

    pub(super) fn number(self, number: impl ToString) -> Self {
        self.text(&number.to_string())
    }
}

/// A count as a byte.
pub(super) fn small(count: usize) -> u8 {
    u8::try_from(count).unwrap_or(u8::MAX)
}

/// A count as two bytes.
pub(super) fn short(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
