"""A proxy before the database that a test can cut, stall and open again."""

import contextlib
import socket
import threading
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from psycopg.conninfo import conninfo_to_dict

from program import free_port

CHUNK = 65536


def connect(address):
    if isinstance(address, str):
        link = socket.socket(socket.AF_UNIX)
        link.connect(address)
        return link
    return socket.create_connection(address)


class Proxy:
    """Listens on a free port, which stays its own. Starts out cut."""

    def __init__(self, url):
        parameters = conninfo_to_dict(url)
        host, port = parameters.get("host", "localhost"), parameters.get("port", "5432")
        self._target = f"{host}/.s.PGSQL.{port}" if host[0] == "/" else (host, int(port))
        self._flowing = threading.Event()
        self._listener = None
        self._links = set()
        self._frozen = set()
        self._last = None
        self._lock = threading.Lock()
        self.port = free_port()
        self.url = self._through(url)

    def _through(self, url):
        parts = urlsplit(url)
        query = [pair for pair in parse_qsl(parts.query) if pair[0] not in ("host", "port")]
        login = parts.netloc.rpartition("@")[0]
        netloc = f"{login}@127.0.0.1:{self.port}"
        return urlunsplit(parts._replace(netloc=netloc, query=urlencode(query)))

    def open(self):
        self._flowing.set()
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self):
        """Connections end, new ones are refused."""
        self._flowing.set()
        if self._listener is not None:
            # Wakes the thread that accepts, which close() alone does not.
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        with self._lock:
            for link in self._links:
                with contextlib.suppress(OSError):
                    link.shutdown(socket.SHUT_RDWR)

    def stall(self):
        """Connections stay, but nothing comes through."""
        self._flowing.clear()

    def freeze(self):
        """Nothing comes through the connections that there are, ever; new ones are as usual."""
        with self._lock:
            self._frozen |= self._links

    def stall_after(self, text):
        """Nothing comes through any more once that has been sent: not even that."""
        self._last = text

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = connect(self._target)
                with self._lock:
                    self._links |= {client, server}
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                if self._last is not None and self._last in data:
                    self.stall()
                self._flowing.wait()
                if source not in self._frozen:
                    sink.sendall(data)
        for link in (source, sink):
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._links.discard(source)
            self._frozen.discard(source)


@contextlib.contextmanager
def proxied(url):
    proxy = Proxy(url)
    try:
        yield proxy
    finally:
        proxy.cut()
