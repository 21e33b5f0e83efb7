"""Where things are: the environment and the checkout."""

import importlib.util
import os
import shutil
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).resolve().parent
CHECKOUT = BENCH.parent.parent
WORK = CHECKOUT / ".dev" / "bench"
ARCHIVE = CHECKOUT / "data" / "wx_data.tar.xz"
PLUGIN_DIRECTORIES = ("routes", "sources", "stats")
NEEDED_MODULES = ("asyncpg", "fastapi", "orjson", "psycopg2", "pydantic", "sqlalchemy", "uvicorn")


class BenchError(Exception):
    """What went wrong and what to do, for the person who typed the command."""


@dataclass(frozen=True)
class Settings:
    admin_url: str
    almanac: Path | None  # None: the peers alone
    plugins: str
    data: Path
    wrk: str
    nginx: str
    curl: str
    psql: str
    runs: int
    slow_runs: int  # of a peer's ingestion, which takes most of the time
    seconds: int  # of one run under load


def load_settings(runs, quick, peers_only, serves=True):
    """`serves`: whether servers are measured, which takes programs and modules of its own."""
    check_modules(NEEDED_MODULES if serves else ("psycopg2",))
    return Settings(
        admin_url=find_admin_url(),
        almanac=None if peers_only else find_almanac(),
        plugins=find_plugins(),
        data=find_data() if serves else WORK,
        wrk=find_program("wrk", "the load generator", "wrk") if serves else "",
        nginx=find_program("nginx", "the peer for answers from memory", "nginx-light") if serves else "",
        curl=find_program("curl", "the client that exports", "curl") if serves else "",
        psql=find_program("psql", "the client of COPY", "postgresql-client") if serves else "",
        runs=runs,
        slow_runs=min(runs, 3) if quick else runs,
        seconds=2 if quick else 5,
    )


def check_modules(names):
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise BenchError(
            f"Python modules missing: {', '.join(missing)}. "
            f"Do: {sys.executable} -m pip install -r {BENCH / 'requirements.txt'}"
        )


def find_admin_url():
    url = os.environ.get("ALMANAC_TEST_ADMIN_URL")
    if not url:
        raise BenchError(
            "ALMANAC_TEST_ADMIN_URL is not set. Give the URL of a superuser of a running "
            "PostgreSQL, e.g. postgresql://postgres@/postgres?host=/dir&port=5433"
        )
    return url


def find_almanac():
    path = Path(os.environ.get("ALMANAC", CHECKOUT / "build" / "almanac")).resolve()
    if not os.access(path, os.X_OK):
        raise BenchError(f"no program {path}. Build it with ./dev build, or use --peers-only")
    return path


def find_plugins():
    built = CHECKOUT / "build" / "plugins"
    default = ":".join(str(built / name) for name in PLUGIN_DIRECTORIES)
    return os.environ.get("ALMANAC_PLUGINS", default)


def find_program(name, what, package):
    """Also where Debian keeps servers, which is not in everybody's PATH."""
    path = shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin")
    if path is None:
        raise BenchError(f"no {name} in PATH, {what}. Do: apt-get install {package}")
    return path


def find_data():
    given = os.environ.get("BENCH_DATA")
    if given:
        return Path(given).resolve()
    target = WORK / "wx_data"
    if not any(target.glob("*.txt")):
        unpack_stations(target)
    return target


def unpack_stations(target):
    if not ARCHIVE.exists():
        raise BenchError(f"no {ARCHIVE}. Set BENCH_DATA to a directory of station files")
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            name = Path(member.name).name
            if member.isfile() and name.endswith(".txt"):
                (target / name).write_bytes(archive.extractfile(member).read())
