//! What a scope means now, before somebody silences it.

use super::{SilenceError, check};
use crate::holds::{covers, covers_resource};
use crate::model::alert::Alert;
use crate::model::resource::SharedResource;
use crate::model::silence::Scope;
use crate::state::Fleet;

/// What a scope means now.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Open alerts that it covers.
    pub alerts: Vec<Alert>,
    /// Resources whose alerts it would cover.
    pub resources: Vec<SharedResource>,
}

/// What `scope` means of the open alerts and the present.
///
/// # Errors
/// When the scope makes no sense.
pub fn preview<'a>(
    scope: &Scope,
    open: impl Iterator<Item = &'a Alert>,
    fleet: &Fleet,
) -> Result<Preview, SilenceError> {
    check::scope(scope)?;
    let resources = fleet
        .resources()
        .filter(|found| covers_resource(scope, found));
    Ok(Preview {
        alerts: open
            .filter(|alert| covers(scope, alert, fleet))
            .cloned()
            .collect(),
        resources: resources.cloned().collect(),
    })
}
