'use strict';

const { aws_elasticloadbalancingv2: elb } = require('aws-cdk-lib');
const { ports } = require('./container');
const { either, only } = require('./names');

const attributes = (table) => Object.entries(table).map(([key, value]) => ({ key, value }));

function addLoadBalancer({ stack, network, groups, storage }) {
  const balancer = new elb.CfnLoadBalancer(stack, 'Balancer', {
    type: 'application',
    scheme: 'internet-facing',
    subnets: network.publicSubnets,
    securityGroups: [groups.balancer.attrGroupId],
    loadBalancerAttributes: attributes({
      'idle_timeout.timeout_seconds': '60', // the server's own is longer, so that it never closes first
      'routing.http.drop_invalid_header_fields.enabled': 'true',
      'routing.http.desync_mitigation_mode': 'defensive',
      'deletion_protection.enabled': either('Protected', 'true', 'false'),
      'access_logs.s3.enabled': 'true',
      'access_logs.s3.bucket': storage.logs.ref,
      'access_logs.s3.prefix': 'balancer',
    }),
  });
  balancer.addResourceDependency(network.attachment);
  balancer.addResourceDependency(storage.logPolicy);
  return balancer;
}

// Two checks find a task red before it stops accepting (drain.delay in api.js), also if the last one has to
// time out. Deregistration takes longer than that, and ends before the task would be killed.
function addTargetGroup({ stack, network }) {
  return new elb.CfnTargetGroup(stack, 'Targets', {
    vpcId: network.vpc.ref,
    targetType: 'ip',
    protocol: 'HTTP',
    port: ports.api,
    healthCheckPath: '/readyz',
    healthCheckPort: String(ports.operation),
    healthCheckProtocol: 'HTTP',
    healthCheckIntervalSeconds: 5,
    healthCheckTimeoutSeconds: 4,
    healthyThresholdCount: 2,
    unhealthyThresholdCount: 2,
    matcher: { httpCode: '200' },
    targetGroupAttributes: attributes({
      'deregistration_delay.timeout_seconds': '30',
      'load_balancing.algorithm.type': 'least_outstanding_requests',
    }),
  });
}

function addHttps({ stack, p }, balancer, targets) {
  return only('HasCertificate', new elb.CfnListener(stack, 'HttpsListener', {
    loadBalancerArn: balancer.ref,
    protocol: 'HTTPS',
    port: 443,
    sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
    certificates: [{ certificateArn: p.CertificateArn.valueAsString }],
    defaultActions: [{ type: 'forward', targetGroupArn: targets.ref }],
  }));
}

// The port that only exists with the listener behind it, so that nobody is sent there before. DependsOn may not
// name what a condition can take away.
const httpsPort = (https) => ({ 'Fn::Select': [0, ['443', https.ref]] });

// Port 80 always has a listener, so that no update ever needs two of them at once. Which of the two
// leads to the targets is what the service has to wait for.
function addListeners(built, balancer, targets) {
  const https = addHttps(built, balancer, targets);
  const forward = [{ Type: 'forward', TargetGroupArn: targets.ref }];
  const redirect = [{ Type: 'redirect',
    RedirectConfig: { Protocol: 'HTTPS', Port: httpsPort(https), StatusCode: 'HTTP_301' } }];
  const http = new elb.CfnListener(built.stack, 'HttpListener', {
    loadBalancerArn: balancer.ref,
    protocol: 'HTTP',
    port: 80,
    defaultActions: either('HasCertificate', redirect, forward),
  });
  return either('HasCertificate', https.ref, http.ref).toString();
}

// Whether a task is ready, and its figures, are nobody's business outside. The tasks tell clients neither.
function addOperationRule({ stack }, listener) {
  new elb.CfnListenerRule(stack, 'OperationRule', {
    listenerArn: listener,
    priority: 1,
    conditions: [{ field: 'path-pattern', pathPatternConfig: { values: ['/metrics', '/readyz'] } }],
    actions: [{ type: 'fixed-response', fixedResponseConfig: {
      statusCode: '404', contentType: 'text/plain', messageBody: 'There is nothing here.' } }],
  });
}

function addBalancer(built) {
  const balancer = addLoadBalancer(built);
  const targets = addTargetGroup(built);
  const listener = addListeners(built, balancer, targets);
  addOperationRule(built, listener);
  return { balancer, targets, listener };
}

module.exports = { addBalancer };
