//! Foreign bytes as an answer in the protocol `tshock`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    homepulse::sources::games::query::protocol("tshock")
        .expect("a known protocol")
        .swallow(bytes);
});
