//! Foreign bytes as an answer in the protocol `teeworlds`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    homepulse::sources::games::query::protocol("teeworlds")
        .expect("a known protocol")
        .swallow(bytes);
});
