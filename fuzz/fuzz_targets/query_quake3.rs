//! Foreign bytes as an answer in the protocol `quake3`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    homepulse::sources::games::query::protocol("quake3")
        .expect("a known protocol")
        .swallow(bytes);
});
