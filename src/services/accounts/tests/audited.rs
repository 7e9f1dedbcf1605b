//! What is written down, and what guessing costs.

use super::*;
use crate::services::audit::{Audit, Filter};

#[tokio::test]
async fn every_log_in_failure_and_change_is_in_the_audit_without_secrets() {
    let household = Household::empty().await;
    let ada = household.add("ada", Role::Admin).await;
    let now = clock::now();
    household
        .log_in("wrong password", None, now)
        .await
        .unwrap_err();
    let opened = household.log_in(PASSWORD, None, now).await.unwrap();
    let new = NewToken {
        name: "grafana".into(),
        scopes: vec!["fleet:read".into()],
        expires_at: None,
        networks: Vec::new(),
        limit: ScopeSet::all(),
    };
    let (secret, key) = household.accounts.create_token(&by(), new).await.unwrap();
    let accounts = &household.accounts;
    accounts
        .revoke(&by(), &key.id, KeyKind::Token, None)
        .await
        .unwrap();
    accounts
        .set_password(&by(), &ada.id, "another long one".into(), None)
        .await
        .unwrap();
    let audit = Audit::new(household.accounts.db.clone());
    let mut rows = audit.list(Filter::default(), 100).await.unwrap();
    rows.reverse();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.entry.action.as_str(),
                row.entry.actor.as_str(),
                row.entry.outcome,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("user.add", "tests", Outcome::Ok),
            ("session.refused", "ada", Outcome::Denied),
            ("session.open", "ada", Outcome::Ok),
            ("token.create", "tests", Outcome::Ok),
            ("token.revoke", "tests", Outcome::Ok),
            ("user.password", "tests", Outcome::Ok),
        ]
    );
    assert_eq!(rows[0].entry.resource, ada.id.as_str());
    assert!(audit.verify().await.unwrap().broken_at.is_none());
    let text = format!("{rows:?}");
    for hidden in [
        PASSWORD,
        "wrong password",
        secret.expose(),
        opened.secret.expose(),
    ] {
        assert!(!text.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn a_change_that_is_refused_leaves_no_entry() {
    let household = Household::with_ada().await;
    let id = household.accounts.user_named("ada").await.unwrap().id;
    household
        .accounts
        .remove_user(&by(), &id)
        .await
        .unwrap_err();
    let audit = Audit::new(household.accounts.db.clone());
    let rows = audit.list(Filter::default(), 100).await.unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
}

#[tokio::test]
async fn many_guesses_at_once_count_like_one_after_the_other() {
    let household = Household::with_ada().await;
    let now = clock::now();
    let guesses = (0..12).map(|n| {
        let accounts = household.accounts.clone();
        tokio::spawn(async move {
            let who = LogIn {
                name: "ada".into(),
                password: format!("guess number {n}"),
                code: None,
                from: Browser {
                    client: HOME.to_string(),
                    agent: String::new(),
                    before: None,
                },
            };
            accounts.log_in(who, now).await
        })
    });
    let guesses: Vec<_> = guesses.collect();
    let mut looked_at = 0;
    for guess in guesses {
        match guess.await.unwrap() {
            Err(AccountError::Wrong) => looked_at += 1,
            Err(AccountError::Locked { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(looked_at, 5);
}
