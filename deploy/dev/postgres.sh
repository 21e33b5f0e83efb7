# Private PostgreSQL clusters: .dev/NAME holds the data, .dev/run/NAME the socket, NAME.port the
# loopback port, NAME.password the superuser's password for it, .dev/logs/NAME.log the log.
#
# A cluster runs while some ./dev uses it: each user holds a shared lock on NAME.users, which the
# kernel drops however the holder ends, and whoever finds itself the last one stops the server.
# Starting and stopping are serialised by NAME.mutex. Descriptors: 8 is users, 9 is mutex.
#
# PostgreSQL refuses to run as root. For root it runs as the owner of the data, at first the
# packaged user "postgres".
# shellcheck shell=bash disable=SC2154  # dev: set by ../../dev

cluster=''         # name of the cluster this process uses
cluster_data=''    # its data directory
cluster_user=''    # operating system user it runs as
cluster_bin=''     # directory of the server's programs
cluster_prefix=()  # command that becomes that user
cluster_port=''    # port it listens on
cluster_password=''
cluster_entered='' # whether we hold its users lock

# A socket's path must fit sun_path, 108 bytes with the final NUL; its name is /.s.PGSQL.NNNNN.
socket_directory_max=$((107 - 16))

# cluster_enter NAME: the cluster exists and runs until we leave it.
cluster_enter() {
    cluster_select "$1"
    cluster_find_bin
    exec 9>"$dev/run/$cluster.mutex" 8>"$dev/run/$cluster.users"
    flock 9
    flock -s 8
    cluster_entered=yes
    cluster_create
    if cluster_running; then
        cluster_port=$(cluster_pid_line 4)
    else
        cluster_start
    fi
    cluster_password=$(first_line "$dev/run/$cluster.password")
    exec 9>&-
}

cluster_leave() {
    [[ -n $cluster_entered ]] || return 0
    cluster_entered=''
    exec 9>"$dev/run/$cluster.mutex"
    flock 9
    if flock -n -x 8 && cluster_running; then
        cluster_stop
    fi
    exec 8>&- 9>&-
}

cluster_select() {
    cluster=$1
    cluster_data=$dev/$cluster
    cluster_find_user
}

cluster_find_user() {
    cluster_user=$(id -un)
    cluster_prefix=()
    if ((EUID == 0)); then
        cluster_user=$(stat -c %U "$cluster_data" 2>/dev/null || echo postgres)
        id "$cluster_user" >/dev/null 2>&1 || die "there is no user \"$cluster_user\"" \
            'PostgreSQL does not run as root; its package makes the user "postgres"'
    elif [[ -d $cluster_data && ! -O $cluster_data ]]; then
        die "$cluster_data belongs to $(stat -c %U "$cluster_data"), not to $cluster_user" \
            'run ./dev as root as before, or delete it as root: ./dev clean'
    fi
}

# The programs of the data's own major version, else of the newest installed.
cluster_find_bin() {
    local major directory directories=(/usr/lib/postgresql/*/bin)
    major=$(first_line "$cluster_data/PG_VERSION")
    [[ -z $major ]] || directories=("/usr/lib/postgresql/$major/bin")
    while read -r directory; do
        if [[ -x $directory/initdb ]]; then
            cluster_bin=$directory
            return
        fi
    done < <(
        printf '%s\n' "${directories[@]}" | sort -rV
        [[ -n $major ]] || pg_config --bindir 2>/dev/null
    )
    [[ -z $major ]] || die "$cluster_data was made by PostgreSQL $major, which is not installed" \
        "install postgresql-$major, or delete the data with ./dev clean and begin again"
    die 'no PostgreSQL server is installed (looked in /usr/lib/postgresql/*/bin)'
}

# Runs a command as the cluster's user, in the data directory: relative paths keep clear of
# whatever characters the checkout's path has. The server must not inherit our locks.
as_cluster_user() {
    (
        cd "$cluster_data" || exit
        exec "${cluster_prefix[@]}" env PGDATA="$cluster_data" "$@" 6>&- 8>&- 9>&-
    )
}

# For root: finds a way to become the cluster's user that still reaches the data. Under a
# directory only root may enter, /root for one, that takes a capability; the weaker is tried first.
cluster_find_prefix() {
    local capability become
    ((EUID == 0)) || return 0
    become=(setpriv "--reuid=$cluster_user" "--regid=$(id -g "$cluster_user")" --clear-groups)
    for capability in '' +dac_read_search +dac_override; do
        cluster_prefix=("${become[@]}")
        if [[ -n $capability ]]; then
            cluster_prefix+=("--inh-caps=$capability" "--ambient-caps=$capability")
        fi
        # Not test -r: it asks what the user could do without capabilities.
        if as_cluster_user ls "$cluster_data/." >/dev/null 2>&1; then
            return
        fi
    done
    die "user $cluster_user, as whom PostgreSQL runs, cannot enter $cluster_data" \
        'and this system does not let root pass it a capability to do so;' \
        'let others pass through the directories above it (chmod o+x), or move the checkout'
}

# Makes the data directory if there is none; it gets its name only when it is complete.
cluster_create() {
    local final=$cluster_data socket_directory=$dev/run/$cluster
    install -d -m 700 -o "$cluster_user" "$socket_directory"
    if [[ ! -d $final ]]; then
        say "creating a PostgreSQL cluster in $final"
        cluster_data=$final.new
        rm -rf "$cluster_data" "$dev/run/$cluster.password"
        install -d -m 700 -o "$cluster_user" "$cluster_data"
        cluster_find_prefix
        cluster_init
        mv "$cluster_data" "$final"
        cluster_data=$final
    fi
    cluster_find_prefix
    [[ -s $dev/run/$cluster.password ]] || cluster_running || cluster_set_password
}

