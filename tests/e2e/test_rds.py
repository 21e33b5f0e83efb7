"""Amazon RDS: its certificates are of authorities that no system knows, so they are shipped, and its
hosts are held to them without anybody having to say so."""

import datetime
import os
import socket
import ssl
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cluster import over_tcp

HOST = "db.abcdefghijkl.eu-central-1.rds.amazonaws.com"
CHINA = "db.abcdefghijkl.rds.cn-northwest-1.amazonaws.com.cn"


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
    gov = HOST.replace("eu-central-1", "us-gov-west-1")
    for host in (HOST, HOST.upper(), f"{HOST}.", HOST.replace("db.", "proxy.proxy-"), gov, CHINA,
                 CHINA.upper() + ".", HOST.replace(".", "%2E")):  # fmt: skip
        url = f"postgresql://{host}/{as_rds['PGDATABASE']}"
        assert "SSL" in run("ingest", data / "wx_stations.txt", database=url, env=env).stderr


@pytest.mark.parametrize("hosts", [f"{HOST},db.example", f"db.example,{HOST}", f"db.example,{CHINA}"])
def test_one_of_several_hosts_is_enough(run, data, as_rds, hosts):
    env = {**as_rds, "PGHOST": hosts, "PGHOSTADDR": "127.0.0.1,127.0.0.1"}
    done = run("ingest", data / "wx_stations.txt", env=env)
    assert "SSL" in done.stderr
    del env["PGHOST"]
    places = ",".join(f"{host}:{as_rds['PGPORT']}" for host in hosts.split(","))
    url = f"postgresql://{places}/{as_rds['PGDATABASE']}"
    assert "SSL" in run("ingest", data / "wx_stations.txt", database=url, env=env).stderr


def write_service(path, as_rds, **more):
    names = {"PGHOST": "host", "PGHOSTADDR": "hostaddr", "PGPORT": "port", "PGUSER": "user",
             "PGPASSWORD": "password", "PGDATABASE": "dbname"}  # fmt: skip
    values = {names[name]: value for name, value in as_rds.items()}
    path.write_text("[it]\n" + "".join(f"{n}={v}\n" for n, v in {**values, **more}.items()))
    return {"PGSERVICEFILE": str(path)}


def test_a_host_of_a_service_file(run, data, as_rds, tmp_path):
    """Whether the environment or the URL names the service."""
    env = write_service(tmp_path / "services", as_rds)
    for more, url in (({"PGSERVICE": "it"}, None), ({}, "service=it"), ({}, "postgresql:///?service=it")):
        done = run("ingest", data / "wx_stations.txt", database=url, env={**env, **more})
        assert done.returncode == 1
        assert "SSL" in done.stderr
    env = write_service(tmp_path / "services", as_rds, sslmode="disable")
    done = run("ingest", data / "wx_stations.txt", database="service=it", env=env)
    assert done.returncode == 0, done.stderr


def self_signed(folder, host):
    """A certificate that says it is the host's, and its key, in a file."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.timezone.utc)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ) + certificate.public_bytes(serialization.Encoding.PEM)
    )  # fmt: skip
    return path


def answer_with_tls(listener, context, came):
    """As PostgreSQL begins TLS; what comes through it goes to `came`."""
    connection, _ = listener.accept()
    with connection:
        connection.recv(8)  # SSLRequest
        connection.sendall(b"S")
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                came.append(secured.recv(1000))
        except OSError:
            pass  # the client does not go on


@pytest.mark.parametrize("host", [HOST, CHINA])
def test_authorities_that_are_not_shipped(run, data, tmp_path, host):
    """Nothing is said to a server whose certificate nobody vouches for, and what to do is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path, host))
    came = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer_with_tls, args=(listener, context, came))
        thread.start()
        done = run(
            "ingest", data / "wx_stations.txt",
            database=f"postgresql://u:p@{host}:{listener.getsockname()[1]}/d",
            env={"PGHOSTADDR": "127.0.0.1"},
        )  # fmt: skip
        thread.join()
    assert done.returncode == 1
    assert "certificate verify failed" in done.stderr
    assert "PGSSLROOTCERT" in done.stderr and "GovCloud" in done.stderr
    assert not any(came)


def test_who_says_otherwise_is_obeyed(run, data, as_rds):
    done = run("ingest", data / "wx_stations.txt", env={**as_rds, "PGSSLMODE": "disable"})
    assert done.returncode == 0, done.stderr


def test_other_hosts_are_as_before(run, data, as_rds):
    env = {**as_rds, "PGHOST": "db.example.org"}
    done = run("ingest", data / "wx_stations.txt", env=env)
    assert done.returncode == 0, done.stderr
