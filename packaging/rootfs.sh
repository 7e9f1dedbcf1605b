#!/bin/sh
# Collects what the binary needs into an otherwise empty root: itself, the shared libraries it is
# linked to, certificates of public authorities, time zones, and a user. Called by the Dockerfile.
set -eu

binary=$1
root=$2

mkdir -p "$root/etc/ssl/certs" "$root/usr/share" "$root/data" "$root/tmp"
cp "$binary" "$root/homepulse"
# glibc looks names up with libraries that no linker lists, except for those it has built in.
{
    ldd "$binary" | grep -o '/[^ )]*'
    ls /lib/*-linux-gnu/libnss_dns.so.2 /lib/*-linux-gnu/libresolv.so.2 2>/dev/null || true
} | sort -u | while read -r library; do
    mkdir -p "$root${library%/*}"
    cp -L "$library" "$root$library"
done
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
[ ! -d /usr/share/zoneinfo ] || cp -r /usr/share/zoneinfo "$root/usr/share/"
echo "hosts: files dns" >"$root/etc/nsswitch.conf"
echo "homepulse:x:10655:10655::/data:/nonexistent" >"$root/etc/passwd"
echo "homepulse:x:10655:" >"$root/etc/group"
chown 10655:10655 "$root/data"
chmod 0700 "$root/data"
chmod 1777 "$root/tmp"
