#!/usr/bin/env python3
"""rooms.py CHECKOUT: holds core/ to docs/architecture.md.

The table "The rooms" of that page lists every folder of core/ that has C files, from top to bottom;
a file includes headers of its own room and of rooms below it. Within a room, files form modules
(connection_write.c is of the module connection), and modules do not include each other in a circle.
core/main.c is in no room and includes what it likes. A room has at most 60 files and 6,000 lines.

The folders of tests/unit/ and tests/fuzz/ are rooms too, and each program in them includes a header of
its room."""

import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

INCLUDE = re.compile(r'\s*#\s*include\s+"([^"]+)"')
ROW = re.compile(r"\| `([a-z_/]+)/` \|")
LINES_MAX, FILES_MAX = 6000, 60  # of a room


def rooms_on_page(page):
    """Names in the order of the table, the topmost first."""
    text = page.read_text()
    section = text.split("\n## The rooms\n", 1)[-1].split("\n## ", 1)[0]
    return ROW.findall(section)


def sources(core):
    return sorted(p for p in core.rglob("*.[ch]") if p.parent != core)


def module_of(path, stems):
    """The shortest stem of the folder that the name begins with, up to an underscore."""
    parts = path.stem.split("_")
    for count in range(1, len(parts)):
        stem = "_".join(parts[:count])
        if stem in stems[path.parent]:
            return f"{path.parent}/{stem}"
    return f"{path.parent}/{path.stem}"


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, Path(match[1])


def find_circle(graph):
    """A list of nodes, each of which uses the next and the last the first; None: there is none."""
    done, path = set(), []

    def visit(node):
        if node in path:
            return path[path.index(node) :]
        if node in done:
            return None
        path.append(node)
        for target in sorted(graph[node]):
            circle = visit(target)
            if circle:
                return circle
        path.pop()
        done.add(node)
        return None

    for node in sorted(graph):
        circle = visit(node)
        if circle:
            return circle
    return None


def misplaced_tests(checkout, rooms):
    """Of each program of tests that is not in the folder of a room it is about, a line that says so."""
    for suite in ("unit", "fuzz"):
        folder = checkout / "tests" / suite
        for path in sorted(p for p in folder.rglob("*.c") if p.name.startswith(("test_", "fuzz_"))):
            room = str(path.parent.relative_to(folder))
            place = path.relative_to(checkout)
            if room not in rooms:
                yield f"{place}: its folder is not a room of core/"
            elif room not in {str(target.parent) for _, target in includes(path)}:
                yield f"{place}: includes no header of {room}/, so it belongs to another room"


def main():
    checkout = Path(sys.argv[1])
    core = checkout / "core"
    page = rooms_on_page(checkout / "docs/architecture.md")
    rank = {room: -place for place, room in enumerate(page)}
    faults, lines, stems = [], defaultdict(int), defaultdict(set)
    graph = defaultdict(set)
    files = [p.relative_to(core) for p in sources(core)]
    for path in files:
        stems[path.parent].add(path.stem)
        lines[str(path.parent)] += (core / path).read_text().count("\n")
    for room in sorted(set(page) - set(lines)):
        faults.append(f"docs/architecture.md: the room {room}/ is not a folder of core/ with C files")
    for room in sorted(set(lines) - set(page)):
        faults.append(f"core/{room}: not in the table of rooms of docs/architecture.md")
        rank[room] = 1
    counts = Counter(str(path.parent) for path in files)
    for room in sorted(lines):
        if lines[room] > LINES_MAX:
            faults.append(f"core/{room}: {lines[room]} lines, more than {LINES_MAX}: split it")
        if counts[room] > FILES_MAX:
            faults.append(f"core/{room}: {counts[room]} files, more than {FILES_MAX}: split it")
    for path in files:
        for number, target in includes(core / path):
            if not (core / target).exists() or len(target.parts) < 2:
                continue
            if rank[str(target.parent)] > rank[str(path.parent)]:
                faults.append(
                    f"core/{path}:{number}: includes {target}, of a room above {path.parent}/"
                )
            here, there = module_of(path, stems), module_of(target, stems)
            if here != there:
                graph[here].add(there)
    faults += misplaced_tests(checkout, page)
    circle = find_circle(graph)
    if circle:
        faults.append("a circle of modules: " + " -> ".join([*circle, circle[0]]))
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
