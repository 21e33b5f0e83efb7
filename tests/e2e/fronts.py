"""HAProxy and nginx before a server of the tests, as Debian has them."""

import contextlib
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass

from program import TIMEOUT, free_port

HAPROXY = """
defaults
    mode http
    timeout connect 10s
    timeout client {timeout}s
    timeout server {timeout}s
frontend front
    bind 127.0.0.1:{port}
    option forwardfor
    default_backend servers
backend servers
    server one 127.0.0.1:{target}
"""

NGINX = """
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp;
    uwsgi_temp_path tmp; scgi_temp_path tmp;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{target};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_read_timeout {timeout}s;
        }}
    }}
}}
"""


@dataclass
class Front:
    """What raw.Connection() wants of a server."""

    port: int


def find(name):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    assert path is not None, f"{name} is not installed"
    return path


@contextlib.contextmanager
def running(command, port, log):
    """Until the context ends; begins when it listens."""
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        end = time.monotonic() + TIMEOUT
        while True:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                break
            assert process.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.02)
        yield Front(port)
    finally:
        process.terminate()
        process.wait(TIMEOUT)


@contextlib.contextmanager
def haproxy(target, folder):
    """`option forwardfor`: a line of its own after those that were there."""
    port = free_port()
    configuration = folder / f"haproxy-{port}.cfg"
    configuration.write_text(HAPROXY.format(port=port, target=target.port, timeout=TIMEOUT))
    command = [find("haproxy"), "-db", "-f", str(configuration)]
    with running(command, port, folder / f"haproxy-{port}.log") as front:
        yield front


@contextlib.contextmanager
def nginx(target, folder):
    """`$proxy_add_x_forwarded_for`: one line, at whose end the client is."""
    port = free_port()
    home = folder / f"nginx-{port}"
    home.mkdir()
    (home / "nginx.conf").write_text(NGINX.format(port=port, target=target.port, timeout=TIMEOUT))
    command = [find("nginx"), "-p", str(home), "-c", "nginx.conf", "-e", "stderr"]
    with running(command, port, home / "nginx.log") as front:
        yield front
