"""deploy/dev/rooms.py refuses a core/ that is not laid out as docs/architecture.md has it."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.release, pytest.mark.quick]  # no code of the program runs

CHECKOUT = Path(__file__).parents[2]
GOOD = {
    "main.c": '#include "low/a.h"\n#include "high/b.h"\n',
    "high/b.c": '#include "high/b.h"\n#include "low/a.h"\n',
    "high/b.h": "int b(void);\n",
    "low/a.c": '#include "low/a.h"\n#include "low/a_part.h"\n',
    "low/a.h": "int a(void);\n",
    "low/a_part.h": '#include "low/a.h"\n',  # of one module with a.h
    "low/c.c": '#include "low/a.h"\n',
    "low/c.h": "#include <stdio.h>\n",
    "../tests/unit/low/test_a.c": '#include "low/a.h"\n',
    "../tests/unit/unit.h": "",
    "../tests/fuzz/high/fuzz_b.c": '#include "high/b.h"\n#include "low/a.h"\n',
}
FAULTY = {
    "upwards": ({"low/c.c": '#include "high/b.h"\n'}, ["core/low/c.c:1: includes high/b.h"]),
    "circle": ({"low/a.c": '#include "low/c.h"\n'}, ["circle of modules", "low/a", "low/c"]),
    "room without a row": ({"other/d.c": ""}, ["core/other: not in the table of rooms"]),
    "row without a room": ({"high/b.c": None, "high/b.h": None}, ["the room high/ is not a folder"]),
    "lines": ({"low/d.c": "\n" * 6000}, ["core/low: 6006 lines"]),
    "test of no room": (
        {"../tests/unit/test_b.c": '#include "high/b.h"\n'},
        ["tests/unit/test_b.c: its folder is not a room"],
    ),
    "test of another room": (
        {"../tests/fuzz/low/fuzz_d.c": '#include "high/b.h"\n'},
        ["tests/fuzz/low/fuzz_d.c: includes no header of low/"],
    ),
    "files": ({f"low/d{i}.h": "" for i in range(60)}, ["core/low: 65 files"]),
}


def check(directory, files):
    page = directory / "docs/architecture.md"
    page.parent.mkdir()
    page.write_text("# Page\n\n## The rooms\n\n| `high/` | one |\n| `low/` | other |\n\n## Rules\n")
    for name, text in files.items():
        path = directory / "core" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            path.write_text(text)
    command = [sys.executable, CHECKOUT / "deploy/dev/rooms.py", directory]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_good_rooms_pass(tmp_path):
    result = check(tmp_path, GOOD)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("change, said", FAULTY.values(), ids=FAULTY.keys())
def test_faulty_rooms_are_refused(tmp_path, change, said):
    result = check(tmp_path, GOOD | change)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    for text in said:
        assert text in result.stderr
