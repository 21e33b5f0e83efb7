# "fmt" and "lint".
# shellcheck shell=bash disable=SC2154  # root, dev: set by ../../dev

command_fmt() {
    packages_need fmt
    lint_files '*.c' '*.h' | xargs -0r clang-format -i
}

command_lint() {
    packages_need build test lint
    step 'clang-format' lint_format
    step 'shellcheck' lint_shell
    step 'rooms' lint_rooms
    step 'gcc without a warning' lint_compile gcc
    step 'clang without a warning' lint_compile clang
    step 'clang-tidy' lint_tidy
    steps_summary
}

# lint_files PATTERN...: of the checkout, those git knows and those it would, each ended by NUL;
# also when the checkout is another user's.
lint_files() {
    (
        cd "$root" || exit
        git -c safe.directory="$root" ls-files -z --cached --others --exclude-standard -- "$@" |
            while IFS= read -r -d '' file; do
                [[ ! -f $file ]] || printf '%s\0' "$root/$file"
            done
    )
}

lint_format() {
    lint_files '*.c' '*.h' | xargs -0r clang-format --dry-run -Werror
}

lint_shell() {
    lint_files dev .ci/run '*.sh' | xargs -0r shellcheck -x
}

# Which room may include which: docs/architecture.md.
lint_rooms() {
    python3 "$root/deploy/dev/rooms.py" "$root"
}

lint_compile() {
    CC=$1 build_make "build-$1" -Dtests=enabled -Dwerror=true
}

# Over the files that clang compiled: its warning flags are those that clang-tidy knows. One file a
# process: with several, clang-tidy 14 takes every va_list after the first for uninitialized.
lint_tidy() {
    local database=$root/build-clang/compile_commands.json
    [[ -f $database ]] || die "no $database: clang's build, before, must work"
    lint_files '*.c' | lint_compiled "$database" |
        xargs -0r -n 1 -P "$(nproc)" clang-tidy --quiet -p "$root/build-clang"
}

# Of the files on standard input those the build compiles: a header-only test or a bad plugin that
# must not compile is not for clang-tidy.
lint_compiled() {
    local file
    while IFS= read -r -d '' file; do
        if grep -qF "/${file#"$root"/}\"" "$1"; then
            printf '%s\0' "$file"
        fi
    done
}
