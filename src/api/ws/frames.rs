//! Looks at the heads of frames before the library does: it collects a frame whole, however long
//! it says that it is, and only then finds it too long.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::dev;
use actix_web::error::PayloadError;
use actix_web::web::{Bytes, Payload};
use actix_web::{FromRequest as _, HttpRequest};
use futures_util::Stream;

use super::MESSAGE_LIMIT;

/// The same bytes, which break off at a frame that is longer than a message may be.
pub(super) async fn bounded(
    request: &HttpRequest,
    body: Payload,
) -> Result<Payload, actix_web::Error> {
    let frames = Frames {
        body,
        heads: Heads::default(),
    };
    let frames: BoxedPayloadStream = Box::pin(frames);
    let mut bounded = dev::Payload::Stream { payload: frames };
    Payload::from_request(request, &mut bounded).await
}

/// What the framework takes for a body of any origin.
type BoxedPayloadStream = Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>>;

struct Frames {
    body: Payload,
    heads: Heads,
}

impl Stream for Frames {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = std::task::ready!(Pin::new(&mut self.body).poll_next(context));
        Poll::Ready(match next {
            Some(Ok(bytes)) if !self.heads.are_fine(&bytes) => Some(Err(PayloadError::Overflow)),
            next => next,
        })
    }
}

/// Where in the frames (RFC 6455, section 5.2) the bytes are that come next.
#[derive(Debug, Default)]
struct Heads {
    head: Vec<u8>,
    /// Bytes until the next head.
    left: u64,
}

impl Heads {
    /// Whether no frame that begins in `bytes` is too long.
    fn are_fine(&mut self, mut bytes: &[u8]) -> bool {
        while let Some((first, rest)) = bytes.split_first() {
            if self.left > 0 {
                let skipped =
                    usize::try_from(self.left).map_or(bytes.len(), |left| left.min(bytes.len()));
                self.left -= skipped as u64;
                bytes = &bytes[skipped..];
                continue;
            }
            self.head.push(*first);
            bytes = rest;
            let Some(length) = length(&self.head) else {
                continue;
            };
            if length > MESSAGE_LIMIT as u64 {
                return false;
            }
            self.head.clear();
            self.left = length;
        }
        true
    }
}

/// The length of the payload, once its head is whole.
fn length(head: &[u8]) -> Option<u64> {
    let second = *head.get(1)?;
    let extended = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    if head.len() < 2 + extended + mask {
        return None;
    }
    let length = head[2..2 + extended]
        .iter()
        .fold(0, |length, byte| length << 8 | u64::from(*byte));
    Some(match extended {
        0 => u64::from(second & 0x7f),
        _ => length,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: u64) -> Vec<u8> {
        let mut bytes = vec![0x81];
        match length {
            0..126 => bytes.push(0x80 | u8::try_from(length).unwrap()),
            126..65_536 => {
                bytes.push(0x80 | 126);
                bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                bytes.push(0x80 | 127);
                bytes.extend(length.to_be_bytes());
            }
        }
        bytes.extend([1, 2, 3, 4]);
        bytes
    }

    fn whole(length: u64) -> Vec<u8> {
        let mut bytes = frame(length);
        // Heads that are none, as they stand inside.
        bytes.extend(vec![0xff; usize::try_from(length).unwrap()]);
        bytes
    }

    #[test]
    fn a_frame_is_refused_by_its_head_alone_however_the_bytes_come() {
        let fine: Vec<u8> = [0, 1, 125, 126, 65_535, 65_536, 3]
            .into_iter()
            .flat_map(whole)
            .collect();
        for piece in [1, 7, 4096, fine.len()] {
            let mut heads = Heads::default();
            assert!(fine.chunks(piece).all(|bytes| heads.are_fine(bytes)));
            assert!(!heads.are_fine(&frame(65_537)), "in pieces of {piece}");
        }
        assert!(!Heads::default().are_fine(&frame(1 << 62)));
        assert!(!Heads::default().are_fine(&frame(u64::MAX)));
    }
}
