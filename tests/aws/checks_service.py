"""What the template and the images promise each other, and how the service lives and dies."""

import math

from checks_balancer import attributes
from checks_data import environments
from checks_network import is_production

GIB = 1024 ** 3
CLASS_MEMORY = {  # of the instance classes, in bytes
    "db.t4g.micro": 1 * GIB, "db.t4g.small": 2 * GIB, "db.t4g.medium": 4 * GIB, "db.t4g.large": 8 * GIB,
    "db.m7g.large": 8 * GIB, "db.m7g.xlarge": 16 * GIB, "db.r7g.large": 16 * GIB,
}
USABLE = 0.7  # of that, what RDS counts as the database's; the rest is the system's
INGEST_CONNECTIONS = 2  # of a function, a task, a child of Batch
FUNCTIONS_OF_A_NEW_ACCOUNT = 10  # at once, where none can be reserved
ADMIN_CONNECTIONS = 10


def api(stack):
    container, = stack["ApiTask"]["ContainerDefinitions"]
    return container


def variables(stack, owner):
    return dict(environments(stack))[owner]


def containers(stack):
    for name, task in stack.of_type("ECS::TaskDefinition").items():
        container, = task["ContainerDefinitions"]
        yield name, container
    for name, job in stack.of_type("Batch::JobDefinition").items():
        yield name, job["ContainerProperties"]


COMMANDS = {
    "ApiTask": ("api", ["serve"]),
    "MigrateTask": ("ingest", ["migrate"]),
    "IngestTask": ("ingest", ["ingest", "s3://${DataBucket}/stations/"]),
    "JobDefinition": ("ingest", ["ingest", "s3://${DataBucket}/stations/"]),
}


