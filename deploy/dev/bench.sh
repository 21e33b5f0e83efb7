# "bench": Almanac beside its peers, on a cluster with PostgreSQL's default settings.
# shellcheck shell=bash disable=SC2154  # root, dev: set by ../../dev

command_bench() {
    packages_need build run bench
    build_make build
    python_environment venv-bench "$root/tests/bench/requirements.txt"
    if [[ " $* " == *" ghcn "* ]]; then
        ninja -C "$root/build" tests/ghcn_archive
        python_environment venv-ghcn "$root/tests/bench/requirements-ghcn.txt"
    fi
    cluster_enter pg-bench
    ALMANAC_TEST_ADMIN_URL=$(cluster_url postgres postgres) ALMANAC=$root/build/almanac \
        run_child "$dev/venv-bench/bin/python" "$root/tests/bench/bench.py" "$@"
}
