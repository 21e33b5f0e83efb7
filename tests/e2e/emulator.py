"""AWS's own emulator of Lambda, which ./dev builds (tests/emulator/go.mod)."""

import json
import os
import time
import urllib.error
import urllib.request
from pathlib import Path

from program import TIMEOUT, free_port

ARN = "arn:aws:lambda:us-east-1:012345678912:function:test_function"  # that it makes up


def path():
    return Path(os.environ["ALMANAC_EMULATOR"])


class Emulator:
    """Two free ports, what it is started with, and a client of it. It starts the program when the
    first event comes, and starts it anew after it has ended or was too slow."""

    def __init__(self):
        self.port, self.api = free_port(), free_port()
        self.arguments = [
            "--runtime-interface-emulator-address", f"127.0.0.1:{self.port}",
            "--runtime-api-address", f"127.0.0.1:{self.api}",
        ]  # fmt: skip

    def wait(self, check):
        """Until it listens; check() is called meanwhile, and asserts that it runs."""
        end = time.monotonic() + TIMEOUT
        while True:
            check()
            assert time.monotonic() < end
            try:
                self._open("GET", b"").close()
            except urllib.error.HTTPError:
                return  # it takes POST alone, for one path
            except OSError:
                time.sleep(0.05)

    def invoke(self, event):
        """The answer: a dictionary, of a response or of an error; or the text that it says of its own."""
        data = event if isinstance(event, bytes) else json.dumps(event).encode()
        try:
            with self._open("POST", data) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            text = error.read()
        try:
            return json.loads(text)
        except ValueError:
            return text.decode()

    def _open(self, method, data):
        path = "2015-03-31/functions/function/invocations" if method == "POST" else ""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{path}", data=data or None, method=method
        )
        return urllib.request.urlopen(request, timeout=TIMEOUT)
