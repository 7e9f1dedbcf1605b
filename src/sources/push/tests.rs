use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::gunzip::unpack;
use super::line::{self, Precision};
use super::meaning::{self, Meaning};
use super::{Object, Point, PushError, notification, otlp};
use crate::model::time::Timestamp;

fn packed(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).expect("into memory");
    encoder.finish().expect("into memory")
}

fn lines(text: &str) -> line::Written {
    line::read(text.as_bytes(), Precision::Nanoseconds).expect("text")
}

#[test]
fn a_line_of_proxmox_is_a_point_per_number() {
    let written = lines(
        "system,object=qemu,vmid=100,nodename=pve1,host=my\\ web cpu=0.25,name=\"a, \\\"b\\\"\",\
         template=false,maxmem=4294967296,netin=12i 1795337600000000000\n\
         cpustat,object=nodes,host=pve1 wait=0.01 1795337600000000000\n\
         # a comment\n\n\
         system,object=storages,nodename=pve1,host=local,type=dir used=5\n",
    );
    assert_eq!((written.bad_lines, written.first_problem), (0, None));
    let shown: Vec<_> = written
        .points
        .iter()
        .map(|p| (p.object.clone(), p.key.as_str(), p.value, p.at))
        .collect();
    let at = Some(Timestamp::from_seconds(1_795_337_600));
    let node = || Object::Node("pve1".into());
    let local = Object::Storage {
        node: "pve1".into(),
        name: "local".into(),
    };
    assert_eq!(
        shown,
        [
            (Object::Guest(100), "cpu", 0.25, at),
            (Object::Guest(100), "maxmem", 4_294_967_296.0, at),
            (Object::Guest(100), "netin", 12.0, at),
            (node(), "wait", 0.01, at),
            (local, "used", 5.0, None),
        ]
    );
}

#[test]
fn a_bad_line_costs_only_itself_and_is_told() {
    let written = lines("cpu value=1\ncpu value=\ncpu\n=\ncpu a=\"open 5\ncpu b=2 noon\ncpu c=3");
    let keys: Vec<&str> = written.points.iter().map(|p| p.key.as_str()).collect();
    assert_eq!(keys, ["value", "c"]);
    assert_eq!(written.bad_lines, 5);
    let problem = written.first_problem.expect("a problem");
    assert_eq!(problem, "line 2: a field is no number");
    let endless = "cpu a=1\n".repeat(60_000);
    assert!(line::read(endless.as_bytes(), Precision::Seconds).is_err());
    assert!(line::read(&[0xff, 0xfe], Precision::Seconds).is_err());
}

#[test]
fn moments_are_in_the_unit_that_was_asked_for() {
    for (word, number) in [
        ("ns", "1795337600123456789"),
        ("us", "1795337600123456"),
        ("ms", "1795337600123"),
    ] {
        let precision = Precision::of_word(word).expect("a precision");
        let body = format!("cpu a=1 {number}");
        let written = line::read(body.as_bytes(), precision).expect("text");
        assert_eq!(written.points[0].at, Some(Timestamp(1_795_337_600_123)));
    }
    assert_eq!(Precision::of_word("h"), None);
}

const OTLP: &str = r#"{"resourceMetrics":[{"resource":{"attributes":[
  {"key":"service.name","value":{"stringValue":"proxmox-ve"}}]},"scopeMetrics":[{"scope":{},"metrics":[
  {"name":"proxmox_node_cpustat_cpu","unit":"percent","gauge":{"dataPoints":[
    {"timeUnixNano":1795337600000000000,"asDouble":0.5,"attributes":[{"key":"node","value":{"stringValue":"pve1"}}]}]}},
  {"name":"proxmox_node_network_receive_total","sum":{"isMonotonic":true,"dataPoints":[
    {"timeUnixNano":"1795337600000000000","asInt":"77","attributes":[{"key":"node","value":{"stringValue":"pve1"}},
     {"key":"device","value":{"stringValue":"eno1"}}]}]}},
  {"name":"proxmox_vm_netin_total","sum":{"dataPoints":[{"asInt":9,"attributes":[
     {"key":"vmid","value":{"stringValue":"100"}}]}]}},
  {"name":"proxmox_storage_total","gauge":{"dataPoints":[{"asInt":10,"attributes":[
     {"key":"node","value":{"stringValue":"pve1"}},{"key":"storage","value":{"stringValue":"local"}}]}]}},
  {"name":"room_temperature","gauge":{"dataPoints":[{"asDouble":21.5}]}},
  {"name":"odd","histogram":{"dataPoints":[{"count":1}]}},
  {"name":"proxmox_vm_cpu","gauge":{"dataPoints":[{"asDouble":1,"attributes":[]}]}}]}]}]}"#;

