# Steps of "test" and "lint": one that fails does not keep later ones from running.
# shellcheck shell=bash

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
    if [[ $result == passed ]]; then
        steps_passed=$((steps_passed + 1))
    else
        steps_failed=$((steps_failed + 1))
    fi
    steps_report+=("$(printf '%-24s %5d s  %s' "$name" $((SECONDS - begun)) "$result")")
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
