"""Who is told of what: every alarm, to the letter, and the events of runs that failed."""

import json

from checks_data import environments
from checks_network import is_production

HOUR, MINUTE = 3600, 60
TOPIC = "${AlarmTopic}"

TARGETS = {"LoadBalancer": "${Balancer.LoadBalancerFullName}", "TargetGroup": "${Targets.TargetGroupFullName}"}
SOURCES = {  # namespace, dimensions
    "own": ("Almanac", {"Service": "ingest"}),
    "function": ("AWS/Lambda", {"FunctionName": "${IngestFunction}"}),
    "queue": ("AWS/SQS", {"QueueName": "${IngestFailures.QueueName}"}),
    "balancer": ("AWS/ApplicationELB", {"LoadBalancer": "${Balancer.LoadBalancerFullName}"}),
    "targets": ("AWS/ApplicationELB", TARGETS),
    "database": ("AWS/RDS", {"DBInstanceIdentifier": "${Database}"}),
    "replica": ("AWS/RDS", {"DBInstanceIdentifier": "${Replica}"}),
}

# source, metric, statistic, relation, threshold, period, periods, what missing data mean. Units: Lambda's
# durations are ms, the load balancer's s, storage and memory of RDS are bytes, its lag is s.
ABOVE, BELOW = "GreaterThanThreshold", "LessThanThreshold"
ALARMS = {
    "IngestOverdue": ("own", "IngestSuccess", "Sum", BELOW, 1, HOUR, 26, "breaching"),
    "IngestObjects": ("own", "ObjectsFailed", "Sum", ABOVE, 0, 5 * MINUTE, 1, "notBreaching"),
    "IngestErrors": ("function", "Errors", "Sum", ABOVE, 0, 5 * MINUTE, 1, "notBreaching"),
    "IngestSlow": ("function", "Duration", "Maximum", ABOVE, 0.8 * 900 * 1000, 5 * MINUTE, 1, "notBreaching"),
    "IngestUndelivered": ("queue", "ApproximateNumberOfMessagesVisible", "Maximum", ABOVE, 0, 5 * MINUTE, 1,
                          "notBreaching"),
    "ApiDown": ("targets", "HealthyHostCount", "Minimum", BELOW, 1, MINUTE, 3, "breaching"),
    "ApiErrors": ("targets", "HTTPCode_Target_5XX_Count", "Sum", ABOVE, 10, 5 * MINUTE, 1, "notBreaching"),
    "ApiSlow": ("targets", "TargetResponseTime", "p99", ABOVE, 1, 5 * MINUTE, 3, "notBreaching"),
    "BalancerErrors": ("balancer", "HTTPCode_ELB_5XX_Count", "Sum", ABOVE, 10, 5 * MINUTE, 1, "notBreaching"),
    "DatabaseCpu": ("database", "CPUUtilization", "Average", ABOVE, 80, 5 * MINUTE, 3, "notBreaching"),
    "DatabaseMemory": ("database", "FreeableMemory", "Minimum", BELOW, None, 5 * MINUTE, 3, "notBreaching"),
    "DatabaseStorage": ("database", "FreeStorageSpace", "Minimum", BELOW, 2 * 1024**3, 5 * MINUTE, 3, "notBreaching"),
    # An instance that is not written to seems up to 300 s behind.
    "ReplicaLag": ("replica", "ReplicaLag", "Maximum", ABOVE, 900, 5 * MINUTE, 3, "breaching"),
}
WHEN = {  # those that are not always there: parameter, value
    "IngestOverdue": ("Schedule", "daily"), "ApiDown": ("Serve", "true"), "BalancerErrors": ("Serve", "true"),
    "ReplicaLag": ("ReadReplica", "true"),
}


def dimensions(metric):
    return {d["Name"]: d["Value"] for d in metric["Dimensions"]}


def watched(alarm):
    """(namespace, dimensions, metric, statistic, period); of a sparse metric through metric math."""
    if "Metrics" not in alarm:
        return (alarm["Namespace"], dimensions(alarm), alarm["MetricName"],
                alarm.get("Statistic") or alarm["ExtendedStatistic"], alarm["Period"])
    filled, found = alarm["Metrics"]
    assert filled["Expression"] == f"FILL({found['Id']}, 0)" and filled["ReturnData"] is True
    assert found["ReturnData"] is False and "Period" not in filled
    metric, stat = found["MetricStat"]["Metric"], found["MetricStat"]
    return metric["Namespace"], dimensions(metric), metric["MetricName"], stat["Stat"], stat["Period"]


def check_alarms(stack):
    there = {f"{n}Alarm" for n in ALARMS if n not in WHEN or stack.parameters[WHEN[n][0]] == WHEN[n][1]}
    alarms = stack.of_type("CloudWatch::Alarm")
    assert set(alarms) == there
    for name, alarm in alarms.items():
        source, metric, statistic, relation, threshold, period, periods, missing = ALARMS[name.removesuffix("Alarm")]
        namespace, about = SOURCES[source]
        assert watched(alarm) == (namespace, about, metric, statistic, period), name
        assert alarm["ComparisonOperator"] == relation and alarm["EvaluationPeriods"] == periods, name
        assert threshold is None or alarm["Threshold"] == threshold, name
        assert alarm["TreatMissingData"] == missing, name
        assert "DatapointsToAlarm" not in alarm and "Unit" not in alarm, name
        # CloudWatch looks back a day, or a week where a period is an hour or more.
        assert period * periods <= (7 if period >= HOUR else 1) * 24 * HOUR, name


