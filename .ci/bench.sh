#!/bin/sh
# Prints where the product stands against its budgets: the history engine and the rule engine by
# themselves, then the running product against the simulator in a process of its own. `BENCH_ARGS`
# goes to the latter.
set -eu
cd "$(dirname "$0")/.."
cargo build --release --locked --workspace
cargo bench --locked --bench history
cargo bench --locked --bench judge
# shellcheck disable=SC2086
python3 tests/bench/appliance.py ${BENCH_ARGS:-}
