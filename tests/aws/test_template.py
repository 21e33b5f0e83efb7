"""Every check on both templates with every set of parameters."""

import pytest

import checks_alarms
import checks_balancer
import checks_data
import checks_database
import checks_ingest
import checks_jobs
import checks_network
import checks_outputs
import checks_registry
import checks_rules
import checks_service
from cfn import Resolver, Stack, load
from conftest import APP, PROFILES
from variants import VARIANTS, variants

SUBJECTS = (checks_network, checks_data, checks_database, checks_service, checks_jobs, checks_ingest, checks_alarms,
            checks_balancer, checks_outputs)
CHECKS = [check for subject in SUBJECTS for check in subject.CHECKS]

TEMPLATES = {name: load(APP / "templates" / f"{name}.json") for name in PROFILES}
CASES = [(name, variant) for name in PROFILES for variant in variants(TEMPLATES[name])]


@pytest.mark.parametrize("name, variant", CASES, ids=["-".join(case) for case in CASES])
@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)
def test_template(check, name, variant):
    check(Stack(TEMPLATES[name], **VARIANTS[variant]))


def test_redirect_waits_for_its_goal(template):
    checks_balancer.check_redirect_waits(template)


def test_variants_take_every_branch(template):
    for name in template["Conditions"]:
        seen = {Resolver(template, v).logic["Condition"](name) for v in variants(template).values()}
        assert seen == {True, False}, name


def test_connection_budget(template):
    for given in variants(template).values():
        checks_service.check_connection_budget(Stack(template, **given), template)


@pytest.mark.parametrize("given, refused", checks_rules.CASES)
def test_rules_refuse_what_cannot_work(template, given, refused):
    checks_rules.check_rule(template, given, refused)


def test_profiles_differ_where_they_should(profile, template):
    stack = Stack(template, Serve="true")
    production = profile == "production"
    assert int(stack["ApiScaling"]["MinCapacity"]) == (2 if production else 1)
    assert stack["Database"]["MultiAZ"] is production
    assert stack["Database"]["DeletionProtection"] is True
    assert not stack.of_type("EC2::NatGateway")
    assert len(stack.of_type("EC2::VPCEndpoint")) == (5 if production else 2)


def test_parameters_are_explained_and_bounded(template):
    for name, parameter in template["Parameters"].items():
        assert len(parameter["Description"]) > 10, name
        assert {"AllowedValues", "AllowedPattern", "MinValue"} & set(parameter), name
    without = {n for n, p in template["Parameters"].items() if "Default" not in p}
    assert without == {"ApiImageDigest", "IngestImageDigest"}


@pytest.mark.parametrize("check", checks_registry.CHECKS, ids=lambda c: c.__name__)
def test_registry(check, registry):
    check(Stack(registry))
