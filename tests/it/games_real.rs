//! Our game queries ask real servers from Debian packages, each on a free port of 127.0.0.1.
//!
//! A server that is not installed is skipped, and the test says so past the test runner's capture.
//!
//! Not among them: a Quake 3 server. Debian's `ioquake3-server` has no game to serve, and
//! `openarena-server` depends on all of that game's data, about 400 MB installed; the protocol is held
//! against both `gamedig`s in `games_judged` instead.

use std::io::Write as _;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use homepulse::sources::games::query::{Answer, QueryError, Request, protocol};

use crate::peers::{self, Asked};

/// A server that runs until the test is over.
struct Real {
    child: Child,
    home: tempfile::TempDir,
    port: u16,
}

impl Drop for Real {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the first of `programs` that is installed; `prepare` gives its arguments.
fn start(
    programs: &[&str],
    package: &str,
    prepare: impl FnOnce(&Path, u16) -> Vec<String>,
) -> Option<Real> {
    let Some(program) = programs.iter().find(|program| Path::new(program).exists()) else {
        let mut stderr = std::io::stderr();
        let _ = writeln!(
            stderr,
            "\nSKIPPED: no {} here; `apt-get install --no-install-recommends {package}` lets this test run",
            programs.join(" or ")
        );
        return None;
    };
    let port = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|socket| socket.local_addr())
        .expect("a free port")
        .port();
    let home = tempfile::tempdir().expect("a folder");
    let arguments = prepare(home.path(), port);
    let child = Command::new(program)
        .args(arguments)
        .current_dir(home.path())
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path())
        .env("XDG_CONFIG_HOME", home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    Some(Real { child, home, port })
}

