"""A running `almanac lambda`, and the events it is given."""

import contextlib
import json
import signal

from program import TIMEOUT, check_end


class Function:
    def __init__(self, process, log):
        self.process, self.log = process, log

    def stderr(self):
        return self.log.read_text()

    def wait(self):
        code = self.process.wait(TIMEOUT)
        check_end(code, self.stderr())
        return code


@contextlib.contextmanager
def functions(program, database, environment, folder):
    """start(*arguments, **env) -> Function; all are ended and judged when the context ends."""
    running = []

    def start(*arguments, **env):
        log = folder / f"lambda-{len(running)}.log"
        with open(log, "wb") as out:
            process = program.popen(
                "lambda", *arguments, database=database, env={**environment, **env},
                stdout=open(folder / f"lambda-{len(running)}.out", "wb"), stderr=out,
            )  # fmt: skip
        running.append(Function(process, log))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGCONT)
            one.process.kill()
        one.process.wait(TIMEOUT)
        check_end(one.process.returncode, one.stderr(), signal.SIGKILL)


def job(*uris, **more):
    return json.dumps({"job": "ingest", "uris": list(uris), **more}).encode()


def longer(seconds, message):
    """Time for an invocation whose time was over before it came to what a test is about: the machine is slow."""
    assert "time was over" in message and seconds < 100, message
    return 3 * seconds
