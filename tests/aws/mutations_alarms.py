"""Faults of alarms, and of what is told when a run fails."""

import checks_alarms as alarms
from mutations import BATCH, REPLICA, drop, no_variable, properties, set_, variable

MUTATIONS = {
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
    "an alarm less": (drop("ApiDownAlarm"), alarms.check_alarms),
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
    "every task that ends": (set_("FailedTaskRule", "EventPattern.detail.$or", None),
                             alarms.check_failed_runs_are_told),
    "jobs of another queue": (set_("FailedJobRule", "EventPattern.detail.jobQueue", None),
                              alarms.check_failed_runs_are_told, BATCH),
    "failed jobs unseen": (set_("FailedJobRule", "State", "DISABLED"), alarms.check_failed_runs_are_told, BATCH),
    "message with a hole": (set_("FailedTaskRule", "Targets.0.InputTransformer.InputPathsMap.code", None),
                            alarms.check_failed_runs_are_told),
    "API without figures": (variable("ALMANAC_EMF_NAMESPACE", "Almanach"), alarms.check_figures_are_sent),
    "jobs without figures": (no_variable("ALMANAC_EMF_NAMESPACE", "JobDefinition"), alarms.check_figures_are_sent,
                             BATCH),
    "function without figures": (no_variable("ALMANAC_EMF_NAMESPACE", "IngestFunction"),
                                 alarms.check_figures_are_sent),
}
