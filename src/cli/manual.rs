//! The manual page: one page with every command, because `man homepulse` is what people type.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;

/// What the command line cannot say about itself.
const MORE: &str = include_str!("manual.roff");

/// The page about `command`.
pub(super) fn page(command: Command) -> io::Result<String> {
    let mut out = Vec::new();
    let commands: Vec<Command> = command.get_subcommands().cloned().collect();
    let page = Man::new(command);
    page.render_title(&mut out)?;
    page.render_name_section(&mut out)?;
    page.render_synopsis_section(&mut out)?;
    page.render_description_section(&mut out)?;
    page.render_options_section(&mut out)?;
    writeln!(out, ".SH COMMANDS")?;
    for command in commands {
        section(&mut out, "", command)?;
    }
    out.write_all(MORE.as_bytes())?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// A section about `command`, called by its whole name, and one about each command inside of it.
fn section(out: &mut Vec<u8>, before: &str, command: Command) -> io::Result<()> {
    if command.is_hide_set() || command.get_name() == "help" {
        return Ok(());
    }
    let name = format!("{before}{}", command.get_name());
    let inner: Vec<Command> = command.get_subcommands().cloned().collect();
    writeln!(out, ".SS {name}")?;
    let page = Man::new(command.disable_help_flag(true));
    let mut text = Vec::new();
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    out.write_all(&without_headings(&text))?;
    for command in inner {
        section(out, &format!("{name} "), command)?;
    }
    Ok(())
}

/// Each command is a section by now; sections inside of it would stand beside it.
fn without_headings(text: &[u8]) -> Vec<u8> {
    text.split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !line.starts_with(b".SH "))
        .flatten()
        .copied()
        .collect()
}
