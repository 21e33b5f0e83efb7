"""Who can reach whom. Each check takes a resolved stack and raises AssertionError."""

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
    assert sources(stack, "ApiGroup", 8080) == {"BalancerGroup"} == paths_to(stack, "ApiGroup", 8080)
    assert {owner for owner, other, *_ in rules(stack, "Ingress") if "/" in other} == {"BalancerGroup"}
    assert {low for owner, other, low, _ in rules(stack, "Ingress") if owner == "BalancerGroup"} <= {80, 443}
    for group in ("IngestGroup", "MigrateGroup"):
        assert not [r for r in rules(stack, "Ingress") if r[0] == group]
    assert {(other, low) for owner, other, low, _ in rules(stack, "Egress") if owner == "BalancerGroup"} == {
        ("ApiGroup", 8080), ("255.255.255.255/32", 252)}


def route_tables(stack):
    """subnet -> its routes."""
    return {a["SubnetId"]: [r for r in stack.of_type("EC2::Route").values() if r["RouteTableId"] == a["RouteTableId"]]
            for a in stack.of_type("EC2::SubnetRouteTableAssociation").values()}


def is_public(stack, subnet):
    return any("${InternetGateway}" == r.get("GatewayId") for r in route_tables(stack)[subnet])


def check_database_is_isolated(stack):
    subnets = stack["DatabaseSubnets"]["SubnetIds"]
    assert len(set(subnets)) == 2
    for subnet in subnets:
        assert route_tables(stack)[subnet] == [], f"{subnet} has routes"
    zones = {stack[s[2:-1]]["AvailabilityZone"] for s in subnets}
    assert len(zones) == 2
    for name, db in stack.of_type("RDS::DBInstance").items():
        assert db["PubliclyAccessible"] is False, name


def check_tasks_can_start(stack):
    """They can fetch image and secrets and write logs: by public addresses, or by endpoints."""
    if "ApiService" not in stack:
        return
    service = stack["ApiService"]["NetworkConfiguration"]["AwsvpcConfiguration"]
    public = [is_public(stack, s) for s in service["Subnets"]]
    if service["AssignPublicIp"] == "ENABLED":
        assert all(public)
    else:
        assert not any(public)
        assert {"ecr.api", "ecr.dkr", "logs", "secretsmanager", "s3"} <= endpoints(stack, service["Subnets"])
    assert sources(stack, "EndpointGroup", 443) == {"ApiGroup", "IngestGroup", "MigrateGroup"}


def check_function_can_work(stack):
    """A function never has a public address: it needs endpoints whatever the profile."""
    subnets = stack["IngestFunction"]["VpcConfig"]["SubnetIds"]
    assert not any(is_public(stack, s) for s in subnets)
    assert {"secretsmanager", "s3"} <= endpoints(stack, subnets)


def endpoints(stack, subnets):
    tables = {a["RouteTableId"] for a in stack.of_type("EC2::SubnetRouteTableAssociation").values()
              if a["SubnetId"] in subnets}
    return {
        e["ServiceName"].removeprefix("com.amazonaws.${AWS::Region}.").replace("com.amazonaws.", "")
        for e in stack.of_type("EC2::VPCEndpoint").values()
        if e.get("PrivateDnsEnabled") or tables <= set(e.get("RouteTableIds", []))
    }


CHECKS = (check_who_reaches_the_database, check_who_reaches_the_tasks, check_database_is_isolated,
          check_tasks_can_start, check_function_can_work)
