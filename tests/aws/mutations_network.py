"""Faults of the network and of the load balancer."""

import checks_balancer as balancer
import checks_network as network
import checks_outputs as outputs
import judges
from mutations import BATCH, HTTPS, NAT, TASK, attribute, drop, get, output, properties, ref, set_


def open_to_world(t):
    properties(t, "DatabaseGroup")["SecurityGroupIngress"] = [
        {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "0.0.0.0/0"}]


def open_to_balancer(t):
    t["Resources"]["Extra"] = {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {
        "GroupId": get("DatabaseGroup", "GroupId"), "IpProtocol": "-1",
        "SourceSecurityGroupId": get("BalancerGroup", "GroupId")}}


def route_to_database(t):
    t["Resources"]["Extra"] = {"Type": "AWS::EC2::Route", "Properties": {
        "RouteTableId": {"Ref": "IsolatedRoutes"}, "DestinationCidrBlock": "0.0.0.0/0",
        "GatewayId": {"Ref": "InternetGateway"}}}


def tasks_open_to_world(t):
    properties(t, "ApiGroup")["SecurityGroupIngress"] = [
        {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "CidrIp": "0.0.0.0/0"}]


def clients_from_anywhere(t):
    for branch in properties(t, "BalancerGroup")["SecurityGroupIngress"]["Fn::If"][1:]:
        for rule in branch:
            rule["CidrIp"] = "0.0.0.0/0"


def no_port_for_https(t):
    properties(t, "BalancerGroup")["SecurityGroupIngress"]["Fn::If"][1].pop()


def on_http(t, branch, actions):
    properties(t, "HttpListener")["DefaultActions"]["Fn::If"][branch] = actions


def redirect_to(port):
    return lambda t: on_http(t, 1, [{"Type": "redirect", "RedirectConfig": {
        "Protocol": "HTTPS", "Port": port, "StatusCode": "HTTP_301"}}])


