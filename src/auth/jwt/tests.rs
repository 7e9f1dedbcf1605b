use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;

use super::*;

/// RFC 7515, appendix A.2: RS256.
const RSA_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const RSA_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

fn set(keys: Value) -> KeySet {
    serde_json::from_value(json!({ "keys": keys })).unwrap()
}

fn rsa(more: Value) -> KeySet {
    let mut key = json!({ "kty": "RSA", "n": RSA_N, "e": "AQAB" });
    let more = more.as_object().unwrap().clone();
    key.as_object_mut().unwrap().extend(more);
    set(json!([key]))
}

#[test]
fn the_example_of_the_rfc_is_believed() {
    let claims = rsa(json!({})).open(RSA_TOKEN).unwrap();
    assert_eq!(claims["iss"], "joe");
}

#[test]
fn what_was_changed_or_signed_otherwise_is_not() {
    let [header, claims, signature] = RSA_TOKEN.split('.').collect::<Vec<_>>()[..] else {
        panic!("three parts");
    };
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let none = format!("{}.{claims}.", encode(r#"{"alg":"none"}"#));
    let hmac = format!("{}.{claims}.{signature}", encode(r#"{"alg":"HS256"}"#));
    let critical = encode(r#"{"alg":"RS256","crit":["exp"]}"#);
    let other = encode(r#"{"iss":"joe","admin":true}"#);
    let algorithm = |word: &str| JwtError::Algorithm {
        algorithm: word.into(),
    };
    for (token, expected) in [
        (none, algorithm("none")),
        (hmac, algorithm("HS256")),
        (format!("{header}.{other}.{signature}"), JwtError::Signature),
        (format!("{header}.{claims}."), JwtError::Signature),
        (format!("{critical}.{claims}.{signature}"), JwtError::Shape),
        (format!("{header}.{claims}"), JwtError::Shape),
        ("a.b.c".into(), JwtError::Shape),
        (String::new(), JwtError::Shape),
        ("x".repeat(LONGEST + 1), JwtError::Shape),
    ] {
        assert_eq!(rsa(json!({})).open(&token), Err(expected), "{token:.80}");
    }
}

#[test]
fn a_key_is_used_only_for_what_it_is_for() {
    for more in [
        json!({ "use": "enc" }),
        json!({ "alg": "PS256" }),
        json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }),
    ] {
        assert_eq!(
            rsa(more.clone()).open(RSA_TOKEN),
            Err(JwtError::Key),
            "{more}"
        );
    }
    assert!(
        rsa(json!({ "use": "sig", "alg": "RS256", "kid": "1" }))
            .open(RSA_TOKEN)
            .is_ok()
    );
    assert_eq!(set(json!([])).open(RSA_TOKEN), Err(JwtError::Key));
    assert_eq!(set(json!([7, "x", {}])).open(RSA_TOKEN), Err(JwtError::Key));
}

#[test]
fn a_key_on_a_curve_is_found_by_its_id() {
    let random = SystemRandom::new();
    let pair = || {
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random)
            .unwrap()
    };
    let jwk = |pair: &EcdsaKeyPair, kid: &str| {
        let point = pair.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-256", "kid": kid,
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]),
            "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        })
    };
    let (one, two) = (pair(), pair());
    let keys = set(json!([jwk(&one, "1"), jwk(&two, "2")]));
    let sign = |pair: &EcdsaKeyPair, header: &str| {
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(r#"{"sub":"ada"}"#)
        );
        let signature = pair.sign(&random, message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    };
    let named = r#"{"alg":"ES256","kid":"2"}"#;
    assert_eq!(keys.open(&sign(&two, named)).unwrap()["sub"], "ada");
    assert_eq!(keys.open(&sign(&one, named)), Err(JwtError::Signature));
    let unnamed = r#"{"alg":"ES256"}"#;
    assert!(keys.open(&sign(&two, unnamed)).is_ok());
    let unknown = r#"{"alg":"ES256","kid":"3"}"#;
    assert_eq!(keys.open(&sign(&two, unknown)), Err(JwtError::Key));
}
