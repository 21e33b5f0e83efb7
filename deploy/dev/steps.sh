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
    step_count "$name" "$result" $((SECONDS - begun))
}

# step_count NAME RESULT SECONDS
step_count() {
    if [[ $2 == passed ]]; then
        steps_passed=$((steps_passed + 1))
    else
        steps_failed=$((steps_failed + 1))
    fi
    steps_report+=("$(printf '%-24s %5d s  %s' "$1" "$3" "$2")")
}

# step_beside NAME COMMAND...: runs beside the steps that follow, which leave a core to it, once those that
# were put there before it have ended. step_collect waits for them, and counts them.
beside_names=() beside_pids=()

step_beside() {
    local name=$1 before=${beside_pids[*]: -1} log
    log=$(step_beside_log ${#beside_pids[@]})
    shift
    rm -f "$log.seconds"
    (
        set -e
        [[ -z $before ]] || tail -f /dev/null --pid="$before"
        begun=$SECONDS
        trap 'printf "%d\n" $((SECONDS - begun)) >"$log.seconds"' EXIT
        "$@"
    ) >"$log" 2>&1 </dev/null &
    beside_names+=("$name")
    beside_pids+=($!)
}

step_beside_log() {
    printf '%s/beside-%d.log' "$dev/logs" "$1"
}

step_collect() {
    local i log result
    for i in "${!beside_pids[@]}"; do
        log=$(step_beside_log "$i") result=passed step_status=0
        wait "${beside_pids[i]}" || step_status=$?
        ((step_status == 0)) || result="FAILED ($step_status)"
        printf '\n== %s\n' "${beside_names[i]}"
        cat "$log"
        step_count "${beside_names[i]}" "$result" "$(first_line "$log.seconds")"
    done
    beside_names=() beside_pids=()
}

# For the end, however it comes.
step_abandon() {
    local pid
    for pid in "${beside_pids[@]}"; do
        pkill -TERM -P "$pid" || true
    done
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
