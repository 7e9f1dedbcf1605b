//! Foreign bytes as an answer in the protocol `a2s`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    homepulse::sources::games::query::protocol("a2s")
        .expect("a known protocol")
        .swallow(bytes);
});
