//! The commands that make a Proxmox VE cluster send to us, ready to be pasted on any of its nodes,
//! and those that take everything back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::model::id::TargetId;

/// What the host's webhook target is called, and its matcher.
const NAME: &str = "homepulse";
/// Bytes of one body of figures; a cluster's node sends several when it has more to say.
const LINES_BODY: u32 = 500_000;
/// The same packed, as OTLP is sent: text packs to a thirtieth.
const PACKED_BODY: u32 = 100_000;

/// What the host puts into a notification's body. Its own template language escapes the texts.
const BODY: &str = "{\"severity\":\"{{ severity }}\",\"title\":\"{{ escape title }}\",\
                    \"message\":\"{{ escape message }}\",\"timestamp\":{{ timestamp }},\
                    \"fields\":{{ json fields }}}";

/// Commands for one way of sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// One word for it.
    pub name: &'static str,
    /// What it brings, and since which version there is such a thing.
    pub purpose: &'static str,
    /// Commands that set it up.
    pub commands: Vec<String>,
    /// Commands that take it back.
    pub undo: Vec<String>,
}

/// The commands for a target whose host reaches us at `address`.
#[must_use]
pub fn ways(target: &TargetId, address: &Url, token: &str) -> Vec<Way> {
    vec![
        notifications(target, address, token),
        lines(target, address, token),
        otlp(address, token),
    ]
}

fn notifications(target: &TargetId, address: &Url, token: &str) -> Way {
    let root = address.as_str().trim_end_matches('/');
    let header = |name: &str, value: &str| {
        format!("--header 'name={name},value={}'", STANDARD.encode(value))
    };
    let endpoint = "/cluster/notifications/endpoints/webhook";
    let matcher = "/cluster/notifications/matchers";
    Way {
        name: "notifications",
        purpose: "What Proxmox VE announces (backups, replication, fencing, updates) is known at \
                  once; since version 8.3",
        commands: vec![
            format!(
                "pvesh create {endpoint} --name {NAME} --method post \
                 --url '{root}/api/hp/push/pve/{target}' {} {} --secret 'name=token,value={}' \
                 --body '{}'",
                header("Content-Type", "application/json"),
                header("Authorization", "Bearer {{ secrets.token }}"),
                STANDARD.encode(token),
                STANDARD.encode(BODY),
            ),
            format!("pvesh create {matcher} --name {NAME} --target {NAME}"),
            format!("pvesh create /cluster/notifications/targets/{NAME}/test"),
        ],
        undo: vec![
            format!("pvesh delete {matcher}/{NAME}"),
            format!("pvesh delete {endpoint}/{NAME}"),
        ],
    }
}

fn host_and_port(address: &Url) -> (String, u16) {
    let host = address.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (
        host.to_owned(),
        address.port_or_known_default().unwrap_or(7655),
    )
}

fn lines(target: &TargetId, address: &Url, token: &str) -> Way {
    let (host, port) = host_and_port(address);
    let prefix = match address.path().trim_matches('/') {
        "" => String::new(),
        path => format!(" --api-path-prefix {path}"),
    };
    Way {
        name: "influxdb",
        purpose: "Every node sends its figures every 10 s, also while it cannot be asked",
        commands: vec![format!(
            "pvesh create /cluster/metrics/server/{NAME} --type influxdb --server {host} \
             --port {port} --influxdbproto {} --organization {NAME} --bucket {target} \
             --token '{token}' --max-body-size {LINES_BODY} --timeout 5{prefix}",
            address.scheme(),
        )],
        undo: vec![format!("pvesh delete /cluster/metrics/server/{NAME}")],
    }
}

fn otlp(address: &Url, token: &str) -> Way {
    let (host, port) = host_and_port(address);
    let path = address.path().trim_end_matches('/');
    let headers = format!("{{\"Authorization\":\"Bearer {token}\"}}");
    Way {
        name: "opentelemetry",
        purpose: "The same as OTLP, instead of influxdb; since version 9.1",
        commands: vec![format!(
            "pvesh create /cluster/metrics/server/{NAME}-otlp --type opentelemetry \
             --server {host} --port {port} --otel-protocol {} --otel-path {path}/v1/metrics \
             --otel-headers {} --otel-max-body-size {PACKED_BODY}",
            address.scheme(),
            STANDARD.encode(headers),
        )],
        undo: vec![format!("pvesh delete /cluster/metrics/server/{NAME}-otlp")],
    }
}
