"""AWS for the tests: moto's server with credentials and signatures checked, and proxies that make
trouble. Everything on loopback."""

import http.client
import os
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from program import free_port

REGION = "eu-central-1"
OPEN_ACTIONS = 3  # that moto takes from anybody: those that make the user below
TIMEOUT = 60


class Aws:
    """moto, with one user who may do everything. Unless `checked`, others may too. `server` is what
    Python runs."""

    def __init__(self, folder, checked=True, server=("-m", "moto.server")):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        with open(folder / "moto.log", "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *server, "-H", "127.0.0.1", "-p", str(self.port)],
                env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": str(OPEN_ACTIONS if checked else 10**9)},
                stdout=log, stderr=log,
            )  # fmt: skip
        self._wait()
        self.key_id, self.secret = "unset", "unset"
        self._make_user()

    def _wait(self):
        end = time.monotonic() + TIMEOUT
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/moto-api/", timeout=TIMEOUT).close()
                return
            except OSError:
                assert self.process.poll() is None, "moto ended"
                assert time.monotonic() < end, "moto does not answer"
                time.sleep(0.05)

    def _make_user(self):
        iam = self.client("iam")
        iam.create_user(UserName="tester")
        key = iam.create_access_key(UserName="tester")["AccessKey"]
        iam.put_user_policy(
            UserName="tester", PolicyName="all",
            PolicyDocument='{"Version":"2012-10-17","Statement":'
            '{"Effect":"Allow","Action":"*","Resource":"*"}}',
        )  # fmt: skip
        self.key_id, self.secret = key["AccessKeyId"], key["SecretAccessKey"]

    def client(self, service):
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION,
            aws_access_key_id=self.key_id, aws_secret_access_key=self.secret,
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}),
        )  # fmt: skip

    def environment(self, url=None):
        return {
            "AWS_ENDPOINT_URL": url or self.url,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": self.key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
        }

    def stop(self):
        self.process.terminate()
        self.process.wait(TIMEOUT)


class Trouble:
    """A proxy before a server of AWS: `spoil(number, request)` is called with each request (its
    number from 1) and says what becomes of it: None to pass it on, or one of
      (status, body)  an answer in its place
      "reset"         the connection ends without an answer
      "cut"           the answer ends in the middle of its body"""

    def __init__(self, target, spoil):
        self.target = urlsplit(target)
        self.spoil = spoil
        self.requests = []
        self.lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_any(self):
                proxy.handle(self)

            do_GET = do_HEAD = do_POST = do_PUT = handle_any

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handle(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        with self.lock:
            self.requests.append((handler.command, handler.path, dict(handler.headers)))
            what = self.spoil(len(self.requests), handler)
        if what == "reset":
            handler.close_connection = True
            return
        if isinstance(what, tuple):
            self.answer(handler, what[0], {"Content-Length": str(len(what[1]))}, what[1])
            return
        self.pass_on(handler, body, what == "cut")

    def pass_on(self, handler, body, cut):
        upstream = http.client.HTTPConnection(self.target.hostname, self.target.port)
        # The signature is for the host that the client knows.
        upstream.putrequest(handler.command, handler.path, skip_host=True,
                            skip_accept_encoding=True)  # fmt: skip
        for name, value in handler.headers.items():
            upstream.putheader(name, value)
        upstream.endheaders(body)
        answer = upstream.getresponse()
        data = answer.read()
        headers = {
            name: value for name, value in answer.getheaders()
            if name.lower() not in ("connection", "transfer-encoding", "date", "server")
        }  # fmt: skip
        headers.setdefault("Content-Length", str(len(data)))
        if cut and len(data) > 1:
            data = data[: len(data) // 2]
            handler.close_connection = True
        self.answer(handler, answer.status, headers, data)

    def answer(self, handler, status, headers, data):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(data)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Answers:
    """A server: `answer(handler)` gives (status, headers, body) for each request, and the length
    in the headers if it is not that of the body."""

    def __init__(self, answer, host="127.0.0.1"):
        self.requests = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_any(self):
                self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.requests.append((self.command, self.path, dict(self.headers), self.body))
                status, headers, body = answer(self)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_PUT = do_POST = do_HEAD = handle_any

        self.server = ThreadingHTTPServer((host, 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://{host}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
