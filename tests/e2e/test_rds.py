"""Amazon RDS: its certificates are of authorities that no system knows, so they are shipped, and its
hosts are held to them without anybody having to say so."""

import datetime
import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509

from cluster import over_tcp

HOST = "db.abcdefghijkl.eu-central-1.rds.amazonaws.com"


@pytest.fixture(scope="module")
def authorities():
    bundle = Path(os.environ["ALMANAC_BUILD"], "core/db/rds-ca.pem").read_bytes()
    return x509.load_pem_x509_certificates(bundle)


def test_none_expires_within_a_year(authorities):
    limit = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=366)
    for certificate in authorities:
        assert certificate.not_valid_after_utc > limit, certificate.subject.rfc4514_string()
        assert certificate.not_valid_before_utc < limit


def test_every_region_has_some(authorities):
    """Roots of AWS alone: the regions of the users that are named in the documents among them."""
    subjects = [certificate.subject.rfc4514_string() for certificate in authorities]
    assert all("Amazon" in subject or "Starfield" in subject for subject in subjects)
    for region in ("eu-central-1", "eu-west-1", "us-east-1", "us-west-2", "ap-southeast-2"):
        assert sum(region in subject for subject in subjects) >= 3, region
    for certificate in authorities:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        assert constraints.value.ca


def test_proxies_have_others(authorities):
    """RDS Proxy shows certificates of Amazon Trust Services, as AWS documents it."""
    subjects = " ".join(certificate.subject.rfc4514_string() for certificate in authorities)
    for number in (1, 2, 3, 4):
        assert f"CN=Amazon Root CA {number}" in subjects


@pytest.fixture
def as_rds(migrated):
    """The environment that reaches the test's database under the name of a host of RDS."""
    url = urlsplit(over_tcp(migrated))
    return {
        "PGHOST": HOST, "PGHOSTADDR": "127.0.0.1", "PGPORT": url.port, "PGUSER": url.username,
        "PGPASSWORD": url.password or "", "PGDATABASE": url.path.lstrip("/"),
    }  # fmt: skip


def test_tls_is_not_asked_for_but_demanded(run, data, as_rds):
    """The test's server has no TLS: nothing is sent to it."""
    done = run("ingest", data / "wx_stations.txt", env=as_rds)
    assert done.returncode == 1
    assert "SSL" in done.stderr
    # The host may also be in the URL.
    env = {name: value for name, value in as_rds.items() if name != "PGHOST"}
    for host in (HOST, HOST.upper(), f"{HOST}.", HOST.replace("db.", "proxy.proxy-")):
        url = f"postgresql://{host}/{as_rds['PGDATABASE']}"
        assert "SSL" in run("ingest", data / "wx_stations.txt", database=url, env=env).stderr


def test_who_says_otherwise_is_obeyed(run, data, as_rds):
    done = run("ingest", data / "wx_stations.txt", env={**as_rds, "PGSSLMODE": "disable"})
    assert done.returncode == 0, done.stderr


def test_other_hosts_are_as_before(run, data, as_rds):
    env = {**as_rds, "PGHOST": "db.example.org"}
    done = run("ingest", data / "wx_stations.txt", env=env)
    assert done.returncode == 0, done.stderr
