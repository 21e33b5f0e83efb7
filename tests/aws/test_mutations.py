"""The checks bite: each of these faults, put into a committed template, is found by the check beside it."""

import copy
import json

import pytest

import cfn
import checks_alarms as alarms
import checks_data as data
import checks_ingest as ingest
import checks_network as network
import checks_service as service
import iam
import test_iam
import test_schedule
from conftest import APP
from test_validators import run


def properties(template, name):
    return template["Resources"][name]["Properties"]


def container(template, task="ApiTask"):
    return properties(template, task)["ContainerDefinitions"][0]


def variable(template, name, value, task="ApiTask"):
    for entry in container(template, task)["Environment"]:
        if entry["Name"] == name:
            entry["Value"] = value
            return
    container(template, task)["Environment"].append({"Name": name, "Value": value})


def no_variable(template, owner, name):
    resource = properties(template, owner)
    if owner == "IngestFunction":
        del resource["Environment"]["Variables"][name]
        return
    inside = resource["ContainerProperties"] if owner == "JobDefinition" else resource["ContainerDefinitions"][0]
    inside["Environment"] = [v for v in inside["Environment"] if v["Name"] != name]


def attribute(template, resource, key, name, value):
    for entry in properties(template, resource)[key]:
        if entry["Key"] == name:
            entry["Value"] = value


def statements(template, role):
    return properties(template, role)["Policies"][0]["PolicyDocument"]["Statement"]


def open_to_world(t):
    properties(t, "DatabaseGroup")["SecurityGroupIngress"] = [
        {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "0.0.0.0/0"}]


def open_to_balancer(t):
    t["Resources"]["Extra"] = {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {
        "GroupId": {"Fn::GetAtt": ["DatabaseGroup", "GroupId"]}, "IpProtocol": "-1",
        "SourceSecurityGroupId": {"Fn::GetAtt": ["BalancerGroup", "GroupId"]}}}


def route_to_database(t):
    t["Resources"]["Extra"] = {"Type": "AWS::EC2::Route", "Properties": {
        "RouteTableId": {"Ref": "IsolatedRoutes"}, "DestinationCidrBlock": "0.0.0.0/0",
        "GatewayId": {"Ref": "InternetGateway"}}}


def database_in_public_subnets(t):
    properties(t, "DatabaseSubnets")["SubnetIds"] = [{"Ref": "PublicSubnetA"}, {"Ref": "PublicSubnetB"}]


def tasks_open_to_world(t):
    properties(t, "ApiGroup")["SecurityGroupIngress"] = [
        {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "CidrIp": "0.0.0.0/0"}]


def api_reads_owner_secret(t):
    statements(t, "ApiTaskRole")[0]["Resource"].append({"Fn::GetAtt": ["Database", "MasterUserSecret.SecretArn"]})


def whole_bucket(t):
    for s in statements(t, "IngestRole"):
        if s.get("Action") == ["s3:GetObject"]:
            s["Resource"] = [{"Fn::Sub": "${DataBucket.Arn}/*"}]


def misspelt_action(t):
    statements(t, "ApiTaskRole")[0]["Action"] = ["secretsmanager:GetSecretValues"]


