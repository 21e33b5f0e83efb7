"""HTTP by hand: exactly the bytes a test says, and answers read strictly."""

import socket
import struct
from dataclasses import dataclass

# Long enough for a sanitizer build on a busy machine.
TIMEOUT = 60


@dataclass
class Answer:
    status: int
    headers: dict  # names in lower case
    body: bytes

    @property
    def closes(self):
        return self.headers.get("connection") == "close"


def request(target="/livez", method="GET", headers=(), version="HTTP/1.1", host="test"):
    """Bytes of a request; `headers` are lines without their ends."""
    lines = [f"{method} {target} {version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    return "\r\n".join([*lines, *headers, "", ""]).encode("latin-1")


class Connection:
    """One TCP connection to a server of the tests."""

    def __init__(self, server, receive_buffer=None, source=None):
        self.socket = socket.socket()
        if source is not None:
            self.socket.bind((source, 0))
        self.socket.settimeout(TIMEOUT)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def _more(self):
        data = self.socket.recv(1 << 16)
        self._buffer += data
        return bool(data)

    def answer(self, method="GET"):
        """The next answer; None at the end of the connection."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                assert not self._buffer, f"cut off: {self._buffer!r}"
                return None
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        status, headers = parse_head(head)
        if headers.get("transfer-encoding") == "chunked" and method != "HEAD":
            return Answer(status, headers, self._chunks())
        length = 0 if method == "HEAD" or status in (204, 304) else int(headers["content-length"])
        while len(self._buffer) < length:
            assert self._more(), "the body is cut off"
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return Answer(status, headers, body)

    def _chunks(self):
        body = b""
        while True:
            while b"\r\n" not in self._buffer:
                assert self._more(), "the body is cut off"
            size, _, self._buffer = self._buffer.partition(b"\r\n")
            length = int(size, 16)
            while len(self._buffer) < length + 2:
                assert self._more(), "the body is cut off"
            assert self._buffer[length : length + 2] == b"\r\n"
            body += self._buffer[:length]
            self._buffer = self._buffer[length + 2 :]
            if length == 0:
                return body

    def ask(self, target, **options):
        self.send(request(target, **options))
        return self.answer(options.get("method", "GET"))

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def abort(self):
        """Ends with a reset instead of a FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def is_closed(self):
        """Waits until the server has closed; nothing more may come before."""
        try:
            return not self._buffer and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


def parse_head(head):
    lines = head.decode("latin-1").split("\r\n")
    version, status, _ = (lines[0] + " ").split(" ", 2)
    assert version == "HTTP/1.1"
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(": ")
        assert name.lower() not in headers, f"{name} twice"
        headers[name.lower()] = value
    return int(status), headers


def exchange(server, data, method="GET"):
    """Sends bytes on a connection of their own; all answers until it is closed."""
    answers = []
    with Connection(server) as connection:
        connection.send(data)
        connection.half_close()
        while (answer := connection.answer(method)) is not None:
            answers.append(answer)
    return answers
