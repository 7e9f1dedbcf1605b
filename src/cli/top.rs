//! The home lab in a terminal, drawn anew every 2 s on a screen of its own that is gone afterwards.

mod page;

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::remote::{Remote, RemoteArgs};
use super::{Bootstrap, say};
use crate::app;
use crate::config::Environment;
use page::{Page, Style};

#[derive(Args)]
pub(super) struct TopArgs {
    #[command(flatten)]
    bootstrap: Bootstrap,
    #[command(flatten)]
    remote: RemoteArgs,
    /// Print once and end; so it does where nobody watches
    #[arg(long)]
    once: bool,
}

/// Time between two looks.
const EVERY: Duration = Duration::from_secs(2);

/// Columns and rows where the terminal does not say how many it has.
const SIZE: (usize, usize) = (80, 40);

/// Another screen, without a cursor; what was there comes back with [`LEAVE`].
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// Draws until it is stopped.
pub(super) fn run(args: &TopArgs) -> anyhow::Result<()> {
    let config = args.bootstrap.clone().installed().load()?;
    let remote = Remote::find(&args.remote, Some(&config))?;
    let is_watched = io::stdout().is_terminal();
    if args.once || !is_watched {
        let fleet = remote.get("api/hp/fleet")?;
        let (columns, _) = size();
        return say(&Page::new(columns, usize::MAX, style(is_watched)).drawn(&fleet));
    }
    // What is wrong with the address or the token is said on the screen that stays.
    remote.get("api/hp/fleet")?;
    let _screen = Screen::enter()?;
    let stop = remote.within(async { app::stop_on_signal() })?;
    while !stop.is_cancelled() {
        let (columns, rows) = size();
        let page = Page::new(columns, rows, style(true));
        let text = match remote.get("api/hp/fleet") {
            Ok(fleet) => page.drawn(&fleet),
            Err(error) => page.failed(&format!("{error:#}")),
        };
        show(&text)?;
        remote.within(wait(&stop));
    }
    Ok(())
}

async fn wait(stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(EVERY) => {}
    }
}

/// Each line is overwritten in place, which does not flicker as an emptied screen does.
fn show(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(b"\x1b[H")?;
    out.write_all(text.trim_end().replace('\n', "\x1b[K\r\n").as_bytes())?;
    out.write_all(b"\x1b[K\x1b[J")?;
    out.flush()
}

/// The other screen; leaving it is dropping this.
struct Screen;

impl Screen {
    fn enter() -> io::Result<Self> {
        let mut out = io::stdout().lock();
        out.write_all(ENTER.as_bytes())?;
        out.flush()?;
        Ok(Self)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let mut out = io::stdout().lock();
        // A terminal that is gone needs nothing put back.
        let _ = out.write_all(LEAVE.as_bytes()).and_then(|()| out.flush());
    }
}

/// What this terminal can show. <https://no-color.org> is honoured.
fn style(is_watched: bool) -> Style {
    let environment = Environment::of_process();
    let set = |name: &str| environment.get(name).map(str::to_owned);
    let language = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    let language = language.unwrap_or_default().to_ascii_lowercase();
    Style {
        colour: is_watched
            && set("NO_COLOR").is_none()
            && set("TERM").is_none_or(|term| term != "dumb"),
        blocks: language.contains("utf-8") || language.contains("utf8"),
    }
}

/// Columns and rows of the terminal.
fn size() -> (usize, usize) {
    match rustix::termios::tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_row > 0 && size.ws_col > 0 => (size.ws_col.into(), size.ws_row.into()),
        _ => SIZE,
    }
}
