//! Authenticator apps, and codes on paper.

use super::*;
use crate::auth::totp;

#[tokio::test]
async fn a_recovery_code_stands_in_for_the_app_once() {
    let household = Household::with_ada().await;
    let id = household.accounts.user_named("ada").await.unwrap().id;
    let early = household.accounts.renew_recovery_codes(&by(), &id).await;
    assert!(matches!(early, Err(AccountError::NoApp)));
    let enrolment = household
        .accounts
        .begin_totp(&by(), &id, "home")
        .await
        .unwrap();
    let now = clock::now();
    let code = code_at(&enrolment.secret, now);
    let by_ada = by();
    let codes = household.accounts.confirm_totp(&by_ada, &id, &code, now);
    let codes = codes.await.unwrap();
    let typed = codes[0].to_lowercase().replace('-', " ");
    assert!(household.log_in(PASSWORD, Some(&typed), now).await.is_ok());
    let again = household.log_in(PASSWORD, Some(&codes[0]), now).await;
    assert!(matches!(again, Err(AccountError::Wrong)), "used");
    assert_eq!(
        household.accounts.recovery_codes_left(&id).await.unwrap(),
        9
    );
    let renewed = household
        .accounts
        .renew_recovery_codes(&by(), &id)
        .await
        .unwrap();
    let old = household.log_in(PASSWORD, Some(&codes[1]), now).await;
    assert!(matches!(old, Err(AccountError::Wrong)), "replaced");
    assert!(
        household
            .log_in(PASSWORD, Some(&renewed[1]), now)
            .await
            .is_ok()
    );
    let twice = household.accounts.begin_totp(&by(), &id, "home").await;
    assert!(
        matches!(twice, Err(AccountError::HasApp)),
        "a new app does not replace the old one unseen"
    );
    let next = now + Duration::from_secs(30);
    let code = code_at(&enrolment.secret, next);
    let more = household.accounts.confirm_totp(&by_ada, &id, &code, next);
    assert!(
        matches!(more.await, Err(AccountError::HasApp)),
        "a code without the password gives no new codes on paper"
    );
}

#[tokio::test]
async fn of_two_log_ins_with_one_code_one_gets_in() {
    let household = Household::with_ada().await;
    let id = household.accounts.user_named("ada").await.unwrap().id;
    let enrolment = household
        .accounts
        .begin_totp(&by(), &id, "home")
        .await
        .unwrap();
    let now = clock::now();
    let code = code_at(&enrolment.secret, now);
    household
        .accounts
        .confirm_totp(&by(), &id, &code, now)
        .await
        .unwrap();
    let next = now + Duration::from_secs(30);
    let code = code_at(&enrolment.secret, next);
    let log_in = || household.log_in(PASSWORD, Some(&code), next);
    let (one, two) = tokio::join!(log_in(), log_in());
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
}

#[tokio::test]
async fn a_confirmed_app_is_asked_for_and_each_of_its_codes_works_once() {
    let household = Household::with_ada().await;
    let id = household.accounts.user_named("ada").await.unwrap().id;
    let enrolment = household
        .accounts
        .begin_totp(&by(), &id, "home")
        .await
        .unwrap();
    assert!(enrolment.uri.contains(&enrolment.secret));
    let now = clock::now();
    assert!(
        household.log_in(PASSWORD, None, now).await.is_ok(),
        "not confirmed yet"
    );
    let wrong = household
        .accounts
        .confirm_totp(&by(), &id, "000000", now)
        .await;
    assert!(matches!(
        wrong,
        Err(AccountError::Invalid { field: "code", .. })
    ));

    let code = |at: Timestamp| code_at(&enrolment.secret, at);
    household
        .accounts
        .confirm_totp(&by(), &id, &code(now), now)
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
    household.accounts.drop_totp(&by(), &id).await.unwrap();
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
