"""Who can reach whom. Each check takes a resolved stack and raises AssertionError."""

import re

ANYWHERE = ("0.0.0.0/0", "::/0")


def group_ids(stack):
    return {f"${{{name}.GroupId}}": name for name in stack.of_type("EC2::SecurityGroup")}


def rules(stack, direction):
    """(group, other end, first port, last port) of every rule, inline and separate."""
    ids = group_ids(stack)
    peer = "SourceSecurityGroupId" if direction == "Ingress" else "DestinationSecurityGroupId"

    def rule(owner, r):
        other = r.get("CidrIp") or r.get("CidrIpv6") or ids.get(r.get(peer)) or r.get(peer) or "?"
        every = str(r["IpProtocol"]) == "-1"
        return owner, other, 0 if every else r["FromPort"], 65535 if every else r["ToPort"]

    for name, group in stack.of_type("EC2::SecurityGroup").items():
        for r in group.get(f"SecurityGroup{direction}", []):
            yield rule(name, r)
    for r in stack.of_type(f"EC2::SecurityGroup{direction}").values():
        yield rule(ids[r["GroupId"]], r)


def sources(stack, group, port):
    return {other for owner, other, low, high in rules(stack, "Ingress") if owner == group and low <= port <= high}


def paths_to(stack, target, port):
    """Every group from which one hop leads to the port: open at both ends."""
    out = {(owner, other) for owner, other, low, high in rules(stack, "Egress") if low <= port <= high}
    return {s for s in sources(stack, target, port) if (s, target) in out or any((s, a) in out for a in ANYWHERE)}


def database_groups(stack):
    ids = group_ids(stack)
    return {ids[g] for db in stack.of_type("RDS::DBInstance").values() for g in db["VPCSecurityGroups"]}


def check_who_reaches_the_database(stack):
    """Exactly the three groups, and exactly those programs are in them."""
    assert database_groups(stack) == {"DatabaseGroup"}
    allowed = {"ApiGroup", "IngestGroup", "MigrateGroup"}
    assert sources(stack, "DatabaseGroup", 5432) == allowed
    assert paths_to(stack, "DatabaseGroup", 5432) == allowed
    for port in (22, 80, 5431, 5433):
        assert not sources(stack, "DatabaseGroup", port)
    ids = group_ids(stack)
    assert {ids[g] for g in stack["IngestFunction"]["VpcConfig"]["SecurityGroupIds"]} == {"IngestGroup"}
    if "ApiService" in stack:
        service = stack["ApiService"]["NetworkConfiguration"]["AwsvpcConfiguration"]
        assert {ids[g] for g in service["SecurityGroups"]} == {"ApiGroup"}


def check_who_reaches_the_tasks(stack):
    """From outside only the load balancer can be reached, and the tasks only by it."""
    for port in (8080, 9080):
        assert sources(stack, "ApiGroup", port) == {"BalancerGroup"} == paths_to(stack, "ApiGroup", port)
    assert {owner for owner, other, *_ in rules(stack, "Ingress") if "/" in other} == {"BalancerGroup"}
    assert {low for owner, other, low, _ in rules(stack, "Ingress") if owner == "BalancerGroup"} <= {80, 443}
    for group in ("IngestGroup", "MigrateGroup"):
        assert not [r for r in rules(stack, "Ingress") if r[0] == group]
    assert {(other, low) for owner, other, low, _ in rules(stack, "Egress") if owner == "BalancerGroup"} == {
        ("ApiGroup", 8080), ("ApiGroup", 9080), ("255.255.255.255/32", 252)}


VOID = ("255.255.255.255/32", 252, 86)  # a rule that matches nothing: a group without egress is open to everything
WORK = {("0.0.0.0/0", 443, 443), ("DatabaseGroup", 5432, 5432)}
EGRESS = {
    "BalancerGroup": {VOID, ("ApiGroup", 8080, 8080), ("ApiGroup", 9080, 9080)}, "DatabaseGroup": {VOID}, "EndpointGroup": {VOID},
    "ApiGroup": WORK, "IngestGroup": WORK, "MigrateGroup": WORK,
}


def check_who_may_speak_to_whom(stack):
    found = {}
    for owner, *rule in rules(stack, "Egress"):
        found.setdefault(owner, set()).add(tuple(rule))
    assert found == EGRESS
    for group in stack.of_type("EC2::SecurityGroup").values():
        assert group["VpcId"] == "${Vpc}"


def check_protocols(stack):
    """TCP of one port only, apart from rules that match nothing."""
    groups = stack.of_type("EC2::SecurityGroup").values()
    every = [r for g in groups for d in ("Egress", "Ingress") for r in g.get(f"SecurityGroup{d}", [])]
    every += [r for d in ("Egress", "Ingress") for r in stack.of_type(f"EC2::SecurityGroup{d}").values()]
    for rule in every:
        if (rule.get("CidrIp"), rule["FromPort"], rule["ToPort"]) == VOID:
            assert rule["IpProtocol"] == "icmp"
        else:
            assert rule["IpProtocol"] == "tcp" and rule["FromPort"] == rule["ToPort"], rule


