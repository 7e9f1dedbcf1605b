//! Parses the command line, runs what it asks for and prints a chain of errors.

use std::process::ExitCode;

fn main() -> ExitCode {
    match homepulse::cli::run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("homepulse: {}", homepulse::cli::complaint(&error));
            homepulse::cli::exit_code(&error)
        }
    }
}
