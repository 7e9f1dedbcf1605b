//! Unpacking, within bounds: a small body must not become a large one.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use super::PushError;

/// Bytes of a body once it is unpacked. Proxmox VE sends far less when it is told to split.
pub const UNPACKED: usize = 8 << 20;
/// How many times its size a body may become, from 64 KiB on; text packs to a thirtieth at most.
const RATIO: usize = 200;
/// What a body of any size may become.
const FREE: usize = 64 << 10;

/// The body as it was before it was packed.
///
/// # Errors
/// When it is no gzip, or grows beyond all bounds.
pub fn unpack(body: &[u8], is_gzip: bool) -> Result<Cow<'_, [u8]>, PushError> {
    let limit = UNPACKED.min(body.len().saturating_mul(RATIO).max(FREE));
    if !is_gzip {
        return match body.len() <= UNPACKED {
            true => Ok(Cow::Borrowed(body)),
            false => Err(PushError::TooLarge { limit: UNPACKED }),
        };
    }
    let mut unpacked = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(body)
        .take(bound)
        .read_to_end(&mut unpacked)
        .map_err(|_| PushError::Unpack)?;
    if unpacked.len() > limit {
        return Err(PushError::TooLarge { limit });
    }
    Ok(Cow::Owned(unpacked))
}
