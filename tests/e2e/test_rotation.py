"""The database login as a secret, and what happens when it is rotated while the server works."""

import contextlib
import json
import socket
import struct
import threading
import time

import httpx
import psycopg
import pytest
from psycopg import sql

from cluster import over_tcp, with_user

PAGES = [
    "/api/weather?station_id=USC00110072&page_size=5",
    "/api/weather/stats?page_size=5",
    "/api/stations?page_size=5",
    "/api/weather?page_size=3&page=7",
]


@pytest.fixture
def secret(aws, cluster, ingested, query, request):
    """A login of the database and the secret that holds it, and ways to change both."""
    return Secret(aws, ingested, request)


class Secret:
    def __init__(self, aws, database, request):
        self.manager = aws.client("secretsmanager")
        self.database = over_tcp(database)
        self.user = f"rotated_{abs(hash(request.node.name)) % 10**8}"
        self._run("create role {} login in role almanac_reader")
        request.addfinalizer(self._remove)
        self.alter("first")
        self.id = self.manager.create_secret(Name=self.user, SecretString=self._text("first"))["ARN"]

    def _remove(self):
        self.end_sessions()
        self._run("drop role {}")

    def _run(self, statement):
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(self.user)))

    def _text(self, password):
        return json.dumps({"username": self.user, "password": password})

    def alter(self, password):
        self._run(f"alter role {{}} password '{password}'")

    def store(self, password):
        self.manager.put_secret_value(SecretId=self.id, SecretString=self._text(password))

    def end_sessions(self):
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s",
                (self.user,),
            )

    def environment(self, aws):
        return {**aws.environment(), "ALMANAC_DATABASE_SECRET": self.id,
                "ALMANAC_DATABASE_URL": self.url_without_login()}  # fmt: skip

    def url_without_login(self):
        return with_user(self.database, "nobody", "nothing-to-say")


def ask_all_the_while(server, stop, statuses):
    with httpx.Client(base_url=server.url, timeout=60) as client:
        while not stop.is_set():
            for page in PAGES:
                statuses.append(client.get(page).status_code)


@pytest.fixture
def load():
    """load(server) -> list of the statuses that come, until load.end()."""
    stop, threads, statuses = threading.Event(), [], []

    def start(server):
        for _ in range(4):
            threads.append(
                threading.Thread(target=ask_all_the_while, args=(server, stop, statuses))
            )
            threads[-1].start()
        return statuses

    def end():
        stop.set()
        for thread in threads:
            thread.join()
        threads.clear()

    start.end = end
    yield start
    end()


def wait_for_more(statuses, more=200):
    want = len(statuses) + more
    while len(statuses) < want:
        threading.Event().wait(0.005)


BORNE = 10  # s for which the server bears a silent Secrets Manager, unless it is stopped

# Caches off: every request needs the database.
BARE = {"ALMANAC_CACHE_MEMORY": "0", "ALMANAC_ANSWER_MEMORY": "0"}


def test_rotation_under_load(server, aws, secret, load):
    """Also more often than the secret is asked for, so that the event loops come back one by one."""
    running = server(None, "--query-timeout=30000", "--threads=4", env={**secret.environment(aws), **BARE})
    statuses = load(running)
    wait_for_more(statuses)
    for password in ("second", "third", "fourth", "fifth", "sixth", "seventh"):
        secret.alter(password)
        secret.store(password)
        secret.end_sessions()
        wait_for_more(statuses)
    load.end()
    assert set(statuses) == {200}


@pytest.mark.parametrize("lag", [1.5, 3])
def test_sessions_that_end_before_the_secret_is_new(server, aws, secret, load, trouble, lag):
    """Requests wait, within their time, for the secret, which is asked for once a second at most; the
    server stays ready."""
    proxy = trouble(lambda number, request: None)
    running = server(
        None, "--query-timeout=30000", "--threads=8",
        env={**secret.environment(aws), **BARE, "AWS_ENDPOINT_URL": proxy.url},
    )  # fmt: skip
    statuses = load(running)
    wait_for_more(statuses)
    before, begun = len(proxy.requests), time.monotonic()
    secret.alter("second")
    secret.end_sessions()
    probes = set()
    time.sleep(0.5)  # until the refusal is known
    while time.monotonic() < begun + lag:
        probes.add(running.status("/readyz"))
        time.sleep(0.02)
    secret.store("second")
    wait_for_more(statuses)
    asked, lasted = len(proxy.requests) - before, time.monotonic() - begun
    load.end()
    assert set(statuses) == {200}
    assert probes == {200}
    assert 1 <= asked <= lasted + 1


