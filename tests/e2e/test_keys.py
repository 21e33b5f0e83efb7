"""Where AWS credentials come from, in which order, and that they are renewed; that what is signed
with them is signed as AWS's own library would."""

import collections
import datetime
import json
import random
import time
from urllib.parse import quote

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from stand_in import REGION

NONE = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_EC2_METADATA_DISABLED": "true"}


def listing(items):
    return f"<ListBucketResult>{items}</ListBucketResult>".encode()


def document(aws, seconds=3600, **more):
    now = datetime.datetime.now(datetime.timezone.utc)
    expires = now + datetime.timedelta(seconds=seconds)
    return json.dumps({
        "AccessKeyId": aws.key_id, "SecretAccessKey": aws.secret,
        "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"), **more,
    }).encode()  # fmt: skip


@pytest.fixture
def ingest(run, migrated, aws, bucket):
    def ingest(*uris, **env):
        return run(
            "ingest", *(uris or [f"s3://{bucket}/wx_stations.txt"]), database=migrated,
            env={**aws.environment(), **NONE, **env},
        )  # fmt: skip

    return ingest


def test_of_a_container(ingest, aws, answers, tmp_path):
    """As ECS and EKS give them, with a token from a file."""
    agent = answers(lambda handler: (200, {}, document(aws)))
    token = tmp_path / "token"
    token.write_text("the-token\n")
    done = ingest(
        AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{agent.url}/v1/credentials",
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(token),
    )
    assert done.returncode == 0, done.stderr
    ((_, path, headers, _),) = agent.requests
    assert path == "/v1/credentials"
    assert headers["Authorization"] == "the-token"


def test_a_container_elsewhere_is_not_asked(ingest):
    """A token is not sent to just anybody without TLS."""
    done = ingest(
        AWS_CONTAINER_CREDENTIALS_FULL_URI="http://192.0.2.1/x",
        AWS_CONTAINER_AUTHORIZATION_TOKEN="secret-token",
    )
    assert done.returncode == 1
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" in done.stderr
    assert "secret-token" not in done.stderr


@pytest.mark.parametrize("prefix", ["@", ".example.org@", ":80@", ""])
def test_a_container_is_asked_for_a_path(ingest, answers, prefix):
    """What is put behind the agent's address must not make another one of it, which got the token."""
    agent = answers(lambda handler: (200, {}, b"{}"))
    done = ingest(
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=prefix + agent.url.removeprefix("http://") + "/x",
        AWS_CONTAINER_AUTHORIZATION_TOKEN="secret-token",
    )
    assert done.returncode == 1
    assert "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with '/'" in done.stderr
    assert agent.requests == []


@pytest.mark.parametrize("text", ["tok\r\nX-Other: en", "tok\nen", "tok\x01en"], ids=repr)
def test_tokens_that_are_no_header(ingest, aws, answers, tmp_path, text):
    """They are not sent, nor shown: of a file, and of an agent's answer."""
    agent = answers(lambda handler: (200, {}, document(aws, Token=text)))
    token = tmp_path / "token"
    token.write_text(text)
    full = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{agent.url}/x"}
    for env, header, asked in (
        ({**full, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token)}, "Authorization", 0),
        (full, "x-amz-security-token", 1),
    ):
        done = ingest(**env)
        assert done.returncode == 1
        assert f"{header} would hold control characters" in done.stderr
        assert "tok" not in done.stderr.replace("security-token", "")
        assert len(agent.requests) == asked


def instance(aws, seconds=3600):
    """IMDSv2: a token first, with which the role and then its keys are asked for."""

    def answer(handler):
        if handler.command == "PUT":
            assert handler.headers["X-aws-ec2-metadata-token-ttl-seconds"]
            return 200, {}, b"session"
        if handler.headers.get("X-aws-ec2-metadata-token") != "session":
            return 401, {}, b""
        if handler.path == "/latest/meta-data/iam/security-credentials/":
            return 200, {}, b"the-role"
        assert handler.path == "/latest/meta-data/iam/security-credentials/the-role"
        return 200, {}, document(aws, seconds, Code="Success")

    return answer


