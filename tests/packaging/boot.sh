#!/bin/sh
# Boots a Debian 12 with systemd in a container and tries the service there, sandbox and watchdog
# included. Called by `make package-test`; needs root, systemd-nspawn and Debian's package archive.
set -eu
cd "$(dirname "$0")/../.."

skip() {
    echo "SKIPPED: the service was not tried under systemd: $*" >&2
    exit 0
}

deb=''
for deb in "${CARGO_TARGET_DIR:-target}"/package/homepulse_*.deb; do :; done
if [ ! -f "$deb" ]; then
    echo "FAILED: there is no package; run: make package" >&2
    exit 1
fi
[ "$(id -u)" -eq 0 ] || skip "needs root for debootstrap and systemd-nspawn"
for tool in debootstrap systemd-nspawn; do
    command -v "$tool" >/dev/null || skip "$tool is not installed"
done

work=$(mktemp -d)
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT

debootstrap --variant=minbase --include=adduser,ca-certificates,dbus,systemd,systemd-sysv bookworm \
    "$root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$work/debootstrap.log" 2>&1 || {
    tail -n 5 "$work/debootstrap.log" >&2
    skip "debootstrap failed"
}
cp "$deb" "$root/package.deb"
cp tests/packaging/booted.sh "$root/booted.sh"
cat >"$root/etc/systemd/system/booted.service" <<'UNIT'
[Unit]
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
ExecStart=/bin/sh /booted.sh
TimeoutStartSec=300
UNIT
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -s ../booted.service "$root/etc/systemd/system/multi-user.target.wants/"

timeout 420 systemd-nspawn --quiet --register=no --keep-unit --private-network \
    --directory "$root" --boot </dev/null >"$work/boot.log" 2>&1 || true
[ -f "$root/result" ] || {
    tail -n 5 "$work/boot.log" >&2
    skip "systemd does not boot in a container here"
}
cat "$root/result"
[ "$(tail -n 1 "$root/result")" = holds ]
