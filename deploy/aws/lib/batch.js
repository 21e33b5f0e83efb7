'use strict';

// Ingestion for what outgrows a function: the same image as an ECS task, and as an array job of Batch
// whose children each take one shard.

const { aws_batch: batch, aws_ecs: ecs } = require('aws-cdk-lib');
const { environment, hardened, logTo, platform, scratch } = require('./container');
const { only } = require('./names');

const variables = ({ database, secrets }) => ({
  ...database.writeAt,
  ALMANAC_DATABASE_SECRET: secrets.writer,
  ALMANAC_EMF_NAMESPACE: 'Almanac',
  ALMANAC_LOG_FORMAT: 'json',
});

function addTask(built) {
  const { stack, p, images, ingest, logs, roles } = built;
  return only('Bulk', new ecs.CfnTaskDefinition(stack, 'IngestTask', {
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '1024',
    memory: '2048',
    runtimePlatform: platform(p.Architecture),
    executionRoleArn: roles.jobs.execution.attrArn,
    taskRoleArn: roles.jobs.task.attrArn,
    volumes: scratch.volumes,
    containerDefinitions: [{
      ...hardened,
      name: 'ingest',
      image: images.ingest.uri,
      command: ['ingest', ingest.uri],
      environment: environment(variables(built)),
      stopTimeout: 60,
      logConfiguration: logTo(logs.jobs),
    }],
  }));
}

function addQueue({ stack, profile, network, groups }) {
  const compute = only('Batch', new batch.CfnComputeEnvironment(stack, 'ComputeEnvironment', {
    type: 'MANAGED',
    state: 'ENABLED',
    replaceComputeEnvironment: false,
    computeResources: {
      type: 'FARGATE',
      maxvCpus: profile.batchCpus, // one a child, each with two connections to the database
      subnets: network.taskSubnets,
      securityGroupIds: [groups.ingest.attrGroupId],
    },
  }));
  return only('Batch', new batch.CfnJobQueue(stack, 'JobQueue', {
    state: 'ENABLED',
    priority: 1,
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: compute.attrComputeEnvironmentArn }],
  }));
}

function jobContainer(built) {
  const { p, images, ingest, logs, network, roles } = built;
  return {
    image: images.ingest.uri,
    command: ['ingest', ingest.uri],
    user: hardened.user,
    readonlyRootFilesystem: true,
    privileged: false,
    ...scratch,
    jobRoleArn: roles.jobs.task.attrArn,
    executionRoleArn: roles.jobs.execution.attrArn,
    environment: environment(variables(built)),
    resourceRequirements: [{ type: 'VCPU', value: '1' }, { type: 'MEMORY', value: '2048' }],
    networkConfiguration: { assignPublicIp: network.assignPublicIp },
    fargatePlatformConfiguration: { platformVersion: '1.4.0' },
    runtimePlatform: platform(p.Architecture),
    logConfiguration: logTo(logs.jobs),
  };
}

function addJob(built) {
  return only('Batch', new batch.CfnJobDefinition(built.stack, 'JobDefinition', {
    type: 'container',
    platformCapabilities: ['FARGATE'],
    retryStrategy: { attempts: 2 },
    timeout: { attemptDurationSeconds: 6 * 3600 },
    propagateTags: true,
    containerProperties: jobContainer(built),
  }));
}

function addBatch(built) {
  return { task: addTask(built), queue: addQueue(built), job: addJob(built) };
}

module.exports = { addBatch };
