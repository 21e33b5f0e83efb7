"""Compressed files and archives that do not end as their format says: what the formats' own programs
say of them, of every cut around the border between two streams, is what is expected here. Nothing is
taken in of which a part may be missing."""

import bz2
import gzip
import io
import lzma
import re
import subprocess
import tarfile
import zipfile

import pytest

from stationfile import STATION, text

FIRST, SECOND = text(count=40).encode(), text(first="2002-01-01", count=30).encode()
IGNORED = "what follows is ignored"


# -- References --------------------------------------------------------------------------------
#
# Each gives the content, None for what is an error, or IGNORED for what is read in part with a
# warning at most.


def read_gzip(data):
    done = subprocess.run(["gzip", "-dc"], input=data, capture_output=True, check=False)
    if done.returncode != 2:  # a warning
        return done.stdout if done.returncode == 0 else None
    try:
        return gzip.decompress(data)  # reads on behind zeros, which gzip does not
    except OSError:
        return IGNORED


def read_bzip2(data):
    content = b""
    while data:
        stream = bz2.BZ2Decompressor()
        try:
            content += stream.decompress(data)
        except OSError:
            return IGNORED if content else None
        if not stream.eof:
            return None
        data = stream.unused_data
    return content


def run_program(*command):
    def read(data):
        done = subprocess.run(command, input=data, capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else None

    return read


def write_program(*command):
    return lambda data: subprocess.run(command, input=data, capture_output=True, check=True).stdout


# Suffix: (name in reasons, writer, reader).
FORMATS = {
    "gz": ("gzip", gzip.compress, read_gzip),
    "bz2": ("bzip2", bz2.compress, read_bzip2),
    "xz": ("xz", lzma.compress, run_program("xz", "-dc")),
    "zst": ("zstd", write_program("zstd", "-c", "--check"), run_program("zstd", "-dc")),
    "lz4": ("lz4", write_program("lz4", "-c"), run_program("lz4", "-dc")),
}


def variants(compress):
    """{what is done to it: bytes}; the first stream and the second, and what is around them."""
    first, second, empty = compress(FIRST), compress(SECOND), compress(b"")
    both = first + second
    made = {"one": first, "two": both, "empty between": first + empty + second}
    made |= {"empty before": empty + first, "empty after": first + empty, "three": both + first}
    for cut in [*range(len(first) - 14, len(first) + 30), *range(len(both) - 14, len(both))]:
        made[f"cut at {cut - len(first)}"] = both[:cut]
    for at in range(12):
        flipped = bytearray(both)
        flipped[len(first) + at] ^= 0x41
        made[f"byte {at} of the second is another"] = bytes(flipped)
    made["the second begins with a zero"] = first + b"\0" + second[1:]
    for count in (1, 2, 3, 4, 8, 512):
        made[f"{count} zeros after"] = first + b"\0" * count
        made[f"{count} zeros between"] = first + b"\0" * count + second
        made[f"garbage of {count} after"] = both + b"garbage!"[:1] * count
    made["a line after"] = both + SECOND
    return made


def check(almanac, folder, *options):
    """{name of the subfolder: number of lines, or the reason of its failure}, of a file in each."""
    plugin = almanac.parent / "plugins" / "sources" / "wx_data.so"
    done = subprocess.run([almanac, "check", plugin, folder, *options], capture_output=True, text=True, check=False)
    result = {}
    for line in done.stdout.splitlines():
        told = re.match(rf"{re.escape(str(folder))}/([^/]*)/[^:!]*: (?:(\d+) lines|failed: (.*))", line)
        if told:
            result[told[1]] = int(told[2]) if told[2] else told[3]
    return result


@pytest.mark.parametrize("suffix", FORMATS)
def test_streams(almanac, tmp_path, suffix):
    name_shown, compress, read = FORMATS[suffix]
    made = variants(compress)
    for name, data in made.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{STATION}.txt.{suffix}").write_bytes(data)
    got, wrong = check(almanac, tmp_path), []
    for name, data in made.items():
        wanted = read(data)
        if wanted in (None, IGNORED):
            good = isinstance(got[name], str) and f"the {name_shown} data" in got[name]
        else:
            good = got[name] == len(wanted.splitlines())
        if not good:
            wrong.append((name, wanted, got[name]))
    assert wrong == []


# -- Archives ----------------------------------------------------------------------------------

STATIONS = ["USC00990001", "USC00990002", "USC00990003"]


def make_tar(how=tarfile.GNU_FORMAT, stations=STATIONS, name="{}.txt"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=how) as archive:
        for station in stations:
            info = tarfile.TarInfo(name.format(station))
            info.size = len(FIRST)
            archive.addfile(info, io.BytesIO(FIRST))
    return out.getvalue()


HEADED = 512 + (len(FIRST) + 511) // 512 * 512  # bytes of a file in a tar


def damaged_headers():
    """Of the third file: each byte that may be wrong is noticed by its sum."""
    whole = make_tar()
    for what, at in (("name", 3), ("size", 130), ("sum", 150), ("magic", 258)):
        damaged = bytearray(whole)
        damaged[2 * HEADED + at] ^= 1
        yield f"wrong {what}", bytes(damaged)
    yield "block missing", whole[: HEADED - 512] + whole[HEADED:]
    yield "block twice", whole[:HEADED] + whole[HEADED - 512 :]


def make_old_tar(folder, stations=STATIONS):
    """As tar wrote them before POSIX: nothing in them says that they are."""
    for station in stations:
        (folder / f"{station}.txt").write_bytes(FIRST)
    files = [f"{station}.txt" for station in stations]
    command = ["tar", "--format=v7", "-cf", "-", "-C", folder, *files]
    return subprocess.run(command, capture_output=True, check=True).stdout


def make_zip(how=zipfile.ZIP_DEFLATED, stations=STATIONS, comment=b""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        archive.comment = comment
        for station in stations:
            archive.writestr(f"{station}.txt", FIRST)
    return out.getvalue()


def tar_variants():
    """{name: (bytes, whether it is whole)}: of three files, cut around the beginning and the end of the
    third, and around the end of all."""
    long = make_tar(tarfile.PAX_FORMAT, name="d" * 200 + "/{}.txt")
    zeros = make_tar(stations=[])
    for kind, tar in (("gnu", make_tar()), ("pax", long)):
        end = len(tar.rstrip(b"\0"))  # of the last file's text
        end += -end % 512  # where the blocks of zeros begin
        border = end - (len(FIRST) + 511) // 512 * 512 - 512  # where the third header begins
        for cut in (*range(border - 5, border + 6), border + 512, border + 600):
            yield f"{kind} cut at {cut - border} of the third", tar[:cut], False
        for cut in (end - 512, end - 1, end, end + 1, end + 511):
            yield f"{kind} cut at {cut - end} of the end", tar[:cut], False
        for cut in {end + 512, end + 1023, end + 1024, len(tar)}:
            yield f"{kind} cut at {cut - end} of the end", tar[:cut], True
        yield f"{kind} and zeros", tar + bytes(100_000), True
        yield f"{kind} and garbage", tar + b"x", False
        yield f"{kind} and another", tar + tar, False
        yield f"{kind} and one without a file", tar + zeros, True


def zip_variants():
    deflated, stored, said = make_zip(), make_zip(zipfile.ZIP_STORED), make_zip(comment=b"PK\5\6" * 9)
    for kind, data in (("deflated", deflated), ("stored", stored), ("commented", said)):
        directory = data.rindex(b"PK\1\2", 0, data.index(b"PK\5\6"))
        yield f"{kind}", data, True
        for cut in range(1, 40):
            yield f"{kind} without its last {cut}", data[:-cut], False
        for cut in (directory, directory + 1, data.index(b"PK\1\2"), data.rindex(b"PK\3\4")):
            yield f"{kind} cut at {cut}", data[:cut], False
        yield f"{kind} and garbage", data + b"x", False
        yield f"{kind} and zeros", data + bytes(512), False
        yield f"{kind} and another", data + make_zip(stations=["USC00990004"]), False
    yield "a long comment", make_zip(comment=b"c" * 65535), True


def plain(data):
    return data


@pytest.mark.parametrize("around", ["", ".gz", ".bz2"])
@pytest.mark.parametrize("suffix", ["tar", "zip"])
def test_archives(almanac, tmp_path, suffix, around):
    wrap = {"": plain, ".gz": gzip.compress, ".bz2": bz2.compress}[around]
    made = list({"tar": tar_variants, "zip": zip_variants}[suffix]())
    for name, data, _ in made:
        (tmp_path / name).mkdir()
        (tmp_path / name / f"files.{suffix}{around}").write_bytes(wrap(data))
    got = check(almanac, tmp_path)
    assert set(got) == {name for name, _, _ in made}
    assert [(name, got[name]) for name, _, whole in made if isinstance(got[name], int) != whole] == []


def test_an_archive_from_a_pipe(run, migrated, query):
    """Nobody can go to the end of it first."""
    for data, code in ((make_zip(), 0), (make_zip()[:-30], 3), (make_tar(), 0), (make_tar()[:3072], 3)):
        done = run("ingest", "-", "--stdin-name", "files", database=migrated, input=data, text=False)
        assert done.returncode == code, done.stdout
        assert query(migrated, "select outcome from ingest_object where uri = '-:files'") == [
            ("taken" if code == 0 else "failed",)
        ]


def test_headers_that_are_damaged(almanac, tmp_path):
    for around, wrap in (("", plain), (".gz", gzip.compress)):
        for name, data in damaged_headers():
            (tmp_path / f"{name}{around}").mkdir()
            (tmp_path / f"{name}{around}" / f"files.tar{around}").write_bytes(wrap(data))
    got = check(almanac, tmp_path)
    assert len(got) == 12
    for name, told in got.items():
        assert "the archive is corrupt or truncated: Damaged tar archive" in str(told), name


@pytest.mark.parametrize("around", ["", ".gz"])
def test_tar_of_before_posix(run, migrated, query, tmp_path, around):
    """Named like a station it was read as that station's lines."""
    wrap = gzip.compress if around else plain
    data = make_old_tar(tmp_path)
    archive = tmp_path / f"{STATION}.tar{around}"
    archive.write_bytes(wrap(data))
    run("ingest", archive, database=migrated, check=True)
    assert query(migrated, "select station_id from station order by 1") == [(s,) for s in STATIONS]
    archive.write_bytes(wrap(data[: 2 * HEADED]))
    assert run("ingest", archive, database=migrated).returncode == 3


@pytest.mark.release
def test_zip_of_very_many_files(almanac, tmp_path):
    """More than the end record can count, all else in it being right: zip64's record stands before it."""
    other = [f".{i}" for i in range(65_600)]
    whole = make_zip(zipfile.ZIP_STORED, stations=[*STATIONS, *other])
    many = whole.rindex(b"PK\6\6")
    made = {"whole": whole, "counted wrong": whole[: many + 32] + b"\xff" + whole[many + 33 :]}
    made["behind something"] = whole[:many] + bytes(7) + whole[many:]
    for around, wrap in (("", plain), (".gz", gzip.compress)):
        for name, data in made.items():
            (tmp_path / f"{name}{around}").mkdir()
            (tmp_path / f"{name}{around}" / f"files.zip{around}").write_bytes(wrap(data))
    got = check(almanac, tmp_path)
    assert {name for name, told in got.items() if isinstance(told, int)} == {"whole", "whole.gz"}


@pytest.mark.parametrize("suffix", ["zst", "lz4"])
def test_frames_to_be_skipped_first(almanac, tmp_path, suffix):
    """As pzstd writes; read is what zstd and lz4 read."""
    _, compress, read = FORMATS[suffix]
    data = compress(FIRST)
    frame = b"\x50\x2a\x4d\x18\4\0\0\0abcd"
    long = b"\x5f\x2a\x4d\x18" + (9000).to_bytes(4, "little") + bytes(9000)
    made = {"one": frame + data, "two": frame + frame + data, "cut": (frame + data)[:-1], "alone": frame[:9]}
    made |= {"text behind": frame + FIRST} | ({"long": long + data} if suffix == "zst" else {})
    for name, content in made.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{STATION}.txt.{suffix}").write_bytes(content)
    for name, told in check(almanac, tmp_path).items():
        wanted = read(made[name])
        assert told == len(wanted.splitlines()) if wanted else isinstance(told, str), name


# -- Layers in layers --------------------------------------------------------------------------

MEBI = 1 << 20
SKIPPED = b"\x50\x2a\x4d\x18" + (MEBI - 8).to_bytes(4, "little") + bytes(MEBI - 8)
FAST = {"compresslevel": 1}


def layered():
    """{name: (suffix, bytes, whether it is read)}: what the inner layer makes nothing of, too."""
    zstd, lz4 = FORMATS["zst"][1], FORMATS["lz4"][1]
    nothing = SKIPPED * 66
    return {
        "zstd in gzip": (".gz", gzip.compress(zstd(FIRST) + nothing, **FAST), False),
        "lz4 in gzip": (".gz", gzip.compress(lz4(FIRST) + nothing, **FAST), False),
        "xz padding in bzip2": (".bz2", bz2.compress(lzma.compress(FIRST) + bytes(66 * MEBI), 1), False),
        "gzip padding in zstd": (".zst", zstd(gzip.compress(FIRST) + bytes(66 * MEBI)), False),
        "behind a tar": (".tar.gz", gzip.compress(make_tar() + bytes(66 * MEBI), **FAST), False),
        "three": (".gz.xz.bz2", bz2.compress(lzma.compress(gzip.compress(FIRST))), True),
        "gzip twice": (".gz.gz", gzip.compress(gzip.compress(FIRST)), True),
        "five": (".gz", plain_five(), False),
    }


def plain_five():
    data = FIRST
    for _ in range(5):
        data = gzip.compress(data)
    return data


@pytest.mark.parametrize("options", [[], ["--max-expanded-mib", "64"]], ids=["times", "MiB"])
def test_layers_are_counted(almanac, tmp_path, options):
    made = layered()
    for name, (suffix, data, _) in made.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{STATION}.txt{suffix}").write_bytes(data)
    got = check(almanac, tmp_path, *options)
    for name, (_, _, read) in made.items():
        if read:
            assert got[name] == len(FIRST.splitlines())
        elif name == "five":
            assert "it is compressed more than 4 times over" in got[name]
        else:
            assert "it expands to more than" in got[name], name
            assert "--max-expan" in got[name]
