//! What happens in the world of its own: nightly backups, package lists, the odd snapshot.
//!
//! The tasks of every hour are derived from the seed and the hour, so a world has a past as soon as it is built.

use super::State;
use super::guest::GuestKind;
use super::task::TaskSpec;
use super::vault::STORAGE;
use crate::dice;

const HOUR: i64 = 3600;

/// Adds the tasks of all hours that have begun since the last call.
pub(crate) fn catch_up(state: &mut State, now: i64) {
    while state.chores_until + HOUR <= now {
        let hour = (state.chores_until / HOUR + 1) * HOUR;
        if hour > now {
            return;
        }
        state.chores_until = hour;
        for spec in tasks_of_hour(state, hour, now) {
            take_effect(state, &spec, now);
            state.add_task(spec, now);
        }
        server_chores(state, hour);
    }
}

/// What a task leaves behind: backups one after the other, or a snapshot.
fn take_effect(state: &mut State, spec: &TaskSpec, now: i64) {
    let start = now - spec.started_ago;
    match spec.kind.as_str() {
        "vzdump" => {
            let guests: Vec<u32> = state
                .guests_on(&spec.node)
                .filter(|guest| !guest.template && guest.vmid != 102)
                .map(|guest| guest.vmid)
                .collect();
            let lost = usize::from(spec.outcome == "job errors");
            let made = guests.len().saturating_sub(lost);
            for (index, vmid) in guests.into_iter().take(made).enumerate() {
                let at = start + 25 * index as i64;
                let kind = match state.guests.get(&vmid).map(|guest| guest.kind) {
                    Some(GuestKind::Container) => "ct",
                    _ => "vm",
                };
                state.back_up(vmid, STORAGE.0, at, 25);
                state.add_vault_task(
                    "backup",
                    &format!("{}:{kind}/{vmid}", STORAGE.1),
                    at,
                    24,
                    "OK",
                );
            }
        }
        "qmsnapshot" | "vzsnapshot" => {
            let guest = spec
                .id
                .parse()
                .ok()
                .and_then(|vmid: u32| state.guests.get_mut(&vmid));
            if let Some(guest) = guest {
                guest.take_snapshot(&format!("auto{start}"), "", false, start);
            }
        }
        _ => {}
    }
}

/// What the backup server does by schedule.
fn server_chores(state: &mut State, hour: i64) {
    match hour / HOUR % 24 {
        0 => {
            state.add_vault_task("garbage_collection", STORAGE.1, hour, 90, "OK");
            state.add_vault_task("garbage_collection", "archive", hour + 200, 9, "OK");
            state.add_vault_task("prunejob", STORAGE.1, hour + 120, 5, "OK");
        }
        3 => {
            let outcome = "Querying namespaces failed - error trying to connect: tcp connect error";
            state.add_vault_task(
                "syncjob",
                "attic:main:main::s-offsite",
                hour + 60,
                3,
                outcome,
            );
        }
        6 => state.verify(STORAGE.0, hour, &[]),
        _ => {}
    }
}

fn tasks_of_hour(state: &State, hour: i64, now: i64) -> Vec<TaskSpec> {
    let mut specs = Vec::new();
    for node in state.nodes.iter().filter(|node| !node.away_at(hour * 1000)) {
        let seed = [state.seed(), 400, hour as u64, node.nodeid as u64];
        let start = hour + (dice::hash(&seed) % 240) as i64;
        if start > now {
            continue;
        }
        let chance = dice::unit(&seed);
        match hour / HOUR % 24 {
            2 => {
                let guests: Vec<u32> = state
                    .guests_on(&node.name)
                    .map(|guest| guest.vmid)
                    .collect();
                let outcome = match chance {
                    chance if chance < 0.04 => "job errors",
                    chance if chance < 0.08 => "WARNINGS: 1",
                    _ => "OK",
                };
                let mut spec = TaskSpec::new(&node.name, "vzdump", "")
                    .outcome(outcome)
                    .lasting(now - start, 60 + 25 * guests.len() as i64);
                spec.log = guests
                    .iter()
                    .map(|vmid| format!("INFO: Finished Backup of {vmid} (00:00:25)"))
                    .collect();
                specs.push(spec);
            }
            4 => specs.push(TaskSpec::new(&node.name, "aptupdate", "").lasting(now - start, 7)),
            _ if chance < 0.03 => {
                let running = state
                    .guests_on(&node.name)
                    .filter(|guest| guest.alive())
                    .nth((seed[2] % 5) as usize);
                if let Some(guest) = running {
                    let kind = if guest.kind.word() == "qemu" {
                        "qmsnapshot"
                    } else {
                        "vzsnapshot"
                    };
                    specs.push(
                        TaskSpec::new(&node.name, kind, &guest.vmid.to_string())
                            .lasting(now - start, 4),
                    );
                }
            }
            _ => {}
        }
    }
    specs
}
