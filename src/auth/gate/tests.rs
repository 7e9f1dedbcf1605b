use super::*;
use crate::auth::{Person, Role};

const NOW: Timestamp = Timestamp(1_000_000);

fn claim<'a>(credentials: &[&'a str], is_local: bool) -> Claim<'a> {
    Claim {
        credentials: credentials.to_vec(),
        session: None,
        vouched: None,
        peer: "127.0.0.1".parse().unwrap(),
        is_local,
    }
}

fn locked() -> Gate {
    Gate::new(Some(&SecretString::from("right")), Arc::default())
}

#[test]
fn with_a_token_configured_only_that_token_opens() {
    for (credentials, expected) in [
        (&["right"][..], Ok("API_TOKEN")),
        (&["right", "right"], Ok("API_TOKEN")),
        (&["wrong"], Err(Refusal::Wrong)),
        (&["right", "wrong"], Err(Refusal::TwoCredentials)),
        (&[], Err(Refusal::Missing)),
    ] {
        let outcome = locked().admit(&claim(credentials, true), NOW);
        let name = outcome.as_ref().map(|who| who.name.as_str());
        assert_eq!(name, expected.as_ref().copied(), "{credentials:?}");
    }
}

#[test]
fn without_a_token_only_this_machine_passes() {
    let gate = Gate::new(None, Arc::default());
    assert!(gate.admit(&claim(&[], true), NOW).is_ok());
    assert!(gate.admit(&claim(&["left over"], true), NOW).is_ok());
    assert_eq!(gate.admit(&claim(&[], false), NOW), Err(Refusal::NotLocal));
    assert_eq!(
        gate.admit(&claim(&["guess"], false), NOW),
        Err(Refusal::NotLocal)
    );
}

#[test]
fn an_empty_token_counts_as_none() {
    assert!(Gate::new(Some(&SecretString::from("")), Arc::default()).is_open_locally());
}

#[test]
fn who_guesses_has_to_wait_even_with_the_right_token() {
    let gate = locked();
    let stranger = |token| Claim {
        peer: "192.168.1.66".parse().unwrap(),
        ..claim(&[token], false)
    };
    for _ in 0..10 {
        assert_eq!(gate.admit(&stranger("guess"), NOW), Err(Refusal::Wrong));
    }
    assert!(matches!(
        gate.admit(&stranger("right"), NOW),
        Err(Refusal::TooMany { .. })
    ));
    let later = NOW + Duration::from_secs(60);
    assert!(gate.admit(&stranger("right"), later).is_ok());
}

#[test]
fn where_others_may_come_through_this_machine_nobody_passes_freely() {
    let gate = Gate::new(None, Arc::default()).with_local_door_shut(true);
    assert!(!gate.is_open_locally());
    assert_eq!(gate.admit(&claim(&[], true), NOW), Err(Refusal::NotLocal));
}

#[test]
fn whom_a_proxy_vouches_for_is_what_account_or_groups_say() {
    let keyring = Arc::new(Keyring::default());
    let person = |role, disabled| Person { role, disabled };
    let people = [
        ("Ada".to_owned(), person(Role::Operator, false)),
        ("bob".to_owned(), person(Role::Admin, true)),
    ];
    keyring.replace([], people);
    let gate = Gate::new(None, keyring).with_groups(GroupRoles {
        admins: vec!["root".into()],
        ..GroupRoles::default()
    });
    for (name, groups, expected) in [
        ("ada", &["root"][..], Some(Role::Operator)),
        ("bob", &["root"], None),
        ("cleo", &["root", "x"], Some(Role::Admin)),
        ("dora", &["x"], None),
        ("e f", &["root"], None),
    ] {
        let vouched = Vouched {
            name: name.into(),
            groups: groups.iter().map(ToString::to_string).collect(),
        };
        let claim = Claim {
            vouched: Some(&vouched),
            ..claim(&[], true)
        };
        let scopes = gate.admit(&claim, NOW).ok().map(|who| who.scopes);
        assert_eq!(scopes, expected.map(Role::scopes), "{name}");
    }
}
