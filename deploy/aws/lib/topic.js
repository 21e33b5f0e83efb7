'use strict';

// The topic that tells a person, and who may publish there.

const { Aws, aws_kms: kms, aws_sns: sns } = require('aws-cdk-lib');
const { only } = require('./names');

const send = ['kms:Decrypt', 'kms:GenerateDataKey*'];

// A key of our own: neither CloudWatch nor EventBridge may use the one that AWS manages for SNS.
function addTopicKey(stack) {
  const statement = (Sid, Principal, Action, Condition) => ({
    Sid, Effect: 'Allow', Principal, Action, Resource: '*', ...(Condition && { Condition }) });
  return new kms.CfnKey(stack, 'AlarmKey', {
    description: 'Almanac: alarm topic',
    enableKeyRotation: true,
    pendingWindowInDays: 7,
    keyPolicy: {
      Version: '2012-10-17',
      Statement: [
        statement('Account', { AWS: `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:root` }, 'kms:*'),
        statement('Alarms', { Service: 'cloudwatch.amazonaws.com' }, send,
          { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } }),
        statement('FailedRuns', { Service: 'events.amazonaws.com' }, send),
      ],
    },
  });
}

function addTopic({ stack, p }) {
  const topic = new sns.CfnTopic(stack, 'AlarmTopic', { kmsMasterKeyId: addTopicKey(stack).ref });
  new sns.CfnTopicPolicy(stack, 'AlarmTopicPolicy', {
    topics: [topic.ref],
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Sid: 'TlsOnly', Effect: 'Deny', Principal: '*', Action: 'sns:Publish', Resource: topic.ref,
          Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        { Sid: 'Alarms', Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' },
          Action: 'sns:Publish', Resource: topic.ref,
          Condition: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } },
        // EventBridge says neither account nor rule when it publishes, so that a condition would shut it out.
        { Sid: 'FailedRuns', Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' },
          Action: 'sns:Publish', Resource: topic.ref },
      ],
    },
  });
  only('HasEmail', new sns.CfnSubscription(stack, 'AlarmSubscription', {
    topicArn: topic.ref, protocol: 'email', endpoint: p.AlarmEmail.valueAsString }));
  return topic;
}

module.exports = { addTopic };
