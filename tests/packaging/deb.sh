#!/bin/sh
# Installs the Debian package in a Debian 12 root made for the purpose, runs it, upgrades it over an
# older version, removes and purges it; then the same with the archive, and the root of the
# container image. Called by `make package-test`; needs root and Debian's package archive.
set -eu
cd "$(dirname "$0")/../.."

skip() {
    echo "SKIPPED: the packages were not tested: $*" >&2
    exit 0
}

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

step() {
    printf '\n== %s\n' "$1"
}

out=${CARGO_TARGET_DIR:-target}/package
deb='' archive=''
for deb in "$out"/homepulse_*.deb; do :; done
for archive in "$out"/homepulse_*_linux_*.tar.gz; do :; done
if [ ! -f "$deb" ] || [ ! -f "$archive" ]; then
    fail "there is nothing in $out; run: make package"
fi
[ "$(id -u)" -eq 0 ] || skip "needs root for debootstrap and chroot"
for tool in debootstrap unshare ip; do
    command -v "$tool" >/dev/null || skip "$tool is not installed"
done
unshare --net --mount --pid --fork ip link set lo up 2>/dev/null || skip "may not make namespaces"

work=$(mktemp -d)
root=$work/root
# Every process that is started below dies with its namespace: nothing is left to stop.
trap 'rm -rf --one-file-system "$work"' EXIT

# Runs a command in a root, with a loopback network, processes and /proc of its own.
in_root() {
    # shellcheck disable=SC2016 # the arguments are the inner shell's
    unshare --net --mount --pid --fork --kill-child sh -eu -c '
        ip link set lo up
        mount -t proc proc "$1/proc"
        root=$1
        shift
        exec chroot "$root" "$@"' sh "$@"
}

