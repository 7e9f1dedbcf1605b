//! Foreign bytes as an answer in the protocol `ark_rcon`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    homepulse::sources::games::query::protocol("ark_rcon")
        .expect("a known protocol")
        .swallow(bytes);
});
