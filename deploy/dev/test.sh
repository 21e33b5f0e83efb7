# "test": every suite is a list of steps.
# shellcheck shell=bash disable=SC2154  # root, dev: set by ../../dev

test_all=(unit aws images e2e sanitize fuzz)
test_suites=(quick "${test_all[@]}")
test_prefix=()  # before the runner's command
test_built=''   # whether build/ is up to date
test_asan='build, ASan and UBSan'
test_processes=3
test_together=(-n "$test_processes" --dist loadfile --no-loadscope-reorder)
test_holders=() # processes that have the clusters of all but the first of those

command_test() {
    local suite suites=("$@")
    ((${#suites[@]})) || suites=("${test_all[@]}")
    for suite in "${suites[@]}"; do
        [[ " ${test_suites[*]} " == *" $suite "* ]] || {
            say "there is no suite \"$suite\"; they are: ${test_suites[*]}"
            return 2
        }
    done
    packages_need build run test
    ! test_wanted images || packages_need images
    test_alone
    test_build_ahead
    test_environment
    for suite in quick unit beside e2e sanitize; do
        ! test_wanted "$suite" || "test_$suite"
    done
    step_collect
    steps_summary
}

# "beside" is no suite, but takes its turn among them.
test_wanted() {
    [[ $1 == beside || " ${suites[*]} " == *" $1 "* ]]
}

# Tests use the processor and build directories for themselves: another ./dev test waits.
test_alone() {
    exec 6>"$dev/run/test.mutex"
    flock -n 6 && return
    say 'another ./dev test is running; waiting for it'
    flock 6
}

# The tests have a cluster to themselves: they create and drop databases and roles at will.
test_environment() {
    local variable
    for variable in "${!ALMANAC_@}"; do
        unset "$variable"
    done
    test_scratch
    python_environment venv "$root/tests/requirements.txt"
    test_emulator
    test_clients
    cluster_enter pg-test
    ALMANAC_TEST_ADMIN_URL=$(cluster_url postgres postgres)
    export ALMANAC_TEST_ADMIN_URL
    if test_wanted e2e || test_wanted sanitize; then
        test_more_clusters
    fi
}

# End-to-end tests wait most of the time: three processes of them, each with a cluster, take a third of
# it. A process of ours can use one cluster, so the others have their own, which live as long as we do.
test_more_clusters() {
    local i
    for ((i = 1; i < test_processes; i++)); do
        rm -f "$dev/run/pg-test-$i.url"
        test_hold_cluster "pg-test-$i" "$dev/run/pg-test-$i.url" &
        test_holders+=($!)
    done
    for ((i = 1; i < test_processes; i++)); do
        test_wait_cluster "${test_holders[i - 1]}" "$dev/run/pg-test-$i.url"
        export "ALMANAC_TEST_ADMIN_URL_$i=$(cat "$dev/run/pg-test-$i.url")"
        rm "$dev/run/pg-test-$i.url"
    done
}

# test_hold_cluster NAME FILE: in a process of its own; the cluster's URL goes to the file.
test_hold_cluster() {
    trap 'cluster_leave; exit' TERM INT HUP
    cluster_enter "$1"
    install -m 600 /dev/null "$2.new"
    cluster_url postgres postgres >"$2.new"
    mv "$2.new" "$2"
    tail -f /dev/null --pid=$$ 6>&- 8>&- &
    wait $!
    cluster_leave
}

test_wait_cluster() {
    while [[ ! -s $2 ]]; do
        kill -0 "$1" 2>/dev/null || die 'a cluster for the tests did not start (see above)'
        sleep 0.1
    done
}

test_leave() {
    local pid
    for pid in "${test_holders[@]}"; do
        kill -TERM "$pid" 2>/dev/null || true
    done
    for pid in "${test_holders[@]}"; do
        wait "$pid" || true
    done
    test_holders=()
}

test_emulator() {
    if test_wanted e2e || test_wanted images; then
        go_programs
        export ALMANAC_EMULATOR=$dev/go/bin/aws-lambda-rie
    fi
}

# Generators of clients: tests/e2e/test_clients.py.
test_clients() {
    if test_wanted e2e; then
        python_environment venv-clients "$root/tests/clients/requirements.txt"
        node_find
        node_packages npm-clients "$root/tests/clients"
        export ALMANAC_CLIENTS_PYTHON=$dev/venv-clients/bin/python
        export ALMANAC_CLIENTS_NODE=$dev/npm-clients/node_modules
    fi
}

# Tests write into .dev/tmp, which stays until the next run, for looking at. Under a path that is
# long or has a space it is a directory of /tmp, deleted at the end: sockets and make, which tests
# use, cannot cope with such a path.
test_scratch() {
    rm -rf "$dev/tmp"
    mkdir "$dev/tmp"
    TMPDIR=$dev/tmp
    if [[ ! $TMPDIR =~ ^[A-Za-z0-9/._-]{1,60}$ ]]; then
        scratch=$(mktemp -d /tmp/almanac-test.XXXXXX)
        TMPDIR=$scratch
    fi
    export TMPDIR
}

# Two lanes for two cores: e2e, then the same under sanitizers, which wait more than they compute; beside them, one
# after the other, what the second of them needs, and what needs neither.
test_beside() {
    ! test_wanted sanitize || test_build # which makes data for the others to look at
    if test_wanted sanitize || test_wanted fuzz; then
        test_put "$test_asan" test_build_asan
    fi
    ! test_wanted images || test_images
    ! test_wanted sanitize || test_put 'unit and threads, TSan' test_threads
    ! test_wanted aws || test_aws
    ! test_wanted fuzz || test_put 'fuzz' test_fuzz
}

test_put() {
    if test_wanted e2e || test_wanted sanitize; then
        step_beside "$@"
    else
        step "$@"
    fi
}

# Compiles while packages are fetched. What is wrong with it, the step that follows will tell.
test_build_ahead() {
    local suite needed=''
    for suite in quick unit aws e2e sanitize; do
        ! test_wanted "$suite" || needed=yes
    done
    [[ -n $needed ]] || return 0
    build_npm
    (build_make build -Dtests=enabled) >"$dev/logs/build-ahead.log" 2>&1 </dev/null 6>&- 8>&- &
}

# unit, aws and e2e share a build.
test_build() {
    [[ -z $test_built ]] || return 0
    step_build 'build' build_make build -Dtests=enabled
    test_built=yes
}

test_unit() {
    test_build
    step 'unit' test_run_unit build
}

# Of all suites a little, in a minute: every command and every route once, and what is worked out by hand.
test_quick() {
    test_build
    test_wanted unit || test_unit
    step 'quick' test_run_e2e build -m quick
}

test_e2e() {
    test_build
    step 'e2e' test_run_e2e build "${test_together[@]}"
}

test_run_unit() {
    ALMANAC=$root/$1/almanac ALMANAC_BUILD=$root/$1 \
        "${test_prefix[@]}" meson test -C "$root/$1" --print-errorlogs "${@:2}"
}

# test_run_e2e BUILD [PYTEST-ARGUMENT...]: a file's tests are of one process, as some share a server.
test_run_e2e() {
    cd "$root" || return
    ALMANAC=$root/$1/almanac ALMANAC_BUILD=$root/$1 ALMANAC_PLAIN=$root/build/almanac \
        "${test_prefix[@]}" "$dev/venv/bin/python" -m pytest tests/e2e -o "cache_dir=$dev/cache/pytest" \
        --timeout 600 --durations 5 "${@:2}"
}

# One build for sanitizers and fuzzing, by clang: its coverage counters cost less than a build of their own.
test_build_asan() {
    CC=clang build_make build-sanitize -Dfuzz=true -Db_lundef=false -Dtests=enabled
}

test_sanitize() {
    step_needs "$test_asan"
    step 'unit, ASan and UBSan' sanitized test_run_unit build-sanitize --timeout-multiplier 5
    step 'e2e, ASan and UBSan' sanitized test_run_e2e build-sanitize "${test_together[@]}" -m 'not release'
}

test_threads() {
    build_make build-tsan -Db_sanitize=thread -Db_lundef=false -Dtests=enabled
    sanitized test_run_unit build-tsan --timeout-multiplier 10
    sanitized test_run_e2e build-tsan -m threads
}

# sanitized COMMAND BUILD...: fails also if any process, a server in the background for one, left a
# report. ASan and UBSan each have settings though they write alike.
sanitized() {
    local reports=$dev/logs/$2 status=0 common
    rm -rf "$reports"
    mkdir "$reports"
    common="log_path='$reports/report':halt_on_error=1"
    test_without_aslr
    ASAN_OPTIONS=$common:detect_stack_use_after_return=1 \
        UBSAN_OPTIONS=$common:print_stacktrace=1 \
        TSAN_OPTIONS=$common:second_deadlock_stack=1 \
        "$@" || status=$?
    if compgen -G "$reports/*" >/dev/null; then
        cat "$reports"/*
        say "sanitizer reports, also in $reports"
        status=1
    fi
    return "$status"
}

# The thread sanitizer of these compilers cannot map its shadow where newer kernels put programs.
test_without_aslr() {
    local bits
    bits=$(first_line /proc/sys/vm/mmap_rnd_bits)
    if ((bits > 28)) && setarch -R true 2>/dev/null; then
        test_prefix=(setarch -R)
    fi
}

test_fuzz() {
    local target found=''
    test_build_asan
    for target in "$root"/build-sanitize/tests/fuzz/fuzz_*; do
        [[ -f $target && -x $target ]] || continue
        found=yes
        test_run_fuzz "$target"
    done
    [[ -n $found ]] || die "no fuzz_* program in $root/build-sanitize/tests/fuzz"
}

# On a copy of the corpus: what fuzzing adds to it is for a person to choose from. An input that
# fails is left in .dev/logs/fuzz.
test_run_fuzz() {
    local name=${1##*/fuzz_} work=$dev/tmp/fuzz corpus
    rm -rf "$work"
    mkdir -p "$work" "$dev/logs/fuzz"
    corpus=$(find "$root/tests/fuzz" -type d -name "${name}_corpus")
    [[ -n $corpus ]] || die "$name has no folder ${name}_corpus in tests/fuzz"
    cp -r "$corpus/." "$work"
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 "$1" "$work" \
        "-max_total_time=${FUZZ_SECONDS:-10}" -timeout=10 -verbosity=0 -print_final_stats=1 \
        "-artifact_prefix=$dev/logs/fuzz/$name-"
}
