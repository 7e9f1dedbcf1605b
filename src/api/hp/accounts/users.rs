//! People: list, add, change, remove.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, delete, get, patch, post, put};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::dialect::{Answer, Hp, Reply};
use crate::api::guard::{Allow, UsersRead, UsersWrite};
use crate::api::hp::errors::Problem;
use crate::api::hp::words;
use crate::api::shared::Shared;
use crate::api::trail;
use crate::auth::{Role, store};
use crate::model::id::UserId;
use crate::services::accounts::{NewUser, UserChange};

/// A person who may log in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct User {
    /// Stable id.
    id: String,
    /// The name to log in with.
    name: String,
    /// What they may do.
    #[schema(schema_with = words::role)]
    role: Role,
    /// Whether an authenticator app is asked for.
    totp: bool,
    /// Whether they are kept out.
    disabled: bool,
    /// When they were added, in milliseconds.
    created_at: i64,
    /// When they last logged in.
    last_login_at: Option<i64>,
    /// Until when wrong passwords keep them out.
    locked_until: Option<i64>,
}

impl From<store::User> for User {
    fn from(user: store::User) -> Self {
        Self {
            id: user.id.to_string(),
            name: user.name,
            role: user.role,
            totp: user.totp_confirmed,
            disabled: user.disabled,
            created_at: user.created_at.millis(),
            last_login_at: user.last_login_at.map(|at| at.millis()),
            locked_until: user.locked_until.map(|at| at.millis()),
        }
    }
}

/// Several people.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Users {
    /// The people, by name.
    users: Vec<User>,
}

/// A person to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddUser {
    /// The name to log in with.
    name: String,
    /// The password.
    #[schema(value_type = String)]
    password: SecretString,
    /// What they may do.
    #[schema(schema_with = words::role)]
    role: Role,
}

/// What is to be changed; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeUser {
    /// Another name.
    name: Option<String>,
    /// Another role.
    #[schema(schema_with = words::role)]
    role: Option<Role>,
    /// Kept out, or let in again.
    disabled: Option<bool>,
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    /// The password.
    #[schema(value_type = String)]
    password: SecretString,
}

/// All people.
#[utoipa::path(tag = "hp", responses((status = 200, body = Users)))]
#[get("/users")]
pub(in crate::api::hp) async fn list_users(
    _: Allow<Hp, UsersRead>,
    shared: Data<Shared>,
) -> Answer<Hp, Users> {
    let users = shared.parts.accounts.users().await?;
    let users = users.into_iter().map(User::from).collect();
    Ok(Reply::ok(Users { users }))
}

/// Add a person.
#[utoipa::path(
    tag = "hp",
    request_body = AddUser,
    responses(
        (status = 201, body = User),
        (status = 400, body = Problem),
        (status = 409, body = Problem, description = "The name is taken"),
    ),
)]
#[post("/users")]
pub(in crate::api::hp) async fn add_user(
    caller: Allow<Hp, UsersWrite>,
    request: HttpRequest,
    new: Json<AddUser>,
    shared: Data<Shared>,
) -> Answer<Hp, User> {
    let new = new.into_inner();
    let new = NewUser {
        name: new.name,
        password: new.password.expose_secret().to_owned(),
        role: new.role,
    };
    let by = trail::asker(&request, &caller.principal.name);
    let user = shared.parts.accounts.add(&by, new).await?;
    trail::mark(&request);
    Ok(Reply::created(user.into()))
}

/// Change a person's name or role, or keep them out.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The person's id")),
    request_body = ChangeUser,
    responses(
        (status = 200, body = User),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The name is taken, or it is the last admin"),
    ),
)]
#[patch("/users/{id}")]
pub(in crate::api::hp) async fn change_user(
    caller: Allow<Hp, UsersWrite>,
    request: HttpRequest,
    id: Path<UserId>,
    change: Json<ChangeUser>,
    shared: Data<Shared>,
) -> Answer<Hp, User> {
    let change = change.into_inner();
    let change = UserChange {
        name: change.name,
        role: change.role,
        disabled: change.disabled,
    };
    let by = trail::asker(&request, &caller.principal.name);
    let accounts = &shared.parts.accounts;
    let user = accounts.change_user(&by, &id, change).await?;
    trail::mark(&request);
    Ok(Reply::ok(user.into()))
}

/// Set another password for a person and end their sessions.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The person's id")),
    request_body = NewPassword,
    responses((status = 204, description = "It is set"), (status = 404, body = Problem)),
)]
#[put("/users/{id}/password")]
pub(in crate::api::hp) async fn set_password(
    caller: Allow<Hp, UsersWrite>,
    request: HttpRequest,
    id: Path<UserId>,
    new: Json<NewPassword>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    let password = new.password.expose_secret().to_owned();
    let by = trail::asker(&request, &caller.principal.name);
    let accounts = &shared.parts.accounts;
    accounts.set_password(&by, &id, password, None).await?;
    trail::mark(&request);
    Ok(Reply::empty())
}

/// Remove a person with their sessions and tokens.
#[utoipa::path(
    tag = "hp",
    params(("id" = String, Path, description = "The person's id")),
    responses(
        (status = 204, description = "They are gone"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It is the last admin"),
    ),
)]
#[delete("/users/{id}")]
pub(in crate::api::hp) async fn remove_user(
    caller: Allow<Hp, UsersWrite>,
    request: HttpRequest,
    id: Path<UserId>,
    shared: Data<Shared>,
) -> Answer<Hp, ()> {
    let by = trail::asker(&request, &caller.principal.name);
    shared.parts.accounts.remove_user(&by, &id).await?;
    trail::mark(&request);
    Ok(Reply::empty())
}
