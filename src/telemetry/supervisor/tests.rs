use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Hang, Progress, Watchdog, ready, stopping};

const LIMIT: Duration = Duration::from_secs(30);
const MINUTE: Duration = Duration::from_secs(60);

/// The supervisor's end of the socket, and a process that talks to it: this test program again,
/// running one function below, because the socket's name stands in the environment.
struct Supervised {
    socket: UnixDatagram,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Supervised {
    fn running(function: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        socket
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("a limit");
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--ignored", "--exact"])
            .arg(format!("telemetry::supervisor::tests::{function}"))
            .env("NOTIFY_SOCKET", &path)
            .env("WATCHDOG_USEC", "90000")
            .env_remove("WATCHDOG_PID")
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("a process");
        Self {
            socket,
            child,
            _folder: folder,
        }
    }

    fn told(&self) -> String {
        let mut bytes = [0; 512];
        let length = self.socket.recv(&mut bytes).expect("a message");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    }

    fn ended(mut self) -> Self {
        assert!(self.child.wait().expect("its end").success());
        self
    }

    fn has_more(&self) -> bool {
        self.socket.set_nonblocking(true).expect("no waiting");
        self.socket.recv(&mut [0; 512]).is_ok()
    }
}

#[test]
fn the_supervisor_learns_that_we_are_ready_and_that_we_stop() {
    let supervised = Supervised::running("says_ready_and_stopping").ended();
    assert_eq!(supervised.told(), "READY=1\nSTATUS=listening\n");
    assert_eq!(supervised.told(), "STOPPING=1\n");
    assert!(!supervised.has_more());
}

#[test]
#[ignore = "run by the test above with a socket in its environment"]
fn says_ready_and_stopping() {
    ready("listening");
    stopping();
}

#[test]
fn the_watchdog_is_fed_only_while_the_database_answers() {
    let supervised = Supervised::running("feeds_three_times").ended();
    for _ in 0..3 {
        assert_eq!(supervised.told(), "WATCHDOG=1\n");
    }
    assert!(!supervised.has_more());
}

#[test]
#[ignore = "run by the test above with a socket in its environment"]
fn feeds_three_times() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let asked = AtomicU32::new(0);
        let stop = CancellationToken::new();
        let database = || {
            let count = asked.fetch_add(1, Ordering::Relaxed);
            if count == 6 {
                stop.cancel();
            }
            async move { count < 3 }
        };
        let watchdog = Watchdog::wanted(Progress::default()).expect("WATCHDOG_USEC is set");
        watchdog.run(|| None, database, stop.clone()).await;
    });
}

#[test]
fn nothing_is_wanted_without_a_supervisor() {
    assert!(Watchdog::wanted(Progress::default()).is_none());
    ready("nobody listens");
}

#[tokio::test]
async fn quiet_is_a_hang_only_where_something_is_to_be_looked_at() {
    let watchdog = Watchdog::new(LIMIT, Progress::default());
    for (name, after, silence, expected) in [
        ("no targets, for a day", 86_400, None, None),
        ("not yet long", 59, Some(MINUTE), None),
        ("too long", 61, Some(MINUTE), Some(Hang::Silent)),
    ] {
        let now = watchdog.since + Duration::from_secs(after);
        assert_eq!(watchdog.hang(now, silence, true), expected, "{name}");
    }
}

#[tokio::test]
async fn an_observation_that_never_ends_is_a_hang_and_one_that_ended_is_news() {
    let progress = Progress::default();
    let watchdog = Watchdog::new(LIMIT, progress.clone());
    let after = |seconds| Instant::now() + Duration::from_secs(seconds);

    let working = progress.begin();
    assert_eq!(watchdog.hang(after(29), Some(MINUTE), true), None);
    assert_eq!(
        watchdog.hang(after(31), Some(MINUTE), true),
        Some(Hang::Stuck)
    );
    drop(working);
    assert_eq!(watchdog.hang(after(31), Some(MINUTE), true), None);
    assert_eq!(
        watchdog.hang(after(61), Some(MINUTE), true),
        Some(Hang::Silent)
    );
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_a_hang_whatever_else_goes_on() {
    let progress = Progress::default();
    let watchdog = Watchdog::new(LIMIT, progress.clone());
    drop(progress.begin());
    assert_eq!(
        watchdog.hang(Instant::now(), Some(MINUTE), false),
        Some(Hang::Database)
    );
}
