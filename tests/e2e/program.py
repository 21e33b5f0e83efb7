"""The program under test: running a command to its end, and a server in the background."""

import collections
import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

# Long enough for a sanitizer build on a busy machine; nothing waits for it when all is well.
TIMEOUT = 180

SANITIZER_REPORT = re.compile(
    r"(Address|Leak|Memory|Thread|UndefinedBehavior)Sanitizer|: runtime error: "
)
# What the caller's environment says about databases and settings must not reach the tests.
CLEARED = re.compile(r"PG[A-Z]+|DATABASE_URL|ALMANAC(_.*)?|AWS_.*")


def environment(database=None, env=None):
    """The caller's, without settings but for those that the test gives; None removes one. The
    plugins are those beside the program unless the test says otherwise."""
    result = {name: value for name, value in os.environ.items() if not CLEARED.fullmatch(name)}
    if database is not None:
        result["ALMANAC_DATABASE_URL"] = database
    for name, value in (env or {}).items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = str(value)
    return result


def check_end(status, stderr, sent=None):
    """Whatever the outcome, the program must not have crashed, that is ended by a signal other
    than the one `sent` to it, nor a sanitizer complained."""
    assert not SANITIZER_REPORT.search(stderr), f"sanitizer report:\n{stderr}"
    crashed = status < 0 and -status != sent
    assert not crashed, f"ended by {signal.Signals(-status).name}:\n{stderr}"


# Below those that the kernel gives to clients.
PORTS = range(10000, 20000)
_held = collections.deque(maxlen=200)


def free_port():
    """A port that nobody else is told or given though nobody listens there yet: a socket has it, which
    lets others (of SO_REUSEADDR) listen."""
    while True:
        holder = socket.socket()
        with contextlib.suppress(OSError):
            holder.bind(("0.0.0.0", random.SystemRandom().choice(PORTS)))
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _held.append(holder)
            return holder.getsockname()[1]
        holder.close()


class Program:
    def __init__(self, path):
        self.path = path

    def run(self, *arguments, database=None, env=None, check=False, **options):
        """Runs a command to its end. `database` is its ALMANAC_DATABASE_URL, `env` adds to its
        environment (None removes), `check` demands exit code 0; the rest goes to
        subprocess.run(). Standard output and standard error are in the result, as text unless
        text=False."""
        options = {"capture_output": True, "text": True, "timeout": TIMEOUT, **options}
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        done = subprocess.run(
            [str(self.path), *map(str, arguments)],
            env=environment(database, env),
            check=False,
            **options,
        )
        stderr = done.stderr if options["text"] else done.stderr.decode(errors="replace")
        check_end(done.returncode, stderr)
        assert not check or done.returncode == 0, f"exit code {done.returncode}:\n{stderr}"
        return done

    def popen(self, *arguments, database=None, env=None, **options):
        """Starts a command; the caller waits for it (check_end() judges how it ended)."""
        return subprocess.Popen(
            [str(self.path), *map(str, arguments)],
            env=environment(database, env),
            **{"stdin": subprocess.DEVNULL, **options},
        )


class Server:
    """`almanac serve` on free loopback ports, one of them for operators (`operation`: what its flag
    says instead, None: nothing). Writes to the file `log`; `options` go to subprocess.Popen(), and
    may say otherwise of stdout or stderr."""

    def __init__(self, program, log, *arguments, database=None, env=None, operation=..., **options):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        if operation is ...:
            operation = f"127.0.0.1:{free_port()}"
        self.operation = f"http://{operation}"
        if operation is not None:
            arguments = ("--operation-listen", operation, *arguments)
        self.log = log
        self.judged = False
        with open(log, "wb") as out:
            self.process = program.popen(
                "serve",
                "--listen",
                f"127.0.0.1:{self.port}",
                *arguments,
                database=database,
                env=env,
                **{"stdout": out, "stderr": out, **options},
            )

    def stderr(self):
        """Everything it has said so far; an answer may be there before the line about it."""
        return self.log.read_text(errors="replace")

    def wait_for_line(self, text):
        """Returns when it has said that."""
        end = time.monotonic() + TIMEOUT
        while text not in self.stderr():
            assert time.monotonic() < end, f"it never says {text!r}:\n{self.stderr()}"
            time.sleep(0.01)

    def status(self, path, url=None):
        """HTTP status of a GET; None while nothing answers."""
        try:
            with urllib.request.urlopen((url or self.url) + path, timeout=TIMEOUT) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def wait(self, path="/readyz", status=200, timeout=TIMEOUT):
        """Returns when GET `path` answers with that status."""
        end = time.monotonic() + timeout
        while self.status(path) != status:
            assert self.process.poll() is None, f"the server ended:\n{self.stderr()}"
            assert time.monotonic() < end, f"{path} is never {status}:\n{self.stderr()}"
            time.sleep(0.02)

    def stop(self, how=signal.SIGTERM):
        """Ends it and returns its exit code, which must be 0 for SIGTERM. Once it has ended,
        also by itself, only returns the code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            code = self._join(how)
            check_end(code, self.stderr(), how)
            assert how != signal.SIGTERM or code == 0, f"exit code {code}:\n{self.stderr()}"
            return code
        if not self.judged:
            check_end(self.process.returncode, self.stderr())
        return self.process.returncode

    def _join(self, how):
        self.judged = True
        try:
            return self.process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not stop after {how!r}:\n{self.stderr()}") from None
