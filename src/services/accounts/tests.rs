mod audited;
mod second_factor;

use std::time::Duration;

use super::*;
use crate::auth::{KeyKind, Role, Scope, ScopeSet};
use crate::model::time::Timestamp;

const PASSWORD: &str = "correct horse battery";
const HOME: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn by() -> Asker {
    Asker {
        name: "tests".into(),
        peer: HOME.to_string(),
    }
}

struct Household {
    accounts: Accounts,
    dir: tempfile::TempDir,
}

impl Household {
    async fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(&dir.path().join("test.db")).unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let accounts = Accounts::open(db, vault, dir.path()).await.unwrap();
        Self { accounts, dir }
    }

    /// The same after a crash.
    async fn again(&self) -> Accounts {
        let db = Db::open(&self.dir.path().join("test.db")).unwrap();
        let vault = Vault::open(self.dir.path()).unwrap();
        Accounts::open(db, vault, self.dir.path()).await.unwrap()
    }

    async fn with_ada() -> Self {
        let household = Self::empty().await;
        household.add("ada", Role::Admin).await;
        household
    }

    async fn add(&self, name: &str, role: Role) -> store::User {
        let new = NewUser {
            name: name.into(),
            password: PASSWORD.into(),
            role,
        };
        self.accounts.add(&by(), new).await.unwrap()
    }

    async fn log_in(
        &self,
        password: &str,
        code: Option<&str>,
        now: Timestamp,
    ) -> Result<Opened, AccountError> {
        self.log_in_from(&HOME.to_string(), password, code, now)
            .await
    }

    async fn log_in_from(
        &self,
        client: &str,
        password: &str,
        code: Option<&str>,
        now: Timestamp,
    ) -> Result<Opened, AccountError> {
        let who = LogIn {
            name: "Ada".into(),
            password: password.into(),
            code: code.map(str::to_owned),
            from: Browser {
                client: client.to_owned(),
                agent: "a browser".into(),
                before: None,
            },
        };
        self.accounts.log_in(who, now).await
    }

    fn opens(&self, opened: &Opened, now: Timestamp) -> bool {
        let secret = opened.secret.expose();
        let keyring = self.accounts.keyring();
        keyring.open(KeyKind::Session, secret, HOME, now).is_some()
    }
}

#[tokio::test]
async fn whoever_logs_in_gets_a_session_of_their_role_and_logging_out_ends_it() {
    let household = Household::with_ada().await;
    let now = clock::now();
    let opened = household.log_in(PASSWORD, None, now).await.unwrap();
    assert_eq!(opened.role, Role::Admin);
    assert!(opened.secret.expose().starts_with("hps_"));
    assert!(household.opens(&opened, now));
    assert!(!household.opens(&opened, now + SESSION), "it ends unused");
    household
        .accounts
        .log_out(opened.secret.expose(), HOME.to_string())
        .await
        .unwrap();
    assert!(!household.opens(&opened, now));
}

#[tokio::test]
async fn wrong_passwords_lock_an_account_for_a_while_even_for_the_right_one() {
    let household = Household::with_ada().await;
    let now = clock::now();
    for _ in 0..5 {
        let wrong = household.log_in("wrong password", None, now).await;
        assert!(matches!(wrong, Err(AccountError::Wrong)));
    }
    let locked = household.log_in(PASSWORD, None, now).await;
    assert!(
        matches!(locked, Err(AccountError::Locked { retry_after }) if retry_after.as_secs() == 30)
    );
    let later = now + Duration::from_secs(31);
    assert!(household.log_in(PASSWORD, None, later).await.is_ok());
    let user = household.accounts.user_named("ada").await.unwrap();
    assert_eq!((user.failures, user.locked_until), (0, None));
}

