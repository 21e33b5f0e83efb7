"""Roles may do what tests/aws/iam.txt says, and nothing else. The list is kept by hand: a right that is
added to the app has to be added there too, where it is seen."""

from pathlib import Path

import pytest
from policy_sentry.querying.actions import get_actions_for_service

import cfn
import iam
from checks_data import environments
from conftest import APP

LIST = Path(__file__).with_name("iam.txt")


def allowed():
    """template -> rows"""
    found = {"registry": set(), "small": set(), "production": set()}
    for line in LIST.read_text().splitlines():
        if line and not line.startswith("#"):
            where, *row = (part.strip() for part in line.split(" | "))
            for name in ("small", "production") if where == "both" else (where,):
                found[name].add(tuple(row))
    return found


@pytest.mark.parametrize("name", ("registry", "small", "production"))
def test_rights_are_exactly_those_listed(name):
    rows = iam.all_rows(cfn.load(APP / "templates" / f"{name}.json"))
    expected = allowed()[name]
    assert sorted(rows - expected) == [], "not in the list"
    assert sorted(expected - rows) == [], "in the list, but not in the template"


def documents(node):
    """Every policy, wherever it is."""
    if isinstance(node, dict):
        if "Statement" in node:
            yield node
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        yield from documents(inner)


def test_policies_are_of_the_version_that_knows_variables(template, registry):
    for t in (template, registry):
        assert {document["Version"] for document in documents(t["Resources"])} == {"2012-10-17"}


def test_no_role_is_shared(template):
    """Each program has a role of its own."""
    stack = cfn.Stack(template, BulkIngest="batch")
    tasks = stack.of_type("ECS::TaskDefinition")
    used = [t[k] for t in tasks.values() for k in ("TaskRoleArn", "ExecutionRoleArn")]
    used.append(stack["IngestFunction"]["Role"])
    assert len(set(used)) == len(used) == 7


SECRETS = {
    "ApiTaskRole": {"${ReaderSecret}"},
    "ApiExecutionRole": {"${ReaderSecret}"},
    "IngestRole": {"${WriterSecret}"},
    "JobRole": {"${WriterSecret}"},
    "MigrateTaskRole": {"${Database.MasterUserSecret.SecretArn}", "${ReaderSecret}", "${WriterSecret}"},
}


def test_who_may_read_which_secret(template):
    """The list says it too; this says why it is so: the owner's is the migration's alone."""
    found = {}
    for role, action, resource, _ in iam.role_rows(cfn.Stack(template, BulkIngest="batch")):
        if action.startswith("secretsmanager:"):
            assert action == "secretsmanager:GetSecretValue"
            found.setdefault(role, set()).add(resource)
    assert found == SECRETS


def test_secrets_that_are_used_may_be_read(template):
    """Each program may read the secrets that its environment names."""
    roles = {"ApiTask": "ApiTaskRole", "MigrateTask": "MigrateTaskRole", "IngestTask": "JobRole",
             "JobDefinition": "JobRole", "IngestFunction": "IngestRole"}
    for owner, variables in environments(cfn.Stack(template, BulkIngest="batch")):
        named = {v for n, v in variables.items() if n.endswith("_SECRET")}
        assert named == SECRETS[roles[owner]], owner


def rights(template):
    """(action, resource) of roles, once each."""
    return sorted({(a, r) for name, a, r, _ in iam.all_rows(template) if a != "trusts" and " " not in name})


def test_actions_exist(template):
    """By the list that policy_sentry brings: neither CloudFormation nor its validators look at names."""
    for action in {a for a, _ in rights(template)}:
        service, name = action.split(":")
        known = {k.lower() for k in get_actions_for_service(service)}
        assert action.lower() in known, action


# What can only be given for all resources, and why a bound is not possible.
WITHOUT_RESOURCES = {
    "ecr:GetAuthorizationToken",
    "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
    # Have resources, but those of a function come and go under names that AWS chooses.
    "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
}


def test_only_what_has_no_resources_is_given_for_all(template):
    assert {a for a, r in rights(template) if r == "*"} == WITHOUT_RESOURCES
    assert not [a for a, _ in rights(template) if "*" in a]


SERVICES = {"ecs-tasks", "lambda", "scheduler", "vpc-flow-logs", "monitoring.rds"}


def test_roles_are_taken_by_services_only(template):
    for role, action, principal, condition in iam.all_rows(template):
        if action == "trusts":
            assert principal.removeprefix("Service:").removesuffix(".amazonaws.com") in SERVICES, role
            if "lambda" not in principal:
                assert "aws:SourceAccount" in condition, role
