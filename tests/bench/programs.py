"""The programs that are compared and how each is started."""

import json
import subprocess
import sys

from database import ALMANAC, PEER, database_url
from proc import Server, run_timed
from settings import BENCH, WORK, BenchError

WORKERS = 2
LOGS = WORK / "logs"
# What Almanac is measured without: answers kept whole; with "data", also what it has read.
NO_ANSWERS = ("ALMANAC_ANSWER_MEMORY",)
NO_DATA = ("ALMANAC_ANSWER_MEMORY", "ALMANAC_CACHE_MEMORY")


class Programs:
    def __init__(self, settings):
        self.settings = settings
        self.peer_env = {"DATABASE_URL": database_url(settings.admin_url, PEER)}
        self.almanac_env = {
            "ALMANAC_DATABASE_URL": database_url(settings.admin_url, ALMANAC),
            "ALMANAC_PLUGINS": settings.plugins,
        }

    def peer_ingest(self):
        command = [sys.executable, BENCH / "peer_ingest.py", self.settings.data]
        return run_timed(command, self.peer_env, LOGS / "peer-ingest.log")

    def almanac_migrate(self):
        command = [self.settings.almanac, "migrate"]
        return run_timed(command, self.almanac_env, LOGS / "almanac-migrate.log")

    def almanac_ingest(self):
        command = [self.settings.almanac, "ingest", self.settings.data]
        return run_timed(command, self.almanac_env, LOGS / "almanac-ingest.log")

    def server(self, name, without=()):
        """One of typical, tuned, almanac and almanac-1s, which relies on its last look for a second, not
        started yet."""
        log_path = LOGS / f"{name}-serve.log"
        if name.startswith("almanac"):
            command = [self.settings.almanac, "serve", "--listen", "127.0.0.1:{port}"]
            env = self.almanac_env | self.turned_off(without)
            env["ALMANAC_MAX_STALENESS"] = "1" if name == "almanac-1s" else "0"
            return Server(name, command, env, log_path)
        return Server(name, uvicorn_command(f"peer_{name}:app"), self.peer_env, log_path)

    def turned_off(self, names):
        """A program that does not know a setting would go on caching."""
        command = [self.settings.almanac, "config", "--json"]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"almanac config --json failed: {done.stderr.decode().strip()}")
        known = [setting["env"] for setting in json.loads(done.stdout)]
        for name in names:
            if name not in known:
                raise BenchError(f"almanac has no setting {name} to turn a cache off")
        return dict.fromkeys(names, "0")

    def server_names(self, *peers):
        return list(peers) + ([] if self.settings.almanac is None else ["almanac"])


def uvicorn_command(app):
    """Without an access log, which would only slow the peers."""
    command = [sys.executable, "-m", "uvicorn", app, "--app-dir", BENCH, "--workers", WORKERS]
    command += ["--host", "127.0.0.1", "--port", "{port}"]
    return command + ["--no-access-log", "--log-level", "warning"]
