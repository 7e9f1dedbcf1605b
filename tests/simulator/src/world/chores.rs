//! What happens in the world of its own: nightly backups, package lists, the odd snapshot.
//!
//! The tasks of every hour are derived from the seed and the hour, so a world has a past as soon as it is built.

use super::State;
use super::task::TaskSpec;
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
            state.add_task(spec, now);
        }
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
