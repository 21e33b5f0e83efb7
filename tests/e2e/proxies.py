"""Proxies in front of a server, configured as docs/operation.md says: the lines are taken from there."""

import re
import socket
import subprocess
import time
from pathlib import Path

from program import free_port

MODULES = "/usr/lib/apache2/modules"
TIMEOUT = 60
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "operation.md"

NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    proxy_max_temp_file_size 0;  # a client that does not read is felt by the server
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    {http}
    server {{
        listen 127.0.0.1:{port};
{lines}
    }}
}}
"""
APACHE = """\
ServerName test
ServerRoot {folder}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
Listen 127.0.0.1:{port}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
LoadModule alias_module {modules}/mod_alias.so
LoadModule filter_module {modules}/mod_filter.so
LoadModule deflate_module {modules}/mod_deflate.so
{http}
{lines}
"""


def documented(language):
    """The first block of that language in the document."""
    return re.search(rf"^```{language}\n(.*?)^```$", DOCUMENT.read_text(), re.M | re.S).group(1)


class Proxy:
    """Takes the prefix /climate/ away. `port` is where it listens."""

    def __init__(self, folder, upstream, command, text):
        self.folder = folder
        (folder / "conf").write_text(text)
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=(folder / "out").open("wb"), stderr=subprocess.STDOUT
        )
        self.upstream = upstream

    def wait(self, port):
        self.port = port
        self.url = f"http://127.0.0.1:{port}/climate/"
        end = time.monotonic() + TIMEOUT
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return self
            except OSError:
                said = (self.folder / "out").read_text()
                assert self.process.poll() is None and time.monotonic() < end, said
                time.sleep(0.02)

    def stop(self):
        self.process.terminate()
        self.process.wait(TIMEOUT)


def address(lines, upstream):
    assert "127.0.0.1:8080" in lines
    return lines.replace("127.0.0.1:8080", f"127.0.0.1:{upstream.port}")


def nginx(folder, upstream, http="", lines=None):
    port = free_port()
    lines = address(documented("nginx") if lines is None else lines, upstream)
    text = NGINX.format(folder=folder, port=port, http=http, lines=lines)
    return Proxy(folder, upstream, ["nginx", "-c", folder / "conf", "-p", folder], text).wait(port)


def stock_nginx(folder, upstream, http=""):
    """As many have it: HTTP/1.0 before nginx 1.29.7."""
    return nginx(folder, upstream, http, "location /climate/ { proxy_pass http://127.0.0.1:8080/; }")


def haproxy(folder, upstream, http=""):
    port = free_port()
    lines = address(documented("haproxy"), upstream)
    assert "bind :80\n" in lines
    text = lines.replace("bind :80\n", f"bind 127.0.0.1:{port}\n")
    return Proxy(folder, upstream, ["haproxy", "-db", "-f", folder / "conf"], text).wait(port)


def apache(folder, upstream, http=""):
    port = free_port()
    lines = address(documented("apache"), upstream)
    text = APACHE.format(folder=folder, port=port, modules=MODULES, http=http, lines=lines)
    command = ["apache2", "-DFOREGROUND", "-f", folder / "conf", "-d", folder]
    return Proxy(folder, upstream, command, text).wait(port)