def test_a_new_secret_that_cannot_be_read_is_said(server, aws, secret, trouble):
    """Beside the refusal, which would make people look at the wrong place."""
    denied = (400, b'{"__type":"AccessDeniedException","message":"not authorized to perform"}')
    deny = []
    proxy = trouble(lambda number, request: denied if deny else None)
    running = server(None, env={**secret.environment(aws), **BARE, "AWS_ENDPOINT_URL": proxy.url})
    deny.append(True)
    secret.alter("second")
    secret.end_sessions()
    end = time.monotonic() + 30
    while "AccessDeniedException" not in running.stderr():
        httpx.get(running.url + PAGES[0], timeout=60)
        assert time.monotonic() < end, running.stderr()
    (said,) = {line for line in running.stderr().splitlines() if "AccessDeniedException" in line}
    assert "password authentication failed" in said
    running = server(
        None, ready="/livez",
        env={**secret.environment(aws), "AWS_ENDPOINT_URL": proxy.url,
             "PGUSER": secret.user, "PGPASSWORD": "first"},
    )  # fmt: skip
    while "AccessDeniedException" not in (text := httpx.get(running.operation + "/readyz").text):
        assert time.monotonic() < end, text
        time.sleep(0.05)
    assert "password authentication failed" in text


def test_a_user_who_may_not_log_in_any_more(server, aws, secret, load, query):
    """As where two users alternate: the server does not speak of passwords then."""
    running = server(None, env={**secret.environment(aws), **BARE})
    statuses = load(running)
    wait_for_more(statuses)
    other = f"{secret.user}_b"
    query(secret.database, f"create role {other} login in role almanac_reader password 'first'")
    try:
        secret.manager.put_secret_value(
            SecretId=secret.id, SecretString=json.dumps({"username": other, "password": "first"})
        )
        query(secret.database, f"alter role {secret.user} nologin")
        secret.end_sessions()
        wait_for_more(statuses)
        load.end()
        assert set(statuses) == {200}
    finally:
        running.stop()
        query(secret.database, f"drop role {other}")


# What a server says after it has been told the password, and whether another one is worth a question.
ANSWERS = [
    ("28P01", 'password authentication failed for user "x"', True),
    ("28P01", "Passwort-Authentifizierung für Benutzer »x« fehlgeschlagen", True),
    ("28000", "Rolle »x« hat keine Berechtigung zum Einloggen", True),
    ("53300", 'too many connections for role "x"', False),
    ("3D000", 'database "28P01" does not exist', False),
    ("42501", "keine Berechtigung für Datenbank »d«", False),
]


def refuse(listener, state, message):
    """PostgreSQL as far as the password, which it does not take."""
    fields = f"SFATAL\0VFATAL\0C{state}\0M{message}\0Fauth.c\0L1\0Rauth_failed\0\0".encode()
    with contextlib.suppress(OSError):  # the listener is closed
        while True:
            connection, _ = listener.accept()
            with connection:
                if connection.recv(1000)[4:8] == b"\x04\xd2\x16\x2f":  # SSLRequest
                    connection.sendall(b"N")
                    connection.recv(1000)
                connection.sendall(b"R" + struct.pack("!ii", 8, 3))
                connection.recv(1000)
                connection.sendall(b"E" + struct.pack("!i", 4 + len(fields)) + fields)


@pytest.mark.parametrize("state, message, asked", ANSWERS)
def test_what_is_a_refusal(run, data, aws, secret, trouble, state, message, asked):
    """Whatever language the server speaks: it is the SQLSTATE that says it."""
    proxy = trouble(lambda number, request: None)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=refuse, args=(listener, state, message), daemon=True).start()
        done = run(
            "ingest", data / "wx_stations.txt",
            database=f"postgresql://127.0.0.1:{listener.getsockname()[1]}/d",
            env={**aws.environment(proxy.url), "ALMANAC_DATABASE_SECRET": secret.id,
                 "PGUSER": "x", "PGPASSWORD": "wrong"},
        )  # fmt: skip
        listener.shutdown(socket.SHUT_RDWR)
    assert done.returncode == 1
    assert message in json.loads(done.stderr.splitlines()[-1])["msg"]
    assert "auth.c" not in done.stderr
    assert len(proxy.requests) == asked


def test_stopping_while_the_secret_is_silent(server, aws, secret, trouble):
    """Nobody waits for it then, and no query is blamed."""
    asked, release = threading.Event(), threading.Event()

    def hang(number, request):
        asked.set()
        release.wait(60)

    proxy = trouble(hang)
    running = server(
        None, env={**secret.environment(aws), "AWS_ENDPOINT_URL": proxy.url,
                   "PGUSER": secret.user, "PGPASSWORD": "first"},
    )  # fmt: skip
    try:
        secret.alter("second")
        secret.end_sessions()
        assert asked.wait(30)
        begun = time.monotonic()
        assert running.stop() == 0
        assert time.monotonic() - begun < BORNE - 1
        assert "query" not in running.stderr()
    finally:
        release.set()


def test_a_login_of_the_environment_is_the_first(server, aws, secret, trouble):
    """As ECS injects it: the secret is asked for only when the login is refused."""
    proxy = trouble(lambda number, request: None)
    running = server(
        None,
        env={**secret.environment(aws), **BARE, "AWS_ENDPOINT_URL": proxy.url,
             "PGUSER": secret.user, "PGPASSWORD": "first"},
    )  # fmt: skip
    assert httpx.get(running.url + PAGES[0]).status_code == 200
    assert proxy.requests == []
    secret.alter("second")
    secret.store("second")
    secret.end_sessions()
    assert httpx.get(running.url + PAGES[0]).status_code == 200
    assert len(proxy.requests) == 1  # one question for all connections


