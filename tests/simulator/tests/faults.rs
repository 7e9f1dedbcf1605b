//! Every fault does what it says, and what is set right works again.

mod support;

use std::time::{Duration, Instant};

use serde_json::Value;
use simulator::{
    Agent, Fault, GuestKind, GuestStatus, Metric, PveOptions, PveServer, PveVersion, Role, World,
    WorldConfig,
};
use support::{Answer, ask, connect, get, raw};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn start() -> PveServer {
    start_with(WorldConfig::default()).await
}

async fn start_with(config: WorldConfig) -> PveServer {
    PveServer::start(World::new(config), PveOptions::quick())
        .await
        .expect("starts")
}

async fn bytes(server: &PveServer, path: &str) -> std::io::Result<Vec<u8>> {
    let header = server.token(Role::Auditor).header();
    let request = format!(
        "GET /api2/json{path} HTTP/1.1\r\nAuthorization: {header}\r\nConnection: close\r\n\r\n"
    );
    raw(server.addr(), &server.ca_pem(), &request).await
}

#[tokio::test]
async fn a_status_comes_with_its_text() {
    let server = start().await;
    server.set_fault(
        "/cluster",
        Some(Fault::Status(500, "got timeout".to_owned())),
    );
    let answer = get(&server, Role::Auditor, "/cluster/resources").await;
    assert_eq!(
        (answer.status, answer.reason.as_str()),
        (500, "got timeout")
    );
    assert_eq!(answer.json()["message"], "got timeout\n");
    assert_eq!(answer.all("connection"), ["close"]);
    assert_eq!(get(&server, Role::Auditor, "/version").await.status, 200);
    server.clear_faults();
    assert_eq!(
        get(&server, Role::Auditor, "/cluster/resources")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn half_a_body_is_half_of_what_was_promised() {
    let server = start().await;
    server.set_fault("", Some(Fault::HalfBody));
    let answer = Answer::parse(
        &bytes(&server, "/cluster/resources")
            .await
            .expect("an answer"),
    );
    let promised: usize = answer.all("content-length")[0].parse().expect("a length");
    assert_eq!(answer.body.len(), promised / 2);
}

#[tokio::test]
async fn numbers_can_come_as_text() {
    let server = start().await;
    server.set_fault("", Some(Fault::NumbersAsStrings));
    let rows = get(&server, Role::Auditor, "/cluster/resources?type=node")
        .await
        .data();
    assert!(
        rows[0]["maxmem"].is_string() && rows[0]["cpu"].is_string(),
        "{rows}"
    );
}

#[tokio::test]
async fn a_skewed_clock_shows_in_the_date() {
    let server = start().await;
    let before = get(&server, Role::Auditor, "/version").await;
    server.set_fault("", Some(Fault::ClockSkew(400 * 86_400)));
    let after = get(&server, Role::Auditor, "/version").await;
    assert_ne!(
        before.all("date")[0][12..16],
        after.all("date")[0][12..16],
        "another year"
    );
}

#[tokio::test]
async fn dropped_connections_carry_nothing() {
    let server = start().await;
    server.set_fault("/version", Some(Fault::Drop));
    assert_eq!(bytes(&server, "/version").await.expect("a connection"), b"");
    assert_eq!(
        server.request_log().last().map(|record| record.status),
        Some(0)
    );
}

#[tokio::test]
async fn a_stalled_answer_does_not_come() {
    let server = start().await;
    server.set_fault("/version", Some(Fault::Stall));
    let waited = tokio::time::timeout(Duration::from_millis(200), bytes(&server, "/version")).await;
    assert!(waited.is_err(), "{waited:?}");
    assert_eq!(get(&server, Role::Auditor, "/nodes").await.status, 200);
}

#[tokio::test]
async fn a_delay_is_waited_for() {
    let server = start().await;
    server.set_fault("", Some(Fault::Delay(Duration::from_millis(150))));
    let begun = Instant::now();
    assert_eq!(get(&server, Role::Auditor, "/version").await.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn bodies_can_be_huge_deep_or_garbage() {
    let server = start().await;
    server.set_fault("", Some(Fault::HugeBody(3_000_000)));
    let huge = get(&server, Role::Auditor, "/version").await;
    assert!(
        (2_900_000..3_100_000).contains(&huge.body.len()),
        "{}",
        huge.body.len()
    );
    assert!(huge.data().is_array());
    server.set_fault("", Some(Fault::DeepJson(100_000)));
    assert!(
        get(&server, Role::Auditor, "/version")
            .await
            .body
            .starts_with(b"{\"data\":[[[[")
    );
    server.set_fault("", Some(Fault::Garbage));
    let garbage = get(&server, Role::Auditor, "/version").await;
    assert!(serde_json::from_slice::<Value>(&garbage.body).is_err());
}

#[tokio::test]
async fn a_wrong_certificate_is_not_the_clusters() {
    let server = start().await;
    server.set_fault("", Some(Fault::WrongCertificate));
    assert!(connect(server.addr(), &server.ca_pem()).await.is_err());
    server.clear_faults();
    assert!(connect(server.addr(), &server.ca_pem()).await.is_ok());
    let before = server.fingerprint();
    let renewed = server.renew_certificate().expect("renewed");
    assert_ne!(before, renewed);
    assert!(connect(server.addr(), &server.ca_pem()).await.is_ok());
    server.swap_certificate().expect("swapped");
    assert!(connect(server.addr(), &server.ca_pem()).await.is_err());
}

#[tokio::test]
async fn a_stopped_server_refuses_and_comes_back_where_it_was() {
    let server = start().await;
    let addr = server.addr();
    server.stop();
    let mut refused = false;
    // The listener is closed by its task, which has to get its turn first.
    for _ in 0..100 {
        refused = TcpStream::connect(addr).await.is_err();
        if refused {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert!(refused);
    server.start_again().await.expect("starts again");
    assert_eq!(server.addr(), addr);
    assert_eq!(get(&server, Role::Auditor, "/version").await.status, 200);
}

#[tokio::test]
async fn failed_logins_are_slow_and_say_nothing() {
    let options = PveOptions {
        auth_delay: Duration::from_millis(150),
        ..PveOptions::quick()
    };
    let server = PveServer::start(World::new(WorldConfig::default()), options)
        .await
        .expect("starts");
    let monitor = server.token(Role::Auditor);
    for (authorization, reason) in [
        (String::new(), "No ticket"),
        (
            format!("PVEAPIToken={}=wrong", monitor.id),
            "Authentication failed!",
        ),
        (
            format!("PVEAPIToken={}:{}", monitor.id, monitor.secret),
            "Authentication failed!",
        ),
        (
            server.token(Role::Expired).header(),
            "Authentication failed!",
        ),
        ("Bearer x".to_owned(), "Authentication failed!"),
    ] {
        let begun = Instant::now();
        let answer = ask(&server, 0, "GET", &authorization, "/version").await;
        assert_eq!(
            (answer.status, answer.reason.as_str()),
            (401, reason),
            "{authorization}"
        );
        assert!(answer.body.is_empty() && begun.elapsed() >= Duration::from_millis(150));
    }
}

#[tokio::test]
async fn plain_http_head_and_unknown_things_are_answered_as_recorded() {
    let server = start().await;
    let mut plain = TcpStream::connect(server.addr()).await.expect("connects");
    plain
        .write_all(b"GET /api2/json/version HTTP/1.1\r\nHost: x:1\r\n\r\n")
        .await
        .expect("sent");
    let mut bytes = Vec::new();
    plain.read_to_end(&mut bytes).await.expect("read");
    let moved = Answer::parse(&bytes);
    assert_eq!(
        (moved.status, moved.all("location")),
        (301, vec!["https://x:1/api2/json/version"])
    );
    let header = server.token(Role::Auditor).header();
    assert_eq!(
        ask(&server, 0, "HEAD", &header, "/version").await.status,
        501
    );
    let unknown = get(&server, Role::Auditor, "/cluster/resources?_=1").await;
    assert_eq!(unknown.status, 400);
    assert!(unknown.json()["errors"]["_"].is_string());
    // `;` separates parameters like `&`.
    assert_eq!(
        get(&server, Role::Auditor, "/cluster/resources?type=vm;web")
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn requests_share_a_connection_even_when_sent_ahead() {
    let server = start().await;
    let header = server.token(Role::Auditor).header();
    let mut request =
        format!("GET /api2/json/version HTTP/1.1\r\nAuthorization: {header}\r\n\r\n").repeat(2);
    request.push_str(&format!(
        "GET /api2/json/nodes HTTP/1.1\r\nAuthorization: {header}\r\nConnection: close\r\n\r\n"
    ));
    let bytes = raw(server.addr(), &server.ca_pem(), &request)
        .await
        .expect("answers");
    let text = String::from_utf8(bytes).expect("text");
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 3, "{text}");
    assert_eq!(server.request_counts()["/version"], 2);
}

#[tokio::test]
async fn any_node_answers_for_the_cluster_until_it_is_lost() {
    let server = start().await;
    let header = server.token(Role::Auditor).header();
    let status = get(&server, Role::Auditor, "/cluster/status").await.data();
    for (index, addr) in server.addrs().iter().enumerate() {
        let ip = addr.ip().to_string();
        assert!(
            status
                .as_array()
                .expect("rows")
                .iter()
                .any(|row| row["ip"] == ip.as_str()),
            "{ip} in {status}"
        );
        assert_eq!(
            ask(&server, index, "GET", &header, "/nodes/pve1/status")
                .await
                .status,
            200
        );
    }
    server.world().set_node_online("pve1", false);
    assert!(connect(server.addr(), &server.ca_pem()).await.is_err());
    let second = ask(&server, 1, "GET", &header, "/nodes/pve1/status").await;
    assert_eq!((second.status, second.body.len()), (595, 0));
}

#[tokio::test]
async fn actions_are_queued_and_fail_later() {
    let server = start().await;
    let world = server.world();
    let header = server.token(Role::Full).header();
    let guest = world.guests().into_iter().find(|guest| {
        guest.kind == GuestKind::Vm
            && guest.status == GuestStatus::Running
            && guest.lock.is_none()
            && guest.ha.is_none()
    });
    let guest = guest.expect("a running guest");
    let path = format!("/nodes/{}/{}/status", guest.node, guest.id());
    let queued = ask(&server, 0, "POST", &header, &format!("{path}/start")).await;
    assert_eq!(queued.status, 200);
    let upid = queued.data().as_str().expect("a UPID").replace('!', "%21");
    let status = get(
        &server,
        Role::Auditor,
        &format!("/nodes/{}/tasks/{upid}/status", guest.node),
    )
    .await
    .data();
    assert_eq!(
        status["exitstatus"],
        format!("VM {} already running", guest.vmid)
    );
    assert_eq!(
        (&status["user"], &status["tokenid"]),
        (&"root@pam".into(), &"full".into())
    );
    let stopped = ask(&server, 0, "POST", &header, &format!("{path}/stop")).await;
    assert_eq!(stopped.status, 200);
    assert_eq!(
        world.guest(guest.vmid).map(|guest| guest.status),
        Some(GuestStatus::Stopped)
    );
    let denied = ask(
        &server,
        0,
        "POST",
        &server.token(Role::Auditor).header(),
        &format!("{path}/start"),
    )
    .await;
    assert_eq!(
        denied.reason,
        format!(
            "Permission check failed (/vms/{}, VM.PowerMgmt)",
            guest.vmid
        )
    );
    world.set_quorate(false);
    let denied = ask(&server, 0, "POST", &header, &format!("{path}/start")).await;
    assert_eq!(
        (denied.status, denied.reason.as_str()),
        (500, "cluster not ready - no quorum?")
    );
}

#[tokio::test]
async fn agents_fail_in_three_ways() {
    let server = start().await;
    let guest = server.world().guest(100).expect("exists");
    let path = format!("/nodes/{}/qemu/100/agent/get-fsinfo", guest.node);
    assert!(get(&server, Role::Auditor, &path).await.data()["result"].is_array());
    for (agent, reason) in [
        (Agent::Absent, "No QEMU guest agent configured"),
        (Agent::Silent, "QEMU guest agent is not running"),
    ] {
        server.world().set_agent(100, agent);
        assert_eq!(get(&server, Role::Auditor, &path).await.reason, reason);
    }
    server.world().set_guest_status(100, GuestStatus::Stopped);
    assert_eq!(
        get(&server, Role::Auditor, &path).await.reason,
        "VM 100 is not running"
    );
}

#[tokio::test]
async fn eight_differs_from_nine_where_recorded() {
    let server = start_with(WorldConfig {
        version: PveVersion::V8,
        ..WorldConfig::default()
    })
    .await;
    let node = server.world().guest(100).expect("exists").node;
    let agent = get(
        &server,
        Role::Auditor,
        &format!("/nodes/{node}/qemu/100/agent/get-fsinfo"),
    )
    .await;
    assert_eq!(
        agent.reason,
        "Permission check failed (/vms/100, VM.Monitor)"
    );
    let status = get(&server, Role::Auditor, "/nodes/pve1/status")
        .await
        .data();
    assert!(status["memory"].get("available").is_none());
    let rows = get(&server, Role::Auditor, "/cluster/resources")
        .await
        .data();
    let rows = rows.as_array().expect("rows");
    assert!(
        rows.iter()
            .all(|row| row.get("memhost").is_none() && row["type"] != "network")
    );
    assert_eq!(
        get(&server, Role::Auditor, "/cluster/ha/rules")
            .await
            .status,
        501
    );
}

#[tokio::test]
async fn a_standalone_node_has_no_cluster() {
    let server = start_with(WorldConfig {
        cluster: None,
        ..WorldConfig::default()
    })
    .await;
    let rows = get(&server, Role::Auditor, "/cluster/status").await.data();
    assert_eq!(rows.as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&rows[0]["type"], &rows[0]["nodeid"]),
        (&"node".into(), &0.into())
    );
}

#[tokio::test]
async fn a_scripted_figure_reaches_the_wire_at_the_next_refresh() {
    let config = WorldConfig {
        refresh: Duration::from_millis(50),
        ..WorldConfig::default()
    };
    let server = start_with(config).await;
    server
        .world()
        .set_guest_metric(100, Metric::Memory, Some(0.875));
    let begun = Instant::now();
    loop {
        let rows = get(&server, Role::Auditor, "/cluster/resources?type=vm")
            .await
            .data();
        let row = rows
            .as_array()
            .and_then(|rows| rows.iter().find(|row| row["vmid"] == 100).cloned())
            .expect("a row");
        let part =
            row["mem"].as_f64().expect("a number") / row["maxmem"].as_f64().expect("a number");
        if (part - 0.875).abs() < 0.001 {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "still {part}");
    }
}

#[tokio::test]
async fn history_of_the_export_is_half_an_hour_in_steps() {
    let server = start().await;
    let now = get(
        &server,
        Role::Auditor,
        "/cluster/metrics/export?local-only=1",
    )
    .await
    .json();
    let all = get(
        &server,
        Role::Auditor,
        "/cluster/metrics/export?local-only=1&history=1",
    )
    .await
    .json();
    let count = |body: &Value| body["data"]["data"].as_array().map_or(0, Vec::len);
    assert_eq!(count(&all), 180 * count(&now));
}

#[tokio::test]
async fn a_password_gives_a_ticket_and_writes_need_its_token() {
    let server = start().await;
    let user = &server.users()[0];
    let body = format!(
        "username={}&password={}",
        user.name.replace('@', "%40"),
        user.password
    );
    let request = format!(
        "POST /api2/json/access/ticket HTTP/1.1\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = Answer::parse(
        &raw(server.addr(), &server.ca_pem(), &request)
            .await
            .expect("an answer"),
    );
    let ticket = answer.data()["ticket"]
        .as_str()
        .expect("a ticket")
        .to_owned();
    let login = format!("PVEAuthCookie={ticket}");
    assert_eq!(ask(&server, 0, "GET", &login, "/nodes").await.status, 200);
    let refused = ask(&server, 0, "POST", &login, "/nodes/pve1/vzdump").await;
    assert_eq!(
        (refused.status, refused.reason.as_str()),
        (401, "Permission denied - invalid csrf token")
    );
}

#[tokio::test]
async fn idle_connections_are_closed() {
    let options = PveOptions {
        idle: Duration::from_millis(50),
        ..PveOptions::quick()
    };
    let server = PveServer::start(World::new(WorldConfig::default()), options)
        .await
        .expect("starts");
    let header = server.token(Role::Auditor).header();
    let request = format!("GET /api2/json/version HTTP/1.1\r\nAuthorization: {header}\r\n\r\n");
    let answer = Answer::parse(
        &raw(server.addr(), &server.ca_pem(), &request)
            .await
            .expect("an answer, then the end"),
    );
    assert_eq!(
        (answer.status, answer.all("connection")),
        (200, vec!["Keep-Alive"])
    );
}

#[tokio::test]
async fn older_hosts_tell_the_reason_in_the_status_line_only() {
    let options = PveOptions {
        silent_errors: true,
        ..PveOptions::quick()
    };
    let server = PveServer::start(World::new(WorldConfig::default()), options)
        .await
        .expect("starts");
    let answer = get(&server, Role::NoAcl, "/cluster/status").await;
    assert_eq!(answer.reason, "Permission check failed (/, Sys.Audit)");
    assert_eq!(answer.body, br#"{"data":null}"#);
}
