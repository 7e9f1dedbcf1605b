//! A small OpenID provider on loopback that signs what it is told to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

use super::super::Returned;
use crate::auth::TokenHash;
use crate::telemetry::clock;

pub(super) const CLIENT: &str = "homepulse";
pub(super) const SECRET: &str = "s3cret/+ of the client";

/// How a token is signed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signed {
    Well,
    NotAtAll,
    WithTheClientSecret,
    /// With another key, under the name of the right one.
    ByAnother,
    /// With another key, under its own name.
    ByAnotherUnlisted,
}

struct Given {
    challenge: String,
    token: String,
}

#[derive(Default)]
struct World {
    codes: HashMap<String, Given>,
    description: Value,
    person: Value,
}

pub(super) struct Idp {
    pub(super) url: String,
    key: EcdsaKeyPair,
    other: EcdsaKeyPair,
    world: Arc<Mutex<World>>,
    task: JoinHandle<()>,
}

fn pair() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap()
}

fn query(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

impl Idp {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let key = pair();
        let point = key.public_key().as_ref();
        let keys = json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "kid": "right", "use": "sig", "alg": "ES256",
            "x": URL_SAFE_NO_PAD.encode(&point[1..33]),
            "y": URL_SAFE_NO_PAD.encode(&point[33..]),
        }]});
        let world = Arc::new(Mutex::new(World::default()));
        let (base, known) = (url.clone(), Arc::clone(&world));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = answer(stream, &base, &keys, &known).await;
            }
        });
        Self {
            url,
            key,
            other: pair(),
            world,
            task,
        }
    }

    pub(super) fn stop(&self) {
        self.task.abort();
    }

    /// Says something else of itself from now on.
    pub(super) fn describe(&self, change: Value) {
        self.world.lock().unwrap().description = change;
    }

    pub(super) fn tell_of_person(&self, person: Value) {
        self.world.lock().unwrap().person = person;
    }

    /// What the browser brings back that was sent to `address`.
    pub(super) fn authorise(&self, address: &Url, change: Value, signed: Signed) -> Returned {
        let asked = query(address);
        assert_eq!(asked["client_id"], CLIENT);
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["code_challenge_method"], "S256");
        let now = clock::now().seconds();
        let mut claims = json!({
            "iss": self.url, "aud": CLIENT, "sub": "42", "exp": now + 300, "iat": now,
            "nonce": asked["nonce"], "preferred_username": "ada", "groups": ["family"],
        });
        let map = claims.as_object_mut().unwrap();
        map.extend(change.as_object().unwrap().clone());
        map.retain(|_, value| !value.is_null());
        let code = format!("code-{}", rand::random::<u64>());
        let given = Given {
            challenge: asked["code_challenge"].clone(),
            token: self.sign(&claims, signed),
        };
        self.world.lock().unwrap().codes.insert(code.clone(), given);
        Returned {
            code: Some(code),
            state: Some(asked["state"].clone()),
            issuer: Some(self.url.clone()),
            error: None,
        }
    }

    fn sign(&self, claims: &Value, signed: Signed) -> String {
        let (alg, kid) = match signed {
            Signed::NotAtAll => ("none", "right"),
            Signed::WithTheClientSecret => ("HS256", "right"),
            Signed::Well | Signed::ByAnother => ("ES256", "right"),
            Signed::ByAnotherUnlisted => ("ES256", "other"),
        };
        let header = json!({ "alg": alg, "kid": kid, "typ": "JWT" });
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let by = |key: &EcdsaKeyPair| {
            let signature = key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
            URL_SAFE_NO_PAD.encode(signature.as_ref())
        };
        let signature = match signed {
            Signed::Well => by(&self.key),
            Signed::ByAnother | Signed::ByAnotherUnlisted => by(&self.other),
            Signed::NotAtAll => String::new(),
            Signed::WithTheClientSecret => {
                let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
                URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, message.as_bytes()))
            }
        };
        format!("{message}.{signature}")
    }
}

async fn answer(
    mut stream: TcpStream,
    base: &str,
    keys: &Value,
    world: &Mutex<World>,
) -> std::io::Result<()> {
    let mut text = Vec::new();
    let (head, body) = loop {
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await?;
        text.extend_from_slice(&part[..read]);
        let all = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = all.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            if body.len() >= length {
                break (head.to_owned(), body.to_owned());
            }
        }
        if read == 0 {
            return Ok(());
        }
    };
    let (status, json) = reply(&head, &body, base, keys, world);
    let body = json.to_string();
    let answer = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await
}

fn reply(head: &str, body: &str, base: &str, keys: &Value, world: &Mutex<World>) -> (u16, Value) {
    let path = head.split(' ').nth(1).unwrap_or_default();
    let mut world = world.lock().unwrap();
    match path {
        "/.well-known/openid-configuration" => {
            let mut description = json!({
                "issuer": base,
                "authorization_endpoint": format!("{base}/authorize"),
                "token_endpoint": format!("{base}/token"),
                "jwks_uri": format!("{base}/keys"),
                "userinfo_endpoint": format!("{base}/person"),
            });
            if let Some(change) = world.description.as_object() {
                description.as_object_mut().unwrap().extend(change.clone());
            }
            (200, description)
        }
        "/keys" => (200, keys.clone()),
        "/person" => match head.contains("Bearer access") || head.contains("bearer access") {
            true => (200, world.person.clone()),
            false => (401, Value::Null),
        },
        "/token" => {
            let form: HashMap<String, String> = url::form_urlencoded::parse(body.as_bytes())
                .into_owned()
                .collect();
            let encode = |text: &str| {
                url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
            };
            let pair = STANDARD.encode(format!("{}:{}", encode(CLIENT), encode(SECRET)));
            let given = world.codes.remove(&form["code"]);
            let verifier = TokenHash::of(&form["code_verifier"]);
            let challenge = URL_SAFE_NO_PAD.encode(verifier.bytes());
            match given {
                Some(given) if given.challenge == challenge && head.contains(&pair) => (
                    200,
                    json!({ "id_token": given.token, "access_token": "access", "token_type": "Bearer" }),
                ),
                _ => (400, json!({ "error": "invalid_grant" })),
            }
        }
        _ => (404, Value::Null),
    }
}
