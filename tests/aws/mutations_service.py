"""Faults of the service, of the function and of jobs, and of what starts them."""

import checks_ingest as ingest
import checks_jobs as jobs
import checks_service as service
import judges
from mutations import BATCH, TASK, attribute, container, get, no_variable, properties, set_, variable


def no_key_in_upload_pattern(t):
    del properties(t, "UploadRule")["EventPattern"]["detail"]["object"]


def default(parameter, value):
    return lambda t: t["Parameters"][parameter].update(Default=value)


def in_container(task="ApiTask", **changes):
    return lambda t: container(t, task).update(changes)


TRACKING = "TargetTrackingScalingPolicyConfiguration"
DEREGISTRATION = "deregistration_delay.timeout_seconds"

MUTATIONS = {
    "image by tag": (in_container(Image="almanac-api:latest"), service.check_images_and_commands),
    "wrong command": (in_container("MigrateTask", Command=["serve"]), service.check_images_and_commands),
    "writable root": (in_container(ReadonlyRootFilesystem=False), service.check_images_and_commands),
    "as root": (in_container(User="0"), service.check_images_and_commands),
    "no /tmp": (set_("IngestTask", "ContainerDefinitions.0.MountPoints", None), service.check_tmp_can_be_written,
                BATCH),
    "a /tmp that cannot be written": (set_("IngestTask", "ContainerDefinitions.0.MountPoints.0.ReadOnly", True),
                                      service.check_tmp_can_be_written, BATCH),
    "no volume for /tmp": (set_("JobDefinition", "ContainerProperties.Volumes", []), service.check_tmp_can_be_written,
                           BATCH),
    "another port": (variable("ALMANAC_LISTEN", "0.0.0.0:8000"), service.check_ports_and_paths),
    "another port for operators": (variable("ALMANAC_OPERATION_LISTEN", "0.0.0.0:9000"),
                                   service.check_ports_and_paths),
    "one port for all": (variable("ALMANAC_OPERATION_LISTEN", "0.0.0.0:8080"), service.check_ports_and_paths),
    "no proxy is trusted": (variable("ALMANAC_TRUSTED_PROXIES", ""), service.check_ports_and_paths),
    "killed while draining": (in_container(StopTimeout=40), service.check_drain_fits),
    "stopped before deregistered": (variable("ALMANAC_DRAIN_DELAY", "2000"), service.check_drain_fits),
    "red for longer before it is noticed": (set_("Targets", "UnhealthyThresholdCount", 3), service.check_drain_fits),
    "looked at too seldom": (set_("Targets", "HealthCheckIntervalSeconds", 14), service.check_drain_fits),
    "deregistration of five minutes": (attribute("Targets", "TargetGroupAttributes", DEREGISTRATION, "300"),
                                       service.check_drain_fits),
    "no rollback": (set_("ApiService", "DeploymentConfiguration.DeploymentCircuitBreaker.Rollback", False),
                    service.check_service_survives_deployments),
    "half of the tasks": (set_("ApiService", "DeploymentConfiguration.MinimumHealthyPercent", 50),
                          service.check_service_survives_deployments),
    "a way in": (set_("ApiService", "EnableExecuteCommand", True), service.check_service_survives_deployments),
    "count of tasks set back by every update": (set_("ApiService", "DesiredCount", 2),
                                                service.check_service_survives_deployments),
    "a service that nobody waits for": (lambda t: t["Resources"]["ApiService"].pop("Condition"),
                                        service.check_serving_is_having_the_service, {}),
    "no time to start": (set_("ApiService", "HealthCheckGracePeriodSeconds", None),
                         service.check_service_survives_deployments),
    "service before listener": (set_("ApiService", "Tags", []), service.check_service_survives_deployments),
    "scaling of another service": (set_("ApiScaling", "ResourceId", "service/x/y"), service.check_scaling),
    "scaling at 0.6 %": (set_("ScaleByCpu", f"{TRACKING}.TargetValue", 0.6), service.check_scaling),
    "scaling at one request a second": (set_("ScaleByRequests", f"{TRACKING}.TargetValue", 60), service.check_scaling),
    "scaling by requests to nothing": (
        set_("ScaleByRequests", f"{TRACKING}.PredefinedMetricSpecification.ResourceLabel",
             get("Balancer", "LoadBalancerFullName")), service.check_scaling),
    "no room to scale": (set_("ApiScaling", "MaxCapacity", {"Ref": "MinTasks"}), service.check_scaling),
    "killed at once": (set_("ApiTask", "ContainerDefinitions.0.HealthCheck.StartPeriod", 0), service.check_health),
    "a failover replaces the tasks": (variable("ALMANAC_READY_GRACE", "0"), service.check_health),
    "no grace at all": (no_variable("ALMANAC_READY_GRACE"), service.check_health),
    "an older Fargate": (set_("ApiService", "PlatformVersion", "1.3.0"), service.check_cluster),
    "a log that blocks": (lambda t: container(t)["LogConfiguration"]["Options"].update(mode="blocking"),
                          service.check_logs),
    "a log elsewhere": (set_("MigrateTask", "ContainerDefinitions.0.LogConfiguration.Options.awslogs-region", "eu"),
                        service.check_logs),
    "too many connections": (variable("ALMANAC_DB_CONNECTIONS", "16"), judges.by_budget),
    "too many tasks": (lambda t: t["Parameters"]["MaxTasks"].update(MaxValue=50), judges.by_budget),
    "a rule that holds for nobody": (lambda t: t["Rules"]["TaskNeedsBulk"].update(
        RuleCondition={"Fn::Equals": [{"Ref": "ScheduleStarts"}, "tasks"]}), judges.by_rules),
    "no rule for replicas": (lambda t: t["Rules"].pop("ReplicaNeedsGeneratedLogin"), judges.by_rules),
    "too many children of Batch": (set_("ComputeEnvironment", "ComputeResources.MaxvCpus", 10), judges.by_budget),

    "another size of task": (set_("ApiTask", "Memory", "2048"), jobs.check_sizes),
    "another processor": (set_("MigrateTask", "RuntimePlatform.CpuArchitecture", "X86_64"), jobs.check_tasks,
                          {"Architecture": "ARM64"}),
    "no platform": (set_("IngestTask", "RuntimePlatform", None), jobs.check_tasks, TASK),
    "roles of another": (set_("IngestTask", "TaskRoleArn", get("MigrateTaskRole", "Arn")), jobs.check_tasks, TASK),
    "no time to stop": (set_("IngestTask", "ContainerDefinitions.0.StopTimeout", None), jobs.check_tasks, TASK),
    "jobs of a minute": (set_("JobDefinition", "Timeout.AttemptDurationSeconds", 60), jobs.check_job, BATCH),
    "jobs on any processor": (set_("JobDefinition", "ContainerProperties.RuntimePlatform", None), jobs.check_job,
                              BATCH),
    "jobs that need instances": (set_("JobDefinition", "PlatformCapabilities", ["EC2"]), jobs.check_job, BATCH),
    "jobs on Spot": (set_("ComputeEnvironment", "ComputeResources.Type", "FARGATE_SPOT"), jobs.check_batch, BATCH),
    "a queue that is shut": (set_("JobQueue", "State", "DISABLED"), jobs.check_batch, BATCH),
    "function killed early": (set_("IngestFunction", "Timeout", 300), jobs.check_function),
    "two runs at once": (set_("IngestFunction", "ReservedConcurrentExecutions", 2), jobs.check_function),
    "a function of 128 MiB": (set_("IngestFunction", "MemorySize", 128), jobs.check_function),
    "a log in lines": (set_("IngestFunction", "LoggingConfig.LogFormat", "Text"), jobs.check_function),
    "role gone before the interfaces": (lambda t: t["Resources"]["IngestGroup"].pop("DependsOn"),
                                        jobs.check_function_can_be_deleted),
    "a log that only people read": (variable("ALMANAC_LOG_FORMAT", "text"), jobs.check_log_format),

    "cron of five fields": (default("DailyCron", "cron(15 6 * * ?)"), ingest.check_schedules),
    "cron with day and weekday": (default("WeeklyCron", "cron(15 6 * * MON *)"), ingest.check_schedules),
    "cron at another hour": (default("DailyCron", "cron(15 18 * * ? *)"), judges.by_next_runs),
    "cron on another day": (default("WeeklyCron", "cron(15 6 ? * TUE *)"), judges.by_next_runs),
    "schedule in another zone": (set_("DailySchedule", "ScheduleExpressionTimezone", "Etc/GMT+5"),
                                 ingest.check_schedules),
    "schedule some time that day": (
        set_("DailySchedule", "FlexibleTimeWindow", {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1440}),
        ingest.check_schedules),
    "schedule without input": (set_("MonthlySchedule", "Target.Input", "{}"), ingest.check_schedules),
    "tasks that are told something": (set_("MonthlySchedule", "Target.Input.Fn::If.2.Fn::If.1", "{\"a\": 1}"),
                                      ingest.check_schedules, TASK),
    "schedule without dead-letter queue": (set_("WeeklySchedule", "Target.DeadLetterConfig", None),
                                           ingest.check_schedules),
    "failures of the function are lost": (set_("IngestInvokeConfig", "DestinationConfig", None),
                                          ingest.check_failures_are_kept),
    "events that are soon too old": (set_("IngestInvokeConfig", "MaximumEventAgeInSeconds", 60),
                                     ingest.check_failures_are_kept),
    "policy of another queue": (set_("IngestFailuresPolicy", "Queues", []), ingest.check_failures_are_kept),
    "every upload starts the function": (no_key_in_upload_pattern, ingest.check_uploads_start_the_function),
    "uploads that start nothing": (set_("UploadRule", "State", "DISABLED"), ingest.check_uploads_start_the_function),
}
