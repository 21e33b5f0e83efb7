# Steps of "test" and "lint": one that fails does not keep later ones from running.
# shellcheck shell=bash disable=SC2154  # dev: set by ../../dev

steps_passed=0
steps_failed=0
steps_report=() # one line for each step
step_status=0   # of the last that was run
step_broken=''  # the build that failed, if the last one did

# step NAME COMMAND...: runs it, keeps count. In a subshell of its own, so that errexit works. What
# needs a build that failed is not run, and has failed.
step() {
    local name=$1 begun=$SECONDS result=passed
    shift
    printf '\n== %s\n' "$name"
    if [[ -n $step_broken ]]; then
        result="FAILED: not run, since \"$step_broken\" failed"
    else
        set +e
        (
            set -e
            "$@"
        )
        step_status=$?
        set -e
        ((step_status == 0)) || result="FAILED ($step_status)"
    fi
    step_count "$name" "$result" "$begun"
}

# step_count NAME RESULT BEGUN
step_count() {
    if [[ $2 == passed ]]; then
        steps_passed=$((steps_passed + 1))
    else
        steps_failed=$((steps_failed + 1))
    fi
    steps_report+=("$(printf '%-24s %5d s  %s' "$1" $((SECONDS - $3)) "$2")")
}

# step_beside NAME COMMAND...: one at a time runs beside the steps that follow, which leave a core to it;
# step_collect waits for it, and counts it.
beside_name='' beside_log='' beside_pid='' beside_begun=0

step_beside() {
    beside_name=$1 beside_log=$dev/logs/beside.log beside_begun=$SECONDS
    shift
    (
        set -e
        "$@"
    ) >"$beside_log" 2>&1 </dev/null &
    beside_pid=$!
}

step_collect() {
    local result=passed
    [[ -n $beside_pid ]] || return 0
    step_status=0
    wait "$beside_pid" || step_status=$?
    beside_pid=''
    printf '\n== %s\n' "$beside_name"
    cat "$beside_log"
    ((step_status == 0)) || result="FAILED ($step_status)"
    step_count "$beside_name" "$result" "$beside_begun"
}

# For the end, however it comes.
step_abandon() {
    [[ -z $beside_pid ]] || pkill -TERM -P "$beside_pid" || true
}

# step_build NAME COMMAND...: a step that those up to the next step_build need.
step_build() {
    step_broken=''
    step "$@"
    ((step_status == 0)) || step_broken=$1
}

steps_summary() {
    printf '\n'
    printf '%s\n' "${steps_report[@]}"
    printf '%d passed, %d failed\n' "$steps_passed" "$steps_failed"
    ((steps_failed == 0))
}
