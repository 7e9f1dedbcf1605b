//! `cargo +nightly fuzz run history`: every decoder of what history stores, over any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| homepulse::history::decode_any(bytes));
