use serde_json::Value;

use super::*;
use crate::api::tests::lab::{NOON, fleet, resources, seen};

#[test]
fn an_older_fleet_changes_nothing() {
    let hub = Hub::new(1);
    let old = fleet();
    let new = Arc::new(seen(&old, resources(), NOON));
    hub.publish(&new, &[]);
    let version = hub.present().version;
    hub.publish(&Arc::new(old), &[]);
    assert_eq!(hub.present().version, version);
    assert!(Arc::ptr_eq(&hub.present().fleet, &new));
}

#[test]
fn a_step_is_one_delta_and_a_fresh_start_has_none() {
    let hub = Hub::new(1);
    let mut ticks = hub.ticks();
    hub.restart(Arc::new(fleet()), &[], NOON);
    assert!(ticks.try_recv().unwrap().delta.is_none());
    let next = seen(&hub.present().fleet, resources(), NOON);
    hub.publish(&Arc::new(next), &[]);
    let tick = ticks.try_recv().unwrap();
    let delta: Value = serde_json::from_str(tick.delta.as_ref().unwrap()).unwrap();
    assert_eq!(delta["previous"], tick.previous);
    assert_eq!(delta["version"], tick.previous + 1);
}

#[test]
fn everybody_shares_the_bytes_of_one_full_frame() {
    let hub = Hub::new(1);
    hub.restart(Arc::new(fleet()), &[], NOON);
    let present = hub.present();
    let (first, second) = (hub.full(&present), hub.full(&present));
    assert_eq!(first.as_ptr(), second.as_ptr());
}

#[test]
fn places_are_limited_and_given_back() {
    let hub = Hub::new(1);
    let place = hub.take_place();
    assert!(place.is_some());
    assert!(hub.take_place().is_none());
    drop(place);
    assert!(hub.take_place().is_some());
}
