"""Ingestion that is killed, cut off, cancelled or run twice at once: what is in the database in
the end is what one undisturbed run leaves."""

import random
import signal
import subprocess
import tarfile
import threading
import time

import psycopg
import pytest
from contents import digest, report
from stationfile import text, write

FAILED, PARTIAL = 1, 3
# How long each of the tests that disturb at random goes on.
SECONDS = 6

pytestmark = pytest.mark.release


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory):
    """The sample files, for more than one object, and the list of stations."""
    folder = tmp_path_factory.mktemp("files")
    with tarfile.open(data / "wx_data.tar.xz") as archive:
        archive.extractall(folder)
    (folder / "wx_stations.txt").write_bytes((data / "wx_stations.txt").read_bytes())
    return folder


@pytest.fixture(scope="module")
def undisturbed(cluster, migrated_template, run, folder):
    """Digest of a database after one run, and how long that took."""
    name = cluster.create(template=migrated_template)
    try:
        begun = time.monotonic()
        run("ingest", folder, database=cluster.url(name), check=True)
        yield digest(cluster.url(name)), time.monotonic() - begun
    finally:
        cluster.drop(name)


@pytest.fixture
def fresh(cluster, migrated_template):
    """fresh() -> URL of a migrated database; all dropped after the test."""
    names = []

    def fresh():
        names.append(cluster.create(template=migrated_template))
        return cluster.url(names[-1])

    yield fresh
    for name in names:
        cluster.drop(name)


def start(program, url, *arguments):
    return program.popen("ingest", *arguments, database=url, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)  # fmt: skip


def wait_until_alone(url):
    """A backend may outlive its client by a moment, and hold locks until it notices."""
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(600):
            (others,) = connection.execute(
                "select count(*) from pg_stat_activity where datname = current_database() "
                "and pid <> pg_backend_pid() and backend_type = 'client backend'"
            ).fetchone()
            if others == 0:
                return
            time.sleep(0.05)
    raise AssertionError("somebody stays connected")


def test_kill_at_random_moments(program, run, folder, fresh, undisturbed):
    """kill -9, several times one after the other, then to the end."""
    wanted, seconds = undisturbed
    chance = random.Random(7)
    end = time.monotonic() + SECONDS
    kills = 0
    while time.monotonic() < end or kills < 10:
        url = fresh()
        for _ in range(chance.randrange(1, 4)):
            process = start(program, url, folder)
            time.sleep(chance.random() * seconds * 0.9)
            process.kill()
            process.communicate()
            kills += process.returncode == -signal.SIGKILL
        run("ingest", folder, database=url, check=True)
        assert digest(url) == wanted


def test_kill_while_files_change(program, run, folder, fresh, tmp_path):
    """Over data that are there already: changed and new days, rejects, a failure."""
    for i in range(30):
        write(tmp_path, name=f"USC0099{i:04d}.txt", count=3000, shift=i)
    base = fresh()
    run("ingest", tmp_path, database=base, check=True)
    for i in range(0, 30, 2):
        write(tmp_path, name=f"USC0099{i:04d}.txt", content=text(count=4000) + "x\n" * (i % 3))
    write(tmp_path, name="USC00999999.txt", content="no days\n")
    last = fresh()
    begun = time.monotonic()
    run("ingest", tmp_path, database=last)
    seconds = time.monotonic() - begun
    wanted = digest(last)
    # The other way round, from the older state: the same in the end.
    chance = random.Random(11)
    for _ in range(6):
        process = start(program, base, tmp_path)
        time.sleep(chance.random() * seconds)
        process.kill()
        process.communicate()
    done = run("ingest", tmp_path, database=base)
    assert done.returncode == PARTIAL
    assert digest(base) == wanted


WAITING = (
    "select from pg_locks l join pg_database d on d.oid = l.database where d.datname = current_database() "
    "and relation = 'station'::regclass and not granted"
)


def terminate(url):
    """Ends the backends of the ingestion. Returns how many there were."""
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and application_name = 'almanac ingest'"
        ).fetchall()
    return len(rows)


def test_the_database_goes_away(program, run, folder, fresh, undisturbed):
    """The run ends by itself, says why, and the next one does the rest."""
    wanted, seconds = undisturbed
    chance = random.Random(13)
    end = time.monotonic() + SECONDS
    cut = 0
    while time.monotonic() < end or cut < 3:
        url = fresh()
        process = start(program, url, folder)
        time.sleep(chance.random() * seconds)
        terminated = terminate(url)
        out, err = process.communicate(timeout=60)
        if process.returncode != 0:
            cut += 1
            assert terminated > 0
            assert process.returncode in (FAILED, PARTIAL)
            assert "terminat" in err or "connection" in err, err
            assert '"event":"report"' in out.splitlines()[-1]
        run("ingest", folder, database=url, check=True)
        assert digest(url) == wanted