def check_images_and_commands(stack):
    registry = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/almanac"
    image = lambda name: f"{registry}-{name}@sha256:{'0' * 64}"
    for owner, container in containers(stack):
        name, command = COMMANDS[owner]
        assert container["Image"] == image(name), owner
        assert container["Command"] == command, owner
        assert "EntryPoint" not in container, owner
        assert container["ReadonlyRootFilesystem"] is True, owner
        assert container["User"] == "10001", owner
        assert not container.get("Privileged"), owner
        if stack.resources[owner]["Type"] == "AWS::ECS::TaskDefinition":  # Batch has no such setting on Fargate
            assert container["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}, owner
    function = stack["IngestFunction"]
    assert function["Code"] == {"ImageUri": image("ingest")} and function["PackageType"] == "Image"
    assert function["ImageConfig"] == {"Command": ["lambda"]}
    arm = stack.parameters["Architecture"] == "ARM64"
    assert function["Architectures"] == ["arm64" if arm else "x86_64"]
    for name, task in stack.of_type("ECS::TaskDefinition").items():
        assert task["RuntimePlatform"]["CpuArchitecture"] == stack.parameters["Architecture"], name


def check_tmp_can_be_written(stack):
    """The root cannot, so there is a volume of the task's own disk; tests/images has the image's half."""
    for owner, container in containers(stack):
        mount, = container["MountPoints"]
        assert (mount["ContainerPath"], mount["ReadOnly"]) == ("/tmp", False), owner
        volumes = (container if owner == "JobDefinition" else stack[owner])["Volumes"]
        assert volumes == [{"Name": mount["SourceVolume"]}], owner


def check_ports_and_paths(stack):
    host, port = variables(stack, "ApiTask")["ALMANAC_LISTEN"].rsplit(":", 1)
    operation_host, operation_port = variables(stack, "ApiTask")["ALMANAC_OPERATION_LISTEN"].rsplit(":", 1)
    assert host == operation_host == "0.0.0.0" and port != operation_port
    targets = stack["Targets"]
    assert api(stack)["PortMappings"] == [
        {"ContainerPort": int(each), "Protocol": "tcp"} for each in (port, operation_port)]
    assert targets["HealthCheckPort"] == operation_port
    assert targets["Port"] == int(port) and targets["TargetType"] == "ip" and targets["Protocol"] == "HTTP"
    if "ApiService" in stack:
        assert stack["ApiService"]["LoadBalancers"] == [
            {"ContainerName": api(stack)["Name"], "ContainerPort": int(port), "TargetGroupArn": "${Targets}"}]
    assert variables(stack, "ApiTask")["ALMANAC_TRUSTED_PROXIES"] == "${Vpc.CidrBlock}"


def check_drain_fits(stack):
    """Red and accepting until the load balancer knows; finished before it is killed."""
    environment = variables(stack, "ApiTask")
    delay, timeout = (int(environment[f"ALMANAC_DRAIN_{n}"]) / 1000 for n in ("DELAY", "TIMEOUT"))
    stop = api(stack)["StopTimeout"]
    targets = stack["Targets"]
    interval, limit = targets["HealthCheckIntervalSeconds"], targets["HealthCheckTimeoutSeconds"]
    assert (interval, limit, targets["UnhealthyThresholdCount"], targets["HealthyThresholdCount"]) == (5, 4, 2, 2)
    deregistration = int(attributes(targets, "TargetGroupAttributes")["deregistration_delay.timeout_seconds"])
    assert delay > interval * targets["UnhealthyThresholdCount"] + limit, "it still accepts when that is noticed"
    assert delay + timeout < stop <= 120, "Fargate kills after stopTimeout, of 120 s at most"
    assert delay <= deregistration <= delay + timeout


SERVING = {"ApiService", "ApiScaling", "ScaleByCpu", "ScaleByRequests"}


def check_serving_is_having_the_service(stack):
    """So that its first tasks are a deployment, which can fail and be taken back."""
    assert (SERVING if stack.parameters["Serve"] == "true" else set()) == SERVING & set(stack.resources)
    assert ("ServiceName" in stack.outputs) == ("ApiService" in stack)


def check_service_survives_deployments(stack):
    if "ApiService" not in stack:
        return
    assert "DesiredCount" not in stack["ApiService"], "an update would undo what the scaling has done"
    deployment = stack["ApiService"]["DeploymentConfiguration"]
    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert deployment["MinimumHealthyPercent"] == 100 and deployment["MaximumPercent"] == 200
    assert stack["ApiService"]["AvailabilityZoneRebalancing"] == "ENABLED"
    assert stack["ApiService"]["EnableExecuteCommand"] is False
    assert stack["ApiService"]["PropagateTags"] == "SERVICE"
    # From its start until two health checks have found it ready, a task is left alone.
    targets = stack["Targets"]
    ready = api(stack)["HealthCheck"]["StartPeriod"] + (
        targets["HealthCheckIntervalSeconds"] * targets["HealthyThresholdCount"])
    assert ready < stack["ApiService"]["HealthCheckGracePeriodSeconds"] <= 120
    # ECS refuses a service whose targets have no listener yet.
    listener = "${HttpsListener}" if stack.parameters["CertificateArn"] else "${HttpListener}"
    assert {"Key": "Listener", "Value": listener} in stack["ApiService"]["Tags"]


def check_scaling(stack):
    if "ApiScaling" not in stack:
        return
    target = stack["ApiScaling"]
    assert target == {
        "ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount",
        "ResourceId": "service/${Cluster}/${ApiService.Name}",
        "MinCapacity": str(stack.parameters["MinTasks"]), "MaxCapacity": str(stack.parameters["MaxTasks"])}
    assert 1 <= int(target["MinCapacity"]) <= int(target["MaxCapacity"])
    policies = ("ScaleByCpu", "ScaleByRequests")
    cpu, requests = (dict(stack[name]["TargetTrackingScalingPolicyConfiguration"]) for name in policies)
    for name in policies:
        assert stack[name]["ScalingTargetId"] == "${ApiScaling}"
        assert stack[name]["PolicyType"] == "TargetTrackingScaling"
    assert cpu.pop("PredefinedMetricSpecification") == {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
    assert requests.pop("PredefinedMetricSpecification") == {
        "PredefinedMetricType": "ALBRequestCountPerTarget",
        "ResourceLabel": "${Balancer.LoadBalancerFullName}/${Targets.TargetGroupFullName}"}
    # Per cent, and requests a minute: 1,000 a second. Out is quicker than in.
    assert cpu == {"TargetValue": 60, "ScaleOutCooldown": 60, "ScaleInCooldown": 300}
    assert requests == cpu | {"TargetValue": 1000 * 60}


def connections_needed(stack, tasks):
    environment = variables(stack, "ApiTask")
    each = int(environment["ALMANAC_THREADS"]) * int(environment["ALMANAC_DB_CONNECTIONS"]) + 1
    assert int(environment["ALMANAC_THREADS"]) > 0, "0 would be one per CPU"
    children = sum(c["ComputeResources"]["MaxvCpus"] for c in stack.of_type("Batch::ComputeEnvironment").values())
    functions = stack["IngestFunction"].get("ReservedConcurrentExecutions", FUNCTIONS_OF_A_NEW_ACCOUNT)
    bulk = 1 if "IngestTask" in stack else 0
    return tasks * each * 2 + INGEST_CONNECTIONS * (functions + children + bulk) + ADMIN_CONNECTIONS


def check_connection_budget(stack, template):
    """Every class that may be chosen, the most tasks that may be asked for, all Batch children."""
    tasks = template["Parameters"]["MaxTasks"]["MaxValue"]
    assert int(stack.parameters["MaxTasks"]) <= tasks
    for name in template["Parameters"]["DatabaseClass"]["AllowedValues"]:
        most = min(math.floor(CLASS_MEMORY[name] * USABLE / 9531392), 5000)
        assert connections_needed(stack, tasks) < most, f"{name}: {most}"


def check_logs(stack):
    """Every program writes to a group of its own that forgets, and never waits for it."""
    groups = stack.of_type("Logs::LogGroup")
    used = {}
    for owner, container in containers(stack):
        log = container["LogConfiguration"]
        options = dict(log["Options"])
        used[owner] = options.pop("awslogs-group")
        assert log["LogDriver"] == "awslogs" and options == {
            "awslogs-region": "${AWS::Region}", "awslogs-stream-prefix": "task", "mode": "non-blocking",
            "max-buffer-size": "4m"}, owner
    used["IngestFunction"] = stack["IngestFunction"]["LoggingConfig"]["LogGroup"]
    bulk = {"IngestTask": "${JobLogs}", "JobDefinition": "${JobLogs}"}
    wanted = {"ApiTask": "${ApiLogs}", "MigrateTask": "${MigrateLogs}", "IngestFunction": "${IngestLogs}"}
    assert used == wanted | {o: g for o, g in bulk.items() if o in stack}
    assert {g[2:-1] for g in used.values()} | {"FlowLogs"} == set(groups)


def check_health(stack):
    """A task is restarted by what is in it, and only then; a failover of the database (a minute or two) is waited
    for, since new tasks could not reach it either."""
    check = dict(api(stack)["HealthCheck"])
    assert check.pop("Command") == ["CMD", "/usr/bin/almanac", "health"]
    assert check == {"Interval": 10, "Timeout": 5, "Retries": 3, "StartPeriod": 30}
    assert 60 <= int(variables(stack, "ApiTask")["ALMANAC_READY_GRACE"]) <= 120


def check_cluster(stack):
    insights = "enabled" if is_production(stack) else "disabled"
    assert stack["Cluster"]["ClusterSettings"] == [{"Name": "containerInsights", "Value": insights}]
    if "ApiService" in stack:
        service = stack["ApiService"]
        assert (service["Cluster"], service["TaskDefinition"]) == ("${Cluster}", "${ApiTask}")
        assert (service["LaunchType"], service["PlatformVersion"]) == ("FARGATE", "1.4.0")


CHECKS = (check_logs, check_images_and_commands, check_tmp_can_be_written, check_ports_and_paths, check_drain_fits,
          check_serving_is_having_the_service, check_service_survives_deployments, check_scaling, check_health,
          check_cluster)
