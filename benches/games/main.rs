//! Prints what asking many game servers costs, against the budget: 200 servers every 30 s at no
//! more than 1 % of a core.
//!
//! `cargo bench --bench games` asks 200 simulated servers on loopback, which run in a process of
//! their own so that only the asking is counted; an argument chooses another number.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use homepulse::model::id::TargetId;
use homepulse::model::resource::{GameStatus, PlayerTrust, Rates, Usage};
use homepulse::model::time::Timestamp;
use homepulse::sources::games::query::{Options, protocol};
use homepulse::sources::games::watch::{QueryPlan, Runtime, RuntimeState, Watch};
use homepulse::telemetry::process;
use simulator::{GameProtocol, GameServer, GameState};

/// The word by which this program is told to be the servers.
const SERVE: &str = "serve";

/// How often everybody is asked.
const EVERY: Duration = Duration::from_secs(30);

/// Rounds that are measured, after a few that warm up.
const ROUNDS: u64 = 40;
const WARM: u64 = 5;

/// What homelabs run, as it is spoken.
const MIX: [(&str, GameProtocol); 8] = [
    ("minecraft_java", GameProtocol::MinecraftJava),
    ("a2s", GameProtocol::Source),
    ("a2s", GameProtocol::GoldSource),
    ("minecraft_bedrock", GameProtocol::MinecraftBedrock),
    ("mumble", GameProtocol::Mumble),
    ("quake3", GameProtocol::Quake3),
    ("teeworlds", GameProtocol::Teeworlds7),
    ("openttd", GameProtocol::OpenTtd),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let count = arguments
        .iter()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(200);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    if arguments.iter().any(|argument| argument == SERVE) {
        runtime.block_on(serve(count));
    } else {
        runtime.block_on(measure(count));
    }
}

/// Plays the servers until nobody reads any more, and says on which ports.
async fn serve(count: usize) {
    let mut servers = Vec::with_capacity(count);
    for index in 0..count {
        let (_, kind) = MIX[index % MIX.len()];
        let server = GameServer::start(kind, GameState::default()).await;
        let server = server.expect("a server on loopback");
        println!("{}", server.address().port());
        servers.push(server);
    }
    println!("all");
    let _ = std::io::stdout().flush();
    // Until the other process ends.
    let _ = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await;
}

async fn measure(count: usize) {
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new(program)
        .args([SERVE, &count.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the servers start");
    let told = BufReader::new(child.stdout.take().expect("what it says")).lines();
    let ports: Vec<u16> = told
        .map_while(Result::ok)
        .take_while(|line| line != "all")
        .filter_map(|line| line.parse().ok())
        .collect();
    let mut watch = Watch::new(TargetId::random());
    let (mut before, mut took) = (0.0, Duration::ZERO);
    for round in 0..WARM + ROUNDS {
        if round == WARM {
            before = busy();
            took = Duration::ZERO;
        }
        let begun = std::time::Instant::now();
        let now = Timestamp(1_795_000_000_000) + EVERY * u32::try_from(round).unwrap_or(0);
        let servers = watch.look(runtimes(&ports), now).await;
        took += begun.elapsed();
        let answered = servers
            .iter()
            .filter(|server| server.status == GameStatus::Running && server.silent_for == 0)
            .count();
        assert_eq!(answered, count, "every server answers");
    }
    let busy = (busy() - before) / ROUNDS as f64;
    println!("\n{count} game servers asked");
    println!(
        "  {:<38} {:>26}",
        "a round takes",
        format!("{:.0} ms", took.as_secs_f64() * 1e3 / ROUNDS as f64)
    );
    println!(
        "  {:<38} {:>26}",
        "a round costs",
        format!("{:.1} ms", busy * 1e3)
    );
    println!(
        "  {:<38} {:>26}  (at most 1 %)",
        "of a core, every 30 s",
        format!("{:.2} %", busy / EVERY.as_secs_f64() * 100.0)
    );
    // It ends when its input does.
    drop(child.stdin.take());
    let _ = child.wait();
}

fn busy() -> f64 {
    process::usage().cpu_seconds.unwrap_or(f64::NAN)
}

fn runtimes(ports: &[u16]) -> Vec<Runtime> {
    let servers = ports.iter().enumerate();
    servers
        .map(|(index, port)| Runtime {
            local: format!("server{index}"),
            name: format!("server {index}"),
            game: None,
            state: RuntimeState::Unasked,
            facts: None,
            started_at: None,
            cpu: None,
            cpus: None,
            memory: Usage::default(),
            disk: Usage::default(),
            rates: Rates::default(),
            ports: Vec::new(),
            can: Vec::new(),
            guest: None,
            newer_version: None,
            query: Some(QueryPlan {
                protocol: protocol(MIX[index % MIX.len()].0).expect("a protocol"),
                host: "127.0.0.1".to_owned(),
                port: *port,
                options: Options::default(),
                min_interval: EVERY,
                wakes: false,
            }),
            reported: None,
            player_trust: PlayerTrust::Exact,
            start_timeout_s: 0,
        })
        .collect()
}
