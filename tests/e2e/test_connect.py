"""Reaching the database: which settings count, and what is said when it cannot be reached."""

import contextlib
import signal
import subprocess

import psycopg
import pytest

import cluster as clusters
import program as programs

SECRET = "tops3cret"


@pytest.mark.parametrize(
    "url",
    [
        # a password with a character that should have been encoded
        f"postgresql://user:a@{SECRET}@127.0.0.1:1/db",
        f"postgresql://user:@{SECRET}@127.0.0.1:1/db",
        f"postgresql://user:a/{SECRET}@127.0.0.1:1/db",
        f"postgresql://user:{SECRET}/b@127.0.0.1:1/db",
        f"postgresql://user:%{SECRET}@127.0.0.1:1/db",
        f"postgresql://user:a?b/{SECRET}@127.0.0.1:1/db",
        # without its '@' it would be the port
        f"postgresql://user:{SECRET}/db",
        f"postgresql://user:{SECRET},127.0.0.1/db",
        # no URL at all
        f"postgresql:/user:{SECRET}@127.0.0.1/db",
        f"postgresql:user:{SECRET}@127.0.0.1/db?sslmode=disable",
        f"//user:{SECRET}@127.0.0.1/db",
        f"host=127.0.0.1 password=a {SECRET}",
        f"host=127.0.0.1 password='{SECRET}",
        f"host=127.0.0.1 {SECRET}=1",
        f"{SECRET}",
        # well written, but nobody is there
        f"postgresql://user:{SECRET}@127.0.0.1:1/db",
        f"postgresql://user:{SECRET}@127.0.0.1:1,127.0.0.1:2/db",
        f"host=127.0.0.1 port=1 password={SECRET}",
    ],
)
@pytest.mark.parametrize("variable", ["ALMANAC_DATABASE_URL", "DATABASE_URL"])
def test_password_is_never_shown(run, url, variable):
    done = run("migrate", env={variable: url, "ALMANAC_LOG_LEVEL": "debug"})
    assert done.returncode == 1
    assert "database" in done.stderr.lower()
    assert SECRET not in done.stdout + done.stderr


def test_nobody_there(run):
    port = programs.free_port()
    done = run("migrate", database=f"postgresql://anna@127.0.0.1:{port}/wx")
    assert (
        f"host 127.0.0.1, port {port}, database wx, user anna: Connection refused; "
        "is PostgreSQL running there? ALMANAC_DATABASE_URL says where it is" in done.stderr
    )


def test_several_hosts(run):
    ports = programs.free_port(), programs.free_port()
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    done = run("migrate", database=f"postgresql://{hosts}/wx")
    for port in ports:
        assert f"port {port} failed: Connection refused" in done.stderr


def test_no_such_database(run, cluster):
    done = run("migrate", database=clusters.with_database(cluster.admin_url, "almanac_nowhere"))
    assert done.returncode == 1
    assert 'database "almanac_nowhere" does not exist; create the database' in done.stderr


@contextlib.contextmanager
def closed(cluster, url):
    """Nobody is let in to the database; what is given opens it."""
    name = clusters.database_name(url)
    with psycopg.connect(cluster.admin_url, autocommit=True) as connection:
        allow = f"alter database {name} with allow_connections"
        connection.execute(f"{allow} false")
        try:
            yield lambda: connection.execute(f"{allow} true")
        finally:
            connection.execute(f"{allow} true")


def start_waiting(program, database, *arguments):
    process = program.popen(*arguments, "--database-wait", 100, database=database,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
    said = process.stderr.readline()
    assert "not currently accepting connections; trying for 100 s" in said
    return process


def test_waits_for_the_database(program, database, cluster):
    with closed(cluster, database) as let_in:
        process = start_waiting(program, database, "migrate")
        let_in()
        out, said = process.communicate(timeout=programs.TIMEOUT)
    assert (process.returncode, said) == (0, "") and "created table" in out


def test_waits_no_longer_than_told(run, database, cluster):
    with closed(cluster, database):
        done = run("migrate", "--database-wait", 1, database=database)
    assert done.returncode == 1
    assert done.stderr.count("not currently accepting connections") == 2


def test_waiting_can_be_ended(program, migrated, cluster, tmp_path):
    with closed(cluster, migrated):
        process = start_waiting(program, migrated, "ingest", tmp_path)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 1


def test_url_before_environment(run, database):
    """ALMANAC_DATABASE_URL, else DATABASE_URL, else libpq's variables."""
    nowhere = "postgresql://127.0.0.1:1/x"
    run("migrate", database=database, env={"DATABASE_URL": nowhere, "PGHOST": "0"}, check=True)
    run("migrate", env={"DATABASE_URL": database, "PGHOST": "0"}, check=True)
    parts = psycopg.conninfo.conninfo_to_dict(database)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE",
        "password": "PGPASSWORD"}  # fmt: skip
    env = {names[key]: value for key, value in parts.items()}
    assert run("migrate", env=env, check=True).stdout == "up to date\n"


def test_settings_of_others_do_not_matter(run, query, database):
    """What database, role or environment set does not reach our sessions where it would matter."""
    name = query(database, "select current_database()")[0][0]
    for setting in ("datestyle = 'German, DMY'", "timezone = 'Asia/Kathmandu'",
        "bytea_output = 'escape'", "extra_float_digits = -10", "client_min_messages = debug1"):  # fmt: skip
        query(database, f"alter database {name} set {setting}")
    done = run("migrate", database=database, env={"PGOPTIONS": "-c work_mem=1MB"}, check=True)
    assert done.stderr == ""
    assert run("migrate", database=database, check=True).stdout == "up to date\n"
