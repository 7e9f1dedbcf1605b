//! Foreign bytes as an answer in the protocol `palworld`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    homepulse::sources::games::query::protocol("palworld")
        .expect("a known protocol")
        .swallow(bytes);
});
