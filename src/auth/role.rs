//! What a person may do, in three steps.

use serde::{Deserialize, Serialize};

use super::scope::{Scope, ScopeSet};

/// A person's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything, people and tokens included.
    Admin,
    /// Everything that running the house needs: alerts, silences, control; not settings, people or
    /// tokens.
    Operator,
    /// Seeing.
    Viewer,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Operator, Self::Viewer];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
        }
    }

    /// The role of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// What it may do.
    #[must_use]
    pub fn scopes(self) -> ScopeSet {
        Scope::ALL
            .into_iter()
            .filter(|scope| self >= scope.role())
            .collect()
    }
}

impl PartialOrd for Role {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Role {
    /// Whoever may do more is greater.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (*other as u8).cmp(&(*self as u8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greater_role_may_do_all_that_a_lesser_one_may_and_more() {
        let [admin, operator, viewer] = Role::ALL.map(Role::scopes);
        assert_eq!(admin, ScopeSet::all());
        for scope in Scope::ALL {
            assert!(!viewer.has(scope) || operator.has(scope), "{scope:?}");
        }
        assert!(operator.has(Scope::AlertsWrite) && !viewer.has(Scope::AlertsWrite));
        assert!(!operator.has(Scope::UsersWrite) && !operator.has(Scope::TargetsWrite));
        assert!(Role::Admin > Role::Operator && Role::Operator > Role::Viewer);
    }
}
