'use strict';

// Parameters, the conditions made of them, and the rules between them.

const { CfnCondition, CfnParameter, CfnRule, Fn } = require('aws-cdk-lib');

const truth = { type: 'String', allowedValues: ['true', 'false'] };

const digest = {
  type: 'String',
  allowedPattern: '^sha256:[0-9a-f]{64}$',
  constraintDescription: 'a digest as the registry gives it: sha256: and 64 hexadecimal digits',
};

const cron = {
  type: 'String',
  allowedPattern: '^cron\\([^()]+\\)$',
  constraintDescription: 'six fields of EventBridge Scheduler: cron(15 6 * * ? *)',
};

function definitions(profile) {
  return {
    ApiImageDigest: { ...digest, description: 'Digest of the image of the API server' },
    IngestImageDigest: { ...digest, description: 'Digest of the image of the ingestion' },
    RepositoryPrefix: {
      type: 'String',
      default: 'almanac',
      allowedPattern: '^[a-z0-9]+(?:[._/-][a-z0-9]+)*$',
      description: 'Repositories are PREFIX-api and PREFIX-ingest, as in the registry stack',
    },
    Architecture: {
      type: 'String',
      default: 'X86_64',
      allowedValues: ['X86_64', 'ARM64'],
      description: 'What the images were built for',
    },
    Serve: {
      ...truth,
      default: 'false',
      description: 'false: there is no API service, as before the first migration',
    },
    MinTasks: { type: 'Number', default: profile.minTasks, minValue: 1, maxValue: profile.maxTasks,
      description: 'API tasks that run at least' },
    MaxTasks: { type: 'Number', default: profile.maxTasks, minValue: 1, maxValue: profile.maxTasks,
      description: 'API tasks that run at most; bounded by the connections of the smallest database class' },
    CertificateArn: {
      type: 'String',
      default: '',
      allowedPattern: '^$|^arn:[a-z-]+:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]+$',
      description: 'Certificate of ACM for HTTPS; empty: plain HTTP',
    },
    ClientCidr: {
      type: 'String',
      default: '0.0.0.0/0',
      allowedPattern: '^[0-9.]+/[0-9]{1,2}$',
      description: 'Who may reach the load balancer',
    },
    VpcCidr: {
      type: 'String',
      default: '10.20.0.0/16',
      allowedPattern: '^[0-9.]+/(16|17|18|19|20)$',
      description: 'Addresses of the VPC, /16 to /20',
    },
    DatabaseClass: {
      type: 'String',
      default: profile.databaseClasses[0],
      allowedValues: profile.databaseClasses,
      description: 'Instance class of the database',
    },
    DatabaseStorage: { type: 'Number', default: 20, minValue: 20, maxValue: 1000,
      description: 'GiB to begin with; grows by itself up to DatabaseStorageMax' },
    DatabaseStorageMax: { type: 'Number', default: 100, minValue: 22, maxValue: 4000,
      description: 'GiB up to which storage grows' },
    MultiAz: { ...truth, default: profile.multiAz, description: 'A standby of the database in a second zone' },
    OwnerLogin: {
      type: 'String',
      default: 'managed',
      allowedValues: ['managed', 'generated'],
      description: 'managed: RDS keeps and rotates the owner\'s password; generated: for a read replica, ' +
        'which RDS refuses beside a managed one',
    },
    ReadReplica: { ...truth, default: 'false', description: 'The API reads from a replica' },
    DeletionProtection: { ...truth, default: 'true',
      description: 'With Serve=true: database and load balancer cannot be deleted' },
    SourcePrefix: {
      type: 'String',
      default: 'stations/',
      allowedPattern: '^[A-Za-z0-9._/-]*/$',
      description: 'Prefix in the data bucket that is ingested; ends in /',
    },
    Schedule: {
      type: 'String',
      default: 'off',
      allowedValues: ['off', 'daily', 'weekly', 'monthly'],
      description: 'Which of the schedules is on',
    },
    DailyCron: { ...cron, default: 'cron(15 6 * * ? *)', description: 'When the daily schedule runs' },
    WeeklyCron: { ...cron, default: 'cron(15 6 ? * MON *)', description: 'When the weekly schedule runs' },
    MonthlyCron: { ...cron, default: 'cron(15 6 1 * ? *)', description: 'When the monthly schedule runs' },
    TimeZone: { type: 'String', default: 'UTC', allowedPattern: '^[A-Za-z0-9_+/-]+$',
      description: 'Time zone of the schedules (IANA), with its daylight saving time' },
    UploadTrigger: { ...truth, default: 'true', description: 'A new object below the prefix starts the function' },
    FunctionMemory: { type: 'Number', default: profile.functionMemory, minValue: 128, maxValue: 10240,
      description: 'MiB of the function; its share of a CPU grows with it' },
    ReserveConcurrency: { ...truth, default: 'true',
      description: 'One run of the function at a time; false where the account\'s limit is too low for it' },
    BulkIngest: {
      type: 'String',
      default: 'off',
      allowedValues: ['off', 'task', 'batch'],
      description: 'For what takes longer than 15 minutes: an ECS task, or also a Batch array job',
    },
    ScheduleStarts: {
      type: 'String',
      default: 'function',
      allowedValues: ['function', 'task', 'batch'],
      description: 'What the schedules start; task and batch need BulkIngest',
    },
    BatchArraySize: { type: 'Number', default: 4, minValue: 2, maxValue: 100,
      description: 'Shards of a scheduled array job' },
    AlarmEmail: {
      type: 'String',
      default: '',
      allowedPattern: '^$|^[^@\\s]+@[^@\\s]+$',
      description: 'Address that alarms are sent to; empty: nobody subscribes',
    },
    ...(profile.natGateway && {
      NatGateway: { ...truth, default: 'false',
        description: 'true: tasks and function reach the Internet, for https:// sources' },
    }),
  };
}