#[tokio::test]
async fn who_guesses_without_end_keeps_nobody_out_of_where_they_have_logged_in() {
    let household = Household::with_ada().await;
    let mut now = clock::now();
    let home = household.log_in_from("2001:db8:1:2::7", PASSWORD, None, now);
    assert!(home.await.is_ok());
    let at_the_machine = household.log_in(PASSWORD, None, now).await;
    assert!(at_the_machine.is_ok());
    for n in 0..40 {
        let elsewhere = format!("2001:db8:{n}::1");
        let guess = household.log_in_from(&elsewhere, "wrong password", None, now);
        assert!(matches!(guess.await, Err(AccountError::Wrong)));
        let user = household.accounts.user_named("ada").await.unwrap();
        now = user.locked_until.unwrap_or(now);
    }
    let now = Timestamp(now.millis() - 1);
    for (client, gets_in) in [
        ("2001:db8:1:2::8", true),
        ("2001:db8:1:3::7", false),
        ("192.0.2.7", false),
        ("127.0.0.1", false),
    ] {
        let came = household.log_in_from(client, PASSWORD, None, now).await;
        assert_eq!(came.is_ok(), gets_in, "{client}: {came:?}");
        // Who got in has ended the lock.
        let guesses = if gets_in { 5 } else { 0 };
        for _ in 0..guesses {
            let wrong = household.log_in_from("192.0.2.66", "wrong password", None, now);
            assert!(matches!(wrong.await, Err(AccountError::Wrong)));
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_locks_nobody_out() {
    let household = Household::with_ada().await;
    let now = clock::now();
    let future = now + Duration::from_secs(365 * 86_400);
    for _ in 0..5 {
        let wrong = household.log_in("wrong password", None, future).await;
        assert!(matches!(wrong, Err(AccountError::Wrong)));
    }
    assert!(household.log_in(PASSWORD, None, now).await.is_ok());
}

#[tokio::test]
async fn an_unknown_name_is_answered_like_a_wrong_password() {
    let household = Household::empty().await;
    let nobody = household.log_in(PASSWORD, None, clock::now()).await;
    assert!(matches!(nobody, Err(AccountError::Wrong)));
}

#[tokio::test]
async fn the_last_admin_stays_and_whoever_is_kept_out_is_out_at_once() {
    let household = Household::with_ada().await;
    let ada = household.accounts.user_named("ada").await.unwrap().id;
    let kept_out = UserChange {
        disabled: Some(true),
        ..UserChange::default()
    };
    for refused in [
        household.accounts.remove_user(&by(), &ada).await.err(),
        household
            .accounts
            .change_user(&by(), &ada, kept_out.clone())
            .await
            .err(),
    ] {
        assert!(matches!(refused, Some(AccountError::LastAdmin { .. })));
    }
    let now = clock::now();
    let opened = household.log_in(PASSWORD, None, now).await.unwrap();
    household.add("grace", Role::Admin).await;
    household
        .accounts
        .change_user(&by(), &ada, kept_out)
        .await
        .unwrap();
    assert!(!household.opens(&opened, now));
    let again = household.log_in(PASSWORD, None, now).await;
    assert!(matches!(again, Err(AccountError::Wrong)));
}

#[tokio::test]
async fn names_are_taken_once_in_whatever_case() {
    let household = Household::with_ada().await;
    let new = NewUser {
        name: "ADA".into(),
        password: PASSWORD.into(),
        role: Role::Viewer,
    };
    let taken = household.accounts.add(&by(), new).await;
    assert!(matches!(taken, Err(AccountError::NameTaken { .. })));
}

#[tokio::test]
async fn another_password_ends_all_sessions() {
    let household = Household::with_ada().await;
    let now = clock::now();
    let opened = household.log_in(PASSWORD, None, now).await.unwrap();
    let id = household.accounts.user_named("ada").await.unwrap().id;
    household
        .accounts
        .set_password(&by(), &id, "another long one".into(), None)
        .await
        .unwrap();
    assert!(!household.opens(&opened, now));
    assert!(
        household
            .log_in("another long one", None, now)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_token_gives_no_more_than_its_maker_has_and_ends_when_revoked() {
    let household = Household::with_ada().await;
    let new = |scopes: &[&str], limit: ScopeSet| NewToken {
        name: "grafana".into(),
        scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        expires_at: None,
        networks: vec!["127.0.0.0/8".into()],
        limit,
    };
    let viewer = Role::Viewer.scopes();
    let too_much = household
        .accounts
        .create_token(&by(), new(&["users:write"], viewer))
        .await;
    assert!(matches!(
        too_much,
        Err(AccountError::Invalid {
            field: "scopes",
            ..
        })
    ));
    let (secret, key) = household
        .accounts
        .create_token(&by(), new(&["fleet:read"], viewer))
        .await
        .unwrap();
    let open = || {
        let keyring = household.accounts.keyring();
        keyring.open(KeyKind::Token, secret.expose(), HOME, clock::now())
    };
    let principal = open().unwrap();
    assert_eq!(principal.name, "grafana");
    assert!(principal.scopes.has(Scope::FleetRead) && !principal.scopes.has(Scope::AlertsRead));
    household
        .accounts
        .revoke(&by(), &key.id, KeyKind::Token, None)
        .await
        .unwrap();
    assert!(open().is_none());
}

#[tokio::test]
async fn the_first_account_needs_the_code_or_the_machine_itself_and_comes_once() {
    let household = Household::empty().await;
    let code = household.accounts.setup_code().unwrap().unwrap();
    assert_eq!(
        household.accounts.setup_code().unwrap().as_deref(),
        Some(code.as_str())
    );
    let set_up = |code: Option<String>, is_let_in| {
        let accounts = household.accounts.clone();
        async move {
            let new = NewUser {
                name: "ada".into(),
                password: PASSWORD.into(),
                role: Role::Viewer,
            };
            accounts
                .set_up(code.as_deref(), is_let_in, HOME.to_string(), new)
                .await
        }
    };
    for wrong in [None, Some("AAAA-AAAA".to_owned())] {
        assert!(matches!(
            set_up(wrong, false).await,
            Err(AccountError::SetupCode)
        ));
    }
    let user = set_up(Some(code.to_lowercase()), false).await.unwrap();
    assert_eq!(user.role, Role::Admin);
    assert!(!household.dir.path().join("setup-code").exists());
    assert!(matches!(
        set_up(Some(code), true).await,
        Err(AccountError::SetUp)
    ));
}

#[tokio::test]
async fn of_two_who_have_the_set_up_code_one_makes_the_account() {
    let household = Household::empty().await;
    let code = household.accounts.setup_code().unwrap();
    let set_up = |name: &str| {
        let (accounts, code) = (household.accounts.clone(), code.clone());
        let new = NewUser {
            name: name.into(),
            password: PASSWORD.into(),
            role: Role::Admin,
        };
        async move {
            accounts
                .set_up(code.as_deref(), false, HOME.to_string(), new)
                .await
        }
    };
    let (one, two) = tokio::join!(set_up("ada"), set_up("bob"));
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
    assert_eq!(household.accounts.users().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_crash_after_the_first_account_leaves_a_code_that_opens_nothing() {
    let household = Household::empty().await;
    let code = household.accounts.setup_code().unwrap().unwrap();
    household.add("ada", Role::Admin).await;
    let file = household.dir.path().join("setup-code");
    assert!(file.exists(), "nobody came to remove it");
    let again = household.again().await;
    assert_eq!(again.setup_code().unwrap(), None);
    assert!(!file.exists());
    let new = NewUser {
        name: "eve".into(),
        password: PASSWORD.into(),
        role: Role::Admin,
    };
    let late = again.set_up(Some(&code), false, String::new(), new).await;
    assert!(matches!(late, Err(AccountError::SetUp)));
}

#[tokio::test]
async fn logging_in_anew_ends_the_session_that_was_there() {
    let household = Household::with_ada().await;
    let now = clock::now();
    let first = household.log_in(PASSWORD, None, now).await.unwrap();
    let who = LogIn {
        name: "ada".into(),
        password: PASSWORD.into(),
        code: None,
        from: Browser {
            client: HOME.to_string(),
            agent: String::new(),
            before: Some(first.secret.expose().to_owned()),
        },
    };
    let second = household.accounts.log_in(who, now).await.unwrap();
    assert_ne!(first.secret.expose(), second.secret.expose());
    assert!(!household.opens(&first, now) && household.opens(&second, now));
}

#[tokio::test]
async fn what_another_program_changes_is_noticed() {
    let household = Household::empty().await;
    let other = household.again().await;
    let known = household.accounts.follow(-1).await.unwrap();
    let new = NewUser {
        name: "ada".into(),
        password: PASSWORD.into(),
        role: Role::Admin,
    };
    other.add(&by(), new).await.unwrap();
    assert!(!household.accounts.keyring().has_people());
    let now_known = household.accounts.follow(known).await.unwrap();
    assert!(now_known > known);
    assert!(household.accounts.keyring().has_people());
}
