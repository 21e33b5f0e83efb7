"""The Runtime API of AWS Lambda, with answers that no emulator gives."""

import queue
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Long enough for a sanitizer build on a busy machine; nothing waits for it when all is well.
TIMEOUT = 300
API = "/2018-06-01/runtime"


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Programs are killed while they wait for an event: no error of the server."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class FakeRuntime:
    """Hands out the events given to invoke() and keeps what is told of them. `answers` maps a
    kind ("next", "response", "error", "init") to a list of what is done to the next requests of
    it: an integer is a status instead of success, "reset" ends the connection, a number of seconds
    as float delays; None is success."""

    def __init__(self):
        self.events = queue.Queue()
        self.told = queue.Queue()  # (kind, invocation, error type, body)
        self.answers = {}
        self.headers = []  # of each request for the next invocation
        self.first = queue.Queue()  # when the first of them came, perf_counter()
        self.count = 0
        runtime = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                runtime.next(self)

            def do_POST(self):
                runtime.take(self)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.address = "127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def invoke(self, event, seconds=900.0, trace="Root=1-5e1b4151-5ac6c58f5b5daa1c6d6a1c2b"):
        """Queues an event (bytes) with so much time left. Returns the invocation's id."""
        self.count += 1
        name = f"8476a536-e9f4-11e8-9739-{self.count:012}"
        self.events.put((name, event, int((time.time() + seconds) * 1000), trace))
        return name

    def asked(self, began, timeout=TIMEOUT):
        """Seconds from `began`, a perf_counter(), to the first request for an invocation."""
        return self.first.get(timeout=timeout) - began

    def wait(self):
        """What is told next: (kind, invocation, error type, body)."""
        return self.told.get(timeout=TIMEOUT)

    def spoil(self, handler, kind):
        """Whether the request has been dealt with."""
        planned = self.answers.get(kind)
        what = planned.pop(0) if planned else None
        if isinstance(what, float):
            time.sleep(what)
            return False
        if what == "reset":
            handler.close_connection = True
            return True
        if what is not None:
            self.send(handler, what, b'{"errorType":"Planned"}')
            return True
        return False

    def next(self, handler):
        if not self.headers:
            self.first.put(time.perf_counter())
        self.headers.append(dict(handler.headers))
        assert handler.path == f"{API}/invocation/next"
        if self.spoil(handler, "next"):
            return
        name, event, deadline, trace = self.events.get()
        self.send(handler, 200, event, {
            # Names of headers have no letter case.
            "lambda-runtime-AWS-Request-Id": name,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "LAMBDA-RUNTIME-TRACE-ID": trace,
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:1:function:x",
            "Content-Type": "application/json",
        })  # fmt: skip

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        assert handler.headers.get("Expect") is None
        if handler.path == f"{API}/init/error":
            kind, name = "init", None
        else:
            name, kind = handler.path.removeprefix(f"{API}/invocation/").split("/")
        if not self.spoil(handler, kind):
            self.send(handler, 202, b'{"status":"OK"}')
        self.told.put(
            (kind, name, handler.headers.get("Lambda-Runtime-Function-Error-Type"), body)
        )

    def send(self, handler, status, body, headers=None):
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
