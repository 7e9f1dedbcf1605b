//! People and tokens, at a terminal of the machine itself: works on the database, whether the
//! server runs or not, and a running one knows within seconds.

use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::table::table;
use super::terminal::{as_owner_of, password};
use super::{Bootstrap, examples, say};
use crate::app::block_on;
use crate::auth::store::User;
use crate::auth::{Key, KeyKind, Role, ScopeSet};
use crate::db::Db;
use crate::model::time::Timestamp;
use crate::secret::Vault;
use crate::services::accounts::{Accounts, NewToken, NewUser};
use crate::services::audit::Asker;
use crate::telemetry::clock;

/// Where the accounts are, and how to answer.
#[derive(Args)]
pub(super) struct House {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// What a person may do.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum RoleArg {
    /// Everything, people and tokens included
    Admin,
    /// What running the house needs: alerts, silences, control
    Operator,
    /// Seeing
    Viewer,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Admin => Self::Admin,
            RoleArg::Operator => Self::Operator,
            RoleArg::Viewer => Self::Viewer,
        }
    }
}

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Add somebody; asks for the password, or takes it from standard input
    #[command(after_help = examples::USER_ADD)]
    Add {
        /// The name to log in with
        name: String,
        /// What they may do
        #[arg(long, value_enum, default_value = "viewer")]
        role: RoleArg,
        #[command(flatten)]
        house: House,
    },
    /// Set somebody's password, let them try again at once, and end their sessions
    Passwd {
        /// Whose
        name: String,
        /// Ask for no authenticator app any more, because it is lost
        #[arg(long)]
        drop_totp: bool,
        #[command(flatten)]
        house: House,
    },
    /// List people
    List {
        #[command(flatten)]
        house: House,
    },
    /// Remove somebody with their sessions; the last admin stays
    Remove {
        /// Whom
        name: String,
        #[command(flatten)]
        house: House,
    },
}

#[derive(Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token for a program; its secret is printed this once
    #[command(after_help = examples::TOKEN_CREATE)]
    Create {
        /// What it is for
        name: String,
        #[arg(
            long = "scope",
            value_name = "SCOPE",
            required_unless_present = "role",
            help = scopes()
        )]
        scopes: Vec<String>,
        /// Everything that people of this role may do
        #[arg(long, value_enum, conflicts_with = "scopes")]
        role: Option<RoleArg>,
        /// Address or network from which it works, such as 192.0.2.0/24; may be given more than once
        #[arg(long = "network", value_name = "NETWORK")]
        networks: Vec<String>,
        /// Days until it ends; never unless told
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
        expires_in: Option<u32>,
        #[command(flatten)]
        house: House,
    },
    /// List tokens
    List {
        #[command(flatten)]
        house: House,
    },
    /// End a token
    Revoke {
        /// Its id, or its name where only one has it
        token: String,
        #[command(flatten)]
        house: House,
    },
}

/// What `--scope` takes.
fn scopes() -> String {
    format!(
        "What it may do; may be given more than once: {}",
        ScopeSet::all().words().join(", ")
    )
}

/// The first account.
#[derive(Args)]
pub(super) struct SetupArgs {
    /// Make the first account, an admin's, of this name; asks for the password, or takes it from
    /// standard input
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    #[command(flatten)]
    house: House,
}

/// Shows the set-up code, or makes the first account.
pub(super) fn setup(args: SetupArgs) -> anyhow::Result<()> {
    let house = args.house;
    house.run(async |accounts| match args.user {
        None => {
            let Some(code) = accounts.setup_code()? else {
                bail!("this installation is set up already; log in, or see homepulse user");
            };
            house.tell(&json!({ "setup_code": code }), || {
                format!("set-up code {code}: it makes the first account, in the browser")
            })
        }
        Some(name) => {
            let new = NewUser {
                password: password(&name)?,
                name,
                role: Role::Admin,
            };
            let user = accounts.set_up(None, true, String::new(), new).await?;
            house.tell(&shown(&user), || format!("added the admin {}", user.name))
        }
    })
}

/// Does something about people.
pub(super) fn user(command: UserCommand) -> anyhow::Result<()> {
    match command {
        UserCommand::Add { name, role, house } => house.run(async |accounts| {
            let new = NewUser {
                password: password(&name)?,
                name,
                role: role.into(),
            };
            let user = accounts.add(&by(), new).await?;
            house.tell(&shown(&user), || {
                format!("added the {} {}", user.role.word(), user.name)
            })
        }),
        UserCommand::Passwd {
            name,
            drop_totp,
            house,
        } => house.run(async |accounts| {
            let user = accounts.user_named(&name).await?;
            let password = password(&user.name)?;
            accounts
                .set_password(&by(), &user.id, password, None)
                .await?;
            if drop_totp {
                accounts.drop_totp(&by(), &user.id).await?;
            }
            let user = accounts.user(&user.id).await?;
            house.tell(&shown(&user), || {
                format!("set the password of {} and ended their sessions", user.name)
            })
        }),
        UserCommand::List { house } => house.run(async |accounts| {
            let users = accounts.users().await?;
            let rows: Vec<Value> = users.iter().map(shown).collect();
            house.tell(&Value::from(rows), || {
                let rows: Vec<[String; 4]> = users
                    .iter()
                    .map(|user| {
                        let state = if user.disabled { "disabled" } else { "" };
                        let last = user.last_login_at.map(Timestamp::rfc3339);
                        [
                            user.name.clone(),
                            user.role.word().to_owned(),
                            last.unwrap_or_else(|| "never".to_owned()),
                            state.to_owned(),
                        ]
                    })
                    .collect();
                table(
                    ["NAME", "ROLE", "LAST LOGIN", ""],
                    &rows,
                    "nobody has an account yet; the first one: homepulse setup",
                )
            })
        }),
        UserCommand::Remove { name, house } => house.run(async |accounts| {
            let user = accounts.user_named(&name).await?;
            accounts.remove_user(&by(), &user.id).await?;
            house.tell(&shown(&user), || format!("removed {}", user.name))
        }),
    }
}