def test_the_secret_is_told_to_nobody(server, run, aws, secret):
    environment = {**secret.environment(aws), "ALMANAC_LOG_LEVEL": "debug"}
    secret.store("unlikely-to-be-text")
    config = run("config", "--json", env=environment).stdout
    secret.alter("elsewhere")  # so that connecting fails, which is logged
    running = server(None, env=environment, ready="/livez")
    end = time.monotonic() + 60
    while "password authentication failed" not in (
        answer := httpx.get(running.operation + "/readyz")
    ).text:
        assert (answer.status_code, time.monotonic() < end) == (503, True)
        time.sleep(0.05)
    arguments = open(f"/proc/{running.process.pid}/cmdline").read()
    for text in (config, running.stderr(), answer.text, arguments):
        for hidden in ("unlikely-to-be-text", aws.secret, "nothing-to-say"):
            assert hidden not in text


WRONG = [
    ({"ALMANAC_DATABASE_SECRET": "no-such-secret"}, "ResourceNotFoundException"),
    ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None,
      "AWS_EC2_METADATA_DISABLED": "true"}, "there are no AWS credentials"),
    ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "Failed to connect"),
]  # fmt: skip


@pytest.mark.parametrize("env, said", WRONG, ids=[said for _, said in WRONG])
def test_what_is_wrong_is_said(run, data, aws, secret, env, said):
    done = run("ingest", data / "wx_stations.txt", env={**secret.environment(aws), **env})
    assert done.returncode == 1
    assert said in done.stderr


def test_a_secret_of_another_form(run, data, aws, secret):
    secret.manager.put_secret_value(SecretId=secret.id, SecretString="just a password")
    done = run("ingest", data / "wx_stations.txt", env=secret.environment(aws))
    assert done.returncode == 1
    assert "no JSON object with" in done.stderr
    assert "just a password" not in done.stderr


@pytest.mark.parametrize("text, said", [
    ('{"username":"x","password":""}', '"password" is empty'),
    ('{"username":"","password":"unlikely-to-be-text"}', '"username" is empty'),
    ('{"username":"\\u0000","password":"unlikely-to-be-text"}', '"username" is empty'),
    ('{"username":"x","password":"unlikely-to-be-text\\u0000tail"}', "NUL"),
    ('{"username":"x\\u0000","password":"unlikely-to-be-text"}', "NUL"),
])  # fmt: skip
def test_a_login_that_is_none(run, data, aws, secret, text, said):
    """libpq would take another user or password in its place, or part of it."""
    secret.manager.put_secret_value(SecretId=secret.id, SecretString=text)
    done = run(
        "ingest", data / "wx_stations.txt",
        env={**secret.environment(aws), "PGPASSWORD": "first", "ALMANAC_LOG_FORMAT": "json"},
    )  # fmt: skip
    assert done.returncode == 1
    assert said in json.loads(done.stderr.splitlines()[-1])["msg"]
    assert "unlikely-to-be-text" not in done.stderr


def test_connections_are_replaced(server, aws, ingested, query):
    """While requests come, and without one failing."""
    running = server(
        ingested, "--threads=1", "--db-connections=1", "--connection-lifetime=1", env=BARE
    )

    def started():
        return query(
            ingested, "select backend_start from pg_stat_activity where datname = current_database() "
            "and application_name = 'almanac serve' and query not like '%dataset_version%' and "
            "query not ilike 'listen%' order by 1"
        )  # fmt: skip

    first = started()
    with httpx.Client(base_url=running.url) as client:
        for _ in range(3000):
            assert client.get(PAGES[0]).status_code == 200
            if started() != first and len(started()) == len(first):
                return
            threading.Event().wait(0.01)
    raise AssertionError("never replaced")


def test_migrate_makes_logins(run, aws, migrated, query):
    """Those of the secrets, with the passwords of the secrets; again with new ones."""
    manager = aws.client("secretsmanager")
    users = {"reader": f"api_{id(run)}", "writer": f"ingest_{id(run)}"}
    env = aws.environment()
    for role, user in users.items():
        arn = manager.create_secret(
            Name=user, SecretString=json.dumps({"username": user, "password": "p'w\"1"})
        )["ARN"]
        env[f"ALMANAC_{role.upper()}_SECRET"] = arn
    try:
        run("migrate", database=migrated, env=env, check=True)
        for role, user in users.items():
            login = with_user(over_tcp(migrated), user, "p'w\"1")
            assert query(login, f"select pg_has_role('almanac_{role}', 'member')") == [(True,)]
            manager.put_secret_value(
                SecretId=user, SecretString=json.dumps({"username": user, "password": "next"})
            )
        done = run("migrate", database=migrated, env=env, check=True)
        assert "p'w" not in done.stdout + done.stderr
        for user in users.values():
            assert query(with_user(over_tcp(migrated), user, "next"), "select 1") == [(1,)]
    finally:
        for user in users.values():
            query(migrated, f"drop role if exists {user}")
