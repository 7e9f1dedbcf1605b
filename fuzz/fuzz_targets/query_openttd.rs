//! Foreign bytes as an answer in the protocol `openttd`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    homepulse::sources::games::query::protocol("openttd")
        .expect("a known protocol")
        .swallow(bytes);
});
