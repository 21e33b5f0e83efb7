# "compare": what two programs answer to the same requests.
# shellcheck shell=bash disable=SC2154  # root, dev: set by ../../dev

# command_compare OLD_PROGRAM [NEW_PROGRAM]
command_compare() {
    (($# == 1 || $# == 2)) || die 'what is compared: ./dev compare OLD_PROGRAM [NEW_PROGRAM]' \
        'a program of an older commit is built in a worktree of it, by ./dev build there'
    packages_need build run test
    (($# == 2)) || build_make build -Dtests=enabled
    python_environment venv "$root/tests/requirements.txt"
    cluster_enter pg-test
    ALMANAC_TEST_ADMIN_URL=$(cluster_url postgres postgres) \
        run_child "$dev/venv/bin/python" "$root/tests/compare/compare.py" "$1" "${2:-$root/build/almanac}"
}
