//! Foreign bytes as an answer in the protocol `minecraft_query`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    homepulse::sources::games::query::protocol("minecraft_query")
        .expect("a known protocol")
        .swallow(bytes);
});