def test_of_an_instance(ingest, aws, answers):
    service = answers(instance(aws))
    done = ingest(
        AWS_EC2_METADATA_DISABLED=None, AWS_EC2_METADATA_SERVICE_ENDPOINT=service.url
    )
    assert done.returncode == 0, done.stderr


def test_of_a_web_identity(ingest, aws, answers, tmp_path):
    token = tmp_path / "jwt"
    token.write_text("header.payload.signature")
    body = (
        "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
        f"<AccessKeyId>{aws.key_id}</AccessKeyId><SecretAccessKey>{aws.secret}</SecretAccessKey>"
        "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
        "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
    ).encode()
    sts = answers(lambda handler: (200, {"Content-Type": "text/xml"}, body))
    done = ingest(
        AWS_WEB_IDENTITY_TOKEN_FILE=str(token), AWS_ROLE_ARN="arn:aws:iam::123456789012:role/x",
        AWS_ENDPOINT_URL_STS=sts.url,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ((method, _, headers, form),) = sts.requests
    assert method == "POST"
    assert "Authorization" not in headers
    assert b"Action=AssumeRoleWithWebIdentity" in form
    assert b"RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fx" in form
    assert b"WebIdentityToken=header.payload.signature" in form


AGAIN = {
    "IDPCommunicationError": (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
        "<Code>IDPCommunicationError</Code><Message>Couldn't retrieve verification key from your "
        "identity provider</Message></Error><RequestId>b25f48e8-84fd-11e6-80d9-574e0c4664cb</RequestId>"
        "</ErrorResponse>"
    ),
    "TooManyRequestsException": '{"__type":"TooManyRequestsException","message":"Rate exceeded"}',
    "InternalServiceErrorException": (
        '{"__type":"com.amazonaws.secretsmanager#InternalServiceErrorException",'
        '"Message":"An unexpected error occurred."}'
    ),
}


@pytest.mark.parametrize("code", AGAIN)
def test_a_400_that_says_to_come_again(ingest, aws, answers, code):
    agent = answers(
        lambda _: (400, {}, AGAIN[code].encode()) if len(agent.requests) == 1
        else (200, {}, document(aws))
    )  # fmt: skip
    done = ingest(AWS_CONTAINER_CREDENTIALS_FULL_URI=agent.url)
    assert done.returncode == 0, done.stderr
    assert len(agent.requests) == 2


def test_the_environment_comes_first(ingest, aws, answers):
    agent = answers(lambda handler: (500, {}, b""))
    done = ingest(
        AWS_ACCESS_KEY_ID=aws.key_id, AWS_SECRET_ACCESS_KEY=aws.secret,
        AWS_CONTAINER_CREDENTIALS_FULL_URI=agent.url,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert agent.requests == []


def test_an_agent_that_fails_is_said(ingest, answers):
    agent = answers(lambda handler: (404, {}, b"no role"))
    done = ingest(AWS_CONTAINER_CREDENTIALS_FULL_URI=agent.url)
    assert done.returncode == 1
    assert "looking for AWS credentials" in done.stderr
    assert "404" in done.stderr


NEAR_AND_FAR = [
    ("http://{host}:{port}/x", True),
    ("http://127.0.0.1:80@{host}:{port}/x", False),
    ("http://localhost:x@{host}:{port}/x", False),
]


@pytest.mark.parametrize("form, asked", NEAR_AND_FAR)
def test_hosts_are_judged_as_curl_takes_them(ingest, aws, answers, form, asked):
    """What is before an @ is no host; loopback is more than 127.0.0.1."""
    agent = answers(lambda handler: (200, {}, document(aws)), host="127.0.0.9")
    url = form.format(host="127.0.0.9", port=agent.server.server_address[1])
    done = ingest(
        AWS_CONTAINER_CREDENTIALS_FULL_URI=url, AWS_CONTAINER_AUTHORIZATION_TOKEN="secret-token"
    )
    assert (done.returncode == 0) == asked, done.stderr
    assert [headers["Authorization"] for _, _, headers, _ in agent.requests] == ["secret-token"] * asked
    assert "secret-token" not in done.stderr


@pytest.mark.parametrize("status", [201, 302, 400, 403, 404, 500])
def test_an_answer_that_is_refused_is_not_shown(ingest, aws, answers, tmp_path, status):
    """It may hold the keys, or repeat the token; its code says what is wrong."""
    body = document(aws, code="AccessDenied", message="the-token")
    agent = answers(lambda handler: (status, {}, body))
    sts = answers(lambda handler: (
        status, {}, b"<E><Error><Code>InvalidIdentityToken</Code><Message>"
        + handler.body[-9:] + b"</Message></Error></E>",
    ))  # fmt: skip
    token = tmp_path / "token"
    token.write_text("the-token")
    for code, env in (
        ("AccessDenied", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{agent.url}/x?y=the-token",
                          "AWS_CONTAINER_AUTHORIZATION_TOKEN": "the-token"}),
        ("InvalidIdentityToken", {"AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
                                  "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/x",
                                  "AWS_ENDPOINT_URL_STS": sts.url}),
    ):  # fmt: skip
        done = ingest(**env)
        assert done.returncode == 1
        assert str(status) in done.stderr
        assert status == 500 or code in done.stderr
        for secret in (aws.secret, "the-token"):
            assert secret not in done.stdout + done.stderr


@pytest.mark.parametrize("body", [
    b"", b"[]", b"no JSON but the-token", b'{"AccessKeyId":"the-token"}',
    b'{"AccessKeyId":"","SecretAccessKey":"the-token"}',
])  # fmt: skip
def test_an_answer_without_keys_is_not_shown(ingest, answers, body):
    agent = answers(lambda handler: (200, {}, body))
    done = ingest(AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{agent.url}/x?y=the-token")
    assert done.returncode == 1
    assert f"{agent.url}/x: the answer holds no AWS credentials" in done.stderr
    assert "the-token" not in done.stdout + done.stderr


@pytest.fixture
def slow(trouble):
    """A stand-in whose first answer takes so long that others are looked for after it."""
    return trouble(lambda number, _: time.sleep(11) if number == 1 else None)


@pytest.mark.release
def test_keys_that_expire_are_renewed(aws, answers, run, migrated, bucket, slow):
    """The first are over as soon as they are told: later others are asked for, once."""
    count = [0]

    def answer(handler):
        count[0] += 1
        return 200, {}, document(aws, seconds=-5 if count[0] == 1 else 3600)

    agent = answers(answer)
    done = run(
        "ingest", f"s3://{bucket}/wx_stations.txt", f"s3://{bucket}/wx_data/USC00110072.txt",
        database=migrated,
        env={**aws.environment(slow.url), **NONE, "AWS_CONTAINER_CREDENTIALS_FULL_URI": agent.url},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert count[0] == 2


EXPIRED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>ExpiredToken</Code><Message>The provided '
    b"token has expired.</Message><Token-0>first</Token-0><RequestId>4442587FB7D0A2F9</RequestId>"
    b"<HostId>vPlYw1yRvj3Ri7wWYPlWZbYzRcGgEMk1YcCKPEXAMPLEhostIDyQ0XLjlEs5nHx4=</HostId></Error>"
)


def bucket_of(*names, refuses):
    """A bucket with a day of each station, for whose requests `refuses` may have an answer."""
    line, tag = b"19850101\t-22\t-128\t94\n", {"ETag": '"1"'}

    def answer(handler):
        refusal = refuses(handler)
        if refusal:
            return refusal
        if "list-type" not in handler.path:
            known = handler.path.rpartition("/")[2].removesuffix(".txt") in names
            return (200, tag, line) if known else (404, {}, b"")
        items = "".join(
            f"<Contents><Key>{name}.txt</Key><ETag>&quot;1&quot;</ETag><Size>{len(line)}</Size>"
            "</Contents>"
            for name in names
        )
        return 200, {}, listing(items + "<IsTruncated>false</IsTruncated>")

    return answer


def temporary(token):
    now = datetime.datetime.now(datetime.timezone.utc)
    expires = now + datetime.timedelta(hours=1)
    return json.dumps({
        "AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "Token": token,
        "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }).encode()  # fmt: skip


STATIONS = [f"USC{number:08}" for number in range(40)]


@pytest.mark.parametrize("what", ["USC00000001.txt", "USC"], ids=["one", "many"])
def test_credentials_that_aws_takes_for_expired(run, migrated, answers, what):
    """Others are fetched, once for all who were refused; the answer to HEAD does not say why."""
    agent = answers(lambda _: (200, {}, temporary("first" if len(agent.requests) == 1 else "next")))

    def refuses(handler):
        old = handler.headers["X-Amz-Security-Token"] == "first"
        return (400, {}, EXPIRED) if old and "list-type" not in handler.path else None

    s3 = answers(bucket_of(*STATIONS, refuses=refuses))
    done = run(
        "ingest", f"s3://bucket/{what}", database=migrated,
        env={**NONE, **of_container(agent.url), "AWS_ENDPOINT_URL": s3.url, "AWS_REGION": REGION},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert len(agent.requests) == 2


def test_credentials_that_stay_expired(run, migrated, answers):
    """That is said, and whoever gives them is not asked again and again."""
    agent = answers(lambda _: (200, {}, temporary("first")))
    s3 = answers(bucket_of(
        *STATIONS, refuses=lambda handler: None if "list-type" in handler.path else (400, {}, EXPIRED)
    ))  # fmt: skip
    done = run(
        "ingest", "s3://bucket/USC", database=migrated,
        env={**NONE, **of_container(agent.url), "AWS_ENDPOINT_URL": s3.url, "AWS_REGION": REGION},
    )  # fmt: skip
    assert done.returncode == 1
    failures = json.loads(done.stdout.splitlines()[-1])["failures"]
    assert failures["count"] == len(STATIONS)
    assert "ExpiredToken: The provided token has expired." in failures["first"][0]["reason"]
    assert len(agent.requests) == 2


@pytest.mark.parametrize("expiration", ["2001-01-01T00:00:00Z", "soon", 1790000000])
def test_keys_that_are_over_are_not_asked_for_at_every_use(
    aws, answers, run, migrated, bucket, expiration
):
    """Nor do those last whose end cannot be read."""
    agent = answers(lambda _: (200, {}, document(aws, Expiration=expiration)))
    begun = time.monotonic()
    done = run(
        "ingest", f"s3://{bucket}/wx_data/USC001", database=migrated,
        env={**aws.environment(), **NONE, "AWS_CONTAINER_CREDENTIALS_FULL_URI": agent.url},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(agent.requests) <= 1 + (time.monotonic() - begun) / 10


@pytest.mark.release
def test_keys_that_cannot_be_had_are_not_asked_for_at_every_use(
    aws, answers, run, migrated, bucket, slow
):
    """Once there were some, now every object of many fails."""
    agent = answers(
        lambda _: (200, {}, document(aws, -5)) if len(agent.requests) == 1 else (403, {}, b"")
    )
    done = run(
        "ingest", f"s3://{bucket}/wx_data/", database=migrated,
        env={**aws.environment(slow.url), **NONE, "AWS_CONTAINER_CREDENTIALS_FULL_URI": agent.url},
    )  # fmt: skip
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["objects"]["failed"] == 167
    assert 2 <= len(agent.requests) <= 5


def of_container(url):
    return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url}


def of_instance(url):
    return {"AWS_EC2_METADATA_DISABLED": None, "AWS_EC2_METADATA_SERVICE_ENDPOINT": url}


@pytest.mark.release
@pytest.mark.parametrize("source", [of_container, of_instance])
def test_keys_at_hand_serve_while_no_others_can_be_had(
    aws, answers, run, migrated, bucket, slow, source
):
    """Little time is left of them, but some. An instance that falls silent is not taken for none."""
    first = instance(aws, 200) if source is of_instance else lambda _: (200, {}, document(aws, 200))
    told = 3 if source is of_instance else 1  # requests until keys are told
    agent = answers(lambda request: first(request) if len(agent.requests) <= told else (400, {}, b""))
    done = run(
        "ingest", f"s3://{bucket}/wx_stations.txt", f"s3://{bucket}/wx_data/USC00110072.txt",
        database=migrated,
        env={**aws.environment(slow.url), **NONE, **source(agent.url)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(agent.requests) > told


@pytest.mark.release
def test_an_instance_that_falls_silent(aws, answers, run, migrated, bucket, slow):
    """Its keys have expired: requests without any would be refused for another reason."""
    first = instance(aws, -5)
    agent = answers(lambda request: first(request) if len(agent.requests) <= 3 else (500, {}, b""))
    done = run(
        "ingest", f"s3://{bucket}/wx_stations.txt", f"s3://{bucket}/wx_data/USC00110072.txt",
        database=migrated, env={**aws.environment(slow.url), **NONE, **of_instance(agent.url)},
    )  # fmt: skip
    assert done.returncode == 1
    assert "no others are found" in done.stderr


# -- Signatures -------------------------------------------------------------------


def expected(handler, secret, token):
    """The signature that botocore would make for the request as it came."""
    given = handler.headers["Authorization"]
    signed = given.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"host", "x-amz-date", "x-amz-content-sha256"} <= set(signed)
    assert ("x-amz-security-token" in signed) == (token is not None)
    request = AWSRequest(
        method=handler.command, url=f"http://{handler.headers['Host']}{handler.path}",
        headers={n: v for n, v in handler.headers.items() if n.lower() in signed},
    )  # fmt: skip
    request.context["timestamp"] = handler.headers["X-Amz-Date"]
    auth = S3SigV4Auth(Credentials("AKID", secret, token), "s3", REGION)
    canonical = auth.canonical_request(request)
    return auth.signature(auth.string_to_sign(request, canonical), request), canonical


def random_key(random):
    alphabet = "abcXYZ019-._~ !\"#$&'()*+,/:;=?@[]{}|\\^`%<>\t\x01äß漢😀"
    key = "".join(random.choices(alphabet, k=random.randint(1, 60)))
    return key.strip("/") + random.choice(["", "x"]) or "x"


@pytest.mark.release
@pytest.mark.parametrize("token", [None, "a/token+with==signs"])
def test_signatures(run, migrated, answers, token):
    """Thousands of requests for random keys: the listing names them, each is then fetched."""
    seed = random.Random(7)
    keys = sorted({random_key(seed) + f"{i}.txt" for i in range(1500)})
    secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    wrong, seen = [], collections.Counter()

    def answer(handler):
        want, canonical = expected(handler, secret, token)
        got = handler.headers["Authorization"].partition("Signature=")[2]
        if want != got:
            wrong.append(canonical)
        if handler.command == "HEAD":
            return 404, {}, b""
        if "list-type=2" in handler.path:
            items = "".join(
                f"<Contents><Key>{quote(key, safe='')}</Key><ETag>&quot;1&quot;</ETag>"
                "<Size>3</Size></Contents>"
                for key in keys
            )
            return 200, {}, listing(items + "<IsTruncated>false</IsTruncated>")
        seen[handler.path] += 1
        return 200, {"ETag": '"1"'}, b"abc"

    server = answers(answer)
    env = {"AWS_ENDPOINT_URL": server.url, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "AKID",
           "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}  # fmt: skip
    run("ingest", "s3://some-bucket/prefix of it", database=migrated, env=env)
    assert not wrong, wrong[0]
    assert len(seen) == sum(not key.rpartition("/")[2].startswith(".") for key in keys)
