"""What runs without being asked by a client: tasks, jobs of Batch, the function; and what all containers share."""

from checks_data import environments
from checks_network import is_production

HOUR = 3600


def check_sizes(stack):
    sizes = {"ApiTask": ("512", "1024") if is_production(stack) else ("256", "512"),
             "MigrateTask": ("256", "512"), "IngestTask": ("1024", "2048")}
    tasks = stack.of_type("ECS::TaskDefinition")
    assert {n: (t["Cpu"], t["Memory"]) for n, t in tasks.items()} == {n: sizes[n] for n in tasks}
    assert ("IngestTask" in tasks) == (stack.parameters["BulkIngest"] != "off")


def platform(stack):
    return {"OperatingSystemFamily": "LINUX", "CpuArchitecture": stack.parameters["Architecture"]}


ROLES = {"ApiTask": ("ApiTaskRole", "ApiExecutionRole"), "MigrateTask": ("MigrateTaskRole", "MigrateExecutionRole"),
         "IngestTask": ("JobRole", "JobExecutionRole")}


def check_tasks(stack):
    for name, task in stack.of_type("ECS::TaskDefinition").items():
        assert task["RequiresCompatibilities"] == ["FARGATE"] and task["NetworkMode"] == "awsvpc", name
        assert task["RuntimePlatform"] == platform(stack), name
        assert (task["TaskRoleArn"], task["ExecutionRoleArn"]) == tuple(f"${{{r}.Arn}}" for r in ROLES[name]), name
        container, = task["ContainerDefinitions"]
        assert container["Essential"] is True, name
        assert container["Name"] == name.removesuffix("Task").lower()
        # What a run has taken in is stored when it is told to stop, if it has the time.
        assert container.get("StopTimeout", 30) >= (60 if name != "MigrateTask" else 30), name


def check_batch(stack):
    """One vCPU a child, so that as many run at once as the database has connections for."""
    if stack.parameters["BulkIngest"] != "batch":
        assert not {"JobDefinition", "JobQueue", "ComputeEnvironment"} & set(stack.resources)
        return
    environment = stack["ComputeEnvironment"]
    assert (environment["Type"], environment["State"]) == ("MANAGED", "ENABLED")
    assert environment["ReplaceComputeEnvironment"] is False
    resources = environment["ComputeResources"]
    assert (resources["Type"], resources["MaxvCpus"]) == ("FARGATE", 8 if is_production(stack) else 4)
    assert stack["JobQueue"] == {"State": "ENABLED", "Priority": 1, "ComputeEnvironmentOrder": [
        {"Order": 1, "ComputeEnvironment": "${ComputeEnvironment.ComputeEnvironmentArn}"}]}


def check_job(stack):
    if "JobDefinition" not in stack:
        return
    job = dict(stack["JobDefinition"])
    container = job.pop("ContainerProperties")
    assert job == {"Type": "container", "PlatformCapabilities": ["FARGATE"], "RetryStrategy": {"Attempts": 2},
                   "Timeout": {"AttemptDurationSeconds": 6 * HOUR}, "PropagateTags": True}
    assert container["RuntimePlatform"] == platform(stack)
    assert container["FargatePlatformConfiguration"] == {"PlatformVersion": "1.4.0"}
    assert container["ResourceRequirements"] == [{"Type": "VCPU", "Value": "1"}, {"Type": "MEMORY", "Value": "2048"}]
    assert (container["JobRoleArn"], container["ExecutionRoleArn"]) == ("${JobRole.Arn}", "${JobExecutionRole.Arn}")


def check_function(stack):
    function = stack["IngestFunction"]
    assert function["Timeout"] == 900 and function["Role"] == "${IngestRole.Arn}"
    assert function["MemorySize"] == str(stack.parameters["FunctionMemory"])
    wanted = 1 if stack.parameters["ReserveConcurrency"] == "true" else None
    assert function.get("ReservedConcurrentExecutions") == wanted
    # As the program's log is elsewhere: JSON, so that requests can be found by their id.
    assert function["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": "${IngestLogs}"}
    assert function["PackageType"] == "Image"


def check_function_can_be_deleted(stack):
    """Lambda needs its role until the interfaces in the group are gone: the group has to go first."""
    assert "IngestRole" in stack.resources["IngestGroup"]["DependsOn"]


def check_log_format(stack):
    """Logs of containers are read by machines; the function's are JSON by its configuration."""
    for owner, variables in environments(stack):
        assert variables.get("ALMANAC_LOG_FORMAT") == (None if owner == "IngestFunction" else "json"), owner


CHECKS = (check_sizes, check_tasks, check_batch, check_job, check_function, check_function_can_be_deleted,
          check_log_format)
