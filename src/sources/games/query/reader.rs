//! Reads numbers and strings from bytes that somebody else wrote. Nothing here can panic, and
//! nothing allocates by what the bytes claim.

use super::QueryError;

/// A position in foreign bytes.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

type Read<T> = Result<T, QueryError>;

const SHORT: QueryError = QueryError::Malformed("it ends too early");

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn take(&mut self, count: usize) -> Read<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(SHORT)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(SHORT)?;
        self.rest = rest;
        Ok(*taken)
    }

    /// Goes past `expected`, or says that it is not there.
    pub(super) fn expect(&mut self, expected: &[u8], what: &'static str) -> Read<()> {
        self.rest = self
            .rest
            .strip_prefix(expected)
            .ok_or(QueryError::Malformed(what))?;
        Ok(())
    }

    pub(super) fn u8(&mut self) -> Read<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16_le(&mut self) -> Read<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u16_be(&mut self) -> Read<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32_le(&mut self) -> Read<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u32_be(&mut self) -> Read<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn i32_le(&mut self) -> Read<i32> {
        self.array().map(i32::from_le_bytes)
    }

    pub(super) fn u64_le(&mut self) -> Read<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Bytes up to a zero, which is gone past.
    pub(super) fn until_zero(&mut self) -> Read<&'a [u8]> {
        self.until(0).ok_or(SHORT)
    }

    /// Bytes up to `end`, which is gone past; nothing happens where there is none.
    pub(super) fn until(&mut self, end: u8) -> Option<&'a [u8]> {
        let at = self.rest.iter().position(|byte| *byte == end)?;
        let (found, rest) = self.rest.split_at_checked(at)?;
        self.rest = rest.get(1..).unwrap_or_default();
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_both_orders_and_the_end_is_an_error() {
        let mut reader = Reader::new(&[1, 2, 3, 4, 0, 0, 0, b'a', 0, 9]);
        assert_eq!(reader.u16_le().ok(), Some(0x0201));
        assert_eq!(reader.u16_be().ok(), Some(0x0304));
        assert_eq!(reader.take(3).ok(), Some(&[0, 0, 0][..]));
        assert_eq!(reader.until_zero().ok(), Some(&b"a"[..]));
        assert!(reader.u16_le().is_err());
        assert_eq!(reader.u8().ok(), Some(9), "a failed read takes nothing");
        assert!(reader.until_zero().is_err() && reader.is_empty());
        assert!(reader.take(usize::MAX).is_err());
    }
}
