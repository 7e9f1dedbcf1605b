//! Foreign bytes as an answer in the protocol `satisfactory`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    homepulse::sources::games::query::protocol("satisfactory")
        .expect("a known protocol")
        .swallow(bytes);
});