#[test]
fn otlp_is_the_same_points_under_other_names() {
    let points = otlp::read(OTLP.as_bytes()).expect("points");
    let shown: Vec<(String, &str, Meaning)> = points
        .iter()
        .map(|p| (format!("{:?}", p.object), p.key.as_str(), meaning::of(p)))
        .collect();
    let node = || r#"Node("pve1")"#.to_owned();
    assert_eq!(
        shown,
        [
            (node(), "cpu", Meaning::Gauge("cpu", 1.0)),
            (node(), "receive", Meaning::Counter("net_in")),
            ("Guest(100)".to_owned(), "netin", Meaning::Counter("net_in")),
            (
                r#"Storage { node: "pve1", name: "local" }"#.to_owned(),
                "total",
                Meaning::Gauge("disk_total", 1.0)
            ),
            (
                r#"Other("proxmox-ve")"#.to_owned(),
                "room_temperature",
                Meaning::Foreign
            ),
        ]
    );
    assert_eq!(points[0].at, Some(Timestamp::from_seconds(1_795_337_600)));
    assert_eq!(points[1].at, points[0].at);
}

#[test]
fn what_is_no_otlp_is_refused_with_a_reason() {
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    for body in ["", "[]", "nonsense", r#"{"resourceMetrics": 5}"#, &deep] {
        let refused = otlp::read(body.as_bytes());
        assert!(matches!(refused, Err(PushError::Malformed(_))), "{body}");
    }
    assert_eq!(
        otlp::read(b"{}"),
        Ok(Vec::new()),
        "a test of the connection"
    );
}

#[test]
fn only_interfaces_that_lead_out_count() {
    let nic = |name: &str| Point {
        object: Object::Node("pve1".into()),
        measurement: "nics".into(),
        instance: Some(name.into()),
        key: "receive".into(),
        value: 1.0,
        at: None,
    };
    for (name, counts) in [
        ("eno1", true),
        ("enp3s0f0", true),
        ("eth0", true),
        ("vmbr0", false),
        ("tap100i0", false),
        ("lo", false),
        ("fwbr100i0", false),
    ] {
        let counted = meaning::of(&nic(name)) == Meaning::Counter("net_in");
        assert_eq!(counted, counts, "{name}");
    }
}

#[test]
fn a_small_body_does_not_become_a_large_one() {
    let text = b"cpu a=1\n".repeat(1000);
    assert_eq!(*unpack(&packed(&text), true).expect("unpacked"), text[..]);
    assert_eq!(*unpack(&text, false).expect("as it is"), text[..]);
    let bomb = packed(&vec![0; 64 << 20]);
    assert!(bomb.len() < 100_000);
    let refused = unpack(&bomb, true);
    assert!(matches!(refused, Err(PushError::TooLarge { .. })));
    assert_eq!(unpack(b"no gzip", true), Err(PushError::Unpack));
    let cut = &packed(&text)[..30];
    assert_eq!(unpack(cut, true), Err(PushError::Unpack));
}

#[test]
fn a_notification_is_read_from_json_and_from_text() {
    let body = r#"{"severity":"error","title":"vzdump backup status (pve1): backup failed",
        "message":"Details\n=======\nVMID 100","timestamp":1795337600,
        "fields":{"type":"vzdump","hostname":"pve1","job-id":"backup-1","odd":{"a":1}}}"#;
    let read = notification::read(body.as_bytes()).expect("a notification");
    assert_eq!(
        (read.kind.as_str(), read.severity.as_str()),
        ("vzdump", "error")
    );
    assert_eq!(read.at, Some(Timestamp::from_seconds(1_795_337_600)));
    assert_eq!(
        read.fields.get("job-id").map(String::as_str),
        Some("backup-1")
    );
    assert!(!read.fields.contains_key("odd"));
    assert!(read.message.contains('\n'));
    let text = notification::read("\nSomething\nhappened".as_bytes()).expect("text");
    assert_eq!(
        (text.title.as_str(), text.severity.as_str()),
        ("Something", "unknown")
    );
    assert!(notification::read(br#"{"severity": "#).is_err());
    assert!(notification::read(&[0xff]).is_err());
}

proptest! {
    #[test]
    fn no_bytes_break_a_parser(body in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = line::read(&body, Precision::Nanoseconds);
        let _ = otlp::read(&body);
        let _ = notification::read(&body);
        let _ = unpack(&body, true);
    }

    #[test]
    fn no_line_breaks_the_line_parser(text in "[a-z,= \"\\\\0-9\\.iuA-Z#äß\n]{0,200}") {
        let written = line::read(text.as_bytes(), Precision::Seconds).expect("text");
        prop_assert!(written.points.iter().all(|point| point.value.is_finite()));
        prop_assert_eq!(written.bad_lines == 0, written.first_problem.is_none());
    }

    #[test]
    fn what_is_written_as_a_line_is_read_back(
        name in "[a-zA-Z][a-zA-Z0-9 ,=_-]{0,20}", value in -1e12..1e12_f64,
    ) {
        let escaped = name.replace(',', "\\,").replace('=', "\\=").replace(' ', "\\ ");
        let line = format!("m,object=nodes,host={escaped} {escaped}={value} 5");
        let written = lines(&line);
        prop_assert_eq!(written.points.len(), 1, "{}", line);
        prop_assert_eq!(&written.points[0].key, &name);
        prop_assert_eq!(&written.points[0].object, &Object::Node(name));
        prop_assert_eq!(written.points[0].value, value);
    }
}
