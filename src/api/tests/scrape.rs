//! The whole door, over a fleet with hostile names.

use super::lab::{node, storage};
use super::*;
use crate::model::resource::Guest;

fn line<'a>(text: &'a str, start: &str) -> &'a str {
    text.lines()
        .find(|line| line.starts_with(start))
        .unwrap_or_else(|| panic!("no line begins with {start} in\n{text}"))
}

#[actix_web::test]
async fn prometheus_reads_our_own_figures_and_the_hosts() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    house.alert().await;
    let answered = house.ask(get("/metrics")).await;
    assert_eq!(answered.status, 200);
    assert!(
        answered
            .header("content-type")
            .starts_with("application/openmetrics-text; version=1.0.0")
    );
    let text = answered.body.as_str().expect("text");
    assert!(text.ends_with("# EOF\n"));
    for start in [
        "homepulse_build_info{version=",
        "process_resident_memory_bytes ",
        "homepulse_disk_written_bytes_total ",
        "homepulse_history_samples_total{outcome=\"future\"} 0",
        "homepulse_history_recording 1",
        "homepulse_database_size_bytes ",
        "homepulse_websocket_clients 0",
        "homepulse_outbox_messages{state=\"due\"} 0",
        "homepulse_alerts_firing{severity=\"warning\"} 1",
        "homepulse_target_up{target=\"home\",kind=\"pve\"} 1",
        "pve_up{id=\"node/pve1\",target=\"home\"} 1",
        "pve_up{id=\"qemu/100\",target=\"home\"} 1",
        "pve_up{id=\"storage/pve1/nas\",target=\"home\"} 1",
        "pve_cpu_usage_ratio{id=\"qemu/100\",target=\"home\"} 0.5",
        "pve_cpu_usage_limit{id=\"qemu/100\",target=\"home\"} 2",
        "pve_memory_usage_bytes{id=\"qemu/100\",target=\"home\"} 1073741824",
        "pve_disk_size_bytes{id=\"storage/pve1/nas\",target=\"home\"} 4294967296",
        "pve_storage_info{id=\"storage/pve1/nas\",content=\"backup,iso\",node=\"pve1\",\
         plugintype=\"nfs\",storage=\"nas\",target=\"home\"} 1",
        "pve_guest_info{id=\"lxc/101\",name=\"guest-101\",node=\"pve1\",tags=\"web\",\
         template=\"0\",type=\"lxc\",target=\"home\"} 1",
    ] {
        line(text, start);
    }
    assert!(
        !text.contains("pve_cpu_usage_ratio{id=\"lxc/101\""),
        "what is not known is left out"
    );
}

#[actix_web::test]
async fn a_hostile_guest_cannot_forge_a_line() {
    let house = House::open().await;
    let evil = Guest {
        name: "x\"} 1\npve_up{id=\"qemu/666\"} 1\r\\".into(),
        tags: vec!["a\nb".into()],
        ..guest(100)
    };
    let resources = vec![
        Resource::Node(node()),
        Resource::Guest(evil),
        Resource::Storage(storage()),
    ];
    house.show(seen(&fleet(), resources, NOON), &[]);
    let answered = house.ask(get("/metrics")).await;
    let text = answered.body.as_str().expect("text");
    let info = line(text, "pve_guest_info{id=\"qemu/100\"");
    assert!(
        info.contains(r#"name="x\"} 1\npve_up{id=\"qemu/666\"} 1 \\",node="pve1",tags="a\nb""#),
        "{info}"
    );
    assert!(!text.contains("\npve_up{id=\"qemu/666\"}"));
    assert!(!text.contains('\r'));
}

#[actix_web::test]
async fn the_older_format_and_one_target_can_be_asked_for() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let old = get("/metrics?target=home").insert_header(("accept", "text/plain;version=0.0.4"));
    let answered = house.ask(old).await;
    assert_eq!(
        answered.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = answered.body.as_str().expect("text").to_owned();
    line(&text, "# TYPE process_cpu_seconds_total counter");
    line(&text, "pve_up{id=\"qemu/100\"");
    assert!(!text.contains("# EOF"));
    let other = house.ask(get("/metrics?target=elsewhere")).await;
    let text = other.body.as_str().expect("text").to_owned();
    assert!(!text.contains("pve_up"), "{text}");
}

#[actix_web::test]
async fn metrics_need_a_token_and_probes_do_not() {
    let house = House::locked().await;
    assert_eq!(house.ask(get("/metrics")).await.status, 401);
    let with = get("/metrics").insert_header(("authorization", "Bearer right"));
    assert_eq!(house.ask(with).await.status, 200);
    for path in ["/livez", "/readyz"] {
        let answered = house.ask(get(path)).await;
        assert_eq!(
            (answered.status.as_u16(), answered.body),
            (200, "ok\n".into())
        );
    }
    house.shared.stop.cancel();
    assert_eq!(house.ask(get("/readyz")).await.status, 503);
    assert_eq!(house.ask(get("/livez")).await.status, 200);
}

#[actix_web::test]
async fn diagnostics_count_the_same() {
    let house = House::open().await;
    house.show(fleet(), &[]);
    let far = clock::now() + Duration::from_secs(3600);
    let sample = Sample {
        resource: guest(100).id,
        metric: MetricKey::known("cpu"),
        at: far,
        value: 0.5,
    };
    let history = &house.shared.parts.history;
    history.append(&[sample], clock::now());
    let answered = house.ask(get("/api/hp/diagnostics")).await;
    assert_eq!(answered.body["history"]["samples_future"], 1);
    let text = house.ask(get("/metrics")).await.body;
    line(
        text.as_str().expect("text"),
        "homepulse_history_samples_total{outcome=\"future\"} 1",
    );
}
