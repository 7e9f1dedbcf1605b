use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::api::tests::lab::{NOON, fleet, guest, node, resources, seen, storage};
use crate::model::resource::GuestStatus;
use crate::state::Fleet;

fn present(version: u64, fleet: Fleet) -> Present {
    let at = fleet.at;
    let mut present = Present::default().next(Arc::new(fleet), &[], at);
    present.version = version;
    present
}

/// The delta from the usual fleet to one that saw `resources` ten seconds later.
fn step(resources: Vec<Resource>) -> Value {
    let before = fleet();
    let after = seen(&before, resources, NOON + Duration::from_secs(10));
    let (before, after) = (present(7, before), present(8, after));
    let handles = Handles::default();
    full(&before, "boot", &handles);
    serde_json::to_value(delta(&before, &after, &[], &handles)).unwrap()
}

fn lists(frame: &Value) -> Vec<&str> {
    let lists = ["nodes", "guests", "storages", "gone", "alerts", "vitals"];
    let there = lists.into_iter().filter(|list| frame.get(*list).is_some());
    there.collect()
}

#[test]
fn what_stayed_is_left_out_and_the_target_tells_when_it_was_seen() {
    let frame = step(resources());
    assert_eq!(
        (&frame["previous"], &frame["version"]),
        (&json!(7), &json!(8))
    );
    assert_eq!(lists(&frame), Vec::<&str>::new());
    assert_eq!(
        frame["targets"][0]["last_seen_at"],
        json!(NOON.millis() + 10_000)
    );
}

#[test]
fn figures_travel_as_rows_and_everything_else_as_the_whole_object() {
    let mut changed = resources();
    changed[0] = Resource::Node(crate::model::resource::Node {
        load: Some([1.5, 0.4, 0.3]),
        ..node()
    });
    changed[1] = Resource::Guest(crate::model::resource::Guest {
        status: GuestStatus::Stopped,
        cpu: None,
        ..guest(100)
    });
    let frame = step(changed);
    assert_eq!(lists(&frame), ["guests", "vitals"]);
    assert_eq!(frame["guests"][0]["status"], "stopped");
    assert_eq!(
        frame["vitals"],
        json!([[4, 250, 8192, 10240, null, null, null, null, 150, 40, 30, 10]]),
    );
}

#[test]
fn a_change_below_the_rounding_sends_nothing() {
    let mut changed = resources();
    changed[1] = Resource::Guest(crate::model::resource::Guest {
        cpu: Some(0.500_1),
        started_at: guest(100).started_at.map(|at| at + Duration::from_secs(1)),
        ..guest(100)
    });
    assert_eq!(lists(&step(changed)), Vec::<&str>::new());
}

#[test]
fn what_is_no_longer_there_is_named() {
    let mut changed = resources();
    changed.remove(1);
    let frame = step(changed);
    assert_eq!(frame["gone"], json!(["guest:tgt_home:100"]));
}

#[test]
fn a_storage_has_one_figure() {
    let mut changed = resources();
    let mut storage = storage();
    storage.usage.used = Some(3 << 30);
    changed[3] = Resource::Storage(storage);
    let frame = step(changed);
    assert_eq!(frame["vitals"], json!([[5, null, null, 3072]]));
}

/// The promise of the issue: at most 20 kB for each client and tick.
#[test]
fn five_hundred_busy_guests_fit_into_twenty_kilobytes() {
    let busy = |round: u64| -> Vec<Resource> {
        let guests = (0..500_u32).map(|n| {
            let mut guest = guest(100 + n);
            let noise = u64::from(n) * 37 + round * 101;
            guest.cpu = Some(f64::from(u32::try_from(noise % 1000).unwrap()) / 1000.0);
            guest.memory.used = Some((1000 + noise % 7000) << 20);
            let rate = |scale: u64| Some(f64::from(u32::try_from(noise % scale).unwrap()) * 1024.0);
            guest.rates.net_in = rate(900);
            guest.rates.net_out = rate(700);
            guest.rates.disk_read = rate(90);
            guest.rates.disk_write = rate(300);
            Resource::Guest(guest)
        });
        guests.collect()
    };
    let before = seen(&fleet(), busy(0), NOON);
    let after = seen(&before, busy(1), NOON + Duration::from_secs(10));
    let handles = Handles::default();
    let frame = delta(&present(1, before), &present(2, after), &[], &handles);
    assert_eq!(frame.vitals.len(), 500);
    let bytes = serde_json::to_vec(&frame).unwrap().len();
    assert!(bytes <= 20_000, "{bytes} bytes");
}

#[test]
fn a_job_travels_with_every_step_and_stays_for_a_while() {
    use crate::model::action::Action;
    use crate::services::control::{Job, JobState};
    use crate::services::jobs::Order;

    let machine = guest(100);
    let job = |state, ended_at| {
        Arc::new(Job {
            id: "job_one".parse().expect("an id"),
            target: machine.id.target_text().parse().expect("an id"),
            resource: machine.id.clone(),
            resource_name: machine.name.clone(),
            order: Order::Guest {
                vmid: 100,
                node: "pve1".into(),
                action: Action::Stop,
            },
            by: "anna".into(),
            state,
            progress: None,
            message: None,
            task: None,
            log: vec!["TASK OK".into()],
            asked_at: NOON,
            ended_at,
            cancelling: false,
        })
    };
    let handles = Handles::default();
    let step = |before: &Present, after: &Present| {
        serde_json::to_value(delta(before, after, &[], &handles)).unwrap()
    };
    let before = present(7, fleet());
    let began = before.with_job(&job(JobState::Running, None), NOON);
    let frame = step(&before, &began);
    assert_eq!(lists(&frame), Vec::<&str>::new());
    assert_eq!(frame["jobs"][0]["state"], "running");
    assert_eq!(frame["jobs"][0]["action"], "stop");
    let over = began.with_job(&job(JobState::Ok, Some(NOON)), NOON);
    assert_eq!(step(&began, &over)["jobs"][0]["last_line"], "TASK OK");
    let same = over.next(Arc::clone(&over.fleet), &[], NOON);
    assert_eq!(step(&over, &same).get("jobs"), None);
    let full = full(&over, "boot", &handles);
    assert_eq!(full.jobs.len(), 1);
}
