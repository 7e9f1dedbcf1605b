//! Who sends, and what: a target's token in any header that senders use, and a body within bounds.

use std::borrow::Cow;

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::{Bytes, Data, Payload};
use futures_util::StreamExt as _;

use crate::api::carried::{self, Scheme};
use crate::api::shared::Shared;
use crate::model::id::TargetId;
use crate::services::push::{PushError, unpack};

/// Bytes of a body as it comes over the wire.
const BODY: usize = 2 << 20;

/// Why something that was sent is not taken.
#[derive(Debug)]
pub(super) enum Refused {
    /// The token is missing or wrong.
    Stranger,
    /// The body is too large.
    TooLarge(String),
    /// The body cannot be read.
    Malformed(String),
}

impl From<PushError> for Refused {
    fn from(error: PushError) -> Self {
        match &error {
            PushError::TooLarge { .. } => Self::TooLarge(error.to_string()),
            PushError::Unpack | PushError::Malformed(_) => Self::Malformed(error.to_string()),
        }
    }
}

/// How senders write a token in `Authorization`; InfluxDB's clients write `Token t`.
const SCHEMES: [Scheme; 2] = [Scheme::Token, Scheme::Bearer];

/// Whether a sender says who it is.
pub(super) fn shows_token(request: &HttpRequest) -> bool {
    carried::token(request, &SCHEMES).is_some()
}

/// Whose host sends.
pub(super) fn target(request: &HttpRequest, shared: &Shared) -> Result<TargetId, Refused> {
    carried::token(request, &SCHEMES)
        .and_then(|token| shared.parts.push.admit(&token))
        .ok_or(Refused::Stranger)
}

/// A body within bounds, still packed.
pub(super) struct Body {
    bytes: Bytes,
    is_gzip: bool,
}

impl Body {
    /// Reads a body, up to the most that is taken.
    pub(super) async fn read(request: &HttpRequest, mut payload: Payload) -> Result<Self, Refused> {
        let encoding = request.headers().get(header::CONTENT_ENCODING);
        let encoding = encoding.and_then(|value| value.to_str().ok()).unwrap_or("");
        let is_gzip = match encoding.trim() {
            "" | "identity" => false,
            word if word.eq_ignore_ascii_case("gzip") => true,
            other => {
                let other: String = other.chars().take(40).collect();
                return Err(Refused::Malformed(format!(
                    "the encoding '{other}' is not understood; send gzip or identity"
                )));
            }
        };
        let mut bytes = Vec::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Refused::Malformed("the body broke off".to_owned()))?;
            if bytes.len() + chunk.len() > BODY {
                return Err(Refused::TooLarge(format!(
                    "the body is larger than {BODY} bytes; send less at a time"
                )));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Self {
            bytes: bytes.into(),
            is_gzip,
        })
    }

    /// The body as it was before it was packed.
    pub(super) fn unpacked(&self) -> Result<Cow<'_, [u8]>, Refused> {
        Ok(unpack(&self.bytes, self.is_gzip)?)
    }
}

/// A payload that is read only after the sender is known.
pub(super) struct Sent {
    pub(super) target: TargetId,
    pub(super) body: Body,
}

impl Sent {
    /// Who sends what.
    pub(super) async fn read(
        request: &HttpRequest,
        payload: Payload,
        shared: &Data<Shared>,
    ) -> Result<Self, Refused> {
        Ok(Self {
            target: target(request, shared)?,
            body: Body::read(request, payload).await?,
        })
    }
}
