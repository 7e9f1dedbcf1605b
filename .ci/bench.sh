#!/bin/sh
# Prints where the product stands against its budgets: the history engine by itself, with a year of
# the simulator's data and with public series from PyPI, then the rule engine, then asking game
# servers, then the running product against the simulator in a process of its own. `BENCH_ARGS` goes
# to the latter.
set -eu
cd "$(dirname "$0")/.."
cargo build --release --locked --workspace
# Public series are worth having and not worth failing for.
series="$(mktemp)"
trap 'rm -f "$series"' EXIT
if python3 benches/history/public_series.py "$series"; then
    cargo bench --locked --bench history -- --public "$series"
else
    cargo bench --locked --bench history
fi
cargo bench --locked --bench judge
cargo bench --locked --bench games
# shellcheck disable=SC2086
python3 tests/bench/appliance.py ${BENCH_ARGS:-}
# The UI in a browser, where there is one.
chromium="${BROWSER:-/usr/bin/chromium}"
if [ -x "$chromium" ] && [ -d web/node_modules/playwright-core ]; then
    (cd web && CHROMIUM="$chromium" node scripts/bench.mjs)
fi
