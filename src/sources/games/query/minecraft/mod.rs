//! Minecraft: the Java edition's status and its optional query, and the Bedrock edition.

mod bedrock;
mod gs4;
mod java;
mod legacy;

use super::text;

pub(super) use bedrock::PROTOCOL as BEDROCK;
pub(super) use gs4::PROTOCOL as QUERY;
pub(super) use java::PROTOCOL as JAVA;

/// A message of the day as people read it: in one line and without colours.
fn plain(motd: &str) -> Option<String> {
    Some(text::tidy(&text::without_colours(motd, '§'))).filter(|text| !text.is_empty())
}
