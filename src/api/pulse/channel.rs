//! What Pulse's e-mail and webhooks say that channels cannot hold: it is kept beside them, word for
//! word, and named in `inert`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::problem::{Kind, Problem};
use crate::model::id::ChannelId;

use super::webhook::Rest;

/// Under which key it is kept.
pub(super) const KEY: &str = "pulse_notifications";

/// What channels cannot hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    /// The channel that is Pulse's e-mail.
    pub(super) email: Option<ChannelId>,
    /// Which of the known providers somebody chose.
    pub(super) provider: String,
    /// The rest of webhooks, by channel.
    pub(super) webhooks: BTreeMap<ChannelId, Rest>,
}

/// A field that cannot be used.
pub(super) fn invalid(field: &'static str, problem: &str) -> Problem {
    let text = format!("{field}: {problem}");
    Problem::new(Kind::Invalid, "invalid_setting", text).in_field(field)
}