function addConditions(stack, p) {
  const is = (name, value) => Fn.conditionEquals(p[name], value);
  const expressions = {
    Serving: is('Serve', 'true'),
    Arm: is('Architecture', 'ARM64'),
    HasCertificate: Fn.conditionNot(is('CertificateArn', '')),
    NoCertificate: is('CertificateArn', ''),
    GeneratedOwner: is('OwnerLogin', 'generated'),
    HasStandby: is('MultiAz', 'true'),
    // Not before it serves: a first deployment that fails could not be rolled back.
    Protected: Fn.conditionAnd(is('DeletionProtection', 'true'), is('Serve', 'true')),
    HasReplica: is('ReadReplica', 'true'),
    ReservesConcurrency: is('ReserveConcurrency', 'true'),
    Daily: is('Schedule', 'daily'),
    Weekly: is('Schedule', 'weekly'),
    Monthly: is('Schedule', 'monthly'),
    OnUpload: is('UploadTrigger', 'true'),
    Bulk: Fn.conditionNot(is('BulkIngest', 'off')),
    Batch: is('BulkIngest', 'batch'),
    HasEmail: Fn.conditionNot(is('AlarmEmail', '')),
    ...(p.NatGateway && { HasNat: is('NatGateway', 'true') }),
  };
  const made = {};
  for (const [name, expression] of Object.entries(expressions)) {
    made[name] = new CfnCondition(stack, name, { expression });
  }
  // That the second half holds is a rule; here it tells validators that what is referred to exists.
  const starts = (what, needs) => Fn.conditionAnd(is('ScheduleStarts', what), made[needs]);
  new CfnCondition(stack, 'StartsFunction', { expression: is('ScheduleStarts', 'function') });
  new CfnCondition(stack, 'StartsTask', { expression: starts('task', 'Bulk') });
  new CfnCondition(stack, 'StartsBatch', { expression: starts('batch', 'Batch') });
}

// rule NAME: when CONDITION, one of ALLOWED must hold.
function addRule(stack, p, name, [parameter, value], [other, allowed], description) {
  new CfnRule(stack, name, {
    ruleCondition: Fn.conditionEquals(p[parameter], value),
    assertions: [{ assert: Fn.conditionContains(allowed, p[other].valueAsString), assertDescription: description }],
  });
}

function addParameters({ stack, profile }) {
  const p = {};
  for (const [name, props] of Object.entries(definitions(profile))) {
    p[name] = new CfnParameter(stack, name, props);
  }
  addConditions(stack, p);
  addRule(stack, p, 'ReplicaNeedsGeneratedLogin', ['ReadReplica', 'true'], ['OwnerLogin', ['generated']],
    'ReadReplica=true needs OwnerLogin=generated');
  addRule(stack, p, 'TaskNeedsBulk', ['ScheduleStarts', 'task'], ['BulkIngest', ['task', 'batch']],
    'ScheduleStarts=task needs BulkIngest=task or batch');
  addRule(stack, p, 'BatchNeedsBulk', ['ScheduleStarts', 'batch'], ['BulkIngest', ['batch']],
    'ScheduleStarts=batch needs BulkIngest=batch');
  return p;
}

module.exports = { addParameters };
