#!/bin/sh
# Makes sure that what the build and the tests need is there: installs Debian packages when it may,
# and says clearly what is missing when it may not.
set -eu

missing=""
packages=""
wishes=""

need() { # command, Debian package
    command -v "$1" >/dev/null 2>&1 || packages="$packages $2"
}

# Real game servers that tests ask; where they cannot be installed, those tests say that they are
# skipped. Only small ones.
wish() { # program, Debian package
    [ -x "$1" ] || wishes="$wishes $2"
}

command -v cargo >/dev/null 2>&1 ||
    missing="$missing
  Rust 1.89 or newer: https://rustup.rs, or Debian 13's rustup package"
if command -v node >/dev/null 2>&1; then
    major=$(node -p 'process.versions.node.split(".")[0]')
    [ "$major" -ge 20 ] || missing="$missing
  Node.js 20 or newer (this is $(node --version)): Debian 13's nodejs package"
else
    missing="$missing
  Node.js 20 or newer: Debian 13's nodejs and npm packages"
fi
need npm npm
need cc gcc
need python3 python3
need curl curl
need shellcheck shellcheck
need systemd-analyze systemd
command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 ||
    packages="$packages chromium"
wish /usr/sbin/murmurd mumble-server
wish /usr/games/teeworlds-server teeworlds-server

if [ -n "$packages" ]; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing Debian packages:$packages"
        apt-get update -qq
        # The list is of package names that stand in this file.
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
    else
        missing="$missing
  Debian packages: sudo apt-get install$packages"
    fi
fi

if [ -n "$wishes" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing game servers for tests:$wishes"
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wishes >/dev/null ||
        echo "They cannot be installed; the tests that ask them are skipped."
fi

if [ -n "$missing" ]; then
    echo "This machine lacks:$missing" >&2
    exit 1
fi
