//! What a provider says of somebody, judged without asking anybody.

use serde_json::{Map, Value};

use super::OidcSettings;
use crate::model::time::Timestamp;

/// Seconds that clocks may differ.
const SKEW: i64 = 60;

/// Groups that are looked at.
const GROUPS: usize = 1000;

/// What is wrong with a token that is signed well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// Somebody else made it.
    #[error("is of another issuer")]
    Issuer,
    /// It is for somebody else.
    #[error("is for another client")]
    Audience,
    /// It is over, or has no end.
    #[error("has expired; check both clocks")]
    Expired,
    /// It is of the future.
    #[error("is not valid yet; check both clocks")]
    NotYet,
    /// It belongs to another log-in.
    #[error("belongs to another log-in")]
    Nonce,
    /// It names nobody.
    #[error("names nobody")]
    Subject,
}

/// Somebody, as the provider names them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) subject: String,
    pub(super) name: String,
    pub(super) groups: Vec<String>,
}

/// Whether a token whose signature is right is for us and holds now (OpenID Connect Core 3.1.3.7).
pub(super) fn check(
    claims: &Map<String, Value>,
    issuer: &str,
    client: &str,
    now: Timestamp,
) -> Result<(), ClaimError> {
    if text(claims, "iss") != Some(issuer) {
        return Err(ClaimError::Issuer);
    }
    let (is_for_us, is_for_others) = match claims.get("aud") {
        Some(Value::String(one)) => (one == client, false),
        Some(Value::Array(many)) => (many.iter().any(|one| one == client), many.len() > 1),
        _ => (false, false),
    };
    let party = claims.get("azp").map(|party| party == client);
    // Who is one of several must be the one that it was made for.
    if !is_for_us || !party.unwrap_or(!is_for_others) {
        return Err(ClaimError::Audience);
    }
    let seconds = |name: &str| claims.get(name).map(|at| at.as_f64().unwrap_or(f64::NAN));
    #[expect(clippy::cast_precision_loss, reason = "seconds fit into 53 bits")]
    let (late, early) = ((now.seconds() - SKEW) as f64, (now.seconds() + SKEW) as f64);
    if !seconds("exp").is_some_and(|end| end > late) {
        return Err(ClaimError::Expired);
    }
    for name in ["iat", "nbf"] {
        if !seconds(name).is_none_or(|start| start <= early) {
            return Err(ClaimError::NotYet);
        }
    }
    Ok(())
}

/// Whether the token leaves out what is needed; Authelia tells groups only when it is asked again.
pub(super) fn wants_more(claims: &Map<String, Value>, settings: &OidcSettings) -> bool {
    inside(claims, &settings.groups_claim).is_none() || text(claims, &settings.name_claim).is_none()
}

/// Who it is, by the token and what the provider told `more` about the same person.
pub(super) fn person(
    claims: &Map<String, Value>,
    more: Option<&Map<String, Value>>,
    settings: &OidcSettings,
) -> Result<Person, ClaimError> {
    let subject = text(claims, "sub").filter(|subject| (1..=255).contains(&subject.len()));
    let subject = subject.ok_or(ClaimError::Subject)?;
    // What is said of somebody else is not believed of this one.
    let more = more.filter(|more| text(more, "sub") == Some(subject));
    let sources = || [Some(claims), more].into_iter().flatten();
    let name = sources().find_map(|claims| text(claims, &settings.name_claim));
    let groups = sources().find_map(|claims| inside(claims, &settings.groups_claim));
    let groups = match groups {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many
            .iter()
            .take(GROUPS)
            .filter_map(|group| Some(group.as_str()?.to_owned()))
            .collect(),
        _ => Vec::new(),
    };
    Ok(Person {
        subject: subject.to_owned(),
        name: name.unwrap_or(subject).to_owned(),
        groups,
    })
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name)?.as_str()
}

