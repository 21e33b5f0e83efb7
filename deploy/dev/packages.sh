# Debian packages: which are needed for what, and installing those that are missing.
# shellcheck shell=bash

# need | packages. "a|b" is whichever exists, the first that does; @clang@ is the major version
# of the packaged clang, whose run-time libraries do not come with it.
package_table=(
    'build  | gcc libc6-dev meson ninja-build pkg-config|pkgconf node-llhttp|libllhttp-dev'
    'build  | libuv1-dev libpq-dev libcjson-dev libarchive-dev libxxhash-dev zlib1g-dev libzstd-dev'
    'build  | libcurl4-openssl-dev libexpat1-dev openssl python3 python3-venv'
    'build  | liblzma-dev libbz2-dev liblz4-dev nettle-dev libutf8proc-dev'
    'run    | postgresql curl ca-certificates'
    'test   | libcmocka-dev python3 python3-venv g++ clang libclang-rt-@clang@-dev llvm curl chromium'
    'test   | xz-utils zstd lz4'
    'test   | rustc haproxy nginx-light|nginx pgbouncer apache2-bin'
    'test   | openjdk-17-jre-headless|default-jre-headless'
    'images | buildah podman mmdebstrap runc netavark aardvark-dns iptables skopeo slirp4netns'
    'images | fuse-overlayfs uidmap haproxy postgresql'
    'bench  | python3 python3-venv wrk nginx-light|nginx'
    'fmt    | clang-format git'
    'lint   | gcc clang clang-tidy clang-format shellcheck git'
)

# packages_need NEED...: returns when all packages of these needs are installed.
packages_need() {
    local missing=() need
    for need; do
        [[ -n $(packages_words "$need") ]] || die "nothing is known of what \"$need\" needs"
    done
    if [[ ${DEV_PACKAGES:-} == no ]]; then
        return
    fi
    packages_tools "$@"
    packages_missing "$@"
    ((${#missing[@]})) || return 0
    say "installing packages: ${missing[*]}"
    packages_root apt-get update -qq ||
        die 'apt-get update failed (its message is above)' "to install by hand: ${missing[*]}"
    packages_resolve
    packages_root apt-get install -y -qq --no-install-recommends "${missing[@]}" ||
        die 'apt-get install failed (its message is above)' "to install by hand: ${missing[*]}"
}

# The words of the table for these needs, one a line.
packages_words() {
    local need line name rest words
    for need; do
        for line in "${package_table[@]}"; do
            IFS='|' read -r name rest <<<"$line"
            [[ ${name// /} == "$need" ]] || continue
            read -ra words <<<"$rest"
            printf '%s\n' "${words[@]}"
        done
    done
}

packages_tools() {
    if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
        return
    fi
    die 'there is no apt-get here, so packages must be installed by hand' \
        "they are, by Debian's names:" "$(packages_words "$@" | sort -u | tr '\n' ' ')" \
        'then run this again with DEV_PACKAGES=no in the environment'
}

package_installed() {
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# Fills the caller's "missing" with those words of the table none of whose packages is installed.
packages_missing() {
    local word
    while read -r word; do
        package_word_installed "$word" || missing+=("$word")
    done < <(packages_words "$@" | sort -u)
}

package_word_installed() {
    local package
    while read -r package; do
        if package_installed "$package"; then
            return
        fi
    done < <(package_alternatives "$1")
    return 1
}

# package_alternatives WORD: its packages, one a line.
package_alternatives() {
    local word=$1
    if [[ $word == *@clang@* ]]; then
        word=${word//@clang@/$(package_clang_major)}
    fi
    tr '|' '\n' <<<"$word"
}

package_clang_major() {
    apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -n 1
}

# Replaces each word of "missing" by its first package that this system can install.
packages_resolve() {
    local i package
    for i in "${!missing[@]}"; do
        while read -r package; do
            if apt-cache show "$package" >/dev/null 2>&1; then
                missing[i]=$package
                break
            fi
        done < <(package_alternatives "${missing[i]}")
    done
}

packages_root() {
    local prefix=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            die "installing packages needs root or sudo, and $(id -un) has neither" \
                "ask for them to be installed: ${missing[*]}"
        prefix=(sudo)
    fi
    "${prefix[@]}" env DEBIAN_FRONTEND=noninteractive "$@" >&2 </dev/null
}
