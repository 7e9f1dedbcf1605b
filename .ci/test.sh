#!/bin/sh
# Every check, cheapest first. Called by `make test`, which has built the web UI before.
set -eu
cd "$(dirname "$0")/.."

step() {
    printf '\n== %s\n' "$1"
}

step "format"
cargo fmt --check
step "licences"
python3 .ci/licences.py
step "lints"
cargo clippy --workspace --all-targets --locked -- -D warnings
step "Rust tests"
# The same random cases in every run, so that a change is blamed for what it broke; `cargo test`
# by itself looks for new ones.
PROPTEST_RNG_SEED=20261122 cargo test --workspace --locked
step "OpenAPI document is current"
target/debug/homepulse openapi | diff - web/openapi.json ||
    { echo "run: cargo run -- openapi > web/openapi.json && (cd web && npm run generate)" >&2; exit 1; }
step "web checks"
(cd web && npm run --silent check)
step "browser"
(cd web && HOMEPULSE_BIN="$PWD/../target/debug/homepulse" npm run --silent test:e2e)
