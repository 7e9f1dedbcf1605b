mod idp;

use std::time::Duration;

use idp::{Idp, Signed};
use serde_json::{Value, json};

use super::*;
use crate::auth::Role;
use crate::db::Db;
use crate::http::{Guard, Limits, Trust};
use crate::secret::Vault;
use crate::services::accounts::NewUser;
use crate::services::audit::{Audit, Filter};
use crate::telemetry::clock;

struct House {
    idp: Idp,
    oidc: Oidc,
    accounts: Accounts,
    audit: Audit,
    _dir: tempfile::TempDir,
}

impl House {
    async fn start() -> Self {
        let idp = Idp::start().await;
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(&dir.path().join("test.db")).unwrap();
        let vault = Vault::open(dir.path()).unwrap();
        let accounts = Accounts::open(db.clone(), vault, dir.path()).await.unwrap();
        let settings = OidcSettings {
            label: "home".into(),
            issuer: idp.url.parse().unwrap(),
            client_id: idp::CLIENT.into(),
            client_secret: Some(idp::SECRET.into()),
            redirect: "https://pulse.example.org/api/hp/sign-on/callback"
                .parse()
                .unwrap(),
            scopes: vec!["openid".into(), "groups".into()],
            groups_claim: "groups".into(),
            name_claim: "preferred_username".into(),
            roles: GroupRoles {
                admins: vec!["root".into()],
                viewers: vec!["family".into()],
                ..GroupRoles::default()
            },
        };
        let outgoing = Outgoing::new(&Trust::System, Limits::default(), Guard::default()).unwrap();
        Self {
            oidc: Oidc::new(settings, accounts.clone(), outgoing),
            audit: Audit::new(db),
            idp,
            accounts,
            _dir: dir,
        }
    }

    /// The whole way, with what `change` makes of the claims and a token that is `signed` so.
    async fn log_in(&self, change: Value, signed: Signed) -> Result<Opened, OidcError> {
        let now = clock::now();
        let begun = self.oidc.begin(now).await?;
        let back = self.idp.authorise(&begun.address, change, signed);
        let shown = begun.browser.expose();
        self.oidc.finish(back, Some(shown), &browser(), now).await
    }

    async fn add(&self, name: &str) {
        let new = NewUser {
            name: name.into(),
            password: "correct horse battery".into(),
            role: Role::Admin,
        };
        let by = Asker {
            name: "tests".into(),
            peer: String::new(),
        };
        self.accounts.add(&by, new).await.unwrap();
    }
}

fn browser() -> Browser {
    Browser {
        client: "192.0.2.7".into(),
        agent: "a browser".into(),
        before: None,
    }
}

#[tokio::test]
async fn whoever_the_provider_vouches_for_gets_in_with_the_role_of_their_groups() {
    let house = House::start().await;
    let opened = house.log_in(json!({}), Signed::Well).await.unwrap();
    assert_eq!(
        (opened.key.principal.as_str(), opened.role),
        ("ada", Role::Viewer)
    );
    let now_admin = json!({ "groups": ["family", "root"] });
    let again = house.log_in(now_admin, Signed::Well).await.unwrap();
    assert_eq!(again.role, Role::Admin, "the role follows the groups");
    let renamed = json!({ "preferred_username": "countess" });
    let again = house.log_in(renamed, Signed::Well).await.unwrap();
    assert_eq!(again.key.principal, "ada", "the subject says who it is");
    assert_eq!(house.accounts.users().await.unwrap().len(), 1);
    let rows = house.audit.list(Filter::default(), 10).await.unwrap();
    let actions: Vec<_> = rows
        .iter()
        .rev()
        .map(|row| row.entry.action.as_str())
        .collect();
    assert_eq!(actions[..2], ["user.add", "session.open"]);
}

#[tokio::test]
async fn a_token_that_is_not_quite_right_opens_nothing() {
    let house = House::start().await;
    let seconds = clock::now().seconds();
    for (change, signed, expected) in [
        (
            json!({ "nonce": "another" }),
            Signed::Well,
            "belongs to another log-in",
        ),
        (
            json!({ "nonce": null }),
            Signed::Well,
            "belongs to another log-in",
        ),
        (
            json!({ "aud": "other" }),
            Signed::Well,
            "is for another client",
        ),
        (
            json!({ "iss": "https://evil.example" }),
            Signed::Well,
            "is of another issuer",
        ),
        (json!({ "exp": seconds - 120 }), Signed::Well, "has expired"),
        (json!({ "sub": "" }), Signed::Well, "names nobody"),
        (json!({}), Signed::NotAtAll, "signed with 'none'"),
        (
            json!({}),
            Signed::WithTheClientSecret,
            "signed with 'HS256'",
        ),
        (json!({}), Signed::ByAnother, "has a wrong signature"),
        (
            json!({}),
            Signed::ByAnotherUnlisted,
            "a key that the provider does not list",
        ),
        (
            json!({ "groups": ["strangers"] }),
            Signed::Well,
            "is in no group",
        ),
        (
            json!({ "preferred_username": "a b" }),
            Signed::Well,
            "a name that cannot be one",
        ),
    ] {
        let refused = house.log_in(change.clone(), signed).await.unwrap_err();
        assert!(
            refused.to_string().contains(expected),
            "{change}: {refused}"
        );
    }
    assert!(house.accounts.users().await.unwrap().is_empty());
    let rows = house.audit.list(Filter::default(), 100).await.unwrap();
    assert_eq!(rows.len(), 12);
    assert!(rows.iter().all(|row| row.entry.action == "session.refused"));
}

