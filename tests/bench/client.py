"""One HTTP connection that stays open, for looking at answers; never timed."""

import http.client
from dataclasses import dataclass

ANSWER_TIMEOUT = 30


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes
    size: int  # bytes with status line and headers, as it came


class Client:
    """Use it in a with statement."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_TIMEOUT)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.connection.close()

    def ask(self, path, headers=None):
        self.connection.request("GET", path, headers=headers or {})
        response = self.connection.getresponse()
        body = response.read()
        return Answer(response.status, response.msg, body, count_head(response) + len(body))


def count_head(response):
    """Bytes of "HTTP/1.1 200 OK", of "name: value" for each header and of the empty line."""
    head = len("HTTP/1.1 ") + 3 + 1 + len(response.reason) + 2
    return head + sum(len(name) + len(value) + 4 for name, value in response.headers.items()) + 2
