"""Databases that take each other's place under running servers, as after a failover or a restore."""

import contextlib
import time

import psycopg
from cluster import database_name


@contextlib.contextmanager
def closed(cluster, *names):
    """Nobody is connected to these databases, nor can be, meanwhile."""
    with psycopg.connect(cluster.admin_url, autocommit=True) as connection:
        for name in names:
            connection.execute(f"alter database {name} allow_connections false")
        while connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = any (%s)",
            (list(names),),
        ).fetchall():
            time.sleep(0.01)
        yield connection


def copy(cluster, url):
    """Name of a new database with what the other has at this moment."""
    source = database_name(url)
    with closed(cluster, source) as connection:
        name = cluster.create(template=source)
        connection.execute(f"alter database {source} allow_connections true")
    return name


def replace(cluster, url, new):
    """The database `new` takes the place and the name of the other, which is dropped."""
    old = database_name(url)
    away = f"{old}_away"
    with closed(cluster, old, new) as connection:
        connection.execute(f"alter database {old} rename to {away}")
        connection.execute(f"alter database {new} rename to {old}")
        connection.execute(f"alter database {old} allow_connections true")
    cluster.drop(away)
