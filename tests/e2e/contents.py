"""What is in a database, as digests that two databases can be compared by, and what an
ingestion said."""

import hashlib
import json

import psycopg
from psycopg import sql

# What a repeated or interrupted run may do otherwise: numbers of runs, times, versions.
INCIDENTAL = {
    "station": {"version"},
    "block": {"origin"},
    "block_part": {"origin"},
    "station_part": {"origin"},
    "origin": {"origin", "place"},
    "ingest_object": {"run_id", "taken_at"},
    "dataset_version": {"version", "changed_at", "identity"},
    "dataset_history": {"version", "identity"},
    "schema_migration": {"applied_at"},
    "calculator_definition": {"declared_at"},
}

# What follows from the order in which objects came, and not from what they say in the end.
PAST = {"changed_days"}


def columns(connection):
    """{table: [column, ...]} of the ordinary tables."""
    rows = connection.execute(
        "select table_name, column_name from information_schema.columns "
        "join information_schema.tables using (table_schema, table_name) "
        "where table_schema = current_schema() and table_type = 'BASE TABLE' "
        "order by table_name, ordinal_position"
    )
    tables = {}
    for table, column in rows:
        tables.setdefault(table, []).append(column)
    return tables


def digest_table(connection, table, names):
    """Digest of all rows, in no order."""
    query = sql.SQL("select string_agg(row, ',' order by row) from (select md5(row({})::text) from {}) t (row)")
    fields = sql.SQL(", ").join(map(sql.Identifier, names))
    (text,) = connection.execute(query.format(fields, sql.Identifier(table))).fetchone()
    return hashlib.md5((text or "").encode()).hexdigest()


def digest(url, incidental=INCIDENTAL, without=("ingest_run",)):
    """{table: digest}."""
    with psycopg.connect(url) as connection:
        return {
            table: digest_table(
                connection, table, [n for n in names if n not in incidental.get(table, ())]
            )
            for table, names in columns(connection).items()
            if table not in PAST.union(without) and set(names) - incidental.get(table, set())
        }


def digest_exactly(url):
    """With everything but the table of runs, to which every run adds a row."""
    return digest(url, incidental={})


def events(done):
    """The JSON lines of an ingestion that was not run on a terminal."""
    return [json.loads(line) for line in done.stdout.splitlines()]


def report(done):
    last = events(done)[-1]
    assert last["event"] == "report"
    return last


def objects(done):
    """{last part of the uri: event}."""
    return {
        event["uri"].rpartition("/")[2]: event
        for event in events(done)
        if event["event"] == "object"
    }
