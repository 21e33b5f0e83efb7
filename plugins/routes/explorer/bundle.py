#!/usr/bin/env python3
"""bundle.py NODE_MODULES OUTPUT.S: the files of the page of stations as the table of assets `explorer_assets`."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

SCRIPT = "text/javascript; charset=utf-8"
STYLE = "text/css; charset=utf-8"
JSON = "application/json"

# path | media type | file, in the packages if it has a folder
FILES = [
    ("/", "text/html; charset=utf-8", "index.html"),
    *((f"/explorer/{name}.js", SCRIPT, f"{name}.js")
      for name in ("api", "charts", "dom", "main", "map", "scale", "station")),
    ("/explorer/style.css", STYLE, "style.css"),
    ("/explorer/d3-array.min.js", SCRIPT, "d3-array/dist/d3-array.min.js"),
    ("/explorer/d3-geo.min.js", SCRIPT, "d3-geo/dist/d3-geo.min.js"),
    ("/explorer/topojson-client.min.js", SCRIPT, "topojson-client/dist/topojson-client.min.js"),
    ("/explorer/uPlot.iife.min.js", SCRIPT, "uplot/dist/uPlot.iife.min.js"),
    ("/explorer/uPlot.min.css", STYLE, "uplot/dist/uPlot.min.css"),
    ("/explorer/states.json", JSON, "us-atlas/states-10m.json"),
    ("/explorer/countries.json", JSON, "world-atlas/countries-110m.json"),
]  # fmt: skip

# Of pages: an empty icon is no request. Styles of elements are set by scripts, which no policy counts as inline.
POLICY = ("default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
          "frame-ancestors 'none'")  # fmt: skip

NOTE = '\t.section .note.GNU-stack,"",%progbits\n'


def main():
    modules, output = Path(sys.argv[1]), Path(sys.argv[2])
    data = f'\t.section .rodata\npolicy:\n\t.asciz "{POLICY}"\n'
    table = '\t.section .data.rel.ro,"aw"\n\t.balign 8\n\t.globl explorer_assets\n\t.hidden explorer_assets\nexplorer_assets:\n'
    for number, (path, media_type, name) in enumerate(FILES):
        file = (modules if "/" in name else HERE) / name
        data += f'path_{number}:\n\t.asciz "{path}"\ntype_{number}:\n\t.asciz "{media_type}"\n'
        data += f'bytes_{number}:\n\t.incbin "{file}"\n'
        policy = "policy" if media_type.startswith("text/html") else "0"
        # struct alm_asset: path, media type, bytes, length; no summary, content policy, reserved.
        table += f"\t.quad path_{number}, type_{number}, bytes_{number}, {file.stat().st_size}, 0, {policy}, 0, 0\n"
    table += "\t.quad 0, 0, 0, 0, 0, 0, 0, 0\n"
    output.write_text(data + table + NOTE)


if __name__ == "__main__":
    main()
