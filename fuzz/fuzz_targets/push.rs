//! Everything that a host may send by itself: line protocol, OTLP, notifications, gzip.

#![no_main]

use homepulse::sources::push::gunzip::unpack;
use homepulse::sources::push::line::{self, Precision};
use homepulse::sources::push::{notification, otlp};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let Some((way, body)) = body.split_first() else {
        return;
    };
    let Ok(body) = unpack(body, way & 4 != 0) else {
        return;
    };
    match way & 3 {
        0 => drop(line::read(&body, Precision::Nanoseconds)),
        1 => drop(otlp::read(&body)),
        _ => drop(notification::read(&body)),
    }
});