/// Asks until the server is there.
async fn ask(real: &mut Real, name: &str) -> Answer {
    let mut beat = tokio::time::interval(Duration::from_millis(200));
    let mut last = None;
    for _ in 0..600 {
        beat.tick().await;
        if let Some(status) = real.child.try_wait().expect("a child") {
            panic!(
                "the server ended with {status}; it ran in {}",
                real.home.path().display()
            );
        }
        let asked = Request::new("127.0.0.1", real.port);
        match protocol(name).expect("known").ask(asked).await {
            Ok(answer) => return answer,
            Err(error) => last = Some(error),
        }
    }
    panic!("{name} was never answered: {last:?}");
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test]
async fn a_real_mumble_server_answers() {
    let Some(mut real) = start(
        &["/usr/sbin/murmurd", "/usr/bin/mumble-server"],
        "mumble-server",
        |home, port| {
            // Started by root it would become another user, who may not write here.
            let ini = format!(
                "database={0}/m.sqlite\nlogfile={0}/m.log\npidfile=\nhost=127.0.0.1\nport={port}\nusers=7\nuname=root\n",
                home.display()
            );
            std::fs::write(home.join("m.ini"), ini).expect("written");
            strings(&["-fg", "-ini", "m.ini"])
        },
    ) else {
        return;
    };
    let answer = ask(&mut real, "mumble").await;
    assert_eq!((answer.players, answer.max_players), (Some(0), Some(7)));
    assert!(
        answer
            .version
            .is_some_and(|version| version.starts_with("1."))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_minecraft_server_with_a_real_player_tells_us_what_it_tells_gamedig() {
    let Some(peers) = peers::installed() else {
        return;
    };
    let (_running, port) = peers.minecraft();
    let asked = Request::new("127.0.0.1", port);
    let answer = protocol("minecraft_java").expect("known").ask(asked).await;
    let answer = answer.expect("an answer");
    assert_eq!((answer.players, answer.max_players), (Some(1), Some(7)));
    assert_eq!(answer.title.as_deref(), Some("Attic"));
    let told = peers.ask(&[Asked {
        r#type: "minecraft",
        port,
    }]);
    let told = told
        .into_iter()
        .next()
        .expect("one answer")
        .expect("an answer");
    assert_eq!(
        (told.heard.players, told.heard.max_players),
        (Some(1), Some(7))
    );
    assert_eq!(told.title, answer.title);
    assert_eq!(told.version.as_deref(), Some("1.16.1"));
    assert!(
        answer
            .version
            .as_deref()
            .is_some_and(|version| version.contains("1.16.1")),
        "{:?}",
        answer.version
    );
}

#[tokio::test]
async fn a_real_teeworlds_server_answers() {
    let Some(mut real) = start(&["/usr/games/teeworlds-server"], "teeworlds-server", tee) else {
        return;
    };
    let answer = ask(&mut real, "teeworlds").await;
    assert_eq!(answer.players, Some(0));
    assert_eq!(answer.title.as_deref(), Some("Attic"));
    assert_eq!(answer.map.as_deref(), Some("dm1"));
    assert!(
        answer
            .version
            .is_some_and(|version| version.starts_with("0.7"))
    );
    assert_eq!(answer.names, Some(Vec::new()));
}

#[tokio::test]
async fn a_real_ddnet_server_answers() {
    let Some(mut real) = start(
        &["/usr/games/DDNet-Server", "/usr/games/ddnet-server"],
        "ddnet-server",
        |home, port| {
            let mut arguments = tee(home, port);
            arguments.push("sv_ipv4only 1".into());
            arguments
        },
    ) else {
        return;
    };
    let answer = ask(&mut real, "teeworlds").await;
    assert_eq!(answer.players, Some(0));
    assert_eq!(answer.max_players, Some(64));
    assert_eq!(answer.title.as_deref(), Some("Attic"));
    assert_eq!(answer.names, Some(Vec::new()));
}

fn tee(_: &Path, port: u16) -> Vec<String> {
    let port = format!("sv_port {port}");
    strings(&[
        "bindaddr 127.0.0.1",
        &port,
        "sv_register 0",
        "sv_name Attic",
        "sv_map dm1",
        "sv_max_clients 64",
    ])
}

#[tokio::test]
async fn a_real_openttd_server_answers() {
    let Some(mut real) = start(
        &["/usr/games/openttd"],
        "openttd openttd-opengfx",
        |home, port| {
            let config = "[network]\nserver_name = Attic\nserver_game_type = local\nmax_clients = 9\n\
            [game_creation]\nmap_x = 6\nmap_y = 7\nlandscape = arctic\n";
            std::fs::write(home.join("o.cfg"), config).expect("written");
            let listen = format!("-D127.0.0.1:{port}");
            strings(&[&listen, "-c", &home.join("o.cfg").display().to_string()])
        },
    ) else {
        return;
    };
    let answer = ask(&mut real, "openttd").await;
    assert_eq!((answer.players, answer.max_players), (Some(0), Some(9)));
    assert_eq!(answer.map.as_deref(), Some("arctic 64×128"));
    assert!(answer.version.is_some());
    let year: u32 = answer
        .extra
        .get("year")
        .expect("a year")
        .parse()
        .expect("a number");
    assert!((1950..1960).contains(&year), "{year}");
}

#[tokio::test]
async fn a_real_minetest_server_proves_that_it_lives() {
    let Some(mut real) = start(
        &["/usr/games/minetestserver", "/usr/games/luantiserver"],
        "minetest-server",
        |home, port| {
            std::fs::write(
                home.join("m.conf"),
                "bind_address = 127.0.0.1\nserver_announce = false\n",
            )
            .expect("written");
            let game = home.join("games/empty");
            std::fs::create_dir_all(game.join("mods")).expect("made");
            std::fs::write(game.join("game.conf"), "title = Empty\n").expect("written");
            let world = home.join("world");
            std::fs::create_dir_all(&world).expect("made");
            std::fs::write(world.join("world.mt"), "gameid = empty\nbackend = dummy\n")
                .expect("written");
            let games = home.join(".minetest/games");
            std::fs::create_dir_all(&games).expect("made");
            std::fs::rename(game, games.join("empty")).expect("moved");
            let port = port.to_string();
            let world = world.display().to_string();
            strings(&[
                "--config", "m.conf", "--port", &port, "--world", &world, "--gameid", "empty",
            ])
        },
    ) else {
        return;
    };
    let answer = ask(&mut real, "luanti").await;
    assert_eq!((answer.players, answer.names), (None, None));
}

#[tokio::test]
async fn a_real_server_that_is_gone_is_a_closed_port() {
    let Some(mut real) = start(&["/usr/games/teeworlds-server"], "teeworlds-server", tee) else {
        return;
    };
    ask(&mut real, "teeworlds").await;
    let port = real.port;
    drop(real);
    let asked = Request::new("127.0.0.1", port);
    let outcome = protocol("teeworlds").expect("known").ask(asked).await;
    assert!(matches!(outcome, Err(QueryError::Closed(_))), "{outcome:?}");
}
