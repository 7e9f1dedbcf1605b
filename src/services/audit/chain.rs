//! The hash that seals a row: SHA-256 over the hash before it and every field with its length in
//! front, so that no two rows are written alike.

use ring::digest::{Context, SHA256};

/// What a row is made of, as it is stored.
pub(super) struct Sealed<'a> {
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) texts: [&'a str; 8],
}

/// The hash of the row that comes before the first.
pub(super) const START: [u8; 32] = [0; 32];

/// The hash of a row that follows the one with hash `previous`.
pub(super) fn seal(previous: &[u8], row: &Sealed<'_>) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    context.update(previous);
    context.update(&row.seq.to_be_bytes());
    context.update(&row.at.to_be_bytes());
    for text in row.texts {
        context.update(&(text.len() as u64).to_be_bytes());
        context.update(text.as_bytes());
    }
    context.finish().as_ref().to_vec()
}
