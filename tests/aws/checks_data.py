"""Data at rest and in transit, and what happens to them when something is deleted."""

import re

from checks_network import is_production


# What CloudFormation does when a resource goes: with the stack, and when it is replaced. A rollback of the first
# deployment deletes the data bucket, which is empty then; in the log bucket is the load balancer's test file.
POLICIES = {
    "Database": ("Snapshot", "Snapshot"), "Replica": ("Delete", "Delete"),
    "DataBucket": ("RetainExceptOnCreate", "Retain"), "LogBucket": ("Retain", "Retain"),
}


def check_what_deletion_leaves(stack):
    for name, resource in stack.resources.items():
        policies = resource["DeletionPolicy"], resource["UpdateReplacePolicy"]
        assert policies == POLICIES.get(name, (None, None)), name


def is_protected(stack):
    """From the moment that it serves: what was never finished has to be deleted when it fails."""
    return stack.parameters["DeletionProtection"] == stack.parameters["Serve"] == "true"


def check_first_deployment_can_be_rolled_back(stack):
    assert stack["Database"]["DeletionProtection"] is is_protected(stack)
    balancer = {a["Key"]: a["Value"] for a in stack["Balancer"]["LoadBalancerAttributes"]}
    assert balancer["deletion_protection.enabled"] == str(is_protected(stack)).lower()
    if "Replica" in stack:
        assert stack["Replica"]["DeletionProtection"] is False
    # What stays has a name of CloudFormation's, or else a second attempt would run into it.
    names = {"BucketName", "DBInstanceIdentifier", "DBSnapshotIdentifier"}
    for name in POLICIES:
        assert name not in stack or not names & set(stack[name]), name


def check_buckets_are_private(stack):
    buckets = stack.of_type("S3::Bucket")
    for name, bucket in buckets.items():
        assert all(bucket["PublicAccessBlockConfiguration"].values()), name
        assert len(bucket["PublicAccessBlockConfiguration"]) == 4, name
        assert bucket["BucketEncryption"] == {"ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}, name
        assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, name
    assert buckets["DataBucket"]["VersioningConfiguration"]["Status"] == "Enabled"
    assert {p["Bucket"] for p in stack.of_type("S3::BucketPolicy").values()} == {f"${{{name}}}" for name in buckets}
    assert buckets["DataBucket"]["LoggingConfiguration"] == {
        "DestinationBucketName": "${LogBucket}", "LogFilePrefix": "data/"}
    assert stack["IngestFailures"]["SqsManagedSseEnabled"] is True


PARTS = {"Id": "parts", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}


def check_how_long_objects_stay(stack):
    """Data for ever, versions of it that were replaced for 90 days, logs as long as other logs."""
    rules = {name: {r["Id"]: r for r in bucket["LifecycleConfiguration"]["Rules"]}
             for name, bucket in stack.of_type("S3::Bucket").items()}
    days = 90 if is_production(stack) else 14
    assert rules == {
        "DataBucket": {"parts": PARTS, "old-versions": {
            "Id": "old-versions", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 90}}},
        "LogBucket": {"parts": PARTS, "expire": {"Id": "expire", "Status": "Enabled", "ExpirationInDays": days}}}


def check_logs_stay(stack):
    names = {"ApiLogs": "api", "IngestLogs": "ingest", "MigrateLogs": "migrate", "FlowLogs": "flow", "JobLogs": "jobs"}
    for name, group in stack.of_type("Logs::LogGroup").items():
        assert group == {"LogGroupName": f"/${{AWS::StackName}}/{names[name]}",
                         "RetentionInDays": 90 if is_production(stack) else 14}, name


SECRET_NAME = re.compile(r"PASSWORD|PASSWD|TOKEN|PRIVATE|ACCESS_KEY|CREDENTIAL|PGPASS", re.I)
SECRET_VALUE = re.compile(r"resolve:secretsmanager|resolve:ssm-secure|postgres(ql)?://[^/]*:[^/]*@|AKIA[0-9A-Z]{16}")


def environments(stack):
    """(owner, variables) of everything that runs the program."""
    for name, task in stack.of_type("ECS::TaskDefinition").items():
        for c in task["ContainerDefinitions"]:
            yield name, {v["Name"]: v["Value"] for v in c["Environment"]}
    for name, job in stack.of_type("Batch::JobDefinition").items():
        yield name, {v["Name"]: v["Value"] for v in job["ContainerProperties"]["Environment"]}
    for name, function in stack.of_type("Lambda::Function").items():
        yield name, function["Environment"]["Variables"]


def check_no_secret_is_plain(stack):
    for owner, variables in environments(stack):
        for name, value in variables.items():
            assert not SECRET_NAME.search(name), f"{owner}: {name}"
            assert not SECRET_VALUE.search(str(value)), f"{owner}: {name}"
            if name.endswith("_SECRET"):  # what it is called, not what it is
                assert re.fullmatch(r"\$\{\w+(\.MasterUserSecret\.SecretArn)?\}", value), f"{owner}: {name}"
    for name, secret in stack.of_type("SecretsManager::Secret").items():
        assert "SecretString" not in secret, name
    db = stack["Database"]
    managed = stack.parameters["OwnerLogin"] == "managed"
    assert db["ManageMasterUserPassword"] is managed
    assert db.get("MasterUserPassword") == (
        None if managed else "{{resolve:secretsmanager:${OwnerSecretGenerated}:SecretString:password}}")


CHECKS = (check_what_deletion_leaves, check_first_deployment_can_be_rolled_back, check_buckets_are_private,
          check_how_long_objects_stay, check_logs_stay, check_no_secret_is_plain)
