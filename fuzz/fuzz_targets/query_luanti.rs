//! Foreign bytes as an answer in the protocol `luanti`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    homepulse::sources::games::query::protocol("luanti")
        .expect("a known protocol")
        .swallow(bytes);
});
