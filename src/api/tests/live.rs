//! Live connections over a real socket.

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::*;

mod games;

/// A running server and the means to change what it shows.
struct Running {
    address: SocketAddr,
    writer: LiveWriter,
    stop: CancellationToken,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
    db: Db,
    accounts: Accounts,
    events: ServerEvents,
    _inbox: mpsc::Receiver<Observation>,
    _dir: tempfile::TempDir,
}

impl Running {
    async fn start(config: ServeConfig) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (parts, writer, db, inbox) = parts(dir.path()).await;
        let stop = CancellationToken::new();
        let config = ServeConfig {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
            ..config
        };
        let accounts = parts.accounts.clone();
        let events = parts.server_events.clone();
        let serving = serve::serve(config, Vec::new(), parts, stop.clone()).unwrap();
        let address = serving.addresses[0];
        Self {
            address,
            writer,
            stop,
            server: tokio::spawn(serving.run()),
            db,
            accounts,
            events,
            _inbox: inbox,
            _dir: dir,
        }
    }

    fn show(&self, fleet: Fleet, alerts: Vec<Alert>) {
        self.writer.publish(Change {
            fleet: Arc::new(fleet),
            diff: crate::state::Diff::default(),
            alerts,
        });
    }

    async fn connect(&self, headers: &[(&'static str, &str)]) -> Result<Client, Error> {
        self.connect_to("/ws", headers).await
    }

    async fn connect_to(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Client, Error> {
        let url = format!("ws://localhost:{}{path}", self.address.port());
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        Ok(Client(connect_async(request).await?.0))
    }

    /// Sends a request without a body over a connection of its own.
    async fn send(&self, method: &str, path: &str) {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    async fn connect_ours(&self) -> Client {
        let headers = [("sec-websocket-protocol", "homepulse.v1")];
        self.connect(&headers).await.unwrap()
    }

    async fn end(self) {
        self.stop.cancel();
        self.server.await.unwrap().unwrap();
    }
}

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    /// The next text message; the protocol's own pings are passed over.
    async fn next(&mut self) -> Value {
        let wait = async {
            loop {
                match self.0.next().await.unwrap().unwrap() {
                    Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                    Message::Ping(_) => {}
                    other => panic!("unexpected {other:?}"),
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), wait)
            .await
            .expect("a message arrives")
    }

    /// The next message of a type.
    async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next().await;
            if message["type"] == kind {
                return message;
            }
        }
    }

    /// A full frame that shows the fleet; the first one may still be empty.
    async fn until_shown(&mut self) -> Value {
        loop {
            let message = self.next().await;
            if !message["nodes"].as_array().is_none_or(Vec::is_empty) {
                return message;
            }
        }
    }

    async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }
}

#[actix_web::test]
async fn a_token_that_is_revoked_ends_the_connection_that_it_opened() {
    // Where nothing else opens, this machine is let in with any token.
    let house = Running::start(ServeConfig {
        api_token: Some(SecretString::from("right")),
        ..ServeConfig::default()
    })
    .await;
    let by = crate::services::audit::Asker {
        name: "tests".into(),
        peer: String::new(),
    };
    let new = crate::services::accounts::NewToken {
        name: "wall".into(),
        scopes: vec!["fleet:read".into()],
        expires_at: None,
        networks: Vec::new(),
        limit: crate::auth::ScopeSet::all(),
    };
    let (secret, key) = house.accounts.create_token(&by, new).await.unwrap();
    let headers = [
        ("sec-websocket-protocol", "homepulse.v1"),
        ("x-api-token", secret.expose()),
    ];
    let mut client = house.connect(&headers).await.unwrap();
    client.next_of("full").await;
    let kind = crate::auth::KeyKind::Token;
    house
        .accounts
        .revoke(&by, &key.id, kind, None)
        .await
        .unwrap();
    let ended = async { while let Some(Ok(_)) = client.0.next().await {} };
    tokio::time::timeout(Duration::from_secs(10), ended)
        .await
        .expect("the connection ends");
    assert!(house.connect(&headers).await.is_err());
    house.end().await;
}

