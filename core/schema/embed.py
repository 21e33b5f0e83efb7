#!/usr/bin/env python3
"""embed.py OUTPUT.c FILE.sql...: SQL files as C, for embedded.h. NUMBER_NAME.sql is a migration;
numbers begin at 1 and leave none out. Any other NAME.sql becomes the text sql_NAME."""

import hashlib
import re
import sys
from pathlib import Path

BYTES_A_LINE = 20


def read(path):
    sql = path.read_bytes()
    if not sql.isascii() or b"\0" in sql:
        sys.exit(f"{path}: holds bytes that are not ASCII text")
    return sql


def array(name, sql, linkage=""):
    sql += b"\0"
    lines = (sql[i : i + BYTES_A_LINE] for i in range(0, len(sql), BYTES_A_LINE))
    body = "".join("\t" + ", ".join(map(str, line)) + ",\n" for line in lines)
    return f"{linkage}const char {name}[] = {{\n{body}}};\n"


def migration(number, path):
    """Its text, and its member of the table."""
    name = re.fullmatch(r"(\d{4})_(\w+)\.sql", path.name)
    if int(name[1]) != number:
        sys.exit(f"{path}: number {number:04} is missing")
    sql = read(path)
    digest = hashlib.sha256(sql).hexdigest()
    member = f'\t{{ {number}, "{name[2]}", "{digest}", migration_{number} }},\n'
    return array(f"migration_{number}", sql, "static "), member


def main():
    output, *paths = map(Path, sys.argv[1:])
    paths.sort(key=lambda path: path.name)
    numbered = [path for path in paths if path.name[0].isdigit()]
    texts, members = zip(*(migration(number, path) for number, path in enumerate(numbered, 1)))
    others = (array(f"sql_{path.stem}", read(path)) for path in paths if path not in numbered)
    output.write_text(
        '/* Made by embed.py. */\n#include "schema/embedded.h"\n\n'
        + "".join(texts)
        + "".join(others)
        + "\nconst struct migration migrations[] = {\n"
        + "".join(members)
        + f"}};\nconst int migration_count = {len(numbered)};\n"
    )


if __name__ == "__main__":
    main()