/// Does something about tokens.
pub(super) fn token(command: TokenCommand) -> anyhow::Result<()> {
    match command {
        TokenCommand::Create {
            name,
            scopes,
            role,
            networks,
            expires_in,
            house,
        } => house.run(async |accounts| {
            let of_role = role.map(|role| Role::from(role).scopes().words());
            let of_role = of_role.into_iter().flatten().map(str::to_owned);
            let days = expires_in.map(|days| Duration::from_secs(u64::from(days) * 86_400));
            let new = NewToken {
                name,
                scopes: scopes.into_iter().chain(of_role).collect(),
                networks,
                expires_at: days.map(|days| clock::now() + days),
                limit: ScopeSet::all(),
            };
            let (secret, key) = accounts.create_token(&by(), new).await?;
            let mut row = listed(&key);
            row["secret"] = secret.expose().into();
            // Alone on standard output, so that a script can take it as it is.
            house.tell(&row, || secret.expose().to_owned())
        }),
        TokenCommand::List { house } => house.run(async |accounts| {
            let keys = accounts.keys(KeyKind::Token).await?;
            let rows: Vec<Value> = keys.iter().map(listed).collect();
            house.tell(&Value::from(rows), || {
                let rows: Vec<[String; 5]> = keys
                    .iter()
                    .map(|key| {
                        let time = |at: Option<Timestamp>| {
                            at.map_or_else(|| "never".to_owned(), Timestamp::rfc3339)
                        };
                        [
                            key.id.to_string(),
                            key.name.clone(),
                            time(key.last_used_at),
                            time(key.expires_at),
                            key.scopes.words().join(" "),
                        ]
                    })
                    .collect();
                table(
                    ["ID", "NAME", "LAST USED", "ENDS", "SCOPES"],
                    &rows,
                    "there are no tokens; make one with: homepulse token create --help",
                )
            })
        }),
        TokenCommand::Revoke { token, house } => house.run(async |accounts| {
            let keys = accounts.keys(KeyKind::Token).await?;
            let is_meant = |key: &&Key| key.id.as_str() == token || key.name == token;
            let found: Vec<&Key> = keys.iter().filter(is_meant).collect();
            let key = match found[..] {
                [key] => key,
                [] => bail!("there is no token '{token}'; see: homepulse token list"),
                _ => bail!(
                    "{} tokens are called '{token}'; give the id that homepulse token list shows",
                    found.len()
                ),
            };
            accounts
                .revoke(&by(), &key.id, KeyKind::Token, None)
                .await?;
            house.tell(&listed(key), || format!("revoked {}", key.name))
        }),
    }
}

impl House {
    /// Does something with the accounts.
    fn run(&self, work: impl AsyncFnOnce(Accounts) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let config = self.bootstrap.clone().with_database()?;
        let (directory, database) = (&config.data_dir, config.database());
        as_owner_of(directory)?;
        block_on(async {
            let db = Db::open(&database)?;
            let vault = Vault::open(directory)?;
            let accounts = Accounts::open(db.clone(), vault, directory).await?;
            let done = work(accounts).await;
            let writer = db.writer.clone();
            // Joining the writer's thread blocks.
            let _ = tokio::task::spawn_blocking(move || writer.stop()).await;
            done
        })
    }

    fn tell(&self, json: &Value, text: impl FnOnce() -> String) -> anyhow::Result<()> {
        if self.json {
            return say(&serde_json::to_string_pretty(json).context("write JSON")?);
        }
        say(&text())
    }
}

/// Who the audit says it was.
fn by() -> Asker {
    Asker {
        name: "command line".into(),
        peer: String::new(),
    }
}

fn shown(user: &User) -> Value {
    json!({
        "id": user.id.as_str(),
        "name": user.name,
        "role": user.role.word(),
        "totp": user.totp_confirmed,
        "disabled": user.disabled,
        "created_at": user.created_at.millis(),
        "last_login_at": user.last_login_at.map(Timestamp::millis),
        "locked_until": user.locked_until.map(Timestamp::millis),
    })
}

fn listed(key: &Key) -> Value {
    json!({
        "id": key.id.as_str(),
        "name": key.name,
        "scopes": key.scopes.words(),
        "networks": key.networks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "created_at": key.created_at.millis(),
        "created_by": key.created_by,
        "expires_at": key.expires_at.map(Timestamp::millis),
        "last_used_at": key.last_used_at.map(Timestamp::millis),
        "last_used_by": key.last_used_by,
    })
}
