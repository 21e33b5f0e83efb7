"""The two databases of the benchmark and what it asks PostgreSQL about them."""

from contextlib import closing
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from settings import BENCH, BenchError

PEER = "bench_peer"
ALMANAC = "bench_almanac"
# Durability stays on: a benchmark without it measures another program.
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
SHOWN = ("server_version", "shared_buffers", "max_wal_size", "jit") + DURABLE


def database_url(admin_url, name):
    return urlunsplit(urlsplit(admin_url)._replace(path=f"/{name}"))


def execute(url, *statements):
    """Runs statements outside a transaction; the rows of the last, if any."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def read_server_settings(admin_url):
    try:
        shown = {name: execute(admin_url, f"SHOW {name}")[0][0] for name in SHOWN}
    except psycopg2.OperationalError as error:
        raise BenchError(f"ALMANAC_TEST_ADMIN_URL: {str(error).strip()}") from None
    off = [name for name in DURABLE if shown[name] == "off"]
    if off:
        raise BenchError(f"PostgreSQL runs with {', '.join(off)} off. Turn it on to measure")
    return shown


def drop_database(admin_url, name):
    execute(admin_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def create_database(admin_url, name):
    """An empty database in place of whatever had the name; its URL."""
    drop_database(admin_url, name)
    execute(admin_url, f"CREATE DATABASE {name}")
    return database_url(admin_url, name)


def create_peer_database(admin_url):
    url = create_database(admin_url, PEER)
    execute(url, (BENCH / "peer_schema.sql").read_text())
    return url


def checkpoint(admin_url):
    """Writes out what earlier runs left, so that the next does not pay for it."""
    execute(admin_url, "CHECKPOINT")


def vacuum(url):
    execute(url, "VACUUM ANALYZE")


def database_size(url):
    return execute(url, "SELECT pg_database_size(current_database())")[0][0]


def find_relation(url, name):
    rows = execute(url, f"SELECT oid::regclass::text FROM pg_class WHERE relname = '{name}'")
    if len(rows) != 1:
        raise BenchError(f"{len(rows)} relations named {name} in {url}, wanted one")
    return rows[0][0]


def relation_size(url, name):
    """Bytes of a table with its indexes and TOAST."""
    return execute(url, f"SELECT pg_total_relation_size('{find_relation(url, name)}')")[0][0]
