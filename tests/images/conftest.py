"""Both images, really built from deploy/Dockerfile, and containers of them. Everything lies in .dev/images
of the checkout, or ends with the tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from program import free_port  # noqa: E402

STATE = ROOT / ".dev" / "images"
SUDO = [] if os.geteuid() == 0 else ["sudo", "-n", "--preserve-env=PATH"]
STORE = ["--root", STATE / "store", "--runroot", STATE / "run", "--storage-driver", "overlay"]
BASE = "docker.io/library/debian:bookworm-slim"
# Without documentation, and not waiting for the disk, as in the image that this stands for.
MMDEBSTRAP = [
    "mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", "--include=ca-certificates",
    *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("man", "locale", "doc", "info")),
    "--dpkgopt=force-unsafe-io",
    "bookworm",
]  # fmt: skip
TIMEOUT = 600


def run(*command, check=True, **options):
    done = subprocess.run(
        [*SUDO, *map(str, command)], capture_output=True, text=True, timeout=TIMEOUT, check=False,
        **options,
    )  # fmt: skip
    assert not check or done.returncode == 0, f"{command}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done


def buildah(*arguments, **options):
    return run("buildah", *STORE, *arguments, **options)


def podman(*arguments, **options):
    return run(
        "podman", *STORE, "--runtime", "runc", "--cgroup-manager", "cgroupfs",
        "--events-backend", "file", *arguments, **options,
    )  # fmt: skip


def make_base():
    """Stands for the image of that name, made of the same packages."""
    if buildah("images", "-q", BASE, check=False).stdout.strip():
        return
    run(*MMDEBSTRAP, STATE / "base.tar")
    container = buildah("from", "scratch").stdout.strip()
    buildah("add", "-q", container, STATE / "base.tar", "/")
    buildah("config", "--cmd", '["/bin/bash"]', container)
    buildah("commit", "-q", container, BASE)
    buildah("rm", container)
    run("rm", STATE / "base.tar")


def build(target, context=ROOT, again=""):
    """Builds a target and returns its name."""
    name = f"localhost/almanac-{target}{again}:test"
    buildah(
        "build", "--pull-never", "--isolation", "chroot", "--layers", "--format", "docker",
        "--timestamp", "0", "--target", target, "-t", name,
        "-v", "/etc/ssl/certs/ca-certificates.crt:/etc/ssl/certs/ca-certificates.crt:ro",
        "-f", "deploy/Dockerfile", ".", cwd=context,
    )  # fmt: skip
    return name


@pytest.fixture(scope="session")
def images():
    """{target: name}, built."""
    STATE.mkdir(parents=True, exist_ok=True)
    make_base()
    build("roots")  # by its name, its layers outlive the tests, and are there for the next time
    yield {target: build(target) for target in ("api", "ingest")}
    # What earlier builds have left. The base stays as well.
    buildah("rmi", "--prune", check=False)


@pytest.fixture(scope="session")
def images_again(images):
    """{target: name}, built once more and of everything that is ours, in another place: a file that no image takes
    is among the sources. Debian's and npm's packages are those of before."""
    context = STATE / "again"
    run("rm", "-rf", context)
    ours = (ROOT / ".dockerignore").read_text().replace("!", "").split("*\n")[1].split()
    for path in [".dockerignore", "deploy/Dockerfile", *ours]:
        (context / path).parent.mkdir(parents=True, exist_ok=True)
        run("cp", "-a", "--link", ROOT / path, context / path)
    (context / "sdk" / "again").touch()
    names = {target: build(target, context, "-again") for target in images}
    yield names
    run("rm", "-rf", context)
    buildah("rmi", *names.values())


def let_in(root):
    """The store is root's, and so are the directories on the way to what is mounted."""
    run("chmod", "a+rx", *(path for path in root.parents if path.is_relative_to(STATE)))


@pytest.fixture(scope="session")
def mounted(images):
    """{target: its root directory}, to be looked at."""
    containers = {target: buildah("from", "--pull-never", name).stdout.strip()
                  for target, name in images.items()}  # fmt: skip
    roots = {target: Path(buildah("mount", name).stdout.strip())
             for target, name in containers.items()}  # fmt: skip
    for root in roots.values():
        let_in(root)
    yield roots
    for name in containers.values():
        buildah("rm", name)


# As Lambda and Fargate have it: nothing may be written but /tmp, nothing may be gained.
CONFINED = [
    "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
    "--memory", "128m", "--pids-limit", "64", "--network", "host", "--pull", "never",
    "--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096", "--log-driver", "k8s-file",
]  # fmt: skip


class Container:
    def __init__(self, image, *command, env=None, user="10001:10001", mounts=(), entrypoint=None):
        options = ["--entrypoint", entrypoint] if entrypoint else []
        options += [f"--env={name}={value}" for name, value in (env or {}).items()]
        options += [f"--volume={source}:{target}:ro" for source, target in mounts]
        self.id = podman(
            "run", "--detach", "--user", user, *CONFINED, *options, image, *command
        ).stdout.strip()

    def wait(self):
        """(exit code, output)."""
        code = int(podman("wait", self.id).stdout)
        return code, self.logs()

    def logs(self):
        done = podman("logs", self.id)
        return done.stdout + done.stderr

    def kill(self, signal):
        podman("kill", "--signal", signal, self.id)

    def state(self):
        return json.loads(podman("inspect", self.id).stdout)[0]["State"]

    def remove(self):
        podman("rm", "--force", "--time", "0", self.id, check=False)


@pytest.fixture
def container(images):
    """container(target, *command, **options) -> Container, removed after the test."""
    started = []

    def start(target, *command, **options):
        started.append(Container(images[target], *command, **options))
        return started[-1]

    yield start
    for one in started:
        one.remove()


@pytest.fixture
def port():
    return free_port()
