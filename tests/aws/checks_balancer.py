"""The load balancer: where it stands, what listens on it, and where that leads."""


def attributes(resource, key):
    return {a["Key"]: a["Value"] for a in resource[key]}


FORWARD = [{"Type": "forward", "TargetGroupArn": "${Targets}"}]
REDIRECT = [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}]


def check_where_the_balancer_stands(stack):
    balancer = stack["Balancer"]
    assert (balancer["Type"], balancer["Scheme"]) == ("application", "internet-facing")
    assert balancer["Subnets"] == ["${PublicSubnetA}", "${PublicSubnetB}"]
    assert balancer["SecurityGroups"] == ["${BalancerGroup.GroupId}"]
    # It needs a way out, and it writes to the bucket at once.
    assert set(stack.resources["Balancer"]["DependsOn"]) == {"InternetGatewayAttachment", "LogBucketPolicy"}


def check_attributes(stack):
    balancer = attributes(stack["Balancer"], "LoadBalancerAttributes")
    del balancer["deletion_protection.enabled"]  # checks_data
    assert balancer == {
        "idle_timeout.timeout_seconds": "60", "routing.http.drop_invalid_header_fields.enabled": "true",
        "routing.http.desync_mitigation_mode": "defensive", "access_logs.s3.enabled": "true",
        "access_logs.s3.bucket": "${LogBucket}", "access_logs.s3.prefix": "balancer"}
    # Where the bucket's policy lets the load balancer write.
    allowed = [s["Resource"] for s in stack["LogBucketPolicy"]["PolicyDocument"]["Statement"]
               if s["Sid"] == "BalancerLogs"]
    assert allowed == [f"${{LogBucket.Arn}}/{balancer['access_logs.s3.prefix']}/AWSLogs/${{AWS::AccountId}}/*"]


def listener(port, protocol, actions, **more):
    return {"LoadBalancerArn": "${Balancer}", "Port": port, "Protocol": protocol, "DefaultActions": actions} | more


def check_listeners(stack):
    """HTTPS with TLS 1.2 or 1.3 where there is a certificate, and a warning where there is none."""
    listeners = stack.of_type("ElasticLoadBalancingV2::Listener")
    certificate = stack.parameters["CertificateArn"]
    if not certificate:
        assert listeners == {"HttpListener": listener(80, "HTTP", FORWARD)}
        assert "not encrypted" in stack.outputs["Warning"]
        return
    assert listeners == {
        "HttpListener": listener(80, "HTTP", REDIRECT),
        "HttpsListener": listener(443, "HTTPS", FORWARD, SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
                                  Certificates=[{"CertificateArn": certificate}])}
    assert "Warning" not in stack.outputs


def check_what_the_balancer_keeps_to_itself(stack):
    """What is for operators is answered by the load balancer, at the listener behind which the tasks are."""
    forwards = "${HttpsListener}" if stack.parameters["CertificateArn"] else "${HttpListener}"
    assert stack.of_type("ElasticLoadBalancingV2::ListenerRule") == {"OperationRule": {
        "ListenerArn": forwards, "Priority": 1,
        "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/metrics", "/readyz"]}}],
        "Actions": [{"Type": "fixed-response", "FixedResponseConfig": {
            "StatusCode": "404", "ContentType": "text/plain", "MessageBody": "There is nothing here."}}]}}


def check_target_group(stack):
    targets = dict(stack["Targets"])
    assert attributes({"A": targets.pop("TargetGroupAttributes")}, "A") == {
        "deregistration_delay.timeout_seconds": "30", "load_balancing.algorithm.type": "least_outstanding_requests"}
    assert targets == {
        "VpcId": "${Vpc}", "TargetType": "ip", "Protocol": "HTTP", "Port": 8080,
        "HealthCheckProtocol": "HTTP", "HealthCheckPath": "/readyz", "HealthCheckPort": "9080", "Matcher": {"HttpCode": "200"},
        "HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 4,
        "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 2}


CHECKS = (check_where_the_balancer_stands, check_attributes, check_listeners, check_what_the_balancer_keeps_to_itself,
          check_target_group)


def check_redirect_waits(template):
    """Of the template, not resolved: the port is taken from where the listener has to be first."""
    http = template["Resources"]["HttpListener"]["Properties"]["DefaultActions"]["Fn::If"]
    assert http[0] == "HasCertificate"
    assert http[1][0]["RedirectConfig"]["Port"] == {"Fn::Select": [0, ["443", {"Ref": "HttpsListener"}]]}
