//! Foreign bytes as an answer in the protocol `minecraft_java`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    homepulse::sources::games::query::protocol("minecraft_java")
        .expect("a known protocol")
        .swallow(bytes);
});