def check_clients(stack):
    clients = stack.parameters["ClientCidr"]
    ports = {80, 443} if stack.parameters["CertificateArn"] else {80}
    assert {r[1:] for r in rules(stack, "Ingress") if r[0] == "BalancerGroup"} == {(clients, p, p) for p in ports}


TIERS = {tier: [f"${{{tier}Subnet{zone}}}" for zone in "AB"] for tier in ("Public", "Private", "Isolated")}


def check_subnets(stack):
    """Three tiers, each in both zones, and names that endpoints and databases can be found by."""
    assert stack["Vpc"]["EnableDnsSupport"] is True and stack["Vpc"]["EnableDnsHostnames"] is True
    assert stack["Vpc"]["CidrBlock"] == stack.parameters["VpcCidr"]
    subnets = stack.of_type("EC2::Subnet")
    assert {f"${{{name}}}" for name in subnets} == {s for tier in TIERS.values() for s in tier}
    for tier in TIERS.values():
        assert [subnets[s[2:-1]]["AvailabilityZone"] for s in tier] == ["${Zone0}", "${Zone1}"], tier
    blocks = [subnets[s[2:-1]]["CidrBlock"] for tier in TIERS.values() for s in tier]
    assert blocks == [f"${{Vpc.CidrBlock}} {i} of 6, 8" for i in range(6)]
    for name, part in (subnets | stack.of_type("EC2::RouteTable")).items():
        assert part["VpcId"] == "${Vpc}", name
    assert not any(s["MapPublicIpOnLaunch"] for s in subnets.values())


def check_routes(stack):
    """The public tier leads to the Internet, the private one only by a NAT gateway, which stands in the public one."""
    assert {s: a["RouteTableId"] for a in stack.of_type("EC2::SubnetRouteTableAssociation").values()
            for s in [a["SubnetId"]]} == {s: f"${{{tier}Routes}}" for tier, all_ in TIERS.items() for s in all_}
    wanted = {("${PublicRoutes}", "0.0.0.0/0", "${InternetGateway}", None)}
    if stack.parameters.get("NatGateway") == "true":
        wanted.add(("${PrivateRoutes}", "0.0.0.0/0", None, "${Nat}"))
        assert stack["Nat"] == {"SubnetId": TIERS["Public"][0], "AllocationId": "${NatAddress.AllocationId}"}
        assert stack["NatAddress"] == {"Domain": "vpc"}
    assert {(r["RouteTableId"], r["DestinationCidrBlock"], r.get("GatewayId"), r.get("NatGatewayId"))
            for r in stack.of_type("EC2::Route").values()} == wanted
    assert ("Nat" in stack) == (len(wanted) == 2)
    for name in {"PublicDefaultRoute", "NatAddress"} & set(stack.resources):
        assert stack.resources[name]["DependsOn"] == ["InternetGatewayAttachment"], name
    assert stack["InternetGatewayAttachment"] == {"VpcId": "${Vpc}", "InternetGatewayId": "${InternetGateway}"}


def check_flow_log(stack):
    assert stack["FlowLog"] == {
        "ResourceType": "VPC", "ResourceId": "${Vpc}", "TrafficType": "ALL" if is_production(stack) else "REJECT",
        "LogGroupName": "${FlowLogs}", "DeliverLogsPermissionArn": "${FlowLogRole.Arn}"}


def is_production(stack):
    return "NatGateway" in stack.parameters


def task_network(stack, group):
    """Where tasks run: production's in the private tier, small's with public addresses, for want of endpoints."""
    private = is_production(stack)
    return {"Subnets": TIERS["Private" if private else "Public"], "SecurityGroups": [f"${{{group}.GroupId}}"],
            "AssignPublicIp": "DISABLED" if private else "ENABLED"}


def output_network(text):
    """What docs/aws.md gives to "aws ecs run-task"."""
    found = re.fullmatch(r"awsvpcConfiguration=\{subnets=\[(.*)\],securityGroups=\[(.*)\],assignPublicIp=(\w+)\}", text)
    return {"Subnets": found[1].split(","), "SecurityGroups": found[2].split(","), "AssignPublicIp": found[3]}