inside() {
    in_root "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

serve() {
    inside runuser -u homepulse -- env STATE_DIRECTORY=/var/lib/homepulse \
        /root-test/serve.sh "$1" serve --config /etc/homepulse/config.toml
}

# A path's type, mode and owner.
is() {
    found=$(inside stat -c '%F %a %U:%G' "$2" 2>&1) || fail "$2: $found"
    [ "$found" = "$1" ] || fail "$2 is '$found', not '$1'"
}

gone() {
    [ ! -e "$root$1" ] || fail "$1 is still there"
}

# Writes a mark into the database, and looks for it.
mark() {
    python3 - "$root/var/lib/homepulse/homepulse.db" <<'PYTHON'
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db:
    db.execute("INSERT OR REPLACE INTO settings (key, value) VALUES ('packaging-test', '\"kept\"')")
PYTHON
}

is_marked() {
    python3 - "$root/var/lib/homepulse/homepulse.db" <<'PYTHON' || fail "the data is gone"
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db:
    (sound,) = db.execute("PRAGMA integrity_check").fetchone()
    row = db.execute("SELECT value FROM settings WHERE key = 'packaging-test'").fetchone()
    sys.exit(0 if sound == "ok" and row == ('"kept"',) else 1)
PYTHON
}

step "Debian 12 in a folder"
debootstrap --variant=minbase --include=adduser,ca-certificates,init-system-helpers bookworm \
    "$root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$work/debootstrap.log" 2>&1 || {
    tail -n 5 "$work/debootstrap.log" >&2
    skip "debootstrap failed"
}
mkdir "$root/root-test"
cp tests/packaging/serve.sh "$root/root-test/"
cp "$deb" "$root/root-test/new.deb"

step "an older version"
dpkg-deb -R "$deb" "$work/older"
sed -i 's/^Version: .*/Version: 0.0.1-1/' "$work/older/DEBIAN/control"
echo "# as an older version shipped it" >>"$work/older/etc/homepulse/config.toml"
(cd "$work/older" && find . -path ./DEBIAN -prune -o -type f -printf '%P\n' | sort | xargs md5sum) >"$work/md5sums"
mv "$work/md5sums" "$work/older/DEBIAN/"
dpkg-deb -b --root-owner-group "$work/older" "$root/root-test/old.deb" >/dev/null

step "install"
inside dpkg -i /root-test/old.deb
is "directory 700 homepulse:homepulse" /var/lib/homepulse
is "directory 750 root:homepulse" /etc/homepulse
is "regular file 640 root:homepulse" /etc/homepulse/config.toml
is "regular file 755 root:root" /usr/bin/homepulse
is "regular file 644 root:root" /usr/share/man/man1/homepulse.1.gz
is "regular file 644 root:root" /usr/share/bash-completion/completions/homepulse
is "regular file 644 root:root" /usr/share/doc/homepulse/copyright
is "symbolic link 777 root:root" /etc/systemd/system/multi-user.target.wants/homepulse.service
inside test -f /lib/systemd/system/homepulse.service || fail "the unit is missing"
inside getent passwd homepulse | grep -q ':/var/lib/homepulse:/usr/sbin/nologin$' ||
    fail "the user is not what it should be: $(inside getent passwd homepulse)"
inside homepulse --version
inside runuser -u homepulse -- homepulse check-config --config /etc/homepulse/config.toml >/dev/null
zcat "$root/usr/share/man/man1/homepulse.1.gz" | grep -q '^\.TH homepulse' || fail "the man page is none"

step "run"
serve /usr/bin/homepulse
is "regular file 600 homepulse:homepulse" /var/lib/homepulse/homepulse.db
is "regular file 600 homepulse:homepulse" /var/lib/homepulse/secret.key
key=$(sha256sum <"$root/var/lib/homepulse/secret.key")
mark

step "upgrade"
inside dpkg -i /root-test/new.deb
! grep -q "as an older version" "$root/etc/homepulse/config.toml" ||
    fail "an untouched configuration was not renewed"
is "regular file 640 root:homepulse" /etc/homepulse/config.toml
is_marked
serve /usr/bin/homepulse
is_marked
[ "$key" = "$(sha256sum <"$root/var/lib/homepulse/secret.key")" ] || fail "the key is another one"

step "what the administrator changed is kept"
echo 'commit_interval_seconds = 61' >>"$root/etc/homepulse/config.toml"
inside dpkg -i /root-test/new.deb
inside runuser -u homepulse -- homepulse check-config --config /etc/homepulse/config.toml | grep -q '= 61$' ||
    fail "a changed configuration was replaced"

step "a broken configuration does not break the installation"
sed -i 's/^commit_interval_seconds = .*/commit_interval_seconds =/' "$root/etc/homepulse/config.toml"
inside dpkg -i /root-test/new.deb
if inside runuser -u homepulse -- homepulse check-config --config /etc/homepulse/config.toml 2>"$work/told"; then
    fail "a broken configuration is accepted"
fi
cat "$work/told"

step "remove keeps configuration and state"
inside dpkg -r homepulse
gone /usr/bin/homepulse
is "regular file 640 root:homepulse" /etc/homepulse/config.toml
is_marked

step "purge removes them"
inside dpkg -P homepulse
gone /var/lib/homepulse
gone /etc/homepulse
gone /etc/systemd/system/multi-user.target.wants/homepulse.service
inside getent passwd homepulse >/dev/null || fail "the user is gone; its id could be given to somebody else"

step "the archive: install, run, install again"
tar -C "$root/root-test" -xzf "$archive"
folder=/root-test/$(basename "$archive" .tar.gz)
inside "$folder/install.sh" --version
inside "$folder/install.sh" --no-start
is "symbolic link 777 root:root" /usr/local/bin/homepulse
is "regular file 640 root:homepulse" /etc/homepulse/config.toml
is "directory 700 homepulse:homepulse" /var/lib/homepulse
grep -q '^ExecStart=/usr/local/bin/homepulse serve' "$root/etc/systemd/system/homepulse.service" ||
    fail "the unit starts another program"
serve /usr/local/bin/homepulse
mark
echo '# mine' >>"$root/etc/homepulse/config.toml"
inside "$folder/install.sh" --port 17655 --data-dir /srv/homepulse
inside "$folder/install.sh" | grep 'listening on 127.0.0.1:17655' || fail "the port was forgotten"
grep -q '^ReadWritePaths=/srv/homepulse$' "$root/etc/systemd/system/homepulse.service.d/10-install.conf" ||
    fail "the data directory is not writable"
grep -q '^# mine' "$root/etc/homepulse/config.toml" || fail "the configuration was replaced"
for wrong in "--port 80" "--port x" "--data-dir /home/x" "--data-dir relative" "--data-dir /etc/.." --purge; do
    # shellcheck disable=SC2086 # an option and its value
    ! inside "$folder/install.sh" $wrong 2>/dev/null || fail "install.sh $wrong is accepted"
done
mkdir -p "$root/srv/taken"
! inside "$folder/install.sh" --data-dir /srv/taken 2>/dev/null || fail "somebody else's directory is taken"

step "the archive: uninstall, purge"
inside "$folder/install.sh" --uninstall
gone /usr/local/bin/homepulse
is_marked
echo "not ours" >"$root/srv/homepulse/other"
inside "$folder/install.sh" --uninstall --purge
gone /var/lib/homepulse
gone /etc/homepulse
gone /etc/systemd/system/homepulse.service
[ -e "$root/srv/homepulse/other" ] || fail "a foreign file was removed"
! inside getent passwd homepulse >/dev/null || fail "the user is still there"
echo >>"$root$folder/install.sh"
! inside "$folder/install.sh" --no-start 2>/dev/null || fail "a damaged archive is installed"

step "the root of the container image"
cp packaging/rootfs.sh "$root/root-test/"
inside /root-test/rootfs.sh "$folder/homepulse" /root-test/image
mkdir "$root/root-test/image/proc"
# Nothing but the image's own files is used from here on, except for the shell that watches.
in_root "$root/root-test/image" /homepulse --version
in_root "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin API_TOKEN=0123456789abcdef \
    HOMEPULSE_LISTEN=0.0.0.0:7655 HOMEPULSE_DATA_DIR=/data sh -eu -c '
        printf "%s\n" "#!/bin/sh" \
            "exec /usr/sbin/chroot --userspec=10655:10655 /root-test/image /homepulse \"\$@\"" >/usr/local/bin/image
        chmod +x /usr/local/bin/image
        exec /root-test/serve.sh /usr/local/bin/image serve'

step "all of it holds"
