'use strict';

// The function, where its failures go, and what starts it when an object arrives.

const { Fn, aws_events: events, aws_lambda: lambda, aws_sqs: sqs } = require('aws-cdk-lib');
const { either, only } = require('./names');

const HOUR = 3600;

// What could not be delivered (schedule, rule) and what failed for good (function).
function addFailures(stack) {
  return new sqs.CfnQueue(stack, 'IngestFailures', {
    messageRetentionPeriod: 14 * 24 * HOUR,
    sqsManagedSseEnabled: true,
  });
}

function addFailuresPolicy(stack, queue, rule) {
  const statement = (Sid, rest) => ({ Sid, Action: 'sqs:SendMessage', Resource: queue.attrArn, ...rest });
  new sqs.CfnQueuePolicy(stack, 'IngestFailuresPolicy', {
    queues: [queue.ref],
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        statement('TlsOnly', { Effect: 'Deny', Principal: '*', Action: 'sqs:*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        either('OnUpload', statement('UploadsNotDelivered', { Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Condition: { ArnEquals: { 'aws:SourceArn': rule.attrArn } } })),
      ],
    },
  });
}

// When the stack is deleted, Lambda needs its role until it has given the network interfaces back, and
// the group stays as long as those do: so the group has to be deleted before the role.
function keepRoleForInterfaces({ groups, roles }) {
  groups.ingest.addResourceDependency(roles.ingest);
}

function addFunction({ stack, profile, p, images, network, groups, database, secrets, logs, roles }) {
  return new lambda.CfnFunction(stack, 'IngestFunction', {
    description: 'almanac lambda: ingestion',
    packageType: 'Image',
    code: { imageUri: images.ingest.uri },
    imageConfig: { command: ['lambda'] },
    architectures: [either('Arm', 'arm64', 'x86_64').toString()],
    role: roles.ingest.attrArn,
    timeout: 900,
    memorySize: p.FunctionMemory.valueAsNumber,
    reservedConcurrentExecutions: either('ReservesConcurrency', 1),
    vpcConfig: { subnetIds: network.privateSubnets, securityGroupIds: [groups.ingest.attrGroupId] },
    environment: { variables: {
      ...database.writeAt,
      ALMANAC_DATABASE_SECRET: secrets.writer,
      ALMANAC_EMF_NAMESPACE: 'Almanac',
    } },
    loggingConfig: { logFormat: 'JSON', logGroup: logs.ingest.ref },
  });
}

// Uploads come in bursts and wait for each other: one run at a time, so they may be hours old.
function addInvokeConfig(stack, fn, queue) {
  new lambda.CfnEventInvokeConfig(stack, 'IngestInvokeConfig', {
    functionName: fn.ref,
    qualifier: '$LATEST',
    maximumRetryAttempts: 2,
    maximumEventAgeInSeconds: 6 * HOUR,
    destinationConfig: { onFailure: { destination: queue.attrArn } },
  });
}

function addUploadRule({ stack, storage, p }, fn, queue) {
  const rule = only('OnUpload', new events.CfnRule(stack, 'UploadRule', {
    description: 'Almanac: new objects below the prefix',
    eventPattern: {
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: { bucket: { name: [storage.data.ref] }, object: { key: [{ prefix: p.SourcePrefix.valueAsString }] } },
    },
    targets: [{
      id: 'ingest',
      arn: fn.attrArn,
      retryPolicy: { maximumEventAgeInSeconds: HOUR, maximumRetryAttempts: 3 },
      deadLetterConfig: { arn: queue.attrArn },
    }],
  }));
  only('OnUpload', new lambda.CfnPermission(stack, 'UploadPermission', {
    action: 'lambda:InvokeFunction',
    functionName: fn.ref,
    principal: 'events.amazonaws.com',
    sourceArn: rule.attrArn,
  }));
  return rule;
}

function addIngest(built) {
  const { stack } = built;
  const failures = addFailures(stack);
  keepRoleForInterfaces(built);
  const fn = addFunction(built);
  addInvokeConfig(stack, fn, failures);
  addFailuresPolicy(stack, failures, addUploadRule(built, fn, failures));
  return { fn, failures, uri: Fn.sub('s3://${DataBucket}/${SourcePrefix}') };
}

module.exports = { addIngest };
