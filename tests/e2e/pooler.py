"""PgBouncer before the test cluster."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

import cluster as clusters
from program import TIMEOUT, free_port

# Debian has it where only root looks.
PROGRAM = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin") or "pgbouncer"


def wait_for_port(port):
    end = time.monotonic() + TIMEOUT
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        assert time.monotonic() < end, "pgbouncer does not listen"
        time.sleep(0.02)


def write_configuration(folder, url, port, settings):
    target = conninfo_to_dict(clusters.over_tcp(url))
    (folder / "users").write_text(f'"{target["user"]}" "{target["password"]}"\n')
    lines = {
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "trust",
        "auth_file": folder / "users",
        "logfile": folder / "log",
        **settings,
    }
    text = f"[databases]\n* = host={target['host']} port={target['port']}\n[pgbouncer]\n"
    (folder / "ini").write_text(text + "".join(f"{k} = {v}\n" for k, v in lines.items()))


@contextlib.contextmanager
def pooled(url, **settings):
    """URL of the same database behind a PgBouncer with these settings. It does not run as root."""
    parts = urlsplit(url)
    port = free_port()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="almanac-pooler-"))
    command = [PROGRAM, folder / "ini"]
    try:
        write_configuration(folder, url, port, settings)
        if os.geteuid() == 0:
            command[1:1] = ["-u", "postgres"]
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, "postgres")
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_for_port(port)
            user = conninfo_to_dict(url)["user"]
            yield f"postgresql://{user}@127.0.0.1:{port}{parts.path}"
        finally:
            process.kill()
            process.wait()
    finally:
        shutil.rmtree(folder)
