//! What a principal may do, as a small set of `resource:verb` scopes.

use super::role::Role;

/// One permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Scope {
    /// See targets, nodes, guests, storages and their present figures.
    FleetRead,
    /// See past figures.
    HistoryRead,
    /// See alerts.
    AlertsRead,
    /// Take alerts on.
    AlertsWrite,
    /// See which messages went where.
    DeliveriesRead,
    /// Have messages sent again, or discard them.
    DeliveriesWrite,
    /// Decide who is told of what.
    RoutingWrite,
    /// See how targets are configured.
    TargetsRead,
    /// Add, test and remove targets.
    TargetsWrite,
    /// See notification channels.
    ChannelsRead,
    /// Set notification channels up, try and remove them.
    ChannelsWrite,
    /// Change what counts as wrong.
    RulesWrite,
    /// See the product's own state.
    DiagnosticsRead,
    /// Tell guests what to do, where a target's owner switched that on.
    GuestsControl,
    /// See game servers' logs, backups and how they are set up.
    GamesRead,
    /// Make game servers, tell them what to do, back them up, where a target's owner switched
    /// that on.
    GamesControl,
    /// See who did what.
    AuditRead,
    /// See settings.
    SettingsRead,
    /// Change settings.
    SettingsWrite,
    /// See people and tokens.
    UsersRead,
    /// Add, change and remove people and tokens.
    UsersWrite,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 21] = [
        Self::FleetRead,
        Self::HistoryRead,
        Self::AlertsRead,
        Self::AlertsWrite,
        Self::DeliveriesRead,
        Self::DeliveriesWrite,
        Self::RoutingWrite,
        Self::TargetsRead,
        Self::TargetsWrite,
        Self::ChannelsRead,
        Self::ChannelsWrite,
        Self::RulesWrite,
        Self::DiagnosticsRead,
        Self::GuestsControl,
        Self::GamesRead,
        Self::GamesControl,
        Self::AuditRead,
        Self::SettingsRead,
        Self::SettingsWrite,
        Self::UsersRead,
        Self::UsersWrite,
    ];

    /// The scope as it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FleetRead => "fleet:read",
            Self::HistoryRead => "history:read",
            Self::AlertsRead => "alerts:read",
            Self::AlertsWrite => "alerts:write",
            Self::DeliveriesRead => "deliveries:read",
            Self::DeliveriesWrite => "deliveries:write",
            Self::RoutingWrite => "routing:write",
            Self::TargetsRead => "targets:read",
            Self::TargetsWrite => "targets:write",
            Self::ChannelsRead => "channels:read",
            Self::ChannelsWrite => "channels:write",
            Self::RulesWrite => "rules:write",
            Self::DiagnosticsRead => "diagnostics:read",
            Self::GuestsControl => "guests:control",
            Self::GamesRead => "games:read",
            Self::GamesControl => "games:control",
            Self::AuditRead => "audit:read",
            Self::SettingsRead => "settings:read",
            Self::SettingsWrite => "settings:write",
            Self::UsersRead => "users:read",
            Self::UsersWrite => "users:write",
        }
    }

    /// The scope of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }

    /// The least role that has it.
    #[must_use]
    pub const fn role(self) -> Role {
        match self {
            Self::FleetRead
            | Self::HistoryRead
            | Self::AlertsRead
            | Self::DeliveriesRead
            | Self::TargetsRead
            | Self::ChannelsRead => Role::Viewer,
            Self::AlertsWrite
            | Self::DeliveriesWrite
            | Self::DiagnosticsRead
            | Self::GuestsControl
            | Self::GamesRead
            | Self::GamesControl
            | Self::SettingsRead => Role::Operator,
            Self::RoutingWrite
            | Self::TargetsWrite
            | Self::ChannelsWrite
            | Self::RulesWrite
            | Self::AuditRead
            | Self::SettingsWrite
            | Self::UsersRead
            | Self::UsersWrite => Role::Admin,
        }
    }

    const fn bit(self) -> u32 {
        1 << (self as u8)
    }
}

/// Several scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScopeSet(u32);

impl ScopeSet {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// The words of the scopes, in order.
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        let held = Scope::ALL.into_iter().filter(|scope| self.has(*scope));
        held.map(Scope::word).collect()
    }

    /// Those that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether `scope` is among them.
    #[must_use]
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |set, scope| set | scope.bit()))
    }
}

/// Who is asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// What to call them in the audit trail.
    pub name: String,
    /// What they may do.
    pub scopes: ScopeSet,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let set: ScopeSet = [Scope::AlertsRead, Scope::TargetsWrite]
            .into_iter()
            .collect();
        for scope in Scope::ALL {
            let expected = matches!(scope, Scope::AlertsRead | Scope::TargetsWrite);
            assert_eq!(set.has(scope), expected, "{}", scope.word());
        }
        assert!(
            Scope::ALL
                .into_iter()
                .all(|scope| ScopeSet::all().has(scope))
        );
    }
}
