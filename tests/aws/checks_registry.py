"""The registry stack. Each check takes its resolved stack."""

import json

from checks_data import PARTS

ALL_BLOCKED = dict.fromkeys(
    ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)


def check_repositories(stack):
    repositories = stack.of_type("ECR::Repository")
    # The names that the other templates expect.
    assert {n: r["RepositoryName"] for n, r in repositories.items()} == {
        "ApiRepository": "almanac-api", "IngestRepository": "almanac-ingest"}
    for name, repository in repositories.items():
        assert repository["ImageTagMutability"] == "IMMUTABLE", name
        assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}, name
        assert repository["EncryptionConfiguration"] == {"EncryptionType": "AES256"}, name
        # Lambda reads its image long after the function was made; ECS needs no such policy.
        assert ("RepositoryPolicyText" in repository) == (name == "IngestRepository"), name


def check_what_is_deployed_never_expires(stack):
    for name, repository in stack.of_type("ECR::Repository").items():
        rules = json.loads(repository["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
        assert [(r["selection"], r["action"]) for r in rules] == [
            ({"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14},
             {"type": "expire"})], name


def check_template_bucket(stack):
    assert stack["TemplateBucket"] == {
        "PublicAccessBlockConfiguration": ALL_BLOCKED,
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
        "LifecycleConfiguration": {"Rules": [PARTS, {"Id": "expire", "Status": "Enabled", "ExpirationInDays": 30}]}}


def check_outputs(stack):
    assert stack.outputs == {
        "ApiRepositoryUri": "${ApiRepository.RepositoryUri}",
        "IngestRepositoryUri": "${IngestRepository.RepositoryUri}",
        "TemplateBucketName": "${TemplateBucket}"}


CHECKS = (check_repositories, check_what_is_deployed_never_expires, check_template_bucket, check_outputs)
