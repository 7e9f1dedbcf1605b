//! What counts as wrong: rules look at the present and say when something begins, changes or ends.
//!
//! Must not know the database, e-mail or the clock: a rule is a pure function of the [`Fleet`],
//! the settings and `now`. A new rule is one folder and one line in [`RULES`]; it only says what
//! it sees, and [`Judge`] does the rest for all of them: waiting, hysteresis, severities, telling
//! once. Start with [`Judge::evaluate`].
//!
//! [`Fleet`]: crate::state::Fleet

mod judge;
mod memory;
mod node_offline;
mod own_health;
mod reading;
mod settings;
mod threshold;
mod unreachable;
mod words;

pub use judge::Judge;
pub use own_health::{OwnHealth, Pause};
pub use reading::{About, Evidence, Level, Levels, Moment, Reading, Scene, Signal};
pub use settings::{
    BookEntry, Limit, LimitBook, Limits, NodeOfflineSettings, Overrides, Profile, RuleSettings,
    SettingsError, UnreachableSettings,
};

/// One kind of judgement.
pub trait Rule: Sync {
    /// Its name, as it stands in alerts.
    fn name(&self) -> &'static str;

    /// Reports what it sees of every subject under one target. What it does not report, it no
    /// longer watches: an open alert about that ends.
    fn look(&self, scene: &Scene<'_>, report: &mut dyn FnMut(Reading<'_>));

    /// Reports what it sees of the product itself, whatever targets there are.
    fn look_inward(&self, _own: &OwnHealth, _report: &mut dyn FnMut(Reading<'_>)) {}
}

/// Every rule.
pub static RULES: &[&dyn Rule] = &[
    &threshold::Threshold,
    &unreachable::Unreachable,
    &node_offline::NodeOffline,
    &own_health::Own,
];
