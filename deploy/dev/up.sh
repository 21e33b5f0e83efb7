# "up": from a checkout to a served data set; "psql": a look into it.
# shellcheck shell=bash disable=SC2034,SC2154  # shared variables: set by ../../dev

sample_data=(data/wx_stations.txt data/wx_data.tar.xz)
ingest_partial=3 # exit status of "almanac ingest": some objects were taken in, some were not

command_up() {
    signal_status=0
    packages_need build run
    build_make build
    cluster_enter pg
    up_database
    up_ingest "$@"
    up_serve "$#"
}

command_psql() {
    packages_need run
    cluster_enter pg
    cluster_ensure_database almanac
    trap : INT # psql's own business
    cluster_psql almanac "$@"
}

# The superuser owns the tables. Ingestion and server log in with no more rights than they need:
# as members of the roles that "almanac migrate" makes. One "up" at a time.
up_database() {
    exec 7>"$dev/run/up.mutex"
    flock 7
    cluster_ensure_database almanac
    ALMANAC_DATABASE_URL=$(cluster_url postgres almanac) run_child "$root/build/almanac" migrate
    up_role ingest almanac_writer
    up_role api almanac_reader
    exec 7>&-
}

# up_role NAME GROUP
up_role() {
    cluster_query almanac <<SQL
SET client_min_messages = warning;
SELECT 'CREATE ROLE $1 LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$1') \gexec
ALTER ROLE $1 PASSWORD '$cluster_password';
GRANT $2 TO $1;
SQL
}

up_ingest() {
    local status=0
    (($# > 0)) || set -- "${sample_data[@]/#/$root/}"
    ALMANAC_DATABASE_URL=$(cluster_url ingest almanac) run_child "$root/build/almanac" ingest "$@" ||
        status=$?
    case $status in
    0) ;;
    "$ingest_partial") say 'not everything was taken in (see above); serving what was' ;;
    *) die "almanac ingest failed with status $status (its messages are above)" ;;
    esac
}

# up_serve OWN: serves until it is stopped; OWN is how many paths of the user's were given. The
# server is out of reach of the terminal's signals, so that only we stop it, and it is stopped by
# the kernel if we are killed.
up_serve() {
    local address operation
    address=$(up_address ALMANAC_LISTEN "${ALMANAC_LISTEN:-127.0.0.1:8080}")
    operation=$(up_address ALMANAC_OPERATION_LISTEN "${ALMANAC_OPERATION_LISTEN:-127.0.0.1:9080}")
    ALMANAC_DATABASE_URL=$(cluster_url api almanac) \
        setpriv --pdeathsig TERM setsid "$root/build/almanac" serve \
        --listen "$address" --operation-listen "$operation" &
    child=$!
    up_wait_ready "$address"
    up_print "$address" "$1" "$operation"
    wait_child || die "almanac serve ended by itself with status $?"
    die 'almanac serve ended by itself'
}

# up_address VARIABLE HOST:PORT: the same, with the next port on which nothing answers.
up_address() {
    local host=${2%:*} port=${2##*:} wanted bare
    [[ $2 == *:* && $port =~ ^[0-9]{1,5}$ ]] ||
        die "$1 is \"$2\": it must be HOST:PORT"
    wanted=$port
    bare=${host#[} bare=${bare%]}
    while port_answers "$bare" "$port"; do
        ((++port <= 65535)) || die "no free port from $wanted on"
    done
    ((port == wanted)) || say "port $wanted is taken, listening on $port"
    printf '%s:%s' "$host" "$port"
}

up_wait_ready() {
    local tenths
    for ((tenths = 0; tenths < 600; tenths++)); do
        child_runs || die 'almanac serve ended at once (its messages are above)'
        if curl -fs --noproxy '*' -m 2 -o /dev/null "http://$1/readyz"; then
            return
        fi
        sleep 0.1
    done
    die "almanac serve is not ready after 60 s: http://$1/readyz does not answer 200" \
        "PostgreSQL's log is $dev/logs/pg.log"
}

up_print() {
    local days='page_size=5' years='page_size=5'
    if (($2 == 0)); then
        days='station_id=USC00110072&start_date=1985-01-01&end_date=1985-01-07'
        years='station_id=USC00110072&start_year=2005'
    fi
    cat <<END

Almanac is served at http://$1
  days of stations   http://$1/api/weather
  yearly statistics  http://$1/api/weather/stats
  stations           http://$1/api/stations
  all it can do      http://$1/docs
  for operators      http://$3/metrics, /readyz

Try, in another terminal:
  curl 'http://$1/api/weather?$days'
  curl 'http://$1/api/weather/stats?$years'
  ./dev psql

Ctrl-C stops the server and its PostgreSQL.
END
}
