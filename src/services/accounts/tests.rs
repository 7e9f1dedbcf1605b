use std::time::Duration;

use super::*;
use crate::auth::{KeyKind, Role, Scope, ScopeSet, totp};
use crate::model::time::Timestamp;

const PASSWORD: &str = "correct horse battery";
const HOME: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

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
        self.accounts.add(new).await.unwrap()
    }

    async fn log_in(
        &self,
        password: &str,
        code: Option<&str>,
        now: Timestamp,
    ) -> Result<Opened, AccountError> {
        let who = LogIn {
            name: "Ada".into(),
            password: password.into(),
            code: code.map(str::to_owned),
            client: HOME.to_string(),
            agent: "a browser".into(),
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
        .log_out(opened.secret.expose())
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
async fn an_unknown_name_is_answered_like_a_wrong_password() {
    let household = Household::empty().await;
    let nobody = household.log_in(PASSWORD, None, clock::now()).await;
    assert!(matches!(nobody, Err(AccountError::Wrong)));
}

#[tokio::test]
async fn a_confirmed_app_is_asked_for_and_each_of_its_codes_works_once() {
    let household = Household::with_ada().await;
    let id = household.accounts.user_named("ada").await.unwrap().id;
    let enrolment = household.accounts.begin_totp(&id, "home").await.unwrap();
    assert!(enrolment.uri.contains(&enrolment.secret));
    let now = clock::now();
    assert!(
        household.log_in(PASSWORD, None, now).await.is_ok(),
        "not confirmed yet"
    );
    let wrong = household.accounts.confirm_totp(&id, "000000", now).await;
    assert!(matches!(
        wrong,
        Err(AccountError::Invalid { field: "code", .. })
    ));

    let code = |at: Timestamp| code_at(&enrolment.secret, at);
    household
        .accounts
        .confirm_totp(&id, &code(now), now)
        .await
        .unwrap();
    let without = household.log_in(PASSWORD, None, now).await;
    assert!(matches!(without, Err(AccountError::CodeWanted)));
    let again = household.log_in(PASSWORD, Some(&code(now)), now).await;
    assert!(matches!(again, Err(AccountError::Wrong)), "used to confirm");
    let next = now + Duration::from_secs(30);
    assert!(
        household
            .log_in(PASSWORD, Some(&code(next)), next)
            .await
            .is_ok()
    );
    household.accounts.drop_totp(&id).await.unwrap();
    assert!(household.log_in(PASSWORD, None, next).await.is_ok());
}

/// The code that an app shows that was told `secret` in base 32.
fn code_at(secret: &str, at: Timestamp) -> String {
    let mut bits = String::new();
    for letter in secret.bytes() {
        let index = match letter {
            b'A'..=b'Z' => letter - b'A',
            _ => letter - b'2' + 26,
        };
        bits.push_str(&format!("{index:05b}"));
    }
    let secret: Vec<u8> = (0..bits.len() / 8)
        .map(|place| u8::from_str_radix(&bits[place * 8..place * 8 + 8], 2).unwrap())
        .collect();
    (0..1_000_000)
        .map(|number| format!("{number:06}"))
        .find(|code| {
            let step = at.millis().div_euclid(30_000);
            totp::check(&secret, code, step - 1, at) == Some(step)
        })
        .unwrap()
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
        household.accounts.remove_user(&ada).await.err(),
        household
            .accounts
            .change_user(&ada, kept_out.clone())
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
        .change_user(&ada, kept_out)
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
    let taken = household.accounts.add(new).await;
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
        .set_password(&id, "another long one".into(), None)
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
        created_by: "ada".into(),
        limit,
    };
    let viewer = Role::Viewer.scopes();
    let too_much = household
        .accounts
        .create_token(new(&["users:write"], viewer))
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
        .create_token(new(&["fleet:read"], viewer))
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
        .revoke(&key.id, KeyKind::Token, None)
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
            accounts
                .set_up(code.as_deref(), is_let_in, "ada".into(), PASSWORD.into())
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
async fn what_another_program_changes_is_noticed() {
    let household = Household::empty().await;
    let vault = Vault::open(household.dir.path()).unwrap();
    let db = Db::open(&household.dir.path().join("test.db")).unwrap();
    let other = Accounts::open(db, vault, household.dir.path())
        .await
        .unwrap();
    let known = household.accounts.follow(-1).await.unwrap();
    let new = NewUser {
        name: "ada".into(),
        password: PASSWORD.into(),
        role: Role::Admin,
    };
    other.add(new).await.unwrap();
    assert!(!household.accounts.keyring().has_people());
    let now_known = household.accounts.follow(known).await.unwrap();
    assert!(now_known > known);
    assert!(household.accounts.keyring().has_people());
}
