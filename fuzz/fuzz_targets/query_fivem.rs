//! Foreign bytes as an answer in the protocol `fivem`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    homepulse::sources::games::query::protocol("fivem")
        .expect("a known protocol")
        .swallow(bytes);
});
