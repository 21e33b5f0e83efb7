"""Data at rest and in transit, and what happens to them when something is deleted."""

import json
import re


def check_database_is_kept_and_encrypted(stack):
    resource = stack.resources["Database"]
    db = resource["Properties"]
    assert db["StorageEncrypted"] is True
    assert db["BackupRetentionPeriod"] >= 7
    assert int(db["MaxAllocatedStorage"]) >= 1.1 * int(db["AllocatedStorage"])
    assert db["AutoMinorVersionUpgrade"] is True
    assert db["EnablePerformanceInsights"] is True
    # A major version alone: RDS retires minor ones, and a template that names one stops working.
    assert re.fullmatch(r"\d+", db["EngineVersion"])
    assert stack["DatabaseParameters"]["Family"] == f"postgres{db['EngineVersion']}"


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


def check_tls_everywhere(stack):
    parameters = stack["DatabaseParameters"]["Parameters"]
    assert parameters["rds.force_ssl"] == "1"
    # Statements that set passwords must not reach the log.
    assert parameters.get("log_statement", "none") == "none"
    for db in stack.of_type("RDS::DBInstance").values():
        assert db["DBParameterGroupName"] == "${DatabaseParameters}"
    listeners = stack.of_type("ElasticLoadBalancingV2::Listener").values()
    if stack.parameters["CertificateArn"]:
        assert "Warning" not in stack.outputs
        by_port = {listener["Port"]: listener for listener in listeners}
        assert by_port[80]["DefaultActions"][0]["Type"] == "redirect"
        assert by_port[80]["DefaultActions"][0]["RedirectConfig"]["Protocol"] == "HTTPS"
        assert by_port[443]["Protocol"] == "HTTPS"
        assert by_port[443]["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-")
        assert by_port[443]["Certificates"] == [{"CertificateArn": stack.parameters["CertificateArn"]}]
    else:
        assert [listener["Port"] for listener in listeners] == [80]
        assert "not encrypted" in stack.outputs["Warning"]


def check_buckets_are_private(stack):
    buckets = stack.of_type("S3::Bucket")
    for name, bucket in buckets.items():
        assert all(bucket["PublicAccessBlockConfiguration"].values()), name
        assert len(bucket["PublicAccessBlockConfiguration"]) == 4, name
        assert bucket["BucketEncryption"], name
    assert buckets["DataBucket"]["VersioningConfiguration"]["Status"] == "Enabled"


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
        template = json.loads(secret["GenerateSecretString"]["SecretStringTemplate"])
        assert set(template) == {"username"} and secret["GenerateSecretString"]["PasswordLength"] >= 32, name
    db = stack["Database"]
    managed = stack.parameters["OwnerLogin"] == "managed"
    assert db["ManageMasterUserPassword"] is managed
    assert db.get("MasterUserPassword") == (
        None if managed else "{{resolve:secretsmanager:${OwnerSecretGenerated}:SecretString:password}}")


def check_replica_takes_the_reads(stack):
    variables = dict(environments(stack))
    writer = "${Database.Endpoint.Address}"
    wanted = "${Replica.Endpoint.Address}" if stack.parameters["ReadReplica"] == "true" else writer
    assert variables.pop("ApiTask")["PGHOST"] == wanted
    assert {v["PGHOST"] for v in variables.values()} == {writer}
    if "Replica" in stack:
        assert stack["Replica"]["SourceDBInstanceIdentifier"] == "${Database}"
        assert stack.resources["Replica"]["DeletionPolicy"] == "Delete"
        assert not {"MasterUsername", "MasterUserPassword", "DBName", "StorageEncrypted", "DBSubnetGroupName",
                    "ManageMasterUserPassword"} & set(stack["Replica"])
        # RDS refuses a replica of an instance whose owner's password it keeps itself.
        assert stack["Database"]["ManageMasterUserPassword"] is False


CHECKS = (check_database_is_kept_and_encrypted, check_what_deletion_leaves,
          check_first_deployment_can_be_rolled_back, check_tls_everywhere, check_buckets_are_private,
          check_no_secret_is_plain, check_replica_takes_the_reads)