/// A claim by its name, or by a path such as `realm_access.roles`.
fn inside<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(path) {
        return Some(value);
    }
    let mut parts = path.split('.');
    let first = claims.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000);

    fn claims(more: Value) -> Map<String, Value> {
        let mut claims = json!({
            "iss": "https://id.example.org", "aud": "homepulse", "sub": "42", "exp": 1_000_300,
            "iat": 1_000_000,
        });
        let claims = claims.as_object_mut().unwrap();
        claims.extend(more.as_object().unwrap().clone());
        claims.retain(|_, value| !value.is_null());
        claims.clone()
    }

    #[test]
    fn only_what_is_for_us_and_holds_now_is_taken() {
        for (more, expected) in [
            (json!({}), Ok(())),
            (json!({ "aud": ["homepulse"] }), Ok(())),
            (
                json!({ "aud": ["other", "homepulse"], "azp": "homepulse" }),
                Ok(()),
            ),
            (
                json!({ "aud": ["other", "homepulse"] }),
                Err(ClaimError::Audience),
            ),
            (json!({ "azp": "other" }), Err(ClaimError::Audience)),
            (json!({ "aud": "other" }), Err(ClaimError::Audience)),
            (json!({ "aud": null }), Err(ClaimError::Audience)),
            (json!({ "aud": [] }), Err(ClaimError::Audience)),
            (
                json!({ "iss": "https://id.example.org/" }),
                Err(ClaimError::Issuer),
            ),
            (json!({ "iss": null }), Err(ClaimError::Issuer)),
            (json!({ "exp": 999_941 }), Ok(())),
            (json!({ "exp": 999_940 }), Err(ClaimError::Expired)),
            (json!({ "exp": null }), Err(ClaimError::Expired)),
            (json!({ "exp": "never" }), Err(ClaimError::Expired)),
            (json!({ "nbf": 1_000_061 }), Err(ClaimError::NotYet)),
            (json!({ "iat": "soon" }), Err(ClaimError::NotYet)),
        ] {
            let outcome = check(
                &claims(more.clone()),
                "https://id.example.org",
                "homepulse",
                NOW,
            );
            assert_eq!(outcome, expected, "{more}");
        }
    }

    fn settings(groups_claim: &str) -> OidcSettings {
        OidcSettings {
            label: String::new(),
            issuer: "https://id.example.org".parse().unwrap(),
            client_id: "homepulse".into(),
            client_secret: None,
            redirect: "https://pulse.example.org/".parse().unwrap(),
            scopes: Vec::new(),
            groups_claim: groups_claim.into(),
            name_claim: "preferred_username".into(),
            roles: crate::auth::GroupRoles::default(),
        }
    }

    #[test]
    fn groups_are_found_where_providers_put_them() {
        let groups = |claim: &str, more: Value| {
            person(&claims(more), None, &settings(claim))
                .unwrap()
                .groups
        };
        assert_eq!(
            groups("groups", json!({ "groups": ["a", 7, "b"] })),
            ["a", "b"]
        );
        assert_eq!(groups("groups", json!({ "groups": "a" })), ["a"]);
        let keycloak = json!({ "realm_access": { "roles": ["a"] } });
        assert_eq!(groups("realm_access.roles", keycloak), ["a"]);
        let namespaced = json!({ "https://example.org/groups": ["a"] });
        assert_eq!(groups("https://example.org/groups", namespaced), ["a"]);
        assert!(groups("groups", json!({})).is_empty());
    }

    #[test]
    fn what_is_said_of_somebody_else_is_not_believed() {
        let said = claims(json!({}));
        assert!(wants_more(&said, &settings("groups")));
        let more = |subject: &str| {
            claims(json!({ "sub": subject, "groups": ["a"], "preferred_username": "ada" }))
        };
        let told = person(&said, Some(&more("42")), &settings("groups")).unwrap();
        assert_eq!((told.name.as_str(), told.groups.len()), ("ada", 1));
        let other = person(&said, Some(&more("43")), &settings("groups")).unwrap();
        assert_eq!((other.name.as_str(), other.groups.len()), ("42", 0));
        let nobody = person(&claims(json!({ "sub": null })), None, &settings("groups"));
        assert_eq!(nobody, Err(ClaimError::Subject));
    }
}
