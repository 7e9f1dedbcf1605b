#!/bin/sh
# Installs homepulse from this unpacked archive. Says what it will do, then does it; needs no
# network. Running it again updates the program and keeps configuration and state.
set -eu

program=/usr/local/bin/homepulse
# Releases side by side, so that an update can be taken back: homepulse update rollback
opt=/opt/homepulse
updater=/etc/systemd/system/homepulse-update
unit=/etc/systemd/system/homepulse.service
dropin=/etc/systemd/system/homepulse.service.d/10-install.conf
etc=/etc/homepulse
state=/var/lib/homepulse
manual=/usr/local/share/man/man1/homepulse.1.gz

usage() {
    cat <<TEXT
Usage: ./install.sh [OPTION]...

  --port PORT       listen on 127.0.0.1:PORT instead of 127.0.0.1:7655
  --data-dir DIR    keep database and key in DIR instead of $state
  --no-start        install, but do not start
  --uninstall       remove program and unit; keep configuration and state
  --purge           with --uninstall: remove configuration and state, too
  --version         print the version in this archive
  --help            print this
TEXT
}

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

# Prints a command, then runs it.
run() {
    echo "+ $*"
    "$@"
}

has_systemd() {
    [ -d /run/systemd/system ]
}

# The data directory of an earlier run of this script, if another was chosen.
chosen_data_dir() {
    [ ! -f "$dropin" ] || sed -n 's/^Environment=HOMEPULSE_DATA_DIR=//p' "$dropin"
}

chosen_port() {
    [ ! -f "$dropin" ] || sed -n 's/^Environment=HOMEPULSE_LISTEN=127\.0\.0\.1://p' "$dropin"
}

check_port() {
    case $1 in
    '' | *[!0-9]*) fail "--port: '$1' is not a number" ;;
    esac
    if [ "${#1}" -gt 5 ] || [ "$1" -lt 1024 ] || [ "$1" -gt 65535 ]; then
        fail "--port: give 1024 to 65535; lower ones need a privilege that the service does not have"
    fi
}

check_data_dir() {
    case $1 in
    *[!A-Za-z0-9/._-]*) fail "--data-dir: '$1' holds characters other than letters, digits, / . _ -" ;;
    */../* | */.. | */./* | */.) fail "--data-dir: give a path without . and .." ;;
    /home/* | /root/* | /tmp/* | /var/tmp/* | /run/*)
        fail "--data-dir: the service cannot see $1; take a directory outside of home directories, /tmp and /run"
        ;;
    /*/?*) ;;
    *) fail "--data-dir: give an absolute path below a top-level directory, such as /srv/homepulse" ;;
    esac
}

write_dropin() {
    echo "+ write $dropin"
    mkdir -p "${dropin%/*}"
    {
        echo "# Made by install.sh --port and --data-dir. What stands here wins over config.toml."
        echo "[Service]"
        [ -z "$port" ] || echo "Environment=HOMEPULSE_LISTEN=127.0.0.1:$port"
        if [ -n "$data_dir" ]; then
            echo "Environment=HOMEPULSE_DATA_DIR=$data_dir"
            echo "ReadWritePaths=$data_dir"
        fi
    } >"$dropin"
    chmod 0644 "$dropin"
}

make_user() {
    if ! getent passwd homepulse >/dev/null; then
        run useradd --system --user-group --home-dir "$state" --no-create-home \
            --shell /usr/sbin/nologin --comment "homepulse monitoring" homepulse
    fi
}

make_data_dir() {
    if [ ! -d "$1" ]; then
        run install -d -o homepulse -g homepulse -m 0700 "$1"
    elif [ "$(stat -c %U "$1")" != homepulse ]; then
        fail "$1 belongs to $(stat -c %U "$1"); if it is for homepulse alone: chown homepulse: $1"
    fi
}

# Puts the program beside those that are there and leads the link to it in one step.
put_program() {
    release=$opt/releases/$(version)
    run install -d -m 0755 "$opt" "$opt/releases" "$release"
    run install -m 0755 homepulse "$release/.new"
    "$release/.new" --version >/dev/null || {
        rm -f "$release/.new"
        fail "the program in this archive does not run here (another processor, or glibc older than 2.34?)"
    }
    run mv -f "$release/.new" "$release/homepulse"
    run ln -sfn "releases/$(version)" "$opt/.current-new"
    run mv -fT "$opt/.current-new" "$opt/current"
    run ln -sf "$opt/current/homepulse" "$program"
}

# The updater, for what is asked for in the UI, and its timer, which is left off.
put_updater() {
    for suffix in service path timer; do
        echo "+ write $updater.$suffix"
        sed "s,/var/lib/homepulse,${data_dir:-$state},g" "homepulse-update.$suffix" >"$updater.$suffix"
        chmod 0644 "$updater.$suffix"
    done
}

