//! Makes sure that the folder of the built web UI exists, so that a checkout without Node compiles.

fn main() {
    println!("cargo::rerun-if-changed=web/dist");
    if let Err(error) = std::fs::create_dir_all("web/dist") {
        println!("cargo::warning=cannot create web/dist: {error}");
    }
}
