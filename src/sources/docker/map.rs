//! What a container means: which game is in it, and what became of it. Pure.

use super::figures::{Figures, moment};
use super::plan;
use super::probe::Allowed;
use super::settings::Place;
use super::wire::{Inspected, Listed};
use crate::model::resource::{GameAbility, GameRuntime, PlayerTrust, Usage};
use crate::model::time::Timestamp;
use crate::sources::games::catalog::{Catalog, Console, Entry, Players, Ready};
use crate::sources::games::label;
use crate::sources::games::watch::{Runtime, RuntimeState};

/// Exit codes of programs that were told to end: 128 and SIGINT, SIGKILL or SIGTERM.
const TOLD_TO_END: [i64; 3] = [130, 137, 143];

/// Seconds that a game may take to start of which nothing is known.
const UNKNOWN_START: u32 = 300;

/// The catalogue's entry of the game in a container: its label says so, or its owner, or its image.
pub(super) fn game<'a>(
    listed: &Listed,
    of_owner: Option<&String>,
    catalog: &'a Catalog,
) -> Option<&'a Entry> {
    let named = listed.label(label::GAME).or(of_owner.map(String::as_str));
    match named {
        Some(id) => catalog.get(id),
        None => {
            let image = listed.image.0.as_deref().unwrap_or_default();
            catalog.iter().find(|entry| entry.is_image(image))
        }
    }
}

/// Whether a container is a game server at all.
pub(super) fn is_game(listed: &Listed, of_owner: Option<&String>, catalog: &Catalog) -> bool {
    listed.label(label::GAME).is_some()
        || of_owner.is_some()
        || game(listed, of_owner, catalog).is_some()
}

/// Everything that is known of a container at one look.
pub(super) struct Seen<'a> {
    pub(super) listed: &'a Listed,
    pub(super) inspected: &'a Inspected,
    pub(super) entry: Option<&'a Entry>,
    pub(super) figures: Figures,
    pub(super) disk: Option<u64>,
    /// Whether somebody was seen to tell it to end; `None` where nobody watched.
    pub(super) told_to_end: Option<bool>,
    /// Whether the kernel was seen to end it for want of memory.
    pub(super) out_of_memory: bool,
}

/// The container as a game's runtime.
pub(super) fn runtime(seen: Seen<'_>, allowed: Allowed, place: &Place) -> Runtime {
    let (listed, inspected) = (seen.listed, seen.inspected);
    let name = listed.name().unwrap_or_default().to_owned();
    let state = state(&seen);
    let query = seen
        .entry
        .and_then(|entry| plan::query(inspected, entry, place));
    let crashed = state == RuntimeState::Crashed;
    let health = inspected.state.health.as_ref();
    let facts = GameRuntime {
        kind: "docker".to_owned(),
        local: name.clone(),
        image: inspected
            .config
            .image
            .0
            .clone()
            .or_else(|| listed.image.0.clone()),
        word: listed.state.0.clone(),
        exit_code: exit_code(inspected).filter(|_| crashed),
        out_of_memory: crashed && is_out_of_memory(&seen),
        restarts: inspected
            .restart_count
            .0
            .and_then(|count| u32::try_from(count).ok()),
        health: health
            .and_then(|health| health.status.0.clone())
            .filter(|word| !matches!(word.as_str(), "" | "none")),
    };
    let is_up = !matches!(state, RuntimeState::Stopped | RuntimeState::Crashed);
    Runtime {
        local: name.clone(),
        name,
        game: seen
            .entry
            .map(|entry| entry.id.clone())
            .or_else(|| listed.label(label::GAME).map(str::to_owned)),
        state,
        started_at: started_at(inspected).filter(|_| is_up),
        cpu: seen.figures.cpu,
        cpus: seen.figures.cpus,
        memory: seen.figures.memory,
        disk: Usage {
            used: seen.disk,
            total: None,
        },
        rates: seen.figures.rates,
        ports: plan::ports(inspected, seen.entry),
        can: abilities(inspected, seen.entry, allowed),
        guest: None,
        newer_version: None,
        player_trust: trust(seen.entry, query.is_some()),
        query,
        reported: None,
        start_timeout_s: seen
            .entry
            .map_or(UNKNOWN_START, |entry| entry.start.timeout_s),
        facts: Some(facts),
    }
}

