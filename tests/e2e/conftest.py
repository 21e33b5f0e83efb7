"""Fixtures of the end-to-end tests: the real program on a real PostgreSQL.

Environment, set by `./dev test`:
  ALMANAC                 path of the program
  ALMANAC_PLAIN           of one without sanitizers, for data that are only looked at; without it, ALMANAC
  ALMANAC_TEST_ADMIN_URL  superuser of a test cluster, whose databases nobody else needs; of more
                          processes of tests ..._1, ..._2, since roles are the cluster's
"""

import contextlib
import functools
import itertools
import os
import ssl
from pathlib import Path

import pytest

import cluster as clusters
import fake_runtime
import function as functions
import program as programs
import sample
import stand_in

DATA = Path(__file__).resolve().parents[2] / "data"

# Each client of HTTP loads all certificates of authorities, though none of these tests' speaks TLS.
ssl.create_default_context = functools.cache(ssl.create_default_context)


def pytest_configure(config):
    config.addinivalue_line("markers", "threads: run under the thread sanitizer as well")
    config.addinivalue_line("markers", "release: not run under sanitizers")
    config.addinivalue_line("markers", "quick: run by ./dev test quick as well")


# Files that take longest, which are begun first, so that none of them is left alone at the end.
LONGEST = ("hostile keys lambda views https lambda_trouble ingest_input s3 redefined guard ingest kill pooler "
           "database_loss http_time storable schemathesis shards freshness ingest_statistics weather caching slow "
           "yearly rotation clients checker histories proxies streams compressed filters connect").split()  # fmt: skip


def pytest_collection_modifyitems(items):
    ranks = {f"test_{name}.py": rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))


def required(name):
    value = os.environ.get(name)
    if not value:
        pytest.exit(f"{name} is not set; ./dev test e2e runs these tests", returncode=2)
    return value


@pytest.fixture(scope="session")
def data():
    """Folder of the sample data: wx_data.tar.xz, wx_stations.txt."""
    return DATA


@pytest.fixture(scope="session")
def almanac():
    """Path of the program."""
    return Path(required("ALMANAC")).resolve()


@pytest.fixture(scope="session")
def program(almanac):
    return programs.Program(almanac)


@pytest.fixture(scope="session")
def run(program):
    """run("migrate", database=url, check=True) -> CompletedProcess; see Program.run()."""
    return program.run


@pytest.fixture(scope="session")
def cluster():
    number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return clusters.Cluster(required("ALMANAC_TEST_ADMIN_URL" + (f"_{number}" if number != "0" else "")))


@pytest.fixture(scope="session")
def query():
    """query(url, statement, parameters) -> rows."""
    return clusters.query


@contextlib.contextmanager
def temporary(cluster, **options):
    name = cluster.create(**options)
    try:
        yield name
    finally:
        cluster.drop(name)


@pytest.fixture
def database(cluster):
    """URL of an empty database of this test's own."""
    with temporary(cluster) as name:
        yield cluster.url(name)


@pytest.fixture(scope="session")
def prepare(almanac):
    """As run(): for what only has to be there, without sanitizers."""
    return programs.Program(Path(os.environ.get("ALMANAC_PLAIN", almanac)).resolve()).run


@pytest.fixture(scope="session")
def migrated_template(cluster, prepare):
    """Name of a migrated database that is only ever copied."""
    with temporary(cluster) as name:
        prepare("migrate", database=cluster.url(name), check=True)
        yield name


@pytest.fixture
def migrated(cluster, migrated_template):
    """URL of a migrated database of this test's own, without data."""
    with temporary(cluster, template=migrated_template) as name:
        yield cluster.url(name)


@pytest.fixture(scope="session")
def ingested_template(cluster, migrated_template, prepare):
    """Name of a database with the sample data. Nothing may stay connected to it."""
    with temporary(cluster, template=migrated_template) as name:
        files = (DATA / "wx_stations.txt", DATA / "wx_data.tar.xz")
        prepare("ingest", *files, database=cluster.url(name), check=True)
        yield name


@pytest.fixture(scope="session")
def ingested(cluster, ingested_template):
    """URL of a database with the sample data, shared by all tests: only read it."""
    with temporary(cluster, template=ingested_template) as name:
        yield cluster.url(name)


@pytest.fixture
def ingested_copy(cluster, ingested_template):
    """URL of a database with the sample data, of this test's own."""
    with temporary(cluster, template=ingested_template) as name:
        yield cluster.url(name)


@contextlib.contextmanager
def servers(program, folder):
    """Factory of servers, each stopped and judged when the context ends."""
    with contextlib.ExitStack() as ends:
        numbers = itertools.count(1)

        def start(database, *arguments, env=None, ready="/readyz", **options):
            log = folder / f"serve-{next(numbers)}.log"
            server = programs.Server(
                program, log, *arguments, database=database, env=env, **options
            )
            ends.callback(server.stop)
            if ready is not None:
                server.wait(ready)
            return server

        yield start


@pytest.fixture
def server(program, tmp_path):
    """server(url, *arguments, env=None, ready="/readyz", **options) -> Server: a running `almanac
    serve`, stopped with SIGTERM after the test. ready=None does not wait, "/livez" does not wait for the
    database. The test fails if a server crashed or did not stop in order."""
    with servers(program, tmp_path) as start:
        yield start


@pytest.fixture(scope="session")
def served(program, ingested, tmp_path_factory):
    """A server of the sample data, shared by all tests."""
    with servers(program, tmp_path_factory.mktemp("served")) as start:
        yield start(ingested)


@pytest.fixture(scope="session")
def aws(tmp_path_factory):
    """moto as S3, Secrets Manager and STS, with signatures checked; see stand_in.Aws."""
    aws = stand_in.Aws(tmp_path_factory.mktemp("aws"))
    yield aws
    aws.stop()


@pytest.fixture(scope="session")
def bucket(aws):
    """Name of a bucket with the sample's station files under wx_data/ and wx_stations.txt."""
    s3 = aws.client("s3")
    s3.create_bucket(
        Bucket="weather", CreateBucketConfiguration={"LocationConstraint": stand_in.REGION}
    )
    for name, text in sample.texts().items():
        s3.put_object(Bucket="weather", Key=f"wx_data/{name}", Body=text)
    stations = (DATA / "wx_stations.txt").read_bytes()
    s3.put_object(Bucket="weather", Key="wx_stations.txt", Body=stations)
    return "weather"


@pytest.fixture
def trouble(aws):
    """trouble(spoil) -> Trouble: a proxy before `aws`."""
    with contextlib.ExitStack() as ends:

        def start(spoil, target=aws.url):
            proxy = stand_in.Trouble(target, spoil)
            ends.callback(proxy.stop)
            return proxy

        yield start


@pytest.fixture
def runtime():
    """The Runtime API of Lambda; see fake_runtime.FakeRuntime."""
    runtime = fake_runtime.FakeRuntime()
    yield runtime
    runtime.stop()


@pytest.fixture
def function(program, migrated, aws, runtime, tmp_path):
    """function(*arguments, **env) -> Function: a running `almanac lambda`, with `migrated` for its database."""
    environment = {**aws.environment(), "AWS_LAMBDA_RUNTIME_API": runtime.address}
    with functions.functions(program, migrated, environment, tmp_path) as start:
        yield start


@pytest.fixture
def answers():
    """answers(answer, host=...) -> stand_in.Answers: a server that answers so."""
    with contextlib.ExitStack() as ends:

        def start(answer, **options):
            server = stand_in.Answers(answer, **options)
            ends.callback(server.stop)
            return server

        yield start