def role_for_anybody(t):
    del properties(t, "SchedulerRole")["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]


def swapped_secret(t):
    variable(t, "ALMANAC_DATABASE_SECRET", {"Ref": "WriterSecret"})


def cron_without_year(t):
    t["Parameters"]["DailyCron"]["Default"] = "cron(15 6 * * ?)"


def cron_on_both_days(t):
    t["Parameters"]["WeeklyCron"]["Default"] = "cron(15 6 * * MON *)"


def cron_at_another_hour(t):
    t["Parameters"]["DailyCron"]["Default"] = "cron(15 18 * * ? *)"


def no_key_in_upload_pattern(t):
    del properties(t, "UploadRule")["EventPattern"]["detail"]["object"]


def pg_password(t):
    variable(t, "PGPASSWORD", "correct horse battery staple")


def resolved_password(t):
    variable(t, "ALMANAC_DATABASE_URL", {"Fn::Sub": "postgresql://api:{{resolve:secretsmanager:${ReaderSecret}}}@db/a"})


def set_(resource, path, value):
    """A mutation that replaces one property; path is separated by dots."""
    def mutate(template):
        *parents, last = path.split(".")
        node = properties(template, resource)
        for parent in parents:
            node = node[int(parent)] if isinstance(node, list) else node[parent]
        if value is None:
            del node[last]
        else:
            node[last] = value
    return mutate


def on(mutation, *arguments):
    return lambda template: mutation(template, *arguments)


def by_iam_list(template):
    assert iam.all_rows(template) == test_iam.allowed()["production"]


def by_real_actions(template):
    test_iam.test_actions_exist(template)


def by_used_secrets(template):
    test_iam.test_secrets_that_are_used_may_be_read(template)


def by_next_runs(template):
    test_schedule.test_daily_in_utc(template)


def by_budget(template):
    given = {"Serve": "true", "BulkIngest": "batch", "ReserveConcurrency": "false"}
    service.check_connection_budget(cfn.Stack(template, **given), template)


def by_cfn_lint(template, directory):
    path = directory / "template.json"
    path.write_text(json.dumps(template))
    assert run("cfn-lint", "--template", path, "--ignore-checks", "W3691").returncode == 0


SERVING = {"Serve": "true", "Schedule": "daily"}
BATCH = {"BulkIngest": "batch", "ScheduleStarts": "batch"}
REPLICA = {"ReadReplica": "true", "OwnerLogin": "generated"}

MUTATIONS = {
    "5432 open to the world": (open_to_world, network.check_who_reaches_the_database),
    "5432 open to the load balancer": (open_to_balancer, network.check_who_reaches_the_database),
    "database has a public address": (set_("Database", "PubliclyAccessible", True),
                                      network.check_database_is_isolated),
    "database subnets have a way out": (route_to_database, network.check_database_is_isolated),
    "database in public subnets": (database_in_public_subnets, network.check_database_is_isolated),
    "tasks open to the world": (tasks_open_to_world, network.check_who_reaches_the_tasks),
    "function in the API's group": (
        set_("IngestFunction", "VpcConfig.SecurityGroupIds", [{"Fn::GetAtt": ["ApiGroup", "GroupId"]}]),
        network.check_who_reaches_the_database),
    "no way to the secrets": (set_("SecretsmanagerEndpoint", "PrivateDnsEnabled", False),
                              network.check_function_can_work),
    "storage not encrypted": (set_("Database", "StorageEncrypted", False),
                              data.check_database_is_kept_and_encrypted),
    "no backups": (set_("Database", "BackupRetentionPeriod", 0), data.check_database_is_kept_and_encrypted),
    "deleted without a snapshot": (lambda t: t["Resources"]["Database"].update(DeletionPolicy="Delete"),
                                   data.check_what_deletion_leaves),
    "replaced without a snapshot": (lambda t: t["Resources"]["Database"].pop("UpdateReplacePolicy"),
                                    data.check_what_deletion_leaves),
    "a bucket that is in the way of the next attempt": (set_("DataBucket", "BucketName", "almanac"),
                                                        data.check_first_deployment_can_be_rolled_back),
    "a first deployment that cannot be rolled back": (
        set_("Database", "DeletionProtection", {"Fn::If": ["HasReplica", False, True]}),
        data.check_first_deployment_can_be_rolled_back, {}),
    "a minor version": (set_("Database", "EngineVersion", "17.4"), data.check_database_is_kept_and_encrypted),
    "TLS optional": (set_("DatabaseParameters", "Parameters", {"rds.force_ssl": "0"}), data.check_tls_everywhere),
    "passwords in the log": (set_("DatabaseParameters", "Parameters", {"rds.force_ssl": "1", "log_statement": "ddl"}),
                             data.check_tls_everywhere),
    "plain password": (pg_password, data.check_no_secret_is_plain),
    "password resolved into a variable": (resolved_password, data.check_no_secret_is_plain),
    "managed password beside a replica": (set_("Database", "ManageMasterUserPassword", True),
                                          data.check_replica_takes_the_reads, REPLICA),
    "reads go to the primary": (on(variable, "PGHOST", {"Fn::GetAtt": ["Database", "Endpoint.Address"]}),
                                data.check_replica_takes_the_reads, REPLICA),
    "public bucket": (set_("DataBucket", "PublicAccessBlockConfiguration.BlockPublicPolicy", False),
                      data.check_buckets_are_private),
    "API may read the owner's secret": (api_reads_owner_secret, by_iam_list),
    "function may read the whole bucket": (whole_bucket, by_iam_list),
    "anybody's scheduler may take the role": (role_for_anybody, by_iam_list),
    "misspelt action": (misspelt_action, by_real_actions),
    "API as the writer": (swapped_secret, by_used_secrets),
    "image by tag": (lambda t: container(t).update(Image="almanac-api:latest"), service.check_images_and_commands),
    "wrong command": (lambda t: container(t, "MigrateTask").update(Command=["serve"]),
                      service.check_images_and_commands),
    "writable root": (lambda t: container(t).update(ReadonlyRootFilesystem=False),
                      service.check_images_and_commands),
    "as root": (lambda t: container(t).update(User="0"), service.check_images_and_commands),
    "no /tmp": (lambda t: container(t, "IngestTask").pop("MountPoints"), service.check_tmp_can_be_written, BATCH),
    "no volume for /tmp": (set_("JobDefinition", "ContainerProperties.Volumes", []),
                           service.check_tmp_can_be_written, BATCH),
    "another port": (on(variable, "ALMANAC_LISTEN", "0.0.0.0:8000"), service.check_ports_and_paths),
    "health check of the wrong path": (set_("Targets", "HealthCheckPath", "/livez"), service.check_ports_and_paths),
    "killed while draining": (lambda t: container(t).update(StopTimeout=40), service.check_drain_fits),
    "stopped before deregistered": (on(variable, "ALMANAC_DRAIN_DELAY", "2000"), service.check_drain_fits),
    "red for longer before it is noticed": (set_("Targets", "UnhealthyThresholdCount", 3), service.check_drain_fits),
    "looked at too seldom": (set_("Targets", "HealthCheckIntervalSeconds", 14), service.check_drain_fits),
    "deregistration of five minutes": (
        on(attribute, "Targets", "TargetGroupAttributes", "deregistration_delay.timeout_seconds", "300"),
        service.check_drain_fits),
    "no rollback": (set_("ApiService", "DeploymentConfiguration.DeploymentCircuitBreaker.Rollback", False),
                    service.check_service_survives_deployments),
    "count of tasks set back by every update": (set_("ApiService", "DesiredCount", 2),
                                                service.check_service_survives_deployments),
    "a service that nobody waits for": (lambda t: t["Resources"]["ApiService"].pop("Condition"),
                                        service.check_serving_is_having_the_service, {}),
    "no time to start": (set_("ApiService", "HealthCheckGracePeriodSeconds", None),
                         service.check_service_survives_deployments),
    "scaling of another service": (set_("ApiScaling", "ResourceId", "service/x/y"), service.check_scaling),
    "scaling at 0.6 %": (set_("ScaleByCpu", "TargetTrackingScalingPolicyConfiguration.TargetValue", 0.6),
                         service.check_scaling),
    "scaling at one request a second": (
        set_("ScaleByRequests", "TargetTrackingScalingPolicyConfiguration.TargetValue", 60), service.check_scaling),
    "scaling by requests to nothing": (
        set_("ScaleByRequests", "TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification.ResourceLabel",
             {"Fn::GetAtt": ["Balancer", "LoadBalancerFullName"]}), service.check_scaling),
    "no room to scale": (set_("ApiScaling", "MaxCapacity", {"Ref": "MinTasks"}), service.check_scaling),
    "service before listener": (set_("ApiService", "Tags", []), service.check_service_survives_deployments),
    "too many connections": (on(variable, "ALMANAC_DB_CONNECTIONS", "16"), by_budget),
    "too many tasks": (lambda t: t["Parameters"]["MaxTasks"].update(MaxValue=50), by_budget),
    "too many children of Batch": (set_("ComputeEnvironment", "ComputeResources.MaxvCpus", 10), by_budget),
    "a smaller database": (lambda t: t["Parameters"]["DatabaseClass"]["AllowedValues"].append("db.t4g.micro"),
                           by_budget),
    "no access logs": (on(attribute, "Balancer", "LoadBalancerAttributes", "access_logs.s3.enabled", "false"),
                       service.check_balancer),
    "logs where they may not be written": (
        on(attribute, "Balancer", "LoadBalancerAttributes", "access_logs.s3.prefix", "alb"), service.check_balancer),
    "logs for ever": (set_("ApiLogs", "RetentionInDays", 0), service.check_logs),
    "a log that blocks": (lambda t: container(t)["LogConfiguration"]["Options"].update(mode="blocking"),
                          service.check_logs),
    "role gone before the interfaces": (lambda t: t["Resources"]["IngestGroup"].pop("DependsOn"),
                                        service.check_function_can_be_deleted),
    "function killed early": (set_("IngestFunction", "Timeout", 300), service.check_function_limits),
    "two runs at once": (set_("IngestFunction", "ReservedConcurrentExecutions", 2), service.check_function_limits),
    "cron of five fields": (cron_without_year, ingest.check_schedules),
    "cron with day and weekday": (cron_on_both_days, ingest.check_schedules),
    "cron at another hour": (cron_at_another_hour, by_next_runs),
    "schedule in another zone": (set_("DailySchedule", "ScheduleExpressionTimezone", "Etc/GMT+5"),
                                 ingest.check_schedules),
    "schedule without dead-letter queue": (set_("WeeklySchedule", "Target.DeadLetterConfig", None),
                                           ingest.check_schedules),
    "failures of the function are lost": (set_("IngestInvokeConfig", "DestinationConfig", None),
                                          ingest.check_failures_are_kept),
    "every upload starts the function": (no_key_in_upload_pattern, ingest.check_uploads_start_the_function),
    "silence is success": (set_("IngestOverdueAlarm", "TreatMissingData", "notBreaching"), alarms.check_alarms),
    "alarm on a metric nobody sends": (
        set_("IngestOverdueAlarm", "Metrics.1.MetricStat.Metric.MetricName", "IngestSucceeded"), alarms.check_alarms),
    "gaps that are not filled": (set_("IngestOverdueAlarm", "Metrics.0.Expression", "found"), alarms.check_alarms),
    "alarm that tells nobody": (set_("IngestErrorsAlarm", "AlarmActions", []), alarms.check_alarms_reach_somebody),
    "alarm that is turned off": (set_("IngestOverdueAlarm", "ActionsEnabled", False),
                                 alarms.check_alarms_reach_somebody),
    "alarm of another function": (
        set_("IngestErrorsAlarm", "Dimensions", [{"Name": "FunctionName", "Value": "almanac"}]), alarms.check_alarms),
    "alarm after a hundred errors": (set_("IngestErrorsAlarm", "Threshold", 100), alarms.check_alarms),
    "no task is no alarm": (set_("ApiDownAlarm", "TreatMissingData", "notBreaching"), alarms.check_alarms),
    "alarm without the target group": (
        set_("ApiDownAlarm", "Dimensions", [{"Name": "LoadBalancer", "Value": {
            "Fn::GetAtt": ["Balancer", "LoadBalancerFullName"]}}]), alarms.check_alarms),
    "an alarm less": (lambda t: t["Resources"].pop("ApiDownAlarm"), alarms.check_alarms),
    "storage in gigabytes": (set_("DatabaseStorageAlarm", "Threshold", 2), alarms.check_alarms),
    "alarm on much storage": (set_("DatabaseStorageAlarm", "ComparisonOperator", "GreaterThanThreshold"),
                              alarms.check_alarms),
    "alarm on the queue's address": (
        set_("IngestUndeliveredAlarm", "Dimensions", [{"Name": "QueueName", "Value": {"Ref": "IngestFailures"}}]),
        alarms.check_alarms),
    "alarm on the quickest run": (set_("IngestSlowAlarm", "Statistic", "Minimum"), alarms.check_alarms),
    "alarm by the minute": (set_("IngestSlowAlarm", "Period", 60), alarms.check_alarms),
    "alarm on a replica that is idle": (set_("ReplicaLagAlarm", "Threshold", 300), alarms.check_alarms, REPLICA),
    "memory alarm that never ends": (set_("DatabaseMemoryAlarm", "Threshold", 2**30), alarms.check_memory_alarm),
    "topic with AWS's key": (set_("AlarmTopic", "KmsMasterKeyId", "alias/aws/sns"),
                             alarms.check_alarms_reach_somebody),
    "policy of another topic": (set_("AlarmTopicPolicy", "Topics", []), alarms.check_alarms_reach_somebody),
    "key that EventBridge may not use": (lambda t: properties(t, "AlarmKey")["KeyPolicy"]["Statement"].pop(),
                                         alarms.check_events_reach_somebody),
    "topic that EventBridge may not publish to": (
        lambda t: properties(t, "AlarmTopicPolicy")["PolicyDocument"]["Statement"].pop(),
        alarms.check_events_reach_somebody),
    "every task that ends": (set_("FailedTaskRule", "EventPattern.detail.$or", None), alarms.check_failed_runs_are_told),
    "jobs of another queue": (set_("FailedJobRule", "EventPattern.detail.jobQueue", None),
                              alarms.check_failed_runs_are_told, BATCH),
    "failed jobs unseen": (set_("FailedJobRule", "State", "DISABLED"), alarms.check_failed_runs_are_told, BATCH),
    "message with a hole": (set_("FailedTaskRule", "Targets.0.InputTransformer.InputPathsMap.code", None),
                            alarms.check_failed_runs_are_told),
    "API without figures": (on(variable, "ALMANAC_EMF_NAMESPACE", "Almanach"), alarms.check_figures_are_sent),
    "jobs without figures": (on(no_variable, "JobDefinition", "ALMANAC_EMF_NAMESPACE"), alarms.check_figures_are_sent,
                             BATCH),
    "function without figures": (on(no_variable, "IngestFunction", "ALMANAC_EMF_NAMESPACE"),
                                 alarms.check_figures_are_sent),
    "misspelt property": (set_("Database", "MultiAz", True), by_cfn_lint),
    "function longer than Lambda allows": (set_("IngestFunction", "Timeout", 901), by_cfn_lint),
    "sizes that Fargate does not have": (set_("ApiTask", "Memory", "8192"), by_cfn_lint),
    "reference to nothing": (set_("ApiService", "Cluster", {"Ref": "Clutser"}), by_cfn_lint),
}


@pytest.fixture(scope="module")
def whole():
    return cfn.load(APP / "templates" / "production.json")


def judge(check, template, given, tmp_path):
    if check is by_cfn_lint:
        check(template, tmp_path)
    elif check.__module__ == __name__:
        check(template)
    else:
        check(cfn.Stack(template, **given))


@pytest.mark.parametrize("name", MUTATIONS)
def test_fault_is_found(whole, name, tmp_path):
    mutate, check, *given = MUTATIONS[name]
    given = given[0] if given else SERVING
    if check is not by_cfn_lint:  # that is in test_validators
        judge(check, whole, given, tmp_path)  # finds nothing in the template as it is
    broken = copy.deepcopy(whole)
    mutate(broken)
    assert broken != whole
    with pytest.raises((AssertionError, KeyError, ValueError)):  # what is not there cannot be looked at either
        judge(check, broken, given, tmp_path)
