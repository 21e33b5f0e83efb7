#!/usr/bin/env python3
"""embed.py OUTPUT.c FILE...: the files of `almanac new` as C. KIND_example.c of sdk/ becomes the
template KIND.c: where it has names of its own, there is @NAME@. X.in becomes the template X."""

import re
import sys
from pathlib import Path

OWN_NAMES = r'\w+_example|(?<=")(?:snow_csv|extremes)(?=")|(?<=/)warmest'


def template(path):
    text = path.read_text(encoding="ascii")
    if path.suffix == ".in":
        return path.stem, text
    text, count = re.subn(OWN_NAMES, "@NAME@", text)
    if count < 3:
        sys.exit(f"{path}: its plugin, its file and what it declares should have names that embed.py knows")
    return path.name.replace("_example", ""), text


def member(name, text):
    body = ", ".join(map(str, text.encode() + b"\0"))
    return f'\t{{ "{name}", (const char[]){{ {body} }} }},\n'


def main():
    output, *paths = map(Path, sys.argv[1:])
    members = "".join(member(*template(path)) for path in paths)
    output.write_text(
        '/* Made by embed.py. */\n#include "commands/new_files.h"\n\n'
        f"const struct new_file new_files[] = {{\n{members}\t{{ 0 }},\n}};\n"
    )


if __name__ == "__main__":
    main()