def check_memory_alarm(stack):
    """A share of the smallest class, or it would always be red, or never."""
    threshold = stack["DatabaseMemoryAlarm"]["Threshold"]
    smallest = (2 if is_production(stack) else 1) * 1024**3
    assert 0.05 * smallest < threshold < 0.10 * smallest


def check_what_is_sparse_is_filled(stack):
    """26 hours are 26 hours: see lib/alarms.js."""
    for name, alarm in stack.of_type("CloudWatch::Alarm").items():
        assert ("Metrics" in alarm) == (name == "IngestOverdueAlarm"), name


def check_alarms_reach_somebody(stack):
    for name, alarm in stack.of_type("CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [TOPIC], name
        assert alarm.get("ActionsEnabled", True) is True, name
    address = stack.parameters["AlarmEmail"]
    assert stack.of_type("SNS::Subscription") == ({"AlarmSubscription": {
        "TopicArn": TOPIC, "Protocol": "email", "Endpoint": address}} if address else {})
    # AWS's own key could not be used by those that publish.
    assert stack["AlarmTopic"]["KmsMasterKeyId"] == "${AlarmKey}"
    assert stack["AlarmTopicPolicy"]["Topics"] == [TOPIC]
    assert stack["AlarmKey"]["EnableKeyRotation"] is True


def allows(document, service, action):
    """The statement that lets a service do that."""
    found, = (s for s in document["Statement"]
              if s["Principal"] == {"Service": f"{service}.amazonaws.com"} and action in s["Action"])
    return found


def check_events_reach_somebody(stack):
    for service in ("cloudwatch", "events"):
        key = allows(stack["AlarmKey"]["KeyPolicy"], service, "kms:Decrypt")
        topic = allows(stack["AlarmTopicPolicy"]["PolicyDocument"], service, "sns:Publish")
        assert "kms:GenerateDataKey*" in key["Action"] and topic["Resource"] == TOPIC
        # EventBridge sends nothing that a condition could look at; CloudWatch does.
        conditions = {"Condition" in key, "Condition" in topic}
        assert conditions == {service == "cloudwatch"}


def publishing_rules(stack):
    return {n: r for n, r in stack.of_type("Events::Rule").items() if n != "UploadRule"}


def check_failed_runs_are_told(stack):
    rules = publishing_rules(stack)
    of_jobs = {"FailedJobRule"} if stack.parameters["BulkIngest"] == "batch" else set()
    assert set(rules) == {"FailedTaskRule"} | of_jobs
    patterns = {name: rule["EventPattern"] for name, rule in rules.items()}
    # Tasks of the service have the group service:NAME.
    assert patterns.pop("FailedTaskRule") == {
        "source": ["aws.ecs"], "detail-type": ["ECS Task State Change"], "detail": {
            "clusterArn": ["${Cluster.Arn}"], "group": [{"prefix": "family:"}], "lastStatus": ["STOPPED"],
            "$or": [{"containers": {"exitCode": [{"anything-but": [0]}]}}, {"stopCode": ["TaskFailedToStart"]}]}}
    for pattern in patterns.values():
        # The array job, not each of its children.
        assert pattern == {
            "source": ["aws.batch"], "detail-type": ["Batch Job State Change"], "detail": {
                "jobQueue": ["${JobQueue}"], "status": ["FAILED"], "arrayProperties": {"index": [{"exists": False}]}}}
    for name, rule in rules.items():
        assert rule.get("State", "ENABLED") == "ENABLED", name
        check_message(rule["Targets"], name)


PATHS = {  # what events of the two services have
    "FailedTaskRule": {"family": "group", "code": "containers[0].exitCode", "reason": "stoppedReason",
                       "task": "taskArn"},
    "FailedJobRule": {"name": "jobName", "reason": "statusReason", "job": "jobId"},
}


def check_message(targets, name):
    target, = targets
    assert target["Arn"] == TOPIC and "RoleArn" not in target, name
    text = json.loads(target["InputTransformer"]["InputTemplate"])
    paths = target["InputTransformer"]["InputPathsMap"]
    assert paths == {key: f"$.detail.{path}" for key, path in PATHS[name].items()}
    assert all(f"<{key}>" in text for key in paths), name
    assert text.count("<") == len(paths), name


def check_figures_are_sent(stack):
    """Whatever takes data in or serves writes figures in the namespace that the alarms look at."""
    for owner, variables in environments(stack):
        wanted = None if owner == "MigrateTask" else "Almanac"
        assert variables.get("ALMANAC_EMF_NAMESPACE") == wanted, owner


CHECKS = (check_alarms, check_memory_alarm, check_what_is_sparse_is_filled, check_alarms_reach_somebody,
          check_events_reach_somebody, check_failed_runs_are_told, check_figures_are_sent)
