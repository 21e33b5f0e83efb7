"""A server that reads from a replica: the same answers, never older than what the replica has."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from cluster import over_tcp
from program import TIMEOUT, free_port

pytestmark = pytest.mark.release

PAGE = "/api/weather?station_id=USC00110072&page_size=3"


def as_server_user(*command):
    """PostgreSQL does not run as root."""
    prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    return [*(prefix if os.geteuid() == 0 else []), *map(str, command)]


def server_programs(cluster):
    with psycopg.connect(cluster.admin_url) as connection:
        (major,) = connection.execute("select current_setting('server_version_num')::int / 10000").fetchone()
    return Path(f"/usr/lib/postgresql/{major}/bin")


@pytest.fixture(scope="module")
def replica(cluster):
    """Network location of a streaming replica of the test cluster."""
    programs, port = server_programs(cluster), free_port()
    folder = Path(tempfile.mkdtemp(prefix="almanac-replica-"))
    data = folder / "data"
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, pwd.getpwnam("postgres").pw_uid)
        subprocess.run(
            as_server_user(programs / "pg_basebackup", "-D", data, "-R", "-X", "stream",
                           "--checkpoint=fast", "-d", over_tcp(cluster.admin_url)),
            check=True, cwd="/", timeout=TIMEOUT,
        )  # fmt: skip
        subprocess.run(
            as_server_user(programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o",
                           f"-p {port} -k {folder} -c listen_addresses=127.0.0.1", "start"),
            check=True, cwd="/", timeout=TIMEOUT, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        yield f"127.0.0.1:{port}"
    finally:
        subprocess.run(
            as_server_user(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"),
            check=False, cwd="/", stdout=subprocess.DEVNULL,
        )  # fmt: skip
        shutil.rmtree(folder)


def at(url, place):
    """The same database and user, at another place."""
    parts = urlsplit(over_tcp(url))
    login = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{login}@{place}").geturl()


def wait_for(check):
    end = time.monotonic() + TIMEOUT
    while not check():
        assert time.monotonic() < end
        time.sleep(0.02)


def version(url):
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("select version from dataset_version").fetchone()
    except psycopg.OperationalError:  # the database has not come over yet
        return None


def test_serves_what_the_replica_has(server, run, replica, ingested_copy, tmp_path):
    url = at(ingested_copy, replica)
    wait_for(lambda: version(url) == version(ingested_copy))
    running = server(url)
    before = httpx.get(running.url + PAGE).json()
    assert before["data"][0]["date"] == "1985-01-01"
    file = tmp_path / "USC00110072.txt"
    file.write_text("18500101\t1\t2\t3\n")
    run("ingest", file, database=ingested_copy, check=True)
    wait_for(lambda: version(url) == version(ingested_copy))
    # From now on nobody may be told what was before.
    after = httpx.get(running.url + PAGE).json()
    assert after["data"][0]["date"] == "1850-01-01"
    assert after["pagination"]["total"] == before["pagination"]["total"] + 1
    assert "recovery" not in running.stderr()  # nothing was tried that a replica refuses
