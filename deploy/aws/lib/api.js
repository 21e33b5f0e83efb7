'use strict';

// The service: almanac serve on Fargate behind the load balancer.

const { aws_ecs: ecs } = require('aws-cdk-lib');
const { addScaling } = require('./scaling');
const { environment, hardened, logTo, platform, ports, scratch } = require('./container');
const { only } = require('./names');

// Milliseconds. ECS may send SIGTERM before the load balancer has let go, so /readyz turns red while
// the task still accepts; what is under way then has the timeout. After stopTimeout it is killed.
const drain = { delay: 15000, timeout: 30000 };
const stopTimeoutSeconds = 60;

function variables({ profile, network, database, secrets }) {
  return {
    ...database.readAt,
    ALMANAC_DATABASE_SECRET: secrets.reader, // where to look again after a rotation
    ALMANAC_LISTEN: `0.0.0.0:${ports.api}`,
    ALMANAC_OPERATION_LISTEN: `0.0.0.0:${ports.operation}`,
    ALMANAC_TRUSTED_PROXIES: network.vpc.attrCidrBlock,
    ALMANAC_THREADS: String(profile.threads),
    ALMANAC_DB_CONNECTIONS: String(profile.dbConnections),
    ALMANAC_LOG_FORMAT: 'json',
    ALMANAC_READY_GRACE: '90', // s: the database's failover must not replace the tasks
    ALMANAC_DRAIN_DELAY: String(drain.delay),
    ALMANAC_DRAIN_TIMEOUT: String(drain.timeout),
    ALMANAC_EMF_NAMESPACE: 'Almanac',
  };
}

function container(built) {
  const { images, logs, secrets } = built;
  return {
    ...hardened,
    name: 'api',
    image: images.api.uri,
    command: ['serve'],
    portMappings: Object.values(ports).map((containerPort) => ({ containerPort, protocol: 'tcp' })),
    environment: environment(variables(built)),
    secrets: [
      { name: 'PGUSER', valueFrom: `${secrets.reader}:username::` },
      { name: 'PGPASSWORD', valueFrom: `${secrets.reader}:password::` },
    ],
    healthCheck: {
      command: ['CMD', '/usr/bin/almanac', 'health'], interval: 10, timeout: 5, retries: 3, startPeriod: 30 },
    stopTimeout: stopTimeoutSeconds,
    logConfiguration: logTo(logs.api),
  };
}

function addTask(built) {
  const { stack, profile, p, roles } = built;
  return new ecs.CfnTaskDefinition(stack, 'ApiTask', {
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: String(profile.cpu),
    memory: String(profile.memory),
    runtimePlatform: platform(p.Architecture),
    executionRoleArn: roles.api.execution.attrArn,
    taskRoleArn: roles.api.task.attrArn,
    volumes: scratch.volumes,
    containerDefinitions: [container(built)],
  });
}

// The number of tasks is the scaling's alone: none is given here, or each update would set it back. A new
// service has one task, and the scaling's bounds take it from there. To serve is to have the service, so that
// its first tasks are a deployment like every other, which CloudFormation waits for and takes back.
function addService({ stack, network, groups, balancer }, cluster, task) {
  return only('Serving', new ecs.CfnService(stack, 'ApiService', {
    cluster: cluster.ref,
    taskDefinition: task.ref,
    launchType: 'FARGATE',
    platformVersion: '1.4.0',
    networkConfiguration: { awsvpcConfiguration: {
      subnets: network.taskSubnets,
      securityGroups: [groups.api.attrGroupId],
      assignPublicIp: network.assignPublicIp,
    } },
    loadBalancers: [{ containerName: 'api', containerPort: ports.api, targetGroupArn: balancer.targets.ref }],
    healthCheckGracePeriodSeconds: 60,
    deploymentConfiguration: {
      minimumHealthyPercent: 100,
      maximumPercent: 200,
      deploymentCircuitBreaker: { enable: true, rollback: true },
    },
    availabilityZoneRebalancing: 'ENABLED',
    propagateTags: 'SERVICE',
    enableExecuteCommand: false,
    tags: [{ key: 'Listener', value: balancer.listener }], // ECS wants the targets to have one first
  }));
}

function addApi(built) {
  const { stack, profile } = built;
  const cluster = new ecs.CfnCluster(stack, 'Cluster', {
    clusterSettings: [{ name: 'containerInsights', value: profile.containerInsights }],
  });
  const service = addService(built, cluster, addTask(built));
  addScaling(built, cluster, service);
  return { cluster, service };
}

module.exports = { addApi };