def test_the_run_row_tells_of_the_loss(program, run, query, fresh, tmp_path):
    """The last thing a run does is to say in the database what happened to it."""
    url = fresh()
    write(tmp_path)
    with psycopg.connect(url) as blocker:
        blocker.execute("lock table station in share mode")
        process = start(program, url, tmp_path)
        for _ in range(600):
            time.sleep(0.02)
            if query(url, WAITING):
                break
        assert terminate(url) == 1
        process.communicate(timeout=60)
    assert process.returncode == FAILED
    ((outcome, said),) = query(url, "select outcome, report from ingest_run")
    assert outcome == "failure" and "terminat" in said["error"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_cancelled(program, run, folder, fresh, undisturbed, how):
    """Between two units of work; what remains is told, and the next run does it."""
    wanted, _ = undisturbed
    chance = random.Random(17)
    partial = 0
    for _ in range(12):
        url = fresh()
        process = start(program, url, folder, "--progress", "json", "--ingest-memory", "4")
        told = [process.stdout.readline() for _ in range(chance.randint(1, 60))]
        process.send_signal(how)
        out, err = process.communicate(timeout=60)
        if process.returncode == -how:
            continue  # it had not begun yet
        assert process.returncode in (0, FAILED, PARTIAL), err
        said = report(subprocess.CompletedProcess([], 0, "".join(told) + out, err))
        counts = said["objects"]
        assert counts["failed"] == 0
        assert counts["taken"] + counts["remaining"] == 168
        assert said["outcome"] == {0: "success", FAILED: "failure", PARTIAL: "partial"}[
            process.returncode
        ]
        if process.returncode == PARTIAL:
            partial += 1
            assert len(said["remaining"]["first"]) == min(20, counts["remaining"])
        run("ingest", folder, database=url, check=True)
        assert digest(url) == wanted
        if partial >= 3:
            break
    assert partial > 0


def run_together(program, url, *commands):
    """Starts all at once. Returns their exit codes and reports."""
    processes = [start(program, url, *arguments) for arguments in commands]
    outputs = [None] * len(processes)

    def finish(i):
        outputs[i] = processes[i].communicate(timeout=120)

    threads = [threading.Thread(target=finish, args=(i,)) for i in range(len(processes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process, (_, err) in zip(processes, outputs, strict=True):
        assert process.returncode == 0, err
    return [report(subprocess.CompletedProcess([], 0, out, err)) for out, err in outputs]


def test_the_same_twice_at_once(program, folder, fresh, undisturbed):
    for _ in range(3):
        url = fresh()
        reports = run_together(program, url, (folder,), (folder,), (folder,))
        assert digest(url) == undisturbed[0]
        # Whatever one stored, the others had not to store again.
        assert sum(said["blocks"]["added"] for said in reports) == 14460
        assert sum(said["blocks"]["changed"] for said in reports) == 0
        assert sum(said["stations"]["added"] for said in reports) == 167


def test_overlapping_input_at_once(program, run, folder, fresh, undisturbed):
    """Halves that overlap, in opposite orders, one of them in an archive."""
    files = sorted(folder.rglob("*.txt"))
    for _ in range(2):
        url = fresh()
        run_together(program, url, files[:120], list(reversed(files[50:])), files[30:100])
        wait_until_alone(url)
        assert digest(url) == undisturbed[0]


def test_big_and_small_objects_at_once(program, run, fresh, tmp_path):
    """Objects of several parcels exclude the others for as long as they are stored."""
    (tmp_path / "big").mkdir()
    (tmp_path / "small").mkdir()
    for i in range(3):
        write(tmp_path / "big", name=f"USC0099{i:04d}.txt", first="1700-01-01", count=180000)
    for i in range(20):
        write(tmp_path / "small", name=f"USC0099{i:04d}.txt", first="1700-01-01", count=3000)
    wanted = fresh()
    run("ingest", tmp_path, database=wanted, check=True)
    url = fresh()
    little = ("--ingest-memory", "4", "--workers", "3")
    run_together(program, url, (tmp_path / "big", *little), (tmp_path / "small",),
        (tmp_path / "small", *little))  # fmt: skip
    # The two folders have the same days of the same stations with the same values.
    assert digest(url) == digest(wanted)
