"""Queries that take as long as a test wants."""

import contextlib

import psycopg


@contextlib.contextmanager
def locked(url, *tables):
    """Whoever reads these tables waits until the context ends."""
    with psycopg.connect(url) as connection:
        connection.execute(f"lock table {', '.join(tables)} in access exclusive mode")
        yield