cluster_init() {
    local log=$dev/logs/$cluster-init.log
    as_cluster_user "$cluster_bin/initdb" --username=postgres --auth-local=trust \
        --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 >"$log" 2>&1 || {
        cat "$log" >&2
        die "initdb failed (above, also in $log)"
    }
}

# The socket needs no password, its directory is 0700; the loopback port is open to everybody on
# this machine. Done by the server in single-user mode, so that no command line shows the password.
cluster_set_password() {
    local password file=$dev/run/$cluster.password
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    as_cluster_user "$cluster_bin/postgres" --single postgres \
        <<<"ALTER ROLE postgres PASSWORD '$password'" >>"$dev/logs/$cluster-init.log" 2>&1
    install -m 600 /dev/null "$file"
    printf '%s\n' "$password" >"$file"
}

# cluster_pid_line N: of postmaster.pid; 1 is the process, 4 the port.
cluster_pid_line() {
    sed -n "$1p" "$cluster_data/postmaster.pid" 2>/dev/null || true
}

# Whether the server runs. The process named in postmaster.pid may long be another one, so it must
# have its working directory in the data, as a server has.
cluster_running() {
    local pid
    pid=$(cluster_pid_line 1)
    [[ -n $pid ]] && as_cluster_user test "/proc/$pid/cwd" -ef "$cluster_data" 2>/dev/null
}

cluster_start() {
    local log=$dev/logs/$cluster.log port_file=$dev/run/$cluster.port
    [[ ! -f $log ]] || mv "$log" "$log.old"
    cluster_port=$(first_line "$port_file")
    cluster_drop_stale_files
    for _ in 1 2 3 4 5 6 7 8; do
        [[ -n $cluster_port ]] || cluster_port=$((20000 + RANDOM % 10000))
        install -m 600 -o "$cluster_user" /dev/null "$log"
        if cluster_launch; then
            printf '%s\n' "$cluster_port" >"$port_file"
            return
        fi
        cluster_may_retry "$log" || break
    done
    cat "$log" >&2
    die "PostgreSQL did not start (its log is above, also in $log)"
}

# Settings are PostgreSQL's own but for where it listens, and for tests, whose data nobody needs after
# the machine went down: they do not wait for the disk, which others may keep busy. The socket's
# directory is given relative to the data directory: a longer path could not be bound.
cluster_launch() {
    local options=(
        -p "$cluster_port"
        -c listen_addresses=127.0.0.1
        -c "unix_socket_directories=../run/$cluster"
        -c "cluster_name=almanac-$cluster"
    )
    [[ $cluster != pg-test* ]] || options+=(-c fsync=off -c full_page_writes=off)
    as_cluster_user "$cluster_bin/pg_ctl" start -w -t 60 -s -l "../logs/$cluster.log" \
        -o "${options[*]}" >/dev/null 2>&1
}

# Whether another attempt makes sense: on another port if this one is taken, in a moment if
# processes of a server that was killed are still ending.
cluster_may_retry() {
    if grep -q 'could not create any TCP/IP sockets' "$1"; then
        say "port $cluster_port is taken, choosing another for PostgreSQL"
        cluster_port=''
    elif grep -q 'pre-existing shared memory block' "$1"; then
        sleep 1
    else
        return 1
    fi
}

# What a server that was killed left behind. PostgreSQL itself clears that up, unless the process
# number in it meanwhile belongs to another process, or to the dead server where nobody collects
# dead processes, as in many containers: then it would refuse to start. That no process still uses
# the data it finds out by its shared memory as well.
cluster_drop_stale_files() {
    local pid
    pid=$(cluster_pid_line 1)
    [[ -z $pid || ! -d /proc/$pid ]] || rm -f "$cluster_data/postmaster.pid"
    rm -f "$dev/run/$cluster"/.s.PGSQL.*
}

cluster_stop() {
    as_cluster_user "$cluster_bin/pg_ctl" stop -w -t 60 -s -m fast ||
        say "PostgreSQL in $cluster_data did not stop; see $dev/logs/$cluster.log"
}

# Whether clients can use the socket; under a path too long for it they use the port.
cluster_has_socket() {
    local LC_ALL=C path=$dev/run/$cluster
    ((${#path} <= socket_directory_max))
}

# cluster_url ROLE DATABASE: with the password, so never for a command line. All our roles have
# the superuser's password: they are for keeping privileges apart, not people.
cluster_url() {
    if cluster_has_socket; then
        printf 'postgresql://%s:%s@/%s?host=%s&port=%s' "$1" "$cluster_password" "$2" \
            "$(url_encode "$dev/run/$cluster")" "$cluster_port"
    else
        printf 'postgresql://%s:%s@127.0.0.1:%s/%s' "$1" "$cluster_password" "$cluster_port" "$2"
    fi
}

# cluster_psql DATABASE [ARG...]: the client as superuser.
cluster_psql() {
    local host=127.0.0.1
    ! cluster_has_socket || host=$dev/run/$cluster
    PGHOST=$host PGPORT=$cluster_port PGUSER=postgres PGPASSWORD=$cluster_password \
        PGDATABASE=$1 "$cluster_bin/psql" "${@:2}"
}

# cluster_query DATABASE: runs the SQL on standard input, prints bare values, stops at an error.
cluster_query() {
    cluster_psql "$1" -XqAt -v ON_ERROR_STOP=1
}

# cluster_ensure_database NAME: an empty one if there is none.
cluster_ensure_database() {
    local found
    exec 9>"$dev/run/$cluster.mutex"
    flock 9
    found=$(cluster_query postgres <<<"SELECT 1 FROM pg_database WHERE datname = '$1'")
    [[ -n $found ]] || cluster_query postgres <<<"CREATE DATABASE $1"
    exec 9>&-
}
