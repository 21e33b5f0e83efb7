'use strict';

// What cdk-nag says and why it stays. A finding that is not in this table fails the synthesis.

const { Validations } = require('aws-cdk-lib');

const token = ['IAM5[Resource::*]', 'ecr:GetAuthorizationToken knows no resources'];
const prefix = ['IAM5[Resource::<DataBucket.Arn>/<SourcePrefix>*]', 'reads all objects below the prefix, no others'];
const variables = ['ECS2', 'addresses, sizes and the names of secrets; passwords are injected or fetched'];
const byHand = ['SMG4', 'rotated by a new value and a run of the migration (docs/aws.md), which nobody can schedule ' +
  'for the three at once; RDS rotates the owner\'s where it manages it'];
const database = [
  ['RDS3', 'a parameter, true by default in production; one zone is what makes small cheap'],
  ['RDS10', 'a parameter, true by default, that holds from Serve=true on: else a first deployment could not be rolled back'],
  ['RDS11', 'reachable from three security groups only; another port hides nothing from those'],
];
const group = 'arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:';

const both = {
  BalancerGroup: [['EC23', 'a public service; ClientCidr narrows it']],
  OwnerSecretGenerated: [byHand],
  ReaderSecret: [byHand],
  WriterSecret: [byHand],
  ApiExecutionRole: [token],
  MigrateExecutionRole: [token],
  JobExecutionRole: [token],
  JobRole: [prefix],
  IngestRole: [prefix, ['IAM5[Resource::*]', 'network interfaces of a function have no names beforehand']],
  FlowLogRole: [[`IAM5[Resource::${group}*]`, 'logs:DescribeLogGroups lists; it cannot be bound to one group']],
  Database: database,
  Replica: [...database, ['RDS2', 'a replica is encrypted as its source is, and may not say so']],
  ApiTask: [variables],
  MigrateTask: [variables],
  IngestTask: [variables],
  IngestFailures: [['SQS3', 'it is itself where the undeliverable goes']],
};

const monitoring = 'RDS chooses the stream; the group\'s name is fixed';

const special = {
  small: {
    Cluster: [['ECS4', 'Container Insights costs more than the tasks; alarms use metrics that are free']],
  },
  production: {
    DatabaseMonitoringRole: [
      [`IAM5[Resource::${group}RDSOSMetrics:*]`, monitoring],
      [`IAM5[Resource::${group}RDSOSMetrics:log-stream:*]`, monitoring],
    ],
  },

  registry: {
    TemplateBucket: [['S1', 'holds templates for 30 days, which are public anyway']],
  },
};

function acknowledge(stack, id) {
  for (const [construct, findings] of Object.entries({ ...(id === 'registry' ? {} : both), ...special[id] })) {
    for (const [finding, reason] of findings) {
      Validations.of(stack.node.findChild(construct)).acknowledge({ id: `AwsSolutions-${finding}`, reason });
    }
  }
}

module.exports = { acknowledge };
