"""Roles and policies as rows that can be compared with a committed list."""

import json

from cfn import Stack, policy
from variants import variants


def principal_of(statement):
    principal = statement["Principal"]
    return principal if isinstance(principal, str) else " ".join(f"{k}:{v}" for k, v in sorted(principal.items()))


def condition_of(statement):
    return json.dumps(statement["Condition"], sort_keys=True) if "Condition" in statement else "-"


def role_rows(stack):
    for name, role in stack.of_type("IAM::Role").items():
        assert not role.get("ManagedPolicyArns"), f"{name}: policies are written here, not by AWS"
        for s in role["AssumeRolePolicyDocument"]["Statement"]:
            assert (s["Effect"], s["Action"]) == ("Allow", "sts:AssumeRole"), name
            yield name, "trusts", principal_of(s), condition_of(s)
        for document in role["Policies"]:
            for s in policy(document["PolicyDocument"]):
                assert s["Effect"] in ("Allow", "Deny") and not {"NotAction", "NotResource"} & set(s), name
                owner = name if s["Effect"] == "Allow" else f"{name} Deny"
                yield from ((owner, a, r, condition_of(s)) for a in s["Action"] for r in s["Resource"])


# Resources that carry a policy of their own: where it is.
CARRIERS = {
    "AWS::S3::BucketPolicy": "PolicyDocument", "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument", "AWS::KMS::Key": "KeyPolicy",
    "AWS::EC2::VPCEndpoint": "PolicyDocument", "AWS::ECR::Repository": "RepositoryPolicyText",
}


def resource_rows(stack):
    for name, resource in stack.resources.items():
        document = resource["Properties"].get(CARRIERS.get(resource["Type"]))
        for s in policy(document) if document else ():
            for action in s["Action"]:
                for target in s["Resource"] or ["-"]:
                    yield f"{name} {s['Effect']} {principal_of(s)}", action, target, condition_of(s)


def all_rows(template):
    """Of all variants together."""
    rows = set()
    for given in variants(template).values() if template["Parameters"].get("Serve") else [{}]:
        stack = Stack(template, **given)
        rows |= set(role_rows(stack)) | set(resource_rows(stack))
    return rows
