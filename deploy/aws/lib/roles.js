'use strict';

// Every role, whole, as tables of what it may do; nothing is granted anywhere else. tests/aws compares
// them with a list of its own.

const { Aws, Fn, aws_iam: iam } = require('aws-cdk-lib');
const { arn, either, only } = require('./names');

const may = (actions, resources, Condition) => ({
  Effect: 'Allow', Action: actions, Resource: resources, ...(Condition && { Condition }) });

function addRole(stack, id, service, statements, trustCondition = {
  StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
}) {
  return new iam.CfnRole(stack, id, {
    assumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{
        Effect: 'Allow',
        Principal: { Service: service },
        Action: 'sts:AssumeRole',
        ...(trustCondition && { Condition: trustCondition }),
      }],
    },
    policies: [{ policyName: 'work', policyDocument: { Version: '2012-10-17', Statement: statements } }],
  });
}

const readSecrets = (...secrets) => may(['secretsmanager:GetSecretValue'], secrets);

const writeLog = (group) => may(['logs:CreateLogStream', 'logs:PutLogEvents'], [group.attrArn]);

const readData = (bucket) => [
  may(['s3:GetObject'], [Fn.sub('${DataBucket.Arn}/${SourcePrefix}*')]),
  may(['s3:ListBucket'], [bucket.attrArn], { StringLike: { 's3:prefix': Fn.sub('${SourcePrefix}*') } }),
];

// What Fargate needs to start a task: its image, its log, and the secrets that it injects.
const startTask = (image, log) => [
  may(['ecr:GetAuthorizationToken'], ['*']),
  may(['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], [image.repository]),
  writeLog(log),
];

// A function in a VPC gets network interfaces, which have no names beforehand. Lambda makes and removes them with
// the function's role; the code that runs in the function, which only it calls with lambda:SourceFunctionArn, must not.
const interfaces = ['ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:UnassignPrivateIpAddresses'];
const attachToVpc = [
  may(interfaces, ['*']),
  { Effect: 'Deny', Action: interfaces, Resource: ['*'], Condition: {
    ArnLike: { 'lambda:SourceFunctionArn': arn('lambda:${AWS::Region}:${AWS::AccountId}:function:*') } } },
];

const tasks = 'ecs-tasks.amazonaws.com';

// What a schedule may start depends on ScheduleStarts.
function addSchedulerRole(stack, bulk) {
  const jobs = [Fn.ref('JobDefinition'), Fn.ref('JobQueue')];
  const taskRoles = [bulk.execution.attrArn, bulk.task.attrArn];
  return addRole(stack, 'SchedulerRole', 'scheduler.amazonaws.com', [
    may(['sqs:SendMessage'], [Fn.getAtt('IngestFailures', 'Arn')]),
    either('StartsFunction', may(['lambda:InvokeFunction'], [Fn.getAtt('IngestFunction', 'Arn')])),
    either('StartsTask', may(['ecs:RunTask'], [Fn.ref('IngestTask')])),
    either('StartsTask', may(['iam:PassRole'], taskRoles, {
      StringEquals: { 'iam:PassedToService': tasks } })),
    either('StartsBatch', may(['batch:SubmitJob'], jobs)),
  ]);
}

function addFlowRole(stack, logs) {
  return addRole(stack, 'FlowLogRole', 'vpc-flow-logs.amazonaws.com', [
    may(['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'], [logs.flow.attrArn]),
    may(['logs:DescribeLogGroups'], [arn('logs:${AWS::Region}:${AWS::AccountId}:log-group:*')]),
  ]);
}

function addMonitoringRole(stack) {
  const metrics = 'logs:${AWS::Region}:${AWS::AccountId}:log-group:RDSOSMetrics';
  return addRole(stack, 'DatabaseMonitoringRole', 'monitoring.rds.amazonaws.com', [
    may(['logs:CreateLogGroup', 'logs:PutRetentionPolicy'], [arn(metrics), arn(`${metrics}:*`)]),
    may(['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:GetLogEvents', 'logs:PutLogEvents'],
      [arn(`${metrics}:log-stream:*`)]),
  ]);
}

function addApiRoles(stack, { images, logs, secrets }) {
  return {
    execution: addRole(stack, 'ApiExecutionRole', tasks,
      [...startTask(images.api, logs.api), readSecrets(secrets.reader)]),
    task: addRole(stack, 'ApiTaskRole', tasks, [readSecrets(secrets.reader)]),
  };
}

// readSecrets of the owner: it may be RDS's, whose ARN is known only with the instance.
function addMigrateRoles(stack, { images, logs, secrets }) {
  return {
    execution: addRole(stack, 'MigrateExecutionRole', tasks, startTask(images.ingest, logs.migrate)),
    task: addRole(stack, 'MigrateTaskRole', tasks, [readSecrets(secrets.owner, secrets.reader, secrets.writer)]),
  };
}

function addJobRoles(stack, { images, logs, secrets, storage }) {
  return {
    execution: only('Bulk', addRole(stack, 'JobExecutionRole', tasks, startTask(images.ingest, logs.jobs))),
    task: only('Bulk', addRole(stack, 'JobRole', tasks, [readSecrets(secrets.writer), ...readData(storage.data)])),
  };
}

function addRoles(built) {
  const { stack, profile, logs, secrets, storage } = built;
  const jobs = addJobRoles(stack, built);
  return {
    api: addApiRoles(stack, built),
    migrate: addMigrateRoles(stack, built),
    jobs,
    ingest: addRole(stack, 'IngestRole', 'lambda.amazonaws.com', [
      readSecrets(secrets.writer), ...readData(storage.data), writeLog(logs.ingest), ...attachToVpc,
      may(['sqs:SendMessage'], [Fn.getAtt('IngestFailures', 'Arn')]),
    ], null), // Lambda gives no source to compare with
    scheduler: addSchedulerRole(stack, jobs),
    flow: addFlowRole(stack, logs),
    monitoring: profile.enhancedMonitoring ? addMonitoringRole(stack) : undefined,
  };
}

module.exports = { addRoles };
