"""Faults of data, the database, logins and rights."""

import checks_data as data
import checks_database as database
import judges
from mutations import REPLICA, get, no_variable, properties, set_, statements, variable

GENERATED = {"OwnerLogin": "generated"}


def api_reads_owner_secret(t):
    statements(t, "ApiTaskRole")[0]["Resource"].append(get("Database", "MasterUserSecret.SecretArn"))


def whole_bucket(t):
    for s in statements(t, "IngestRole"):
        if s.get("Action") == ["s3:GetObject"]:
            s["Resource"] = [{"Fn::Sub": "${DataBucket.Arn}/*"}]


def misspelt_action(t):
    statements(t, "ApiTaskRole")[0]["Action"] = ["secretsmanager:GetSecretValues"]


def role_for_anybody(t):
    del properties(t, "SchedulerRole")["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]


def swapped_secrets(t):
    variable("ALMANAC_READER_SECRET", {"Ref": "WriterSecret"}, "MigrateTask")(t)
    variable("ALMANAC_WRITER_SECRET", {"Ref": "ReaderSecret"}, "MigrateTask")(t)


def user(name):
    return f'{{"username":"{name}"}}'


RESOLVED = {"Fn::Sub": "postgresql://api:{{resolve:secretsmanager:${ReaderSecret}}}@db/a"}
VERSIONS = "LifecycleConfiguration.Rules.1.NoncurrentVersionExpiration.NoncurrentDays"

MUTATIONS = {
    "storage not encrypted": (set_("Database", "StorageEncrypted", False), database.check_instance),
    "no backups": (set_("Database", "BackupRetentionPeriod", 0), database.check_instance),
    "a minor version": (set_("Database", "EngineVersion", "17.4"), database.check_instance),
    "another database": (set_("Database", "DBName", "postgres"), database.check_instance),
    "programs in another database": (variable("PGDATABASE", "postgres"), database.check_where_programs_connect),
    "an authority that has ended": (set_("Database", "CACertificateIdentifier", "rds-ca-2019"),
                                    database.check_instance),
    "no log of the database": (set_("Database", "EnableCloudwatchLogsExports", None), database.check_instance),
    "no insights": (set_("Database", "EnablePerformanceInsights", False), database.check_instance),
    "never patched": (set_("Database", "AutoMinorVersionUpgrade", False), database.check_instance),
    "storage that does not grow": (set_("Database", "MaxAllocatedStorage", None), database.check_instance),
    "a standby always": (set_("Database", "MultiAZ", True), database.check_instance, {"MultiAz": "false"}),
    "a standby never": (set_("Database", "MultiAZ", False), database.check_instance, {"MultiAz": "true"}),
    "a size that cannot be chosen": (set_("Database", "DBInstanceClass", "db.t4g.small"), database.check_instance,
                                     {"DatabaseClass": "db.t4g.large"}),
    "monitoring without a role": (set_("Database", "MonitoringRoleArn", None), database.check_instance),
    "backup during maintenance": (set_("Database", "PreferredMaintenanceWindow", "sun:02:30-sun:03:30"),
                                  database.check_windows),
    "parameters of another version": (set_("DatabaseParameters", "Family", "postgres16"), database.check_parameters),
    "TLS optional": (set_("DatabaseParameters", "Parameters", {"rds.force_ssl": "0"}), database.check_parameters),
    "passwords in the log": (set_("DatabaseParameters", "Parameters.log_statement", "ddl"), database.check_parameters),
    "a small replica": (set_("Replica", "DBInstanceClass", "db.t4g.micro"), database.check_replica, REPLICA),
    "a public replica": (set_("Replica", "PubliclyAccessible", True), database.check_replica, REPLICA),
    "managed password beside a replica": (set_("Database", "ManageMasterUserPassword", True), database.check_replica,
                                          REPLICA),
    "reads go to the primary": (variable("PGHOST", get("Database", "Endpoint.Address")),
                                database.check_where_programs_connect, REPLICA),
    "certificates not looked at": (variable("PGSSLMODE", "require"), database.check_where_programs_connect),
    "deleted without a snapshot": (lambda t: t["Resources"]["Database"].update(DeletionPolicy="Delete"),
                                   data.check_what_deletion_leaves),
    "replaced without a snapshot": (lambda t: t["Resources"]["Database"].pop("UpdateReplacePolicy"),
                                    data.check_what_deletion_leaves),
    "data gone with the bucket": (lambda t: t["Resources"]["DataBucket"].pop("UpdateReplacePolicy"),
                                  data.check_what_deletion_leaves),
    "a bucket that is in the way of the next attempt": (set_("DataBucket", "BucketName", "almanac"),
                                                        data.check_first_deployment_can_be_rolled_back),
    "a first deployment that cannot be rolled back": (
        set_("Database", "DeletionProtection", {"Fn::If": ["HasReplica", False, True]}),
        data.check_first_deployment_can_be_rolled_back, {}),
    "nothing is protected": (set_("Database", "DeletionProtection", False),
                             data.check_first_deployment_can_be_rolled_back),
    "public bucket": (set_("DataBucket", "PublicAccessBlockConfiguration.BlockPublicPolicy", False),
                      data.check_buckets_are_private),
    "policy of another bucket": (set_("LogBucketPolicy", "Bucket", {"Ref": "DataBucket"}),
                                 data.check_buckets_are_private),
    "logs of the bucket in itself": (set_("DataBucket", "LoggingConfiguration.DestinationBucketName", None),
                                     data.check_buckets_are_private),
    "plain queue": (set_("IngestFailures", "SqsManagedSseEnabled", False), data.check_buckets_are_private),
    "old versions gone in a day": (set_("DataBucket", VERSIONS, 1), data.check_how_long_objects_stay),
    "data that expire": (
        lambda t: properties(t, "DataBucket")["LifecycleConfiguration"]["Rules"].append(
            {"Id": "x", "Status": "Enabled", "ExpirationInDays": 30}), data.check_how_long_objects_stay),
    "logs for ever": (set_("ApiLogs", "RetentionInDays", 0), data.check_logs_stay),
    "plain password": (variable("PGPASSWORD", "correct horse battery staple"), data.check_no_secret_is_plain),
    "password resolved into a variable": (variable("ALMANAC_DATABASE_URL", RESOLVED), data.check_no_secret_is_plain),
    "API as ingest": (set_("ReaderSecret", "GenerateSecretString.SecretStringTemplate", user("ingest")),
                      database.check_secrets),
    "owner by another name": (
        set_("OwnerSecretGenerated", "GenerateSecretString.SecretStringTemplate", user("postgres")),
        database.check_secrets, GENERATED),
    "a short password": (set_("WriterSecret", "GenerateSecretString.PasswordLength", 8), database.check_secrets),
    "API as the writer": (variable("ALMANAC_DATABASE_SECRET", {"Ref": "WriterSecret"}), judges.by_used_secrets),
    "API with the writer's login": (variable("ALMANAC_DATABASE_SECRET", {"Ref": "WriterSecret"}),
                                    database.check_who_logs_in_as_whom),
    "password of another": (
        set_("ApiTask", "ContainerDefinitions.0.Secrets.1.ValueFrom", {"Fn::Sub": "${WriterSecret}:password::"}),
        database.check_login_of_the_api_is_injected),
    "function as the reader": (variable("ALMANAC_DATABASE_SECRET", {"Ref": "ReaderSecret"}, "IngestFunction"),
                               database.check_who_logs_in_as_whom),
    "a migration without logins": (no_variable("ALMANAC_WRITER_SECRET", "MigrateTask"),
                                   database.check_who_logs_in_as_whom),
    "logins the wrong way round": (swapped_secrets, database.check_who_logs_in_as_whom),
    "API may read the owner's secret": (api_reads_owner_secret, judges.by_iam_list),
    "function may read the whole bucket": (whole_bucket, judges.by_iam_list),
    "anybody's scheduler may take the role": (role_for_anybody, judges.by_iam_list),
    "a role that nobody can take": (
        set_("ApiTaskRole", "AssumeRolePolicyDocument.Statement.0.Action", "sts:TagSession"), judges.by_iam_list),
    "misspelt action": (misspelt_action, judges.by_real_actions),
}