#[tokio::test]
async fn a_log_in_ends_where_it_began_and_once() {
    let house = House::start().await;
    let now = clock::now();
    let begun = house.oidc.begin(now).await.unwrap();
    let other = house.oidc.begin(now).await.unwrap();
    let back = || house.idp.authorise(&begun.address, json!({}), Signed::Well);
    let finish = |back: Returned, shown: Option<String>, at| {
        let oidc = house.oidc.clone();
        async move { oidc.finish(back, shown.as_deref(), &browser(), at).await }
    };
    let own = Some(begun.browser.expose().to_owned());
    let foreign = Some(other.browser.expose().to_owned());
    for shown in [None, foreign] {
        let begun = house.oidc.begin(now).await.unwrap();
        let back = house.idp.authorise(&begun.address, json!({}), Signed::Well);
        let refused = finish(back, shown, now).await;
        assert!(
            matches!(refused, Err(OidcError::NotBegun)),
            "of another browser"
        );
    }
    let late = house.oidc.begin(now).await.unwrap();
    let returned = house.idp.authorise(&late.address, json!({}), Signed::Well);
    let shown = Some(late.browser.expose().to_owned());
    let refused = finish(returned, shown, now + PATIENCE + Duration::from_secs(1)).await;
    assert!(matches!(refused, Err(OidcError::NotBegun)), "too late");
    assert!(finish(back(), own.clone(), now).await.is_ok());
    let again = finish(back(), own, now).await;
    assert!(
        matches!(again, Err(OidcError::NotBegun)),
        "the state was used"
    );
    let denied = Returned {
        error: Some("access_denied<script>".into()),
        ..house.idp.authorise(&other.address, json!({}), Signed::Well)
    };
    let shown = Some(other.browser.expose().to_owned());
    let denied = finish(denied, shown, now).await.unwrap_err();
    assert_eq!(denied.to_string(), "the provider says: access_deniedscript");
}

#[tokio::test]
async fn nobody_takes_a_local_account_over_by_its_name() {
    let house = House::start().await;
    house.add("Ada").await;
    let refused = house
        .log_in(json!({ "groups": ["root"] }), Signed::Well)
        .await;
    assert!(matches!(
        refused,
        Err(OidcError::Account(AccountError::NameTaken { .. }))
    ));
}

#[tokio::test]
async fn who_comes_from_a_provider_has_no_password_to_guess() {
    let house = House::start().await;
    house.log_in(json!({}), Signed::Well).await.unwrap();
    let user = house.accounts.user_named("ada").await.unwrap();
    let guess = house.accounts.confirm_password(&user, "").await;
    assert!(guess.is_err());
}

#[tokio::test]
async fn groups_are_asked_for_where_the_token_leaves_them_out() {
    let house = House::start().await;
    house
        .idp
        .tell_of_person(json!({ "sub": "42", "groups": ["root"] }));
    let without = json!({ "groups": null });
    let opened = house.log_in(without.clone(), Signed::Well).await.unwrap();
    assert_eq!(opened.role, Role::Admin);
    house
        .idp
        .tell_of_person(json!({ "sub": "43", "groups": ["root"] }));
    let refused = house.log_in(without, Signed::Well).await;
    assert!(
        matches!(refused, Err(OidcError::NoRole { .. })),
        "somebody else's groups"
    );
}

#[tokio::test]
async fn a_provider_that_is_away_or_says_nonsense_is_told_as_that() {
    let house = House::start().await;
    house
        .idp
        .describe(json!({ "issuer": "https://evil.example" }));
    let error = house.log_in(json!({}), Signed::Well).await.unwrap_err();
    assert!(error.to_string().contains("another issuer"), "{error}");
    house
        .idp
        .describe(json!({ "token_endpoint": "http://192.0.2.1/token" }));
    let error = house.log_in(json!({}), Signed::Well).await.unwrap_err();
    assert!(error.to_string().contains("not https"), "{error}");
    house.idp.describe(json!({ "jwks_uri": 7 }));
    let error = house.log_in(json!({}), Signed::Well).await.unwrap_err();
    assert!(matches!(error, OidcError::Answer { .. }), "{error}");
    house.idp.stop();
    let error = house.log_in(json!({}), Signed::Well).await.unwrap_err();
    assert!(matches!(error, OidcError::Unreachable(_)), "{error}");
}

#[tokio::test]
async fn whoever_logs_out_is_led_to_the_providers_log_out_where_it_has_one() {
    let house = House::start().await;
    let now = clock::now();
    let plain = house.log_in(json!({}), Signed::Well).await.unwrap();
    assert_eq!(house.oidc.farewell(&plain.key, now).await, None);
    let house = House::start().await;
    let end = format!("{}/logout?realm=home", house.idp.url);
    house.idp.describe(json!({ "end_session_endpoint": end }));
    let opened = house.log_in(json!({}), Signed::Well).await.unwrap();
    let address = house.oidc.farewell(&opened.key, now).await.unwrap();
    let said: std::collections::HashMap<_, _> = address.query_pairs().into_owned().collect();
    assert_eq!(said["realm"], "home");
    assert_eq!(said["client_id"], idp::CLIENT);
    assert_eq!(said["id_token_hint"].split('.').count(), 3);
    let again = house.oidc.farewell(&opened.key, now).await.unwrap();
    assert!(
        !again.as_str().contains("id_token_hint"),
        "the token is used once, as after a restart"
    );
    let mut local = opened.key.clone();
    local.user = None;
    assert_eq!(house.oidc.farewell(&local, now).await, None);
    let house = House::start().await;
    let opened = house.log_in(json!({}), Signed::Well).await.unwrap();
    let away = now + Duration::from_secs(7200);
    house.idp.stop();
    assert_eq!(house.oidc.farewell(&opened.key, away).await, None);
}
