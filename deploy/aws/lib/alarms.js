'use strict';

// What a person has to know about, and the topic that tells them.

const { Aws, aws_cloudwatch: cloudwatch, aws_kms: kms, aws_sns: sns } = require('aws-cdk-lib');
const { only } = require('./names');

// A key of our own: CloudWatch may not use the one that AWS manages for SNS.
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
        statement('Alarms', { Service: 'cloudwatch.amazonaws.com' }, ['kms:Decrypt', 'kms:GenerateDataKey*'],
          { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } }),
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
      ],
    },
  });
  only('HasEmail', new sns.CfnSubscription(stack, 'AlarmSubscription', {
    topicArn: topic.ref, protocol: 'email', endpoint: p.AlarmEmail.valueAsString }));
  return topic;
}

const above = 'GreaterThanThreshold';
const below = 'LessThanThreshold';

const sources = ({ ingest, balancer, database }) => ({
  own: { namespace: 'Almanac', dimensions: { Service: 'ingest' } },
  fn: { namespace: 'AWS/Lambda', dimensions: { FunctionName: ingest.fn.ref } },
  queue: { namespace: 'AWS/SQS', dimensions: { QueueName: ingest.failures.attrQueueName } },
  balancer: { namespace: 'AWS/ApplicationELB',
    dimensions: { LoadBalancer: balancer.balancer.attrLoadBalancerFullName } },
  targets: { namespace: 'AWS/ApplicationELB', dimensions: {
    LoadBalancer: balancer.balancer.attrLoadBalancerFullName,
    TargetGroup: balancer.targets.attrTargetGroupFullName,
  } },
  database: { namespace: 'AWS/RDS', dimensions: { DBInstanceIdentifier: database.instance.ref } },
  replica: { namespace: 'AWS/RDS', dimensions: { DBInstanceIdentifier: database.replica.ref } },
});

// id: source, metric, statistic, comparison, threshold, period in s, periods, what it means, and where
// they differ: what missing data mean, the condition.
const alarms = (profile) => ({
  IngestOverdue: ['own', 'IngestSuccess', 'Sum', below, 1, 3600, 26, 'no ingestion has succeeded for 26 hours',
    'breaching', 'Daily'],
  IngestErrors: ['fn', 'Errors', 'Sum', above, 0, 300, 1, 'a run of the function failed'],
  IngestSlow: ['fn', 'Duration', 'Maximum', above, 720000, 300, 1,
    'a run took more than 80 % of the 15 minutes that a function has: see BulkIngest'],
  IngestUndelivered: ['queue', 'ApproximateNumberOfMessagesVisible', 'Maximum', above, 0, 300, 1,
    'the queue of failures is not empty'],
  ApiDown: ['targets', 'HealthyHostCount', 'Minimum', below, 1, 60, 3, 'no API task is ready', 'breaching',
    'Serving'],
  ApiErrors: ['targets', 'HTTPCode_Target_5XX_Count', 'Sum', above, 10, 300, 1, 'the API answers 5xx'],
  BalancerErrors: ['balancer', 'HTTPCode_ELB_5XX_Count', 'Sum', above, 10, 300, 1,
    'the load balancer answers 5xx', 'notBreaching', 'Serving'],
  ApiSlow: ['targets', 'TargetResponseTime', 'p99', above, 1, 300, 3, 'one answer in 100 takes over a second'],
  DatabaseCpu: ['database', 'CPUUtilization', 'Average', above, 80, 300, 3, 'the database is short of CPU'],
  DatabaseMemory: ['database', 'FreeableMemory', 'Minimum', below, profile.freeMemoryAlarm, 300, 3,
    'the database is short of memory'],
  DatabaseStorage: ['database', 'FreeStorageSpace', 'Minimum', below, 2 * 1024 ** 3, 300, 3,
    'the database is short of storage, and could not grow'],
  ReplicaLag: ['replica', 'ReplicaLag', 'Maximum', above, 300, 300, 3, 'the replica is five minutes behind',
    'breaching', 'HasReplica'],
});

function addAlarm(built, topic, id, row) {
  const [source, metricName, statistic, comparisonOperator, threshold, period, evaluationPeriods, meaning,
    treatMissingData = 'notBreaching', condition] = row;
  const { namespace, dimensions } = sources(built)[source];
  const percentile = statistic.startsWith('p');
  const alarm = new cloudwatch.CfnAlarm(built.stack, `${id}Alarm`, {
    alarmDescription: `Almanac: ${meaning}`,
    namespace,
    metricName,
    dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value })),
    ...(percentile ? { extendedStatistic: statistic } : { statistic }),
    comparisonOperator, threshold, period, evaluationPeriods, treatMissingData,
    alarmActions: [topic.ref],
    okActions: [topic.ref],
  });
  if (condition) {
    only(condition, alarm);
  }
}

function addAlarms(built) {
  const topic = addTopic(built);
  for (const [id, row] of Object.entries(alarms(built.profile))) {
    addAlarm(built, topic, id, row);
  }
  return { topic };
}

module.exports = { addAlarms };
