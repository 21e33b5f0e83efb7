"""What starts an ingestion, and where its failures go."""

import json

from croniter import croniter

MINUTES = 60
PREFIX = "s3://${DataBucket}/stations/"
QUEUE = "${IngestFailures.Arn}"


def fields_of(expression):
    """The six fields of EventBridge as the five of cron(5)."""
    assert expression.startswith("cron(") and expression.endswith(")"), expression
    fields = expression[5:-1].split()
    assert len(fields) == 6, expression
    minute, hour, day, month, weekday, year = fields
    assert (day == "?") != (weekday == "?"), f"{expression}: exactly one of day and weekday is ?"
    assert year == "*", expression
    assert not any(c.isdigit() for c in weekday), f"{expression}: EventBridge counts from SUN=1; write names"
    return " ".join((minute, hour, day.replace("?", "*"), month, weekday.replace("?", "*")))


def next_runs(expression, zone, after, count):
    """The next runs in UTC: wall-clock times of the zone, as EventBridge Scheduler has them."""
    times = croniter(fields_of(expression), after.astimezone(zone).replace(tzinfo=None))
    for _ in range(count):
        yield times.get_next(type(after)).replace(tzinfo=zone)


def check_schedules(stack):
    schedules = stack.of_type("Scheduler::Schedule")
    chosen = stack.parameters["Schedule"].capitalize() + "Schedule"
    assert {n for n, s in schedules.items() if s["State"] == "ENABLED"} == ({chosen} & set(schedules))
    assert set(schedules) == {"DailySchedule", "WeeklySchedule", "MonthlySchedule"}
    assert {s["State"] for s in schedules.values()} <= {"ENABLED", "DISABLED"}
    for name, schedule in schedules.items():
        fields_of(schedule["ScheduleExpression"])
        assert croniter.is_valid(fields_of(schedule["ScheduleExpression"])), name
        assert schedule["ScheduleExpressionTimezone"] == stack.parameters["TimeZone"]
        target = schedule["Target"]
        assert target["RoleArn"] == "${SchedulerRole.Arn}"
        assert target.get("DeadLetterConfig") == {"Arn": QUEUE}
        assert target["RetryPolicy"] == {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 60 * MINUTES}
        # At the time that it says, not some time after it.
        assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}, name
        check_started(stack, target)


def check_started(stack, target):
    what = stack.parameters["ScheduleStarts"]
    if what == "function":
        assert target["Arn"] == "${IngestFunction.Arn}" and "EcsParameters" not in target
        assert json.loads(target["Input"]) == {"job": "ingest", "uri": PREFIX}
    elif what == "task":
        assert target["Arn"] == "${Cluster.Arn}" and target["Input"] == "{}"
        task = dict(target["EcsParameters"])
        assert task.pop("NetworkConfiguration")  # checks_network
        assert task == {"TaskDefinitionArn": "${IngestTask}", "LaunchType": "FARGATE", "PlatformVersion": "1.4.0",
                        "TaskCount": 1}
    else:
        assert target["Arn"] == "arn:${AWS::Partition}:scheduler:::aws-sdk:batch:submitJob"
        job = json.loads(target["Input"])
        assert job["JobQueue"] == "${JobQueue}" and job["JobDefinition"] == "${JobDefinition}"
        assert job["ArrayProperties"]["Size"] == int(stack.parameters["BatchArraySize"])
        assert int(stack.parameters["BatchArraySize"]) >= 2, "Batch refuses arrays of one"


def check_failures_are_kept(stack):
    config = stack["IngestInvokeConfig"]
    assert config["FunctionName"] == "${IngestFunction}" and config["Qualifier"] == "$LATEST"
    assert config.get("DestinationConfig") == {"OnFailure": {"Destination": QUEUE}}
    # One run at a time: what is uploaded meanwhile waits for hours, and longer than any run takes.
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (2, 6 * 60 * MINUTES)
    assert stack["IngestFailures"]["MessageRetentionPeriod"] == 14 * 24 * 60 * MINUTES
    assert stack["IngestFailuresPolicy"]["Queues"] == ["${IngestFailures}"]


def check_uploads_start_the_function(stack):
    wanted = stack.parameters["UploadTrigger"] == "true"
    assert ("UploadRule" in stack) == ("UploadPermission" in stack) == wanted
    assert stack["DataBucket"]["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    if not wanted:
        return
    rule = stack["UploadRule"]
    assert rule.get("State", "ENABLED") == "ENABLED"
    assert rule["EventPattern"] == {
        "source": ["aws.s3"], "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["${DataBucket}"]}, "object": {"key": [{"prefix": "stations/"}]}}}
    target, = rule["Targets"]
    assert target["Arn"] == "${IngestFunction.Arn}" and target["DeadLetterConfig"] == {"Arn": QUEUE}
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 60 * MINUTES}
    permission = stack["UploadPermission"]
    assert permission["Principal"] == "events.amazonaws.com" and permission["SourceArn"] == "${UploadRule.Arn}"
    assert permission["FunctionName"] == "${IngestFunction}" and permission["Action"] == "lambda:InvokeFunction"


CHECKS = (check_schedules, check_failures_are_kept, check_uploads_start_the_function)