#[actix_web::test]
async fn our_clients_get_a_full_frame_then_deltas_and_a_resync_on_request() {
    let house = Running::start(ServeConfig::default()).await;
    let mut client = house.connect_ours().await;
    let first = client.next_of("full").await;
    assert_eq!(first["guests"], serde_json::json!([]));

    let before = fleet();
    house.show(before.clone(), Vec::new());
    let shown = client.until_shown().await;
    let handle = shown["guests"][0]["handle"].as_u64().unwrap();

    let mut changed = resources();
    if let Resource::Guest(guest) = &mut changed[1] {
        guest.cpu = Some(0.75);
    }
    let after = seen(&before, changed, NOON + Duration::from_secs(10));
    house.show(after.clone(), Vec::new());
    let delta = client.next_of("delta").await;
    assert_eq!(delta["previous"], shown["version"]);
    assert_eq!(
        delta["vitals"],
        serde_json::json!([[handle, 750, 1024, null, 2, 1, null, 0]])
    );
    assert_eq!(delta.get("guests"), None);

    client.say(r#"{"type":"ping"}"#).await;
    assert_eq!(client.next().await, serde_json::json!({"type": "pong"}));
    client.say(r#"{"type":"resync"}"#).await;
    let full = client.next_of("full").await;
    assert_eq!(full["version"], delta["version"]);
    assert_eq!(full["guests"][0]["cpu"], 0.75);
    house.end().await;
}

#[actix_web::test]
async fn an_acknowledgement_reaches_live_clients() {
    let house = Running::start(ServeConfig::default()).await;
    let mut client = house.connect_ours().await;
    client.next_of("full").await;
    let fire = Transition::Fire(finding());
    let events: Result<_, AlertError> = house
        .db
        .writer
        .run(move |tx| alerts::apply(tx, &[fire]))
        .await;
    let alert = events.unwrap().remove(0).alert;
    house.show(fleet(), vec![alert.clone()]);
    let firing = loop {
        let message = client.next().await;
        if message["alerts"]
            .as_array()
            .is_some_and(|list| !list.is_empty())
        {
            break message;
        }
    };
    assert_eq!(firing["alerts"][0]["acknowledged_by"], Value::Null);
    house
        .send("POST", &format!("/api/hp/alerts/{}/acknowledge", alert.id))
        .await;
    // Other deltas may come in between; without this one the next wait ends in a time-out.
    let taken = loop {
        let message = client.next_of("delta").await;
        if message["alerts"][0]["acknowledged_by"].is_string() {
            break message;
        }
    };
    assert_eq!(taken["alerts"][0]["acknowledged_by"], "localhost");
    house.end().await;
}

#[actix_web::test]
async fn pulses_clients_are_welcomed_and_get_the_state() {
    let house = Running::start(ServeConfig::default()).await;
    house.show(fleet(), Vec::new());
    let mut client = house.connect(&[]).await.unwrap();
    assert_eq!(client.next().await["type"], "welcome");
    let state = client.next().await;
    assert_eq!(state["type"], "initialState");
    assert_eq!(state["data"]["vms"][0]["id"], "home-pve1-100");
    client.say(r#"{"type":"requestData"}"#).await;
    let state = client.next().await;
    assert_eq!(state["type"], "rawData");
    assert_eq!(state["data"]["nodes"][0]["name"], "pve1");
    client.say(r#"{"type":"ping"}"#).await;
    assert_eq!(client.next().await["type"], "pong");
    house.end().await;
}

#[actix_web::test]
async fn live_connections_need_a_place_a_token_and_our_own_origin() {
    let house = Running::start(ServeConfig {
        api_token: Some(SecretString::from("right")),
        live_clients: 1,
        ..ServeConfig::default()
    })
    .await;
    let refused = |outcome: Result<Client, Error>| match outcome {
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("{other}"),
        Ok(_) => 101,
    };
    let token = ("x-api-token", "right");
    assert_eq!(refused(house.connect(&[]).await), 401);
    let foreign = [token, ("origin", "https://evil.example")];
    assert_eq!(refused(house.connect(&foreign).await), 403);
    let _first = house.connect(&[token]).await.unwrap();
    assert_eq!(refused(house.connect(&[token]).await), 503);
    house.end().await;
}

#[actix_web::test]
async fn an_oversized_message_ends_the_connection() {
    let house = Running::start(ServeConfig::default()).await;
    let mut client = house.connect_ours().await;
    client.next_of("full").await;
    client.say(&"x".repeat(70_000)).await;
    let ended = loop {
        match client.0.next().await {
            Some(Ok(Message::Close(_)) | Err(_)) | None => break true,
            Some(Ok(_)) => {}
        }
    };
    assert!(ended);
    house.end().await;
}
