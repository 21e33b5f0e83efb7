"""All days of all stations as CSV in one request: checked, timed, and run in a loop."""

import csv
import io
import json
import subprocess
from contextlib import contextmanager

from dataset import parse_day
from proc import end_session, read_tail, spawn
from programs import LOGS
from settings import WORK, BenchError

PATH = "/api/weather?format=csv"
FIELDS = ("tmax", "tmin", "prcp")
TIMEOUT_SECONDS = 300
TENTHS = 1e-6  # of a tenth: values must be the files', not near them
LOOP = 100_000  # exports of one client, more than it gets done
OPTIONS = ("--silent", "--show-error", "--fail", "--max-time", str(TIMEOUT_SECONDS))
# Clients are other machines' work: here they must not take the cores from the server
# and from what measures it.
LOWEST_PRIORITY = ("nice", "-n", "19")


def verify_export(server, dataset):
    """Bytes of the answer, once every row of it was compared with the files."""
    status, body = server.get(PATH)
    if status != 200:
        raise BenchError(f"{server.name} answered {status} to {PATH}: {body[:500]!r}")
    rows = csv.reader(io.StringIO(body.decode(), newline=""))
    check_heading(next(rows, []))
    for code in sorted(dataset.stations):
        for line in dataset.stations[code].lines:
            check_row(next(rows, None), parse_day(code, line))
    surplus = sum(1 for _ in rows)
    if surplus:
        raise BenchError(f"{PATH} has {surplus} rows more than the files")
    return len(body)


def check_heading(heading):
    """Names, each perhaps with its unit behind."""
    names = [column.split(" ")[0] for column in heading]
    if names != ["station_id", "date", *FIELDS]:
        raise BenchError(f"{PATH} has the columns {', '.join(heading)}")


def check_row(row, wanted):
    if row is not None and len(row) == 2 + len(FIELDS):
        same = row[:2] == [wanted["station_id"], wanted["date"]] and all(
            is_same(text, wanted[field]) for text, field in zip(row[2:], FIELDS, strict=True)
        )
        if same:
            return
    raise BenchError(f"{PATH} has the row {row} where the files have {wanted}")


def is_same(text, value):
    if value is None or text == "":
        return value is None and text == ""
    return abs(float(text) - value) < TENTHS


def time_export(settings, server, length):
    """Seconds to the last byte by curl's clock, which leaves out its own start."""
    command = [settings.curl, *OPTIONS, "-o", "/dev/null", "-w", "%{json}", server.url + PATH]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"the export failed: {done.stderr.strip()}")
    report = json.loads(done.stdout)
    if report["http_code"] != 200 or report["size_download"] != length:
        raise BenchError(
            f"the export answered {report['http_code']}, {report['size_download']} bytes, "
            f"but {length} when it was verified"
        )
    return report["time_total"]


class Exports:
    """Clients that export again and again."""

    def __init__(self, processes, logs, length):
        self.processes = processes
        self.logs = logs
        self.length = length

    def count(self):
        """Finished exports so far, all of which must be whole."""
        finished = [line for log in self.logs for line in log.read_text().splitlines()]
        wrong = [line for line in finished if line != f"200 {self.length}"]
        if wrong:
            raise BenchError(f"an export beside other requests went wrong: {wrong[0]}")
        return len(finished)

    def check_running(self):
        for process, log in zip(self.processes, self.logs, strict=True):
            if process.poll() is not None:
                raise BenchError(f"a client that exports ended: {read_tail(log)}")


@contextmanager
def exports_running(settings, server, clients, length):
    """curl takes a list of transfers, done one after another on one connection."""
    config = WORK / "exports.curl"
    config.write_text(f'url = "{server.url}{PATH}"\noutput = "/dev/null"\n' * LOOP)
    # To standard error, which is not buffered.
    report = "%{stderr}%{http_code} %{size_download}\n"
    command = [*LOWEST_PRIORITY, settings.curl, *OPTIONS, "-w", report, "-K", config]
    logs = [LOGS / f"export-{number}.log" for number in range(clients)]
    processes = []
    try:
        for log in logs:
            processes.append(spawn(command, {}, log))
        yield Exports(processes, logs, length)
    finally:
        for process in processes:
            end_session(process)