def networks(stack):
    """(what, its group, its network) of everything that runs as a task."""
    yield "MigrateNetwork", "MigrateGroup", output_network(stack.outputs["MigrateNetwork"])
    if "ApiService" in stack:
        yield "ApiService", "ApiGroup", stack["ApiService"]["NetworkConfiguration"]["AwsvpcConfiguration"]
    if "IngestNetwork" in stack.outputs:
        yield "IngestNetwork", "IngestGroup", output_network(stack.outputs["IngestNetwork"])
    for name, schedule in stack.of_type("Scheduler::Schedule").items():
        if "EcsParameters" in schedule["Target"]:
            network = schedule["Target"]["EcsParameters"]["NetworkConfiguration"]["AwsvpcConfiguration"]
            yield name, "IngestGroup", network
    for name, environment in stack.of_type("Batch::ComputeEnvironment").items():
        where = environment["ComputeResources"]
        address = stack["JobDefinition"]["ContainerProperties"]["NetworkConfiguration"]["AssignPublicIp"]
        yield name, "IngestGroup", {"Subnets": where["Subnets"], "SecurityGroups": where["SecurityGroupIds"],
                                    "AssignPublicIp": address}


def check_where_tasks_run(stack):
    seen = set()
    for name, group, network in networks(stack):
        assert network == task_network(stack, group), name
        seen.add(name)
    bulk = stack.parameters["BulkIngest"]
    assert ("IngestNetwork" in seen) == (bulk != "off") and ("ComputeEnvironment" in seen) == (bulk == "batch")
    assert ("ApiService" in seen) == (stack.parameters["Serve"] == "true")
    assert ("DailySchedule" in seen) == (stack.parameters["ScheduleStarts"] == "task")


def route_tables(stack):
    """subnet -> its routes."""
    return {a["SubnetId"]: [r for r in stack.of_type("EC2::Route").values() if r["RouteTableId"] == a["RouteTableId"]]
            for a in stack.of_type("EC2::SubnetRouteTableAssociation").values()}


def is_public(stack, subnet):
    return any("${InternetGateway}" == r.get("GatewayId") for r in route_tables(stack)[subnet])


def check_database_is_isolated(stack):
    subnets = stack["DatabaseSubnets"]["SubnetIds"]
    assert subnets == TIERS["Isolated"]
    assert stack["Database"]["DBSubnetGroupName"] == "${DatabaseSubnets}"
    for subnet in subnets:
        assert route_tables(stack)[subnet] == [], f"{subnet} has routes"
    zones = {stack[s[2:-1]]["AvailabilityZone"] for s in subnets}
    assert len(zones) == 2
    for name, db in stack.of_type("RDS::DBInstance").items():
        assert db["PubliclyAccessible"] is False, name


def check_tasks_can_start(stack):
    """They can fetch image and secrets and write logs: by public addresses, or by endpoints."""
    assert sources(stack, "EndpointGroup", 443) == {"ApiGroup", "IngestGroup", "MigrateGroup"}
    network = task_network(stack, "ApiGroup")
    public = [is_public(stack, s) for s in network["Subnets"]]
    if network["AssignPublicIp"] == "ENABLED":
        assert all(public)
    else:
        assert not any(public)
        assert {"ecr.api", "ecr.dkr", "logs", "secretsmanager", "s3"} <= endpoints(stack, network["Subnets"])


def check_function_can_work(stack):
    """A function never has a public address: it needs endpoints whatever the profile."""
    subnets = stack["IngestFunction"]["VpcConfig"]["SubnetIds"]
    assert subnets == TIERS["Private"]
    assert not any(is_public(stack, s) for s in subnets)
    assert {"secretsmanager", "s3"} <= endpoints(stack, subnets)


def check_endpoints(stack):
    zones = TIERS["Private"] if is_production(stack) else TIERS["Private"][:1]
    for name, endpoint in stack.of_type("EC2::VPCEndpoint").items():
        assert endpoint["VpcId"] == "${Vpc}", name
        if endpoint["VpcEndpointType"] == "Gateway":
            assert endpoint["RouteTableIds"] == ["${PublicRoutes}", "${PrivateRoutes}"], name
        else:
            assert endpoint["VpcEndpointType"] == "Interface", name
            assert endpoint["SubnetIds"] == zones, name
            assert endpoint["SecurityGroupIds"] == ["${EndpointGroup.GroupId}"], name
            assert endpoint["PrivateDnsEnabled"] is True, name


def endpoints(stack, subnets):
    tables = {a["RouteTableId"] for a in stack.of_type("EC2::SubnetRouteTableAssociation").values()
              if a["SubnetId"] in subnets}
    return {
        e["ServiceName"].removeprefix("com.amazonaws.${AWS::Region}.").replace("com.amazonaws.", "")
        for e in stack.of_type("EC2::VPCEndpoint").values()
        if e.get("PrivateDnsEnabled") or tables <= set(e.get("RouteTableIds", []))
    }


CHECKS = (check_who_reaches_the_database, check_who_reaches_the_tasks, check_who_may_speak_to_whom, check_protocols,
          check_clients, check_subnets, check_routes, check_flow_log, check_where_tasks_run, check_database_is_isolated,
          check_tasks_can_start, check_function_can_work, check_endpoints)
