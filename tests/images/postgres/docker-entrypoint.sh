#!/bin/bash
# What the official image does when it starts: a new cluster is set up by a server that only listens on
# its socket, then the server that was asked for takes its place.
set -eu

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chown -R postgres: "$PGDATA" /var/run/postgresql
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb -D "$PGDATA" --no-sync -U postgres -A scram-sha-256 --pwfile=<(printf '%s' "$POSTGRES_PASSWORD") >/dev/null
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    PGPASSWORD=$POSTGRES_PASSWORD
    export PGPASSWORD
    pg_ctl -D "$PGDATA" -w -o "-c listen_addresses=''" start >/dev/null
    sleep 3 # many do more here
    psql -q -U postgres -c "create database $POSTGRES_DB"
    pg_ctl -D "$PGDATA" -m fast -w stop >/dev/null
    unset PGPASSWORD
fi
exec "$@" -c listen_addresses='*'
