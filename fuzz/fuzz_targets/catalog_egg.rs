//! Foreign bytes as a panel's egg.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = homepulse::sources::games::catalog::import_egg(bytes);
});