fn state(seen: &Seen<'_>) -> RuntimeState {
    // What was inspected may be older than what was listed.
    let word = seen.listed.state.0.as_deref().unwrap_or_default();
    match word {
        "running" if is_starting(seen) => RuntimeState::Starting,
        "running" => RuntimeState::Running,
        "paused" => RuntimeState::Paused,
        // The engine starts it again and again.
        "restarting" => RuntimeState::Crashed,
        "stopping" | "removing" => RuntimeState::Stopping,
        // Podman's words for what was never started.
        "created" | "configured" | "initialized" => RuntimeState::Stopped,
        "exited" | "dead" | "stopped" if has_crashed(seen) => RuntimeState::Crashed,
        "exited" | "dead" | "stopped" => RuntimeState::Stopped,
        _ => RuntimeState::Unknown,
    }
}

/// Whether the image's own check, which the game goes by, has not passed yet. Podman without
/// systemd never says more, so that this is believed only for as long as a start may take.
fn is_starting(seen: &Seen<'_>) -> bool {
    let by_check = seen
        .entry
        .is_some_and(|entry| entry.start.ready == Ready::Healthcheck && entry.query.is_none());
    let health = seen.inspected.state.health.as_ref();
    by_check && health.and_then(|health| health.status.0.as_deref()) == Some("starting")
}

fn has_crashed(seen: &Seen<'_>) -> bool {
    if is_out_of_memory(seen) {
        return true;
    }
    match (exit_code(seen.inspected), seen.told_to_end) {
        (None | Some(0), _) | (_, Some(true)) => false,
        (Some(_), Some(false)) => true,
        // Nobody watched: what looks as if it was told to end is believed to have been.
        (Some(code), None) => !TOLD_TO_END.contains(&code),
    }
}

fn is_out_of_memory(seen: &Seen<'_>) -> bool {
    seen.out_of_memory || seen.inspected.state.oom_killed.0 == Some(true)
}

#[expect(clippy::cast_possible_truncation, reason = "an exit code")]
fn exit_code(inspected: &Inspected) -> Option<i64> {
    inspected.state.exit_code.0.map(|code| code as i64)
}

fn started_at(inspected: &Inspected) -> Option<Timestamp> {
    let text = inspected.state.started_at.0.as_deref()?;
    moment(text).map(Timestamp)
}

fn trust(entry: Option<&Entry>, is_asked: bool) -> PlayerTrust {
    let players = entry.and_then(|entry| entry.query.as_ref());
    match players.map(|query| query.players) {
        Some(Players::Exact | Players::CountOnly) if is_asked => PlayerTrust::Exact,
        Some(Players::Unreliable) if is_asked => PlayerTrust::Unreliable,
        _ => PlayerTrust::None,
    }
}

/// What can be done to it with what its engine lets us.
fn abilities(inspected: &Inspected, entry: Option<&Entry>, allowed: Allowed) -> Vec<GameAbility> {
    let console = entry.and_then(|entry| entry.console.as_ref());
    let has_console = match console {
        Some(Console::Exec { .. }) => allowed.exec,
        Some(Console::Rcon { .. } | Console::Rest { .. }) => allowed.power,
        None => allowed.power && inspected.config.open_stdin.0 == Some(true),
    };
    let has_saves = entry.is_some_and(|entry| !entry.saves.paths.is_empty());
    [
        (GameAbility::Power, allowed.power),
        (GameAbility::Command, has_console),
        (GameAbility::Log, true),
        (GameAbility::Backup, allowed.create && has_saves),
        (GameAbility::Update, allowed.create),
        (GameAbility::Delete, allowed.create),
        (GameAbility::Create, allowed.create),
    ]
    .into_iter()
    .filter_map(|(ability, can)| can.then_some(ability))
    .collect()
}
