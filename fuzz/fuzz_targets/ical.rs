//! Foreign bytes as a subscribed calendar.
#![no_main]

use homepulse::holds::{ical, zone};
use homepulse::model::time::{Timestamp, Window};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let range = Window {
        from: Timestamp(1_795_000_000_000),
        to: Timestamp(1_796_000_000_000),
    };
    if let Ok(zone) = zone("Europe/Berlin") {
        let _ = ical::read(bytes, &zone, range);
    }
});
