# Steps of "test" and "lint": one that fails does not keep later ones from running.
# shellcheck shell=bash disable=SC2154  # dev: set by ../../dev

steps_passed=0
steps_failed=0
steps_report=() # one line for each step
steps_failures=()  # "NAME|LOG" of each that failed
steps_excerpt=8000 # bytes of that log that are shown again at the end
step_status=0   # of the last that was run
step_broken=''  # the build that failed, if the last one did

# step NAME COMMAND...: runs it, keeps count. In a subshell of its own, so that errexit works. What
# needs a build that failed is not run, and has failed.
step() {
    local name=$1 begun=$SECONDS result=passed log
    log=$(step_log "$name")
    shift
    printf '\n== %s\n' "$name"
    if [[ -n $step_broken ]]; then
        result="FAILED: not run, since \"$step_broken\" failed"
        log=''
    else
        step_shown "$log" "$@"
        ((step_status == 0)) || result="FAILED ($step_status)"
    fi
    step_count "$name" "$result" $((SECONDS - begun)) "$log"
}

# step_log NAME: the file with what it wrote.
step_log() {
    printf '%s/step-%s.log' "$dev/logs" "${1//[^A-Za-z0-9]/-}"
}

# step_shown LOG COMMAND...: what it writes goes to the log, and from there to be seen. Not by a pipe: a
# process that a test left behind would hold that open, and the step would never end.
step_shown() {
    local log=$1 writer viewer
    shift
    : >"$log"
    tail -f /dev/null --pid=$$ 6>&- 8>&- &
    writer=$!
    tail -n +1 -s 0.1 -f --pid="$writer" "$log" 6>&- 8>&- &
    viewer=$!
    set +e
    (
        set -e
        "$@"
    ) >>"$log" 2>&1
    step_status=$?
    kill "$writer"
    wait "$writer" "$viewer" 2>/dev/null
    set -e
}

# step_count NAME RESULT SECONDS LOG
step_count() {
    if [[ $2 == passed ]]; then
        steps_passed=$((steps_passed + 1))
    else
        steps_failed=$((steps_failed + 1))
        [[ -z $4 ]] || steps_failures+=("$1|$4")
    fi
    steps_report+=("$(printf '%-24s %5d s  %s' "$1" "$3" "$2")")
}

# step_beside NAME COMMAND...: runs beside the steps that follow, which have the first claim to the cores, once
# those that were put there before it have ended. step_collect waits for them, and counts them.
beside_names=() beside_pids=() beside_statuses=()

step_beside() {
    local name=$1 before=${beside_pids[*]: -1} log
    log=$(step_log "$name")
    shift
    rm -f "$log.seconds"
    (
        set -e
        [[ -z $before ]] || tail -f /dev/null --pid="$before"
        begun=$SECONDS
        trap 'printf "%d\n" $((SECONDS - begun)) >"$log.seconds"' EXIT
        renice -n 5 -p "$BASHPID" >/dev/null || true
        "$@"
    ) >"$log" 2>&1 </dev/null &
    beside_names+=("$name")
    beside_pids+=($!)
    beside_statuses+=('')
}

# step_settle INDEX: returns when it has ended; step_status is how.
step_settle() {
    if [[ -z ${beside_statuses[$1]} ]]; then
        step_status=0
        wait "${beside_pids[$1]}" || step_status=$?
        beside_statuses[$1]=$step_status
    fi
    step_status=${beside_statuses[$1]}
}

# step_needs NAME: a build beside, which those up to the next step_needs or step_build need.
step_needs() {
    local i
    step_broken=''
    for i in "${!beside_names[@]}"; do
        if [[ ${beside_names[i]} == "$1" ]]; then
            step_settle "$i"
            ((step_status == 0)) || step_broken=$1
        fi
    done
}

step_collect() {
    local i log result
    for i in "${!beside_pids[@]}"; do
        log=$(step_log "${beside_names[i]}") result=passed
        step_settle "$i"
        ((step_status == 0)) || result="FAILED ($step_status)"
        printf '\n== %s\n' "${beside_names[i]}"
        cat "$log"
        step_count "${beside_names[i]}" "$result" "$(first_line "$log.seconds")" "$log"
    done
    beside_names=() beside_pids=() beside_statuses=()
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

# The end of the output is what is read first, and of a long one the only thing some places keep.
steps_summary() {
    local failure
    for failure in "${steps_failures[@]}"; do
        printf '\n== %s: FAILED, and ended so\n' "${failure%|*}"
        tail -c "$steps_excerpt" "${failure##*|}"
    done
    printf '\n'
    printf '%s\n' "${steps_report[@]}"
    printf '%d passed, %d failed\n' "$steps_passed" "$steps_failed"
    ((steps_failed == 0))
}
