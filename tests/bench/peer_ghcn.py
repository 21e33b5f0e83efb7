"""Peers of `ghcn`: CSV of GHCN-Daily into a table of their own. peer_ghcn.py PEER FILE..."""

import os
import sys
import tempfile

COLUMNS = {
    "station": "VARCHAR", "date": "INTEGER", "element": "VARCHAR", "value": "INTEGER",
    "mflag": "VARCHAR", "qflag": "VARCHAR", "sflag": "VARCHAR", "time": "VARCHAR",
}  # fmt: skip
THREADS = 2


def fill_duckdb(files):
    """Into a file, as the other databases keep theirs; types given, so that nothing is guessed."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect(os.path.join(folder, "ghcn.duckdb"))
        connection.execute(f"set threads to {THREADS}")
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
        connection.execute(
            f"create table ghcn as from read_csv({files!r}, header = false, columns = {{{columns}}})"
        )
        (count,) = connection.execute("select count(*) from ghcn").fetchone()
        connection.close()
    return count


def fill_chdb(files):
    from chdb import session

    kinds = {"VARCHAR": "LowCardinality(String)", "INTEGER": "Int32"}
    columns = ", ".join(f"{name} {kinds[kind]}" for name, kind in COLUMNS.items())
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        database = session.Session(folder)
        database.query(f"create table ghcn ({columns}) engine = MergeTree order by (station, element, date)")
        for file in files:
            database.query(
                f"insert into ghcn select * from file('{file}', 'CSV', '{columns}') "
                f"settings max_threads = {THREADS}, max_insert_threads = {THREADS}"
            )
        count = int(str(database.query("select count() from ghcn", "TSV")))
        database.close()
    return count


def fill_pandas(files):
    """Into PostgreSQL, 10,000 rows at a time."""
    import pandas
    import sqlalchemy

    engine = sqlalchemy.create_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg2://"))
    count = 0
    for file in files:
        frame = pandas.read_csv(file, header=None, names=list(COLUMNS), dtype={"time": "string"})
        frame.to_sql("ghcn", engine, if_exists="append", index=False, chunksize=10_000)
        count += len(frame)
    return count


def main():
    fill = {"duckdb": fill_duckdb, "chdb": fill_chdb, "pandas": fill_pandas}[sys.argv[1]]
    print(fill(sys.argv[2:]))


if __name__ == "__main__":
    main()
