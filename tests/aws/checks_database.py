"""The database and its replica, and the logins of all that use them."""

import json
import re
from datetime import datetime, timedelta

from checks_data import environments
from checks_network import is_production


def span(window):
    """Both ends of "02:00-03:00" or "sun:03:30-sun:04:30"."""
    return [datetime.strptime(time, "%H:%M") for time in re.findall(r"\d\d:\d\d", window)]


def check_windows(stack):
    """Backup and maintenance do not meet: RDS would refuse that."""
    backup, work = stack["Database"]["PreferredBackupWindow"], stack["Database"]["PreferredMaintenanceWindow"]
    assert re.fullmatch(r"sun:\d\d:\d\d-sun:\d\d:\d\d", work)
    (first, last), (start, end) = span(backup), span(work)
    assert last <= start or end <= first
    assert min(last - first, end - start) >= timedelta(minutes=30)


# The same for the instance and its replica.
BOTH = {
    "VPCSecurityGroups": ["${DatabaseGroup.GroupId}"], "DBParameterGroupName": "${DatabaseParameters}",
    "PubliclyAccessible": False, "AutoMinorVersionUpgrade": True, "CopyTagsToSnapshot": True,
    "CACertificateIdentifier": "rds-ca-rsa2048-g1", "StorageType": "gp3",
    "EnablePerformanceInsights": True, "PerformanceInsightsRetentionPeriod": 7,
    "EnableCloudwatchLogsExports": ["postgresql", "upgrade"],
}
MONITORING = {"MonitoringInterval": 60, "MonitoringRoleArn": "${DatabaseMonitoringRole.Arn}"}


def shared(stack):
    return BOTH | (MONITORING if is_production(stack) else {}) | {
        "DBInstanceClass": stack.parameters["DatabaseClass"],
        "MaxAllocatedStorage": str(stack.parameters["DatabaseStorageMax"])}


def check_instance(stack):
    db = dict(stack["Database"])
    for varying in ("MasterUserPassword", "ManageMasterUserPassword", "DeletionProtection", "PreferredBackupWindow",
                    "PreferredMaintenanceWindow"):
        db.pop(varying, None)
    assert db == shared(stack) | {
        "Engine": "postgres", "EngineVersion": "17",
        "EngineLifecycleSupport": "open-source-rds-extended-support-disabled",
        "DBName": "almanac", "DBSubnetGroupName": "${DatabaseSubnets}", "MasterUsername": "almanac_owner",
        "AllocatedStorage": str(stack.parameters["DatabaseStorage"]), "StorageEncrypted": True,
        "MultiAZ": stack.parameters["MultiAz"] == "true", "BackupRetentionPeriod": 30 if is_production(stack) else 7}


def check_storage_can_grow(stack):
    """RDS wants at least a tenth more than there is."""
    assert int(stack["Database"]["MaxAllocatedStorage"]) >= 1.1 * int(stack["Database"]["AllocatedStorage"])


def check_replica(stack):
    assert ("Replica" in stack) == (stack.parameters["ReadReplica"] == "true")
    if "Replica" in stack:
        assert stack["Replica"] == shared(stack) | {
            "SourceDBInstanceIdentifier": "${Database}", "DeletionProtection": False}
        # RDS refuses a replica of an instance whose owner's password it keeps itself.
        assert stack["Database"]["ManageMasterUserPassword"] is False


def check_parameters(stack):
    assert stack["DatabaseParameters"]["Family"] == f"postgres{stack['Database']['EngineVersion']}"
    assert stack["DatabaseParameters"]["Parameters"] == {
        "rds.force_ssl": "1", "log_min_duration_statement": "1000", "log_connections": "1", "log_disconnections": "1"}


def check_where_programs_connect(stack):
    """The API reads from the replica, where there is one; all else goes to the instance itself."""
    reads = "Replica" if stack.parameters["ReadReplica"] == "true" else "Database"
    for owner, variables in environments(stack):
        host = reads if owner == "ApiTask" else "Database"
        assert {n: v for n, v in variables.items() if n.startswith("PG")} == {
            "PGHOST": f"${{{host}.Endpoint.Address}}", "PGPORT": f"${{{host}.Endpoint.Port}}",
            "PGDATABASE": stack["Database"]["DBName"], "PGSSLMODE": "verify-full"}, owner


USERS = {"ReaderSecret": "api", "WriterSecret": "ingest", "OwnerSecretGenerated": "almanac_owner"}


def check_secrets(stack):
    """Names of users are those of docs/aws.md, and the owner's is the one that RDS makes."""
    secrets = stack.of_type("SecretsManager::Secret")
    generated = stack.parameters["OwnerLogin"] == "generated"
    assert set(secrets) == set(USERS) - (set() if generated else {"OwnerSecretGenerated"})
    for name, secret in secrets.items():
        made = dict(secret["GenerateSecretString"])
        assert json.loads(made.pop("SecretStringTemplate")) == {"username": USERS[name]}, name
        assert made == {"GenerateStringKey": "password", "PasswordLength": 40, "ExcludePunctuation": True}, name
    assert stack["Database"]["MasterUsername"] == USERS["OwnerSecretGenerated"]


def owner_secret(stack):
    return "${OwnerSecretGenerated}" if stack.parameters["OwnerLogin"] == "generated" else (
        "${Database.MasterUserSecret.SecretArn}")


def check_who_logs_in_as_whom(stack):
    wanted = {owner: {"ALMANAC_DATABASE_SECRET": "${WriterSecret}"}
              for owner in ("IngestTask", "JobDefinition", "IngestFunction")}
    wanted["ApiTask"] = {"ALMANAC_DATABASE_SECRET": "${ReaderSecret}"}
    wanted["MigrateTask"] = {"ALMANAC_DATABASE_SECRET": owner_secret(stack),
                             "ALMANAC_READER_SECRET": "${ReaderSecret}", "ALMANAC_WRITER_SECRET": "${WriterSecret}"}
    for owner, variables in environments(stack):
        assert {n: v for n, v in variables.items() if n.endswith("_SECRET")} == wanted[owner], owner


def check_login_of_the_api_is_injected(stack):
    """All others fetch theirs when they start."""
    injected = {name: task["ContainerDefinitions"][0].get("Secrets")
                for name, task in stack.of_type("ECS::TaskDefinition").items()}
    assert injected.pop("ApiTask") == [{"Name": "PGUSER", "ValueFrom": "${ReaderSecret}:username::"},
                                       {"Name": "PGPASSWORD", "ValueFrom": "${ReaderSecret}:password::"}]
    assert not any(injected.values())


CHECKS = (check_windows, check_instance, check_storage_can_grow, check_replica, check_parameters,
          check_where_programs_connect, check_secrets, check_who_logs_in_as_whom,
          check_login_of_the_api_is_injected)
