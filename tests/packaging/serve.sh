#!/bin/sh
# Runs a program until it is healthy, then stops it as systemd would. Called by deb.sh, inside the
# root under test, in a network and a process namespace of its own: PROGRAM ARGUMENT...
set -eu
# As in the unit.
umask 077

program=$1
"$@" >/tmp/log 2>&1 &
pid=$!

tries=0
until "$program" health >/dev/null 2>&1; do
    tries=$((tries + 1))
    if ! kill -0 "$pid" 2>/dev/null || [ "$tries" -gt 100 ]; then
        cat /tmp/log >&2
        echo "FAILED: $program does not become healthy" >&2
        exit 1
    fi
    sleep 0.2
done
"$program" health
kill -TERM "$pid"
wait "$pid" || {
    status=$?
    cat /tmp/log >&2
    echo "FAILED: $program ended with $status" >&2
    exit 1
}
if "$program" health >/dev/null 2>&1; then
    echo "FAILED: $program is healthy although it has ended" >&2
    exit 1
fi
