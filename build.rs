//! Makes sure that the folder of the built web UI exists, so that a checkout without Node compiles,
//! and packs the OpenAPI document that a release build carries.

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::{env, fs, io};

use flate2::Compression;
use flate2::write::GzEncoder;

const DOCUMENT: &str = "web/openapi.json";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=web/dist");
    println!("cargo::rerun-if-changed={DOCUMENT}");
    fs::create_dir_all("web/dist")?;
    let packed = Path::new(&env::var("OUT_DIR")?).join("openapi.json.gz");
    let mut encoder = GzEncoder::new(File::create(packed)?, Compression::best());
    io::copy(&mut File::open(DOCUMENT)?, &mut encoder)?;
    encoder.finish()?;
    Ok(())
}
