#!/usr/bin/env python3
"""bundle.py NODE_MODULES OUTPUT_DIRECTORY: the documentation pages, compressed, and page_data.S,
which takes them into the program for page_files.h. Without NODE_MODULES ("") there are none."""

import gzip
import hashlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

# path | media type | file, in the packages if it has a folder
FILES = [
    ("/docs", "text/html; charset=utf-8", "docs.html"),
    ("/docs/start.js", "text/javascript; charset=utf-8", "docs.js"),
    ("/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8",
     "swagger-ui-dist/swagger-ui-bundle.js"),
    ("/docs/swagger-ui.css", "text/css; charset=utf-8", "swagger-ui-dist/swagger-ui.css"),
    ("/redoc", "text/html; charset=utf-8", "redoc.html"),
    ("/redoc/redoc.standalone.js", "text/javascript; charset=utf-8",
     "redoc/bundles/redoc.standalone.js"),
    ("/redoc/start.js", "text/javascript; charset=utf-8", "redoc.js"),
]  # fmt: skip

# Redoc's badge, which it would load from its makers' server: nothing comes from elsewhere.
LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"

NOTE = '\t.section .note.GNU-stack,"",%progbits\n'


def read(modules, name):
    content = ((modules if "/" in name else HERE) / name).read_bytes()
    if name.startswith("redoc/"):
        if LOGO not in content:
            sys.exit(f"{name}: the address of its logo has changed; look for what it loads now")
        content = content.replace(LOGO, b"data:,")
    return content


def text(value):
    return f'\t.asciz "{value}"\n'


def write(modules, output):
    data = "\t.section .rodata\n"
    table = "\t.section .data.rel.ro,\"aw\"\n\t.balign 8\n\t.globl page_files\npage_files:\n"
    for number, (path, media_type, name) in enumerate(FILES):
        content = read(modules, name)
        packed = output / f"page_{number}.gz"
        packed.write_bytes(gzip.compress(content, 9, mtime=0))
        etag = hashlib.sha256(content).hexdigest()[:32]
        data += f"path_{number}:\n" + text(path) + f"type_{number}:\n" + text(media_type)
        data += f"etag_{number}:\n" + text(etag)
        data += f'bytes_{number}:\n\t.incbin "{packed}"\n'
        table += f"\t.quad path_{number}, type_{number}, etag_{number}, bytes_{number}, "
        table += f"{packed.stat().st_size}, {len(content)}\n"
    return data + table


def main():
    modules, output = sys.argv[1], Path(sys.argv[2])
    if modules:
        body, count = write(Path(modules), output), len(FILES)
    else:
        body, count = "\t.section .rodata\n\t.globl page_files\npage_files:\n", 0
    body += "\t.section .rodata\n\t.balign 8\n\t.globl page_file_count\npage_file_count:\n"
    (output / "page_data.S").write_text(f"{body}\t.quad {count}\n{NOTE}")


if __name__ == "__main__":
    main()
