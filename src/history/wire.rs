//! Numbers as bytes: LEB128 varints, zigzag, little-endian words. Reading never panics.

use super::error::Damage;

/// Appends `value` in seven-bit groups, lowest first.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed number so that small magnitudes are short.
pub(super) fn put_signed(out: &mut Vec<u8>, value: i64) {
    put_varint(out, zigzag(value));
}

/// Appends a length or a count.
pub(super) fn put_len(out: &mut Vec<u8>, value: usize) {
    put_varint(out, value as u64);
}

pub(super) const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

pub(super) const fn unzigzag(value: u64) -> i64 {
    ((value >> 1) as i64) ^ -((value & 1) as i64)
}

/// Reads what the functions above wrote.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    /// What is being read, for the report of damage.
    part: &'static str,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8], part: &'static str) -> Self {
        Self { rest: bytes, part }
    }

    pub(super) const fn damage(&self) -> Damage {
        Damage(self.part)
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Damage> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(Damage(self.part))?;
        self.rest = rest;
        Ok(taken)
    }

    /// Everything that is left, without taking it.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next `length` bytes, or as many as there are.
    pub(super) fn take_up_to(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let damage = self.damage();
        self.take(N)?.try_into().map_err(|_| damage)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Damage> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn word(&mut self) -> Result<u32, Damage> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn long(&mut self) -> Result<u64, Damage> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(super) fn varint(&mut self) -> Result<u64, Damage> {
        let mut value = 0;
        for (index, &byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[index + 1..];
                return Ok(value);
            }
        }
        Err(self.damage())
    }

    pub(super) fn signed(&mut self) -> Result<i64, Damage> {
        Ok(unzigzag(self.varint()?))
    }

    /// A varint that has to fit `T`.
    pub(super) fn number<T: TryFrom<u64>>(&mut self) -> Result<T, Damage> {
        T::try_from(self.varint()?).map_err(|_| self.damage())
    }

    /// A count or length of at most `limit`.
    pub(super) fn len(&mut self, limit: usize) -> Result<usize, Damage> {
        let value: usize = self.number()?;
        if value <= limit {
            Ok(value)
        } else {
            Err(self.damage())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back_as_they_went_in(unsigned: u64, signed: i64) {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, unsigned);
            put_signed(&mut bytes, signed);
            let mut reader = Reader::new(&bytes, "test");
            prop_assert_eq!(reader.varint(), Ok(unsigned));
            prop_assert_eq!(reader.signed(), Ok(signed));
            prop_assert_eq!(reader.byte(), Err(reader.damage()));
        }

        #[test]
        fn reading_any_bytes_ends_without_panic(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes, "test");
            while reader.varint().is_ok() {}
            let _ = reader.long();
            let _ = reader.word();
        }
    }
}
