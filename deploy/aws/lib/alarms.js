'use strict';

// What a person has to know about.

const { aws_cloudwatch: cloudwatch } = require('aws-cdk-lib');
const { only } = require('./names');

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

// id: source, metric, statistic, comparison, threshold, period in s, periods, what it means, and where they
// differ: what missing data mean, the condition, and whether most periods have no data.
const alarms = (profile) => ({
  IngestOverdue: ['own', 'IngestSuccess', 'Sum', below, 1, 3600, 26, 'no ingestion has succeeded for 26 hours',
    'breaching', 'Daily', true],
  IngestObjects: ['own', 'ObjectsFailed', 'Sum', above, 0, 300, 1, 'objects could not be taken in'],
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
  ReplicaLag: ['replica', 'ReplicaLag', 'Maximum', above, 900, 300, 3, // up to 300 when nothing is written
    'the replica is a quarter of an hour behind',
    'breaching', 'HasReplica'],
});

const metric = ({ namespace, dimensions }, metricName) => ({
  namespace, metricName, dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value })) });

const direct = (from, name, statistic, period) => ({
  ...metric(from, name),
  ...(statistic.startsWith('p') ? { extendedStatistic: statistic } : { statistic }),
  period,
});

// A period without data is filled with 0. Otherwise CloudWatch, short of data, looks further back than it was
// told to, and what it finds there puts the alarm off.
const filled = (from, name, stat, period) => ({ metrics: [
  { id: 'filled', expression: 'FILL(found, 0)', label: name, returnData: true },
  { id: 'found', metricStat: { metric: metric(from, name), period, stat }, returnData: false },
] });

function addAlarm(built, id, row) {
  const [source, name, statistic, comparisonOperator, threshold, period, evaluationPeriods, meaning,
    treatMissingData = 'notBreaching', condition, sparse = false] = row;
  const alarm = new cloudwatch.CfnAlarm(built.stack, `${id}Alarm`, {
    alarmDescription: `Almanac: ${meaning}`,
    ...(sparse ? filled : direct)(sources(built)[source], name, statistic, period),
    comparisonOperator, threshold, evaluationPeriods, treatMissingData,
    alarmActions: [built.topic.ref],
    okActions: [built.topic.ref],
  });
  if (condition) {
    only(condition, alarm);
  }
}

function addAlarms(built) {
  for (const [id, row] of Object.entries(alarms(built.profile))) {
    addAlarm(built, id, row);
  }
}

module.exports = { addAlarms };