do_install() {
    if [ ! -f homepulse ] || [ ! -f homepulse.service ]; then
        fail "run it in the unpacked archive: ./install.sh"
    fi
    if command -v sha256sum >/dev/null; then
        sha256sum --check --quiet --ignore-missing SHA256SUMS || fail "a file is not what SHA256SUMS says"
    fi

    [ -n "$port" ] || port=$(chosen_port)
    [ -n "$data_dir" ] || data_dir=$(chosen_data_dir)

    echo "homepulse $(version): program to $opt and $program, unit to $unit, configuration in $etc,"
    echo "state in ${data_dir:-$state}, user and group homepulse, listening on 127.0.0.1:${port:-7655}."
    make_user
    make_data_dir "${data_dir:-$state}"
    put_program
    run install -d -o root -g homepulse -m 0750 "$etc"
    if [ -e "$etc/config.toml" ]; then
        echo "= $etc/config.toml stays as it is"
    else
        run install -o root -g homepulse -m 0640 sample-config.toml "$etc/config.toml"
    fi
    echo "+ write $unit"
    sed "s,^ExecStart=/usr/bin/homepulse ,ExecStart=$program ," homepulse.service >"$unit"
    chmod 0644 "$unit"
    if [ -n "$port$data_dir" ]; then
        write_dropin
    fi
    put_updater
    run install -D -m 0644 homepulse.1.gz "$manual"

    if ! has_systemd; then
        echo "systemd does not run here. Start it yourself, as the user homepulse:"
        echo "  $program serve --config $etc/config.toml --data-dir ${data_dir:-$state}"
        return
    fi
    run systemctl daemon-reload
    run systemctl enable --quiet homepulse.service homepulse-update.path
    if [ "$start" = no ]; then
        echo "Start it with: systemctl start homepulse"
        return
    fi
    run systemctl start homepulse-update.path
    run systemctl restart homepulse.service ||
        fail "it does not start; see: journalctl -u homepulse -n 30 (226/NAMESPACE: see lxc-nonesting.conf)"
    echo "It listens on http://127.0.0.1:${port:-7655}/"
}

do_uninstall() {
    data_dir=$(chosen_data_dir)
    echo "Removing $program, $unit and what belongs to them."
    if has_systemd && [ -f "$unit" ]; then
        run systemctl disable --now --quiet homepulse-update.timer homepulse-update.path \
            homepulse.service || true
    fi
    run rm -f "$program" "$manual" "$unit" "$updater.service" "$updater.path" "$updater.timer"
    run rm -rf "$opt"
    if has_systemd; then
        run systemctl daemon-reload
    fi
    if [ "$purge" = no ]; then
        echo "Configuration in $etc and state in ${data_dir:-$state} are kept."
        echo "To remove those as well: ./install.sh --uninstall --purge"
        return
    fi
    run rm -rf "$etc" "$state"
    run rm -f "$dropin"
    rmdir "${dropin%/*}" 2>/dev/null || true
    if [ -n "$data_dir" ]; then
        # Chosen by somebody: it may hold more than ours.
        for file in homepulse.db homepulse.db-wal homepulse.db-shm homepulse.lock secret.key \
            update-progress.json update-request.json; do
            run rm -f "$data_dir/$file"
        done
        run rm -rf "$data_dir/backups"
        rmdir "$data_dir" 2>/dev/null || echo "= $data_dir is not empty and stays"
    fi
    if getent passwd homepulse >/dev/null; then
        run userdel homepulse
    fi
    echo "If you made a user on Proxmox for it, remove it there: pveum user delete homepulse@pve"
}

version() {
    cat VERSION
}

cd "$(dirname "$0")"
port='' data_dir='' start=yes action=install purge=no
while [ $# -gt 0 ]; do
    case $1 in
    --port | --data-dir)
        [ $# -ge 2 ] || fail "$1 needs a value"
        if [ "$1" = --port ]; then
            check_port "$2"
            port=$2
        else
            check_data_dir "${2%/}"
            data_dir=${2%/}
        fi
        shift
        ;;
    --no-start) start=no ;;
    --uninstall) action=uninstall ;;
    --purge) purge=yes ;;
    --version)
        version
        exit
        ;;
    --help | -h)
        usage
        exit
        ;;
    *)
        usage >&2
        fail "there is no option $1"
        ;;
    esac
    shift
done
[ "$purge" = no ] || [ "$action" = uninstall ] || fail "--purge goes with --uninstall"
[ "$(id -u)" -eq 0 ] || fail "run it as root: it makes a user and a system service"
# Both ways use the same configuration and state.
! dpkg-query -W -f '${Status}' homepulse 2>/dev/null | grep -q 'ok installed' ||
    fail "homepulse is installed as a Debian package; update or remove it with apt"
if [ "$action" = install ]; then
    do_install
else
    do_uninstall
fi
