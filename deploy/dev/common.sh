# What the other parts share: messages, signals, children, small helpers.
# shellcheck shell=bash disable=SC2154  # root, dev: set by ../../dev

scratch=''        # directory outside the checkout that ends with us
child=''          # process that is to be stopped with us
signal_status=130 # exit status after Ctrl-C, SIGTERM or a closed terminal

say() {
    printf 'dev: %s\n' "$*" >&2
}

# die WHAT [DETAIL...]: one line each, then the end.
die() {
    say "$1"
    shift
    (($# == 0)) || printf '     %s\n' "$@" >&2
    exit 1
}

# What every command needs: its own folders, and an environment that does not point tools at
# somebody's other database or leave caches and histories in the home directory.
prepare() {
    [[ -w $root ]] || die "$root cannot be written by $(id -un)" \
        'everything that is built lies in the checkout: use one that you own'
    if [[ -d $dev && ! -O $dev ]] && ((EUID != 0)); then
        die "$dev belongs to $(stat -c %U "$dev"), not to $(id -un)" \
            'run ./dev as that user, or delete .dev and build*/ as that user and try again'
    fi
    # Readable whatever the umask: as root the server runs as another user. Secrets are 0600.
    install -d -m 755 "$dev" "$dev/run" "$dev/logs" "$dev/cache" "$dev/tmp"
    unset "${!PG@}" DATABASE_URL
    export PIP_CACHE_DIR=$dev/cache/pip PYTHONPYCACHEPREFIX=$dev/cache/python
    export PSQL_HISTORY=$dev/psql_history
    trap at_exit EXIT
    trap 'exit "$signal_status"' INT TERM HUP
}

at_exit() {
    local status=$?
    trap '' INT TERM HUP
    step_abandon
    stop_child
    test_leave
    cluster_leave
    [[ -z $scratch ]] || rm -rf "$scratch"
    exit "$status"
}

# run_child COMMAND...: like running it, but a signal to us is acted on at once, not when it ends.
run_child() {
    "$@" <&0 &
    child=$!
    wait_child
}

wait_child() {
    local status=0
    wait "$child" || status=$?
    child=''
    return "$status"
}

child_runs() {
    [[ -n $child ]] && kill -0 "$child" 2>/dev/null
}

stop_child() {
    local tenths
    [[ -n $child ]] || return 0
    kill -TERM "$child" 2>/dev/null || true
    for ((tenths = 0; tenths < 300; tenths++)); do
        child_runs || break
        sleep 0.1
    done
    if child_runs; then
        say "process $child did not stop within 30 s of SIGTERM: killing it"
        kill -KILL "$child" 2>/dev/null || true
    fi
    wait "$child" 2>/dev/null || true
    child=''
}

# url_encode TEXT: for a part of a URL; bytes, whatever the locale.
url_encode() {
    local LC_ALL=C text=$1 out='' byte code i
    for ((i = 0; i < ${#text}; i++)); do
        byte=${text:i:1}
        case $byte in
        [a-zA-Z0-9._~-]) out+=$byte ;;
        *)
            printf -v code '%d' "'$byte"
            printf -v byte '%%%02X' $((code & 255))
            out+=$byte
            ;;
        esac
    done
    printf '%s' "$out"
}

# port_answers HOST PORT: whether something listens there.
port_answers() {
    (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}

# first_line FILE: without its newline; nothing if there is no such file.
first_line() {
    local line=''
    [[ ! -r $1 ]] || IFS= read -r line <"$1" || true
    printf '%s' "$line"
}
