#!/bin/sh
# Builds the Debian package and the archive from the release binary. Called by `make package`, which
# has built the web UI before. Prints what it made.
set -eu
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
# cargo-deb finds what it packs below target/release.
made=$target/release/package
out=$target/package

cargo build --release --locked
binary=$target/release/homepulse
version=$("$binary" --version | cut -d' ' -f2)

rm -rf "$made" "$out"
mkdir -p "$made" "$out"
"$binary" man | gzip -9n >"$made/homepulse.1.gz"
for shell in bash zsh fish; do
    "$binary" completions "$shell" >"$made/homepulse.$shell"
done

if ! command -v cargo-deb >/dev/null 2>&1; then
    echo "Installing cargo-deb, which makes the Debian package"
    cargo install cargo-deb --locked --version '^3.8'
fi
cargo deb --no-build --no-strip --locked --quiet --output "$out/"

name=homepulse_${version}_linux_$(dpkg --print-architecture)
stage=$out/$name
mkdir "$stage"
cp "$binary" packaging/install.sh packaging/sample-config.toml README.md LICENSE-MIT LICENSE-APACHE \
    systemd/homepulse.service systemd/lxc-nonesting.conf systemd/update/* "$stage/"
cp "$made/homepulse.1.gz" "$stage/"
mkdir "$stage/completions"
for shell in bash zsh fish; do
    cp "$made/homepulse.$shell" "$stage/completions/"
done
echo "$version" >"$stage/VERSION"
(cd "$stage" && find . -type f | sort | xargs sha256sum) >"$out/SHA256SUMS"
mv "$out/SHA256SUMS" "$stage/"
# The same contents give the same archive: names, owners and times are fixed.
tar --sort=name --owner=0 --group=0 --numeric-owner \
    --mtime="@$(git log -1 --format=%ct 2>/dev/null || echo 0)" \
    -C "$out" -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
rm -r "$stage"
(cd "$out" && sha256sum ./*.deb ./*.tar.gz >SHA256SUMS)

echo
for file in "$out"/*.deb "$out"/*.tar.gz; do
    printf '%s  %s bytes\n' "$file" "$(stat -c %s "$file")"
done
