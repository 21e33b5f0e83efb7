'use strict';

// Three schedules, of which the parameter Schedule turns one on. ScheduleStarts says what they start.

const { aws_scheduler: scheduler } = require('aws-cdk-lib');
const { arn, either } = require('./names');

// One line for each thing that can be started: the condition, what, and with which input.
function starters({ stack, ingest, batch, api, p }) {
  return {
    arn: either('StartsBatch', arn('scheduler:::aws-sdk:batch:submitJob'),
      either('StartsTask', api.cluster.attrArn, ingest.fn.attrArn)).toString(),
    input: either('StartsBatch', stack.toJsonString({
      JobName: 'almanac-ingest',
      JobQueue: batch.queue.ref,
      JobDefinition: batch.job.ref,
      ArrayProperties: { Size: p.BatchArraySize.valueAsNumber },
    }), either('StartsTask', '{}', stack.toJsonString({ job: 'ingest', uri: ingest.uri }))).toString(),
  };
}

const taskParameters = ({ batch, network, groups }) => either('StartsTask', {
  TaskDefinitionArn: batch.task.ref,
  LaunchType: 'FARGATE',
  PlatformVersion: '1.4.0',
  TaskCount: 1,
  NetworkConfiguration: { AwsvpcConfiguration: {
    Subnets: network.taskSubnets,
    SecurityGroups: [groups.ingest.attrGroupId],
    AssignPublicIp: network.assignPublicIp,
  } },
});

function addSchedules(built) {
  const { stack, p, ingest, roles } = built;
  for (const name of ['Daily', 'Weekly', 'Monthly']) {
    new scheduler.CfnSchedule(stack, `${name}Schedule`, {
      description: `Almanac: ${name.toLowerCase()} ingestion`,
      state: either(name, 'ENABLED', 'DISABLED').toString(),
      scheduleExpression: p[`${name}Cron`].valueAsString,
      scheduleExpressionTimezone: p.TimeZone.valueAsString,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        ...starters(built),
        roleArn: roles.scheduler.attrArn,
        ecsParameters: taskParameters(built),
        retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 3 },
        deadLetterConfig: { arn: ingest.failures.attrArn },
      },
    });
  }
}

module.exports = { addSchedules };
