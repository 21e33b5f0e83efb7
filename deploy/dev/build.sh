# Compiling: build/ for use, build-*/ for tests.
# shellcheck shell=bash disable=SC2154  # root, dev: set by ../../dev

command_build() {
    packages_need build
    build_make build
}

# build_make DIRECTORY [MESON-OPTION...]: configures it if that is needed, then compiles. One at a
# time in each directory: ninja itself does not look out for another.
build_make() {
    exec 7>"$dev/run/$1.mutex"
    flock 7
    build_npm
    build_configure "$@"
    ninja -C "$root/$1"
    exec 7>&-
}

# The npm packages of which the build takes files.
build_npm() {
    exec 5>"$dev/run/npm.mutex"
    flock 5
    node_packages npm "$root/deploy/npm"
    exec 5>&-
}

# A directory that we configured is made again when the checkout has moved. Options are added when
# they are first asked for, and then stay.
build_configure() {
    local directory=$root/$1 origin=$root/$1/.origin added=$root/$1/.options options="${*:2}"
    if [[ -f $origin && $(first_line "$origin") != "$root" ]]; then
        rm -rf "$directory"
    fi
    if [[ ! -f $directory/build.ninja ]]; then
        meson setup "$directory" "$root" "-Dnpm_modules=$dev/npm/node_modules" "${@:2}"
        printf '%s\n' "$root" >"$origin"
        printf '%s\n' "$options" >"$added"
    elif [[ -n $options ]] && ! grep -qsxF -e "$options" "$added"; then
        meson configure "$directory" "${@:2}"
        printf '%s\n' "$options" >>"$added"
    fi
}
