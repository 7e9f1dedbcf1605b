//! Adding, changing and removing people.

use rusqlite::Connection;
use serde_json::json;

use super::{AccountError, Accounts, Subject};
use crate::auth::store::{self, User};
use crate::auth::{Role, is_name};
use crate::db::DbError;
use crate::model::id::{KeyId, UserId};
use crate::services::audit::Asker;
use crate::telemetry::clock;

/// A person to be added.
pub struct NewUser {
    /// The name to log in with.
    pub name: String,
    /// The password.
    pub password: String,
    /// What they may do.
    pub role: Role,
}

/// What is to be changed of a person; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// Another name.
    pub name: Option<String>,
    /// Another role.
    pub role: Option<Role>,
    /// Kept out, or let in again.
    pub disabled: Option<bool>,
}

impl Accounts {
    /// Everybody, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn users(&self) -> Result<Vec<User>, AccountError> {
        Ok(self.db.reader.run(store::users).await?)
    }

    /// The person of that id.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn user(&self, id: &UserId) -> Result<User, AccountError> {
        let wanted = id.clone();
        let found = self
            .db
            .reader
            .run(move |connection| store::user_by_id(connection, &wanted))
            .await?;
        found.ok_or_else(|| no_user(id))
    }

    /// The person of that name.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn user_named(&self, name: &str) -> Result<User, AccountError> {
        let wanted = name.to_owned();
        let found = self
            .db
            .reader
            .run(move |connection| store::user_by_name(connection, &wanted))
            .await?;
        found.ok_or_else(|| AccountError::NoUser { name: name.into() })
    }

    /// Adds a person.
    ///
    /// # Errors
    /// When name or password are not good enough, or the name is taken.
    pub async fn add(&self, by: &Asker, new: NewUser) -> Result<User, AccountError> {
        let user = self.made(new).await?;
        self.change_by(by, "user.add", move |tx| {
            free_name(tx, &user)?;
            store::put_user(tx, &user)?;
            let subject = Subject::new(&user.id, &user.name);
            let role = user.role.word();
            Ok((user, subject.with(json!({ "role": role }))))
        })
        .await
    }

    /// A person to be added, with name and password checked.
    pub(super) async fn made(&self, new: NewUser) -> Result<User, AccountError> {
        let name = checked_name(&new.name)?;
        let password = self.hash(new.password, name.clone()).await?;
        Ok(User {
            id: UserId::random(),
            name,
            role: new.role,
            password,
            totp: None,
            totp_confirmed: false,
            totp_step: 0,
            disabled: false,
            failures: 0,
            locked_until: None,
            created_at: clock::now(),
            last_login_at: None,
        })
    }

    /// Changes a person; whoever is kept out or renamed has to log in again.
    ///
    /// # Errors
    /// When there is no such person, the name is taken, or it is the last admin.
    pub async fn change_user(
        &self,
        by: &Asker,
        id: &UserId,
        change: UserChange,
    ) -> Result<User, AccountError> {
        let name = change.name.as_deref().map(checked_name).transpose()?;
        let id = id.clone();
        self.change_by(by, "user.change", move |tx| {
            let mut user = find(tx, &id)?;
            user.name = name.unwrap_or(user.name);
            user.role = change.role.unwrap_or(user.role);
            user.disabled = change.disabled.unwrap_or(user.disabled);
            free_name(tx, &user)?;
            store::put_user(tx, &user)?;
            keep_an_admin(tx, &user.name)?;
            if user.disabled {
                store::end_sessions(tx, &user.id, None)?;
            }
            let subject = Subject::new(&user.id, &user.name)
                .with(json!({ "role": user.role.word(), "disabled": user.disabled }));
            Ok((user, subject))
        })
        .await
    }

    /// Sets another password and ends all the person's sessions but `except`.
    ///
    /// # Errors
    /// When there is no such person or the password is not good enough.
    pub async fn set_password(
        &self,
        by: &Asker,
        id: &UserId,
        password: String,
        except: Option<KeyId>,
    ) -> Result<(), AccountError> {
        let name = self.user(id).await?.name;
        let hash = self.hash(password, name).await?;
        let id = id.clone();
        self.change_by(by, "user.password", move |tx| {
            let mut user = find(tx, &id)?;
            user.password = hash;
            user.failures = 0;
            user.locked_until = None;
            store::put_user(tx, &user)?;
            store::end_sessions(tx, &id, except.as_ref())?;
            Ok(((), Subject::new(&id, &user.name)))
        })
        .await
    }

    /// Removes a person with their sessions and tokens.
    ///
    /// # Errors
    /// When there is no such person, or it is the last admin.
    pub async fn remove_user(&self, by: &Asker, id: &UserId) -> Result<(), AccountError> {
        let id = id.clone();
        self.change_by(by, "user.remove", move |tx| {
            let user = find(tx, &id)?;
            store::remove_user(tx, &id)?;
            keep_an_admin(tx, &user.name)?;
            Ok(((), Subject::new(&id, &user.name)))
        })
        .await
    }
}

pub(super) fn find(connection: &Connection, id: &UserId) -> Result<User, AccountError> {
    store::user_by_id(connection, id)?.ok_or_else(|| no_user(id))
}

fn no_user(id: &UserId) -> AccountError {
    AccountError::NoUser {
        name: id.to_string(),
    }
}

pub(super) fn free_name(tx: &Connection, user: &User) -> Result<(), AccountError> {
    match store::user_by_name(tx, &user.name)? {
        Some(other) if other.id != user.id => Err(AccountError::NameTaken { name: other.name }),
        _ => Ok(()),
    }
}

/// Refuses a change, which is then rolled back, after which nobody could manage people.
fn keep_an_admin(tx: &Connection, changed: &str) -> Result<(), AccountError> {
    let users: Result<Vec<User>, DbError> = store::users(tx);
    let is_kept = users?
        .iter()
        .any(|user| user.role == Role::Admin && !user.disabled);
    if is_kept {
        return Ok(());
    }
    Err(AccountError::LastAdmin {
        name: changed.to_owned(),
    })
}

pub(super) fn checked_name(name: &str) -> Result<String, AccountError> {
    let name = name.trim();
    if is_name(name) {
        return Ok(name.to_owned());
    }
    Err(AccountError::Invalid {
        field: "name",
        problem: "must be 1 to 64 letters, digits, '-', '_', '.' or '@'".into(),
    })
}
