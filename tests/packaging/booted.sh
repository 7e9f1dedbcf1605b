#!/bin/sh
# Runs inside a booted Debian: installs the package under a real systemd and watches the service.
# Called by boot.sh through a unit; the last line of /result is "holds" if everything did.
set -eu
exec >/result 2>&1

step() {
    printf '\n== %s\n' "$1"
}

property() {
    systemctl show homepulse --property "$1" --value
}

# Succeeds where a command does not.
refute() {
    if "$@"; then
        echo "FAILED: it should not have worked: $*"
        return 1
    fi
}

complaints() {
    journalctl --no-pager -u homepulse | grep -i -E 'denied|not permitted|panicked'
}

# Waits until a command succeeds: SECONDS COMMAND...
within() {
    left=$1
    shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || {
            echo "FAILED: not within its time: $*"
            systemctl status --no-pager --full homepulse
            journalctl --no-pager -u homepulse -n 30
            return 1
        }
        sleep 1
    done
}

step "install and start"
dpkg -i /package.deb
systemctl is-active homepulse
homepulse health
systemctl status --no-pager --lines 0 homepulse
stat -c '%a %U:%G %n' /var/lib/homepulse /var/lib/homepulse/*

step "what it runs with"
pid=$(property MainPID)
grep -E '^(NoNewPrivs|Seccomp|CapBnd|CapEff):' "/proc/$pid/status"
grep -q '^CapBnd:.0000000000000000$' "/proc/$pid/status"
grep -q '^Seccomp:.2$' "/proc/$pid/status"
[ "$(stat -c %U "/proc/$pid")" = homepulse ]

step "fed for longer than the watchdog waits"
sleep 40
[ "$(property MainPID)" = "$pid" ]
[ "$(property NRestarts)" = 0 ]
refute complaints

step "an update restarts it"
dpkg -i /package.deb
within 20 homepulse health
[ "$(property MainPID)" != "$pid" ]
pid=$(property MainPID)

step "a process that hangs is replaced"
# It is asked to abort, which it cannot hear, and then killed.
mkdir -p /run/systemd/system/homepulse.service.d
printf '[Service]\nTimeoutAbortSec=3\n' >/run/systemd/system/homepulse.service.d/test.conf
systemctl daemon-reload
kill -STOP "$pid"
replaced() {
    [ "$(property MainPID)" != "$pid" ] && homepulse health
}
within 60 replaced
[ "$(property NRestarts)" = 1 ]
journalctl --no-pager -u homepulse | grep -i watchdog

step "stop is clean"
systemctl stop homepulse
[ "$(property Result)" = success ]
refute homepulse health

step "the drop-in for containers without nesting works as well"
mkdir -p /etc/systemd/system/homepulse.service.d
cp /usr/share/doc/homepulse/examples/lxc-nonesting.conf /etc/systemd/system/homepulse.service.d/
systemctl daemon-reload
systemctl start homepulse
homepulse health

step "a broken configuration is reported, and mended"
echo 'listen = ' >>/etc/homepulse/config.toml
refute systemctl restart homepulse
journalctl --no-pager -u homepulse -n 12 | grep 'config.toml'
# It does not get better by itself, and is not tried again until somebody has mended it.
[ "$(property ActiveState)" = failed ]
sed -i '$d' /etc/homepulse/config.toml
systemctl start homepulse
homepulse health

step "purge stops and removes it"
dpkg -P homepulse
refute test -e /var/lib/homepulse
refute systemctl is-active homepulse

echo
echo holds
