//! Who sits at the terminal, and what they type without it being shown.

use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};

/// Root goes on as whom the directory belongs to: a file that root makes in it could not be used
/// by the service.
pub(super) fn as_owner_of(directory: &Path) -> anyhow::Result<()> {
    let owner =
        std::fs::metadata(directory).with_context(|| format!("look at {}", directory.display()))?;
    let me = std::fs::metadata("/proc/self")
        .context("find out who I am")?
        .uid();
    if me != 0 || owner.uid() == 0 {
        return Ok(());
    }
    let myself = std::env::current_exe().context("find this program")?;
    let error = std::process::Command::new(myself)
        .args(std::env::args_os().skip(1))
        .uid(owner.uid())
        .gid(owner.gid())
        .exec();
    Err(error).with_context(|| format!("go on as the owner of {}", directory.display()))
}

/// The password for `name`: typed twice without being shown, or the first line of what is piped in.
pub(super) fn password(name: &str) -> anyhow::Result<String> {
    let input = io::stdin();
    if !input.is_terminal() {
        return line();
    }
    let ask = |prompt: String| -> anyhow::Result<String> {
        eprint!("{prompt}");
        io::stderr().flush().context("ask for the password")?;
        let typed = without_echo(line);
        eprintln!();
        typed
    };
    let first = ask(format!("password for {name}: "))?;
    let again = ask("the same again: ".into())?;
    if first != again {
        bail!("the two passwords differ");
    }
    Ok(first)
}

fn line() -> anyhow::Result<String> {
    let mut text = String::new();
    io::stdin()
        .read_line(&mut text)
        .context("read the password")?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        bail!("no password was given; type it, or pipe it in");
    }
    Ok(text.to_owned())
}

/// Runs `read` while the terminal does not show what is typed.
fn without_echo<T>(read: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let input = io::stdin();
    let before = tcgetattr(&input).context("look at the terminal")?;
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&input, OptionalActions::Flush, &quiet).context("quieten the terminal")?;
    let read = read();
    tcsetattr(&input, OptionalActions::Flush, &before).context("put the terminal back")?;
    read
}
