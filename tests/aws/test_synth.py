"""The committed templates are what the app makes, and the app refuses what its validators find."""

import json
import re

import pytest

from conftest import APP, PROFILES


@pytest.fixture(scope="module")
def fresh(app_copy, synthesize):
    done = synthesize(app_copy("fresh"))
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.mark.parametrize("name", ("registry", *PROFILES))
def test_committed_template_is_the_synthesized_one(fresh, name):
    made = json.loads((fresh.out / f"{name}.template.json").read_text())
    committed = json.loads((APP / "templates" / f"{name}.json").read_text())
    assert committed == made, "run: node deploy/aws/templates.js"


def test_nothing_is_found_and_nothing_needs_an_asset(fresh):
    assert fresh.stderr + fresh.stdout == ""
    assert not list(fresh.out.glob("asset.*"))
    for name in PROFILES:
        text = (fresh.out / f"{name}.template.json").read_text()
        assert "cdk-hnb659fds" not in text and "BootstrapVersion" not in text


def test_context_chooses_the_profile(app_copy, synthesize):
    done = synthesize(app_copy("one"), json.dumps({"profile": "small"}))
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in done.out.glob("*.template.json")) == ["registry.template.json", "small.template.json"]
    assert synthesize(app_copy("none"), json.dumps({"profile": "smal"})).returncode != 0


# file, what is replaced by what, and the finding that must stop the synthesis: cdk-nag and CDK's own
# validation are on.
BROKEN = {
    "nag: unacknowledged": ("acknowledgements.js", r"IngestFailures: \[\['SQS3'.*?\]\],", "", "AwsSolutions-SQS3"),
    "nag: no flow log": ("flow-log.js", r"new ec2\.CfnFlowLog\(stack, [^;]*;", "", "AwsSolutions-VPC7"),
    "nag: no TLS on the queue": ("ingest.js", r"'aws:SecureTransport': 'false'", "'aws:Other': 'false'",
                                 "AwsSolutions-SQS4"),
    "validation: timeout": ("ingest.js", r"timeout: 900", "timeout: 901", "CloudFormation Validate"),
    "validation: sizes of Fargate": ("profiles.js", r"memory: 512,", "memory: 8192,", "CloudFormation Validate"),
    "validation: unknown property": ("container.js", r"essential: true", "essential: 'perhaps'",
                                     "essential"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_findings_stop_the_synthesis(app_copy, synthesize, name):
    file, old, new, finding = BROKEN[name]
    app = app_copy(re.sub(r"\W+", "-", name))
    path = app / "lib" / file
    text, count = re.subn(old, new, path.read_text(), flags=re.S)
    assert count >= 1, f"{old} is not in {file}"
    path.write_text(text)
    done = synthesize(app)
    assert done.returncode != 0
    assert finding in done.stdout + done.stderr


def test_every_acknowledgement_has_a_reason_and_an_object(app_copy, synthesize):
    text = (APP / "lib" / "acknowledgements.js").read_text()
    assert not re.search(r"'[A-Z]+\d+(\[.*?\])?', ''", text)
    # an acknowledgement of something that is not there stops the app
    app = app_copy("stale")
    path = app / "lib" / "acknowledgements.js"
    path.write_text(path.read_text().replace("  IngestFailures:", "  Nowhere:"))
    assert synthesize(app).returncode != 0


def test_lock_file_names_no_registry():
    lock = json.loads((APP / "package-lock.json").read_text())
    assert all("resolved" not in package for package in lock["packages"].values())
    assert all("integrity" in p or p.get("inBundle") for name, p in lock["packages"].items() if name)
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", v) for v in json.loads(
        (APP / "package.json").read_text())["dependencies"].values())
