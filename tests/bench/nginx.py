"""nginx, the peer for answers from memory: one constant page whatever the URL asks.

Each way of answering is a location of its own server block in nginx; which of them
is measured is found out by asking.
"""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

from proc import Server
from programs import LOGS, WORKERS
from settings import WORK, BenchError

PATH = "/api/weather"
TAG = '"constant"'
PIECE = 3000  # characters; a word of its configuration can have no more than 4,096

# Kind to it: no log, connections that are never closed for having been used often
# (wrk opens no new ones in time), files looked up once.
CONFIGURATION = """\
worker_processes {workers};
daemon off;
pid nginx.pid;
error_log stderr error;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    default_type application/json;
    keepalive_requests 1000000000;
    keepalive_timeout 600;
    open_file_cache max=100 inactive=1h;
    open_file_cache_valid 1h;
    client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp;
    uwsgi_temp_path tmp; scgi_temp_path tmp;
{pieces}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /readyz {{ return 200; }}
        location = {path} {{ {location} }}
    }}
}}
"""

# How a page can come from memory, and how a 304 can. A file is in tmpfs.
PAGE_WAYS = {
    "return": "return 200 '{body}';",
    "file": "sendfile off; output_buffers 1 64k; alias {file};",
    "sendfile": "sendfile on; alias {file};",
}
NOT_MODIFIED_WAYS = {
    "return": "if ($http_if_none_match = '{tag}') {{ return 304; }} alias {file};",
    "file": "alias {file};",
}


@contextmanager
def constant_file(body):
    """A file in memory that nginx's workers, who are nobody, can read."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/dev/shm") as directory:
        os.chmod(directory, 0o755)
        path = Path(directory) / "page.json"
        path.write_bytes(body)
        yield path


def nginx_server(settings, way, location, body, file):
    home = WORK / "nginx" / way
    pieces = cut(body)
    names = "".join(f"${{piece{number}}}" for number in range(len(pieces)))

    def configure(port):
        home.mkdir(parents=True, exist_ok=True)
        text = CONFIGURATION.format(
            workers=WORKERS,
            port=port,
            path=PATH,
            pieces="\n".join(f"    {line}" for line in pieces),
            location=location.format(body=names, tag=TAG, file=file),
        )
        (home / "nginx.conf").write_text(text)

    command = [settings.nginx, "-p", home, "-c", home / "nginx.conf", "-e", "stderr"]
    return Server("nginx", command, {}, LOGS / f"nginx-{way}.log", configure)


def cut(body):
    """Variables that are constants: "geo" without an address is nginx's word for it."""
    text = body.decode()
    if any(character in text for character in "'$\\"):
        raise BenchError("the page has characters that nginx's configuration takes as its own")
    pieces = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
    return [f"geo $piece{number} {{ default '{text}'; }}" for number, text in enumerate(pieces)]
