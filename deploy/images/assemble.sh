#!/bin/sh
# assemble.sh IMAGE ROOT: the files of an image, from what is installed in /installed and from Debian's
# packages: the program, the plugins of IMAGE.plugins, the libraries that these load, certificate
# authorities, a user, and a list of all that (SBOM).
set -eu

here=$(dirname "$0")
image=$1
root=$2
plugins=usr/lib/almanac/plugins

# Libraries are found where Debian has them, by the loader's own rules.
copy_libraries() {
    ldd "$1" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p' |
        while read -r library; do
            install -D -m 644 "$(readlink -f "$library")" "$root$library"
        done
}

install -d "$root"
install -D -m 755 /installed/usr/bin/almanac "$root/usr/bin/almanac"
copy_libraries /installed/usr/bin/almanac
while read -r plugin; do
    install -D -m 644 "/installed/$plugins/$plugin.so" "$root/$plugins/$plugin.so"
    copy_libraries "/installed/$plugins/$plugin.so"
done <"$here/$image.plugins"
chmod 755 "$root"/lib64/ld-* "$root"/lib/ld-* 2>/dev/null || true

install -D -m 644 /installed/usr/share/almanac/rds-ca.pem "$root/usr/share/almanac/rds-ca.pem"
install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
install -D -m 644 /usr/lib/ssl/openssl.cnf "$root/usr/lib/ssl/openssl.cnf"
install -d -m 1777 "$root/tmp"
printf 'root:x:0:0:root:/:/none\nalmanac:x:10001:10001:almanac:/tmp:/none\n' >"$root/etc/passwd"
printf 'root:x:0:\nalmanac:x:10001:\n' >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
python3 "$here/sbom.py" "$image" "$root" /npm/package-lock.json >/tmp/sbom.json
install -D -m 644 /tmp/sbom.json "$root/usr/share/almanac/sbom.spdx.json"
find "$root" -exec touch -h -d @0 {} +
