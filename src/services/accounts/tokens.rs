//! Tokens for programs, and everybody's sessions.

use ipnet::IpNet;
use serde_json::json;

use super::{AccountError, Accounts, Subject};
use crate::auth::{Key, KeyKind, Role, Scope, ScopeSet, Secret, store};
use crate::model::id::{KeyId, UserId};
use crate::model::time::Timestamp;
use crate::services::audit::Asker;
use crate::telemetry::clock;

/// A token to be made.
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may do, as words such as `fleet:read`.
    pub scopes: Vec<String>,
    /// When it ends; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// Addresses or networks from which it works; empty for anywhere.
    pub networks: Vec<String>,
    /// What its maker may do: nobody gives away more than they have.
    pub limit: ScopeSet,
}

impl Accounts {
    /// Every token and session, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys(&self, kind: KeyKind) -> Result<Vec<Key>, AccountError> {
        let keys = self.db.reader.run(store::keys).await?;
        let keys = keys.into_iter().map(|(_, key)| key);
        Ok(keys.filter(|key| key.kind == kind).collect())
    }

    /// Makes a token; the secret is told this once.
    ///
    /// # Errors
    /// When a field makes no sense.
    pub async fn create_token(
        &self,
        by: &Asker,
        new: NewToken,
    ) -> Result<(Secret, Key), AccountError> {
        let now = clock::now();
        let name = super::people::checked_name(&new.name)?;
        let key = Key {
            id: KeyId::random(),
            kind: KeyKind::Token,
            principal: name.clone(),
            name,
            user: None,
            scopes: scopes(&new.scopes, new.limit)?,
            networks: networks(&new.networks)?,
            created_at: now,
            created_by: by.name.clone(),
            expires_at: new.expires_at,
            last_used_at: None,
            last_used_by: None,
        };
        if key.expires_at.is_some_and(|at| at <= now) {
            return Err(AccountError::Invalid {
                field: "expires_at",
                problem: "lies in the past".into(),
            });
        }
        let secret = Secret::random("hp_");
        let hash = secret.hash();
        let kept = key.clone();
        self.change_by(by, "token.create", move |tx| {
            store::add_key(tx, &hash, &kept)?;
            let details = json!({
                "scopes": kept.scopes.words(),
                "networks": kept.networks.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "expires_at": kept.expires_at.map(Timestamp::millis),
            });
            let subject = Subject::new(&kept.id, &kept.name);
            Ok(((), subject.with(details)))
        })
        .await?;
        Ok((secret, key))
    }

    /// Ends a token or session; it no longer opens anything when this returns.
    ///
    /// # Errors
    /// When there is none of that id and, where given, of that person.
    pub async fn revoke(
        &self,
        by: &Asker,
        id: &KeyId,
        kind: KeyKind,
        user: Option<&UserId>,
    ) -> Result<Key, AccountError> {
        let keys = self.keys(kind).await?;
        let found = keys
            .into_iter()
            .find(|key| key.id == *id && (user.is_none() || key.user.as_ref() == user));
        let Some(key) = found else {
            return Err(AccountError::NoKey { id: id.to_string() });
        };
        let action = match kind {
            KeyKind::Token => "token.revoke",
            KeyKind::Session => "session.revoke",
        };
        let subject = Subject::new(&key.id, &key.principal);
        let id = id.clone();
        self.change_by(by, action, move |tx| {
            store::remove_key(tx, &id)?;
            Ok(((), subject))
        })
        .await?;
        Ok(key)
    }
}

/// What a token may do that names these scopes, each of them one of ours or one of seed 001's
/// `read`, `write` and `admin`.
///
/// # Errors
/// When one of them is unknown, or there are none.
pub fn named_scopes(words: &[String]) -> Result<ScopeSet, AccountError> {
    scopes(words, ScopeSet::all())
}

fn scopes(words: &[String], limit: ScopeSet) -> Result<ScopeSet, AccountError> {
    if words.is_empty() {
        return Err(AccountError::Invalid {
            field: "scopes",
            problem: format!("must name at least one of: {}", all_scopes()),
        });
    }
    let mut held = Vec::new();
    for word in words {
        let meant = meant_by(word).ok_or_else(|| AccountError::Invalid {
            field: "scopes",
            problem: format!("has the unknown '{word}'; there are: {}", all_scopes()),
        })?;
        if meant.iter().any(|scope| !limit.has(*scope)) {
            return Err(AccountError::Invalid {
                field: "scopes",
                problem: format!("has '{word}', which you do not have yourself"),
            });
        }
        held.extend(meant);
    }
    Ok(held.into_iter().collect())
}

/// One scope, or the many that PEON means by one word.
fn meant_by(word: &str) -> Option<Vec<Scope>> {
    let role = match word {
        "read" => Role::Viewer,
        "write" => Role::Operator,
        "admin" => Role::Admin,
        word => return Scope::parse(word).map(|scope| vec![scope]),
    };
    let set = role.scopes();
    Some(
        Scope::ALL
            .into_iter()
            .filter(|scope| set.has(*scope))
            .collect(),
    )
}

fn all_scopes() -> String {
    Scope::ALL.map(Scope::word).join(", ")
}

fn networks(texts: &[String]) -> Result<Vec<IpNet>, AccountError> {
    texts
        .iter()
        .map(|text| {
            let address = || text.parse::<std::net::IpAddr>().map(IpNet::from);
            text.parse::<IpNet>()
                .or_else(|_| address())
                .map_err(|_| AccountError::Invalid {
                    field: "networks",
                    problem: format!(
                        "has '{text}'; give addresses or networks such as 192.0.2.0/24"
                    ),
                })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_words_stand_for_many_scopes_and_give_no_more_than_their_maker_has() {
        let of = |word: &str, limit: ScopeSet| scopes(&[word.to_owned()], limit);
        let admin = Role::Admin.scopes();
        let read = of("read", admin).unwrap();
        assert!(read.has(Scope::FleetRead) && !read.has(Scope::GamesControl));
        let write = of("write", admin).unwrap();
        assert!(write.has(Scope::GamesControl) && !write.has(Scope::UsersWrite));
        assert!(of("admin", admin).unwrap().has(Scope::UsersWrite));
        assert!(of("write", Role::Viewer.scopes()).is_err());
        assert!(of("games", admin).is_err());
    }
}
