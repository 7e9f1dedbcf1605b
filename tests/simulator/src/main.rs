//! Runs a simulated home lab until it is interrupted.

use std::io::Write as _;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use serde_json::json;
use simulator::{
    PveOptions, PveServer, PveVersion, Scenario, SmtpOptions, SmtpSink, Token, WebhookSink, World,
    WorldConfig,
};

/// A home lab over real sockets: a Proxmox VE cluster (TLS), a mail server and a webhook receiver.
///
/// Prints one JSON object with everything a client needs (addresses, tokens with secrets, fingerprints, the
/// authority's certificate), then serves on loopback until it is interrupted. Node 1 listens on 127.0.0.1, node 2
/// on 127.0.0.2 and so on, all on the same port.
///
/// Try it:
///   simulator --nodes 10 --guests 500 --scenario all > lab.json &
///   curl -k -H "Authorization: PVEAPIToken=ID=SECRET" https://127.0.0.1:PORT/api2/json/cluster/resources
#[derive(Debug, Parser)]
#[command(name = "simulator", verbatim_doc_comment)]
struct Arguments {
    /// Number of nodes of the cluster.
    #[arg(long, default_value_t = 3)]
    nodes: usize,
    /// Number of virtual machines and containers.
    #[arg(long, default_value_t = 24)]
    guests: usize,
    /// How many times faster things happen: daily cycles, incidents, the five minutes until a dead node's guests
    /// are forgotten. Times on the wire stay real.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Incident to begin with: disk-filling, backup-failing, node-lost, hot-guest or all.
    #[arg(long, value_parser = scenario)]
    scenario: Option<Scenario>,
    /// What names, sizes, figures and secrets are derived from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A single node without a cluster.
    #[arg(long)]
    standalone: bool,
    /// Major version of Proxmox VE.
    #[arg(long, value_enum, default_value_t = Major::Nine)]
    pve_version: Major,
    /// Port of the API on every node; 0 for any free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// How often figures are refreshed, in seconds.
    #[arg(long, default_value_t = 10.0)]
    refresh: f64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Major {
    #[value(name = "8")]
    Eight,
    #[value(name = "9")]
    Nine,
}

fn scenario(name: &str) -> Result<Scenario, String> {
    Scenario::by_name(name).ok_or_else(|| {
        let names: Vec<_> = Scenario::EVERY
            .iter()
            .map(|scenario| scenario.name())
            .collect();
        format!("there is no such scenario; there are {}", names.join(", "))
    })
}

fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(run(arguments))
}

async fn run(arguments: Arguments) -> std::io::Result<()> {
    let world = World::new(WorldConfig {
        cluster: (!arguments.standalone).then(|| "homelab".to_owned()),
        nodes: arguments.nodes,
        guests: arguments.guests,
        seed: arguments.seed,
        speed: arguments.speed,
        version: match arguments.pve_version {
            Major::Eight => PveVersion::V8,
            Major::Nine => PveVersion::V9,
        },
        refresh: Duration::try_from_secs_f64(arguments.refresh).unwrap_or(Duration::from_secs(10)),
        ..WorldConfig::default()
    });
    let pve = PveServer::start(
        world.clone(),
        PveOptions {
            port: arguments.port,
            ..PveOptions::default()
        },
    )
    .await?;
    let smtp = SmtpSink::start(SmtpOptions::default()).await?;
    let webhook = WebhookSink::start().await?;
    let incident = arguments.scenario.map(|scenario| scenario.start(&world));
    print(&pve, &smtp, &webhook)?;
    until_told_to_stop().await?;
    if let Some(incident) = incident {
        incident.abort();
    }
    Ok(())
}

fn print(pve: &PveServer, smtp: &SmtpSink, webhook: &WebhookSink) -> std::io::Result<()> {
    let nodes: Vec<_> = pve
        .world()
        .nodes()
        .iter()
        .zip(pve.addrs())
        .zip(pve.fingerprints())
        .map(|((node, addr), fingerprint)| json!({"name": node.name, "addr": addr, "fingerprint": fingerprint}))
        .collect();
    let token =
        |token: &Token| json!({"id": token.id, "secret": token.secret, "role": token.role.word()});
    let users = pve
        .users()
        .iter()
        .map(|user| json!({"name": user.name, "password": user.password}));
    let all = json!({
        "url": pve.url(),
        "nodes": nodes,
        "tokens": pve.tokens().iter().map(token).collect::<Vec<_>>(),
        "users": users.collect::<Vec<_>>(),
        "ca_pem": pve.ca_pem(),
        "smtp": smtp.addr(),
        "webhook": webhook.url("/"),
    });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{all:#}")?;
    out.flush()
}

async fn until_told_to_stop() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}
