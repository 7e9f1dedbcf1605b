//! HTTP/1.1 by hand: small, sound, and free to misbehave where a real server does.

pub(crate) mod request;
pub(crate) mod response;

pub(crate) use request::{Reader, Request};
pub(crate) use response::Response;
