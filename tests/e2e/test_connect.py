"""Reaching the database: which settings count, and what is said when it cannot be reached."""

import contextlib
import signal
import socket
import subprocess

import httpx
import psycopg
import pytest

import cluster as clusters
import pooler
import program as programs
from proxy import proxied

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


@contextlib.contextmanager
def silent():
    """The port of somebody who takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


PATIENT = {"ALMANAC_CONNECT_TIMEOUT": "300"}  # longer than `run` waits


@pytest.mark.parametrize("stage", ["connecting", "logged-in"])
def test_deadline_holds_while_connecting(run, migrated, stage):
    with contextlib.ExitStack() as ends:
        if stage == "connecting":
            url = f"postgresql://anna@127.0.0.1:{ends.enter_context(silent())}/wx"
        else:
            proxy = ends.enter_context(proxied(migrated))
            proxy.open()
            proxy.stall_after(b"where pg_backend_pid() = ")
            url = proxy.url
        done = run("ingest", "--deadline", 3, "-", database=url, env=PATIENT, input="")
    assert done.returncode == 1
    assert "the time was over: " in done.stderr and "in time" in done.stderr, done.stdout


def test_waiting_holds_while_connecting(run):
    with silent() as port:
        done = run("migrate", "--database-wait", 2, env=PATIENT,
            database=f"postgresql://anna@127.0.0.1:{port}/wx")  # fmt: skip
    assert done.returncode == 1
    assert f"port {port}, database wx, user anna: there was no answer in time" in done.stderr


def test_time_of_an_attempt(run, database):
    """A host that is silent, and one that is silent before one that is not."""
    with silent() as port:
        nowhere = f"postgresql://anna@127.0.0.1:{port}/wx"
        done = run("migrate", "--connect-timeout", 2, database=nowhere)
        assert done.returncode == 1 and "user anna: timeout expired" in done.stderr
        parts = psycopg.conninfo.conninfo_to_dict(clusters.over_tcp(database))
        parts |= {"host": f"127.0.0.1,{parts['host']}", "port": f"{port},{parts['port']}"}
        there = psycopg.conninfo.make_conninfo(**parts)
        run("migrate", "--connect-timeout", 2, database=there, check=True)


# What database, role or environment may set. The first two lists of settings are of those that change
# what values look like, or what SQL means.
FORMS = ("datestyle = 'German, DMY'", "timezone = 'Asia/Kathmandu'", "bytea_output = 'escape'",
    "intervalstyle = 'sql_standard'", "extra_float_digits = -10", "client_min_messages = debug1",
    "client_encoding = 'LATIN1'", "lc_messages = 'C'")  # fmt: skip
MEANINGS = ("array_nulls = off", "standard_conforming_strings = off", "transform_null_equals = on",
    "default_transaction_isolation = 'serializable'", "default_transaction_read_only = on",
    "default_transaction_deferrable = on", "quote_all_identifiers = on", "row_security = off",
    "session_replication_role = 'replica'",
    "check_function_bodies = off")  # fmt: skip
TIMES = ("lock_timeout = 1", "idle_in_transaction_session_timeout = 2000", "idle_session_timeout = 2000")


def spoil(query, database, settings):
    name = query(database, "select current_database()")[0][0]
    for setting in settings:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("set default_transaction_read_only = off")
            connection.execute(f"alter database {name} set {setting}")


@pytest.mark.parametrize("mode", ["direct", "pooled"])
@pytest.mark.release
def test_settings_of_others_do_not_matter(run, server, query, database, migrated, data, mode):
    """They do not reach our sessions, or transactions behind a pooler."""
    env = {"PGOPTIONS": "-c work_mem=1MB"} if mode == "direct" else {}
    run("ingest", data / "wx_stations.txt", data / "wx_data.tar.xz", database=migrated, check=True)
    spoil(query, database, FORMS + MEANINGS + (TIMES if mode == "direct" else TIMES[:2]))
    with contextlib.ExitStack() as ends:
        url = database
        if mode == "pooled":
            url = ends.enter_context(pooler.pooled(database, pool_mode="transaction"))
        done = run("migrate", database=url, env=env, check=True)
        assert done.stderr == ""
        assert run("migrate", database=url, check=True).stdout == "up to date\n"
        run("ingest", data / "wx_stations.txt", data / "wx_data.tar.xz", database=url, check=True)
        ours, theirs = (server(u, "--cache-memory=0", "--answer-memory=0") for u in (url, migrated))
        for target in ("/api/weather?page_size=50", "/api/weather/stats?page_size=50&fields=*",
            "/api/stations?page_size=200", "/api/elements", "/api/stats"):  # fmt: skip
            answers = [httpx.get(s.url + target, timeout=60) for s in (ours, theirs)]
            assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
            assert answers[0].json() == answers[1].json(), target


def test_a_search_path_that_leads_nowhere(run, query, database):
    spoil(query, database, ["search_path = 'nowhere'"])
    done = run("migrate", database=database)
    assert done.returncode == 1
    assert "there is no schema for the tables: search_path is nowhere; let search_path" in done.stderr
