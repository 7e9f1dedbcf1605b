//! Which role somebody has that another service vouches for, by the groups that it names.

use super::role::Role;

/// Groups and the roles they give.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupRoles {
    /// Groups of admins.
    pub admins: Vec<String>,
    /// Groups of operators.
    pub operators: Vec<String>,
    /// Groups of viewers.
    pub viewers: Vec<String>,
    /// What everybody else is; `None` keeps them out.
    pub others: Option<Role>,
}

impl GroupRoles {
    /// The greatest role that one of `groups` gives.
    #[must_use]
    pub fn role(&self, groups: &[String]) -> Option<Role> {
        let is_in = |wanted: &[String]| groups.iter().any(|group| wanted.contains(group));
        [
            (&self.admins, Role::Admin),
            (&self.operators, Role::Operator),
            (&self.viewers, Role::Viewer),
        ]
        .into_iter()
        .find(|(wanted, _)| is_in(wanted))
        .map_or(self.others, |(_, role)| Some(role))
    }

    /// Whether nobody at all would be let in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Somebody whom a trusted proxy vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// The name.
    pub name: String,
    /// Their groups.
    pub groups: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_group_wins_and_strangers_get_what_others_get() {
        let mut roles = GroupRoles {
            admins: vec!["root".into()],
            viewers: vec!["family".into(), "guests".into()],
            ..GroupRoles::default()
        };
        let role = |roles: &GroupRoles, groups: &[&str]| {
            roles.role(&groups.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(role(&roles, &["family", "root"]), Some(Role::Admin));
        assert_eq!(role(&roles, &["guests"]), Some(Role::Viewer));
        assert_eq!(
            role(&roles, &["Root"]),
            None,
            "names are compared as they are"
        );
        roles.others = Some(Role::Viewer);
        assert_eq!(role(&roles, &[]), Some(Role::Viewer));
    }
}
