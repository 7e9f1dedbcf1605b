//! Foreign bytes as an answer in the protocol `mumble`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    homepulse::sources::games::query::protocol("mumble")
        .expect("a known protocol")
        .swallow(bytes);
});
