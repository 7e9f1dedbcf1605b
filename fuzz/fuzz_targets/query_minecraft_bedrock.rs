//! Foreign bytes as an answer in the protocol `minecraft_bedrock`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    homepulse::sources::games::query::protocol("minecraft_bedrock")
        .expect("a known protocol")
        .swallow(bytes);
});
