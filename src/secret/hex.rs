//! Bytes as people read and copy them: two digits each.

use std::fmt::Write as _;

use zeroize::Zeroizing;

/// Bytes in lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    append(&mut text, bytes);
    text
}

/// The same for a key: nothing of it stays in memory.
pub(super) fn hex_of_key(key: &[u8]) -> Zeroizing<String> {
    // Made large enough at once, so that no copy is left behind where it grew.
    let mut text = Zeroizing::new(String::with_capacity(2 * key.len()));
    append(&mut text, key);
    text
}

fn append(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_two_digits() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
        assert_eq!(*hex_of_key(&[1, 254]), "01fe");
        assert_eq!(hex(&[]), "");
    }
}