GONE = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}]
VOID = [{"IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "255.255.255.255/32"}]
API = [get("ApiGroup", "GroupId")]
ISOLATED = ref("IsolatedSubnetA", "IsolatedSubnetB")
TASK_NETWORK = "Target.EcsParameters.Fn::If.1.NetworkConfiguration.AwsvpcConfiguration"

MUTATIONS = {
    "5432 open to the world": (open_to_world, network.check_who_reaches_the_database),
    "5432 open to the load balancer": (open_to_balancer, network.check_who_reaches_the_database),
    "database has a public address": (set_("Database", "PubliclyAccessible", True), network.check_database_is_isolated),
    "database subnets have a way out": (route_to_database, network.check_database_is_isolated),
    "database in public subnets": (set_("DatabaseSubnets", "SubnetIds", ref("PublicSubnetA", "PublicSubnetB")),
                                   network.check_database_is_isolated),
    "database in default subnets": (set_("Database", "DBSubnetGroupName", None), network.check_database_is_isolated),
    "tasks open to the world": (tasks_open_to_world, network.check_who_reaches_the_tasks),
    "function in the API's group": (set_("IngestFunction", "VpcConfig.SecurityGroupIds", API),
                                    network.check_who_reaches_the_database),
    "function in the isolated tier": (set_("IngestFunction", "VpcConfig.SubnetIds", ISOLATED),
                                      network.check_function_can_work),
    "no way to the secrets": (set_("SecretsmanagerEndpoint", "PrivateDnsEnabled", False),
                              network.check_function_can_work),
    "endpoint in the isolated tier": (set_("SecretsmanagerEndpoint", "SubnetIds", ISOLATED), network.check_endpoints),
    "endpoint in the API's group": (set_("SecretsmanagerEndpoint", "SecurityGroupIds", API), network.check_endpoints),
    "no way to S3": (set_("S3Endpoint", "RouteTableIds", ref("PublicRoutes")), network.check_endpoints),
    "no way to the registry": (set_("EcrDkrEndpoint", "PrivateDnsEnabled", False), network.check_tasks_can_start),
    "names that are not found": (set_("Vpc", "EnableDnsHostnames", False), network.check_subnets),
    "both zones the same": (set_("PrivateSubnetB", "AvailabilityZone", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
                            network.check_subnets),
    "addresses that overlap": (set_("PrivateSubnetA", "CidrBlock.Fn::Select.0", 0), network.check_subnets),
    "gateway after its route": (lambda t: t["Resources"]["PublicDefaultRoute"].pop("DependsOn"), network.check_routes),
    "public addresses for everybody": (set_("PrivateSubnetA", "MapPublicIpOnLaunch", True), network.check_subnets),
    "no way out of the public tier": (drop("PublicDefaultRoute"), network.check_routes),
    "private tier is public": (set_("PublicDefaultRoute", "RouteTableId", {"Ref": "PrivateRoutes"}),
                               network.check_routes),
    "NAT gateway behind itself": (set_("Nat", "SubnetId", {"Ref": "PrivateSubnetA"}), network.check_routes, NAT),
    "NAT gateway for the database": (set_("PrivateDefaultRoute", "RouteTableId", {"Ref": "IsolatedRoutes"}),
                                     network.check_routes, NAT),
    "API shut in": (set_("ApiGroup", "SecurityGroupEgress", VOID), network.check_who_may_speak_to_whom),
    "ingestion shut in": (set_("IngestGroup", "SecurityGroupEgress", VOID), network.check_who_may_speak_to_whom),
    "database may call out": (set_("DatabaseGroup", "SecurityGroupEgress", None), network.check_who_may_speak_to_whom),
    "every protocol": (set_("ApiToDatabaseIngress", "IpProtocol", "-1"), network.check_protocols),
    "a range of ports": (set_("BalancerToApiIngress", "ToPort", 9000), network.check_protocols),
    "clients from anywhere": (clients_from_anywhere, network.check_clients, HTTPS),
    "no port for HTTPS": (no_port_for_https, network.check_clients, HTTPS),
    "no flow log": (drop("FlowLog"), network.check_flow_log),
    "jobs in the API's group": (set_("ComputeEnvironment", "ComputeResources.SecurityGroupIds", API),
                                network.check_where_tasks_run, BATCH),
    "jobs in the isolated tier": (set_("ComputeEnvironment", "ComputeResources.Subnets", ISOLATED),
                                  network.check_where_tasks_run, BATCH),
    "jobs with another kind of address": (
        set_("JobDefinition", "ContainerProperties.NetworkConfiguration.AssignPublicIp", "SOMETIMES"),
        network.check_where_tasks_run, BATCH),
    "scheduled tasks in the isolated tier": (set_("WeeklySchedule", f"{TASK_NETWORK}.Subnets", ISOLATED),
                                             network.check_where_tasks_run, TASK),
    "scheduled tasks in the API's group": (set_("WeeklySchedule", f"{TASK_NETWORK}.SecurityGroups", API),
                                           network.check_where_tasks_run, TASK),
    "service in the isolated tier": (set_("ApiService", "NetworkConfiguration.AwsvpcConfiguration.Subnets", ISOLATED),
                                     network.check_where_tasks_run),
    "migration in the API's group": (output("MigrateNetwork", "MigrateGroup", "ApiGroup"),
                                     network.check_where_tasks_run),
    "ingestion in the migration's group": (output("IngestNetwork", "IngestGroup", "MigrateGroup"),
                                           network.check_where_tasks_run, TASK),
    "login of another": (output("ReaderSecretArn", "ReaderSecret", "WriterSecret"), outputs.check_outputs),
    "address of another": (output("HttpUrl", "http://", "http://example."), outputs.check_outputs),

    "load balancer that nobody reaches": (set_("Balancer", "Scheme", "internal"),
                                          balancer.check_where_the_balancer_stands),
    "load balancer in the private tier": (set_("Balancer", "Subnets", ref("PrivateSubnetA", "PrivateSubnetB")),
                                          balancer.check_where_the_balancer_stands),
    "load balancer before its bucket": (
        lambda t: t["Resources"]["Balancer"].update(DependsOn=["InternetGatewayAttachment"]),
        balancer.check_where_the_balancer_stands),
    "connections for an hour": (attribute("Balancer", "LoadBalancerAttributes", "idle_timeout.timeout_seconds", "3600"),
                                balancer.check_attributes),
    "no access logs": (attribute("Balancer", "LoadBalancerAttributes", "access_logs.s3.enabled", "false"),
                       balancer.check_attributes),
    "logs where they may not be written": (
        attribute("Balancer", "LoadBalancerAttributes", "access_logs.s3.prefix", "alb"), balancer.check_attributes),
    "redirect in a circle": (redirect_to("80"), balancer.check_listeners, HTTPS),
    "redirect to nowhere": (redirect_to("443"), judges.by_redirect),
    "nobody behind port 80": (lambda t: on_http(t, 2, GONE), balancer.check_listeners),
    "nobody behind port 443": (set_("HttpsListener", "DefaultActions", GONE), balancer.check_listeners, HTTPS),
    "TLS 1.0": (set_("HttpsListener", "SslPolicy", "ELBSecurityPolicy-TLS13-1-0-2021-06"), balancer.check_listeners,
                HTTPS),
    "health check by the clients' port": (set_("Targets", "HealthCheckPort", None), balancer.check_target_group),
    "health check that does not arrive": (drop("BalancerToOperationIngress"), network.check_who_reaches_the_tasks),
    "figures for everybody": (drop("OperationRule"), balancer.check_what_the_balancer_keeps_to_itself),
    "figures for everybody who takes HTTPS": (set_("OperationRule", "ListenerArn", {"Ref": "HttpListener"}),
                                              balancer.check_what_the_balancer_keeps_to_itself, HTTPS),
    "health check of the wrong path": (set_("Targets", "HealthCheckPath", "/livez"), balancer.check_target_group),
    "health check that takes ten failures": (set_("Targets", "UnhealthyThresholdCount", 10),
                                             balancer.check_target_group),
}
