//! Makes sure that the folder of the built web UI exists, so that a checkout without Node compiles;
//! packs the OpenAPI document that a release build carries, and has its linker save what it can.

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs, io};

use flate2::Compression;
use flate2::write::GzEncoder;

const DOCUMENT: &str = "web/openapi.json";

/// What makes a release smaller where the linker can: functions with the same code are kept once,
/// and relative relocations are packed, which the dynamic linker of glibc 2.36 can read.
const SAVINGS: [&str; 2] = ["-Wl,--icf=all", "-Wl,-z,pack-relative-relocs"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=web/dist");
    println!("cargo::rerun-if-changed={DOCUMENT}");
    fs::create_dir_all("web/dist")?;
    let folder = told("OUT_DIR")?;
    let folder = Path::new(&folder);
    let mut encoder = GzEncoder::new(
        File::create(folder.join("openapi.json.gz"))?,
        Compression::best(),
    );
    io::copy(&mut File::open(DOCUMENT)?, &mut encoder)?;
    encoder.finish()?;
    if told("PROFILE")? == "release" {
        for argument in SAVINGS {
            if links_with(argument, folder)? {
                println!("cargo::rustc-link-arg-bins={argument}");
            }
        }
    }
    Ok(())
}

/// What cargo says under `name`.
#[expect(
    clippy::disallowed_methods,
    reason = "a build script is told its task this way only"
)]
fn told(name: &str) -> Result<String, env::VarError> {
    env::var(name)
}

/// Whether the linker that will be used takes `argument`: a program that does nothing is linked
/// with it in `folder`.
fn links_with(argument: &str, folder: &Path) -> Result<bool, Box<dyn Error>> {
    let source = folder.join("nothing.rs");
    fs::write(&source, "fn main() {}")?;
    let mut compiler = Command::new(told("RUSTC")?);
    let flags = told("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    compiler.args(flags.split('\u{1f}').filter(|flag| !flag.is_empty()));
    if let Ok(linker) = told("RUSTC_LINKER") {
        compiler.arg(format!("-Clinker={linker}"));
    }
    let status = compiler
        .args(["--crate-name=nothing", "--target", &told("TARGET")?])
        .arg(format!("-Clink-arg={argument}"))
        .arg("-o")
        .arg(folder.join("nothing"))
        .arg(source)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    Ok(status.success())
}
