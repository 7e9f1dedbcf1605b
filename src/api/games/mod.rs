//! Game servers for the families of Playpulse and PEON: found by their ids, made from a name and a
//! game, and their callers paced. Words no answer: what a status or a field is called is a
//! family's own business.

pub(super) mod caller;
pub(super) mod create;
pub(super) mod find;
pub(super) mod refused;

use actix_web::web::Data;

use super::shared::Shared;

/// What all handlers share.
type Parts = Data<Shared>;
