//! A mail server that keeps what it receives. Start with [`SmtpSink`]; `session.rs` speaks the protocol.

mod mail;
mod session;
mod sink;

pub use mail::Mail;
pub use sink::{SmtpFault, SmtpOptions, SmtpSink};
