'use strict';

const { Fn, aws_rds: rds } = require('aws-cdk-lib');
const { either, only } = require('./names');

const version = '17'; // the major one: RDS retires minor ones

// log_statement stays off: "almanac migrate" sets passwords of logins, and statements would be logged.
const settings = {
  'rds.force_ssl': '1',
  log_min_duration_statement: '1000',
  log_connections: '1',
  log_disconnections: '1',
};

// The same for the instance and its replica.
const ours = (p, groups, parameters, profile, roles) => ({
  dbInstanceClass: p.DatabaseClass.valueAsString,
  vpcSecurityGroups: [groups.database.attrGroupId],
  dbParameterGroupName: parameters.ref,
  publiclyAccessible: false,
  autoMinorVersionUpgrade: true,
  copyTagsToSnapshot: true,
  caCertificateIdentifier: 'rds-ca-rsa2048-g1',
  enablePerformanceInsights: true,
  performanceInsightsRetentionPeriod: 7,
  enableCloudwatchLogsExports: ['postgresql', 'upgrade'],
  storageType: 'gp3',
  maxAllocatedStorage: p.DatabaseStorageMax.valueAsNumber,
  ...(profile.enhancedMonitoring && { monitoringInterval: 60, monitoringRoleArn: roles.monitoring.attrArn }),
});

function addSurroundings(stack, network) {
  return {
    subnets: new rds.CfnDBSubnetGroup(stack, 'DatabaseSubnets', {
      dbSubnetGroupDescription: 'Almanac: isolated subnets',
      subnetIds: network.isolatedSubnets,
    }),
    parameters: new rds.CfnDBParameterGroup(stack, 'DatabaseParameters', {
      family: `postgres${version}`,
      description: 'Almanac: TLS only, slow statements are logged',
      parameters: settings,
    }),
  };
}

const owner = (secrets) => ({
  masterUsername: secrets.ownerName,
  manageMasterUserPassword: either('GeneratedOwner', false, true),
  masterUserPassword: either('GeneratedOwner', Fn.join('', [
    '{{resolve:secretsmanager:', secrets.generatedOwner, ':SecretString:password}}'])).toString(),
});

function addInstance({ stack, profile, p, secrets }, shared, around) {
  const instance = new rds.CfnDBInstance(stack, 'Database', {
    ...shared,
    ...owner(secrets),
    engine: 'postgres',
    engineVersion: version,
    engineLifecycleSupport: 'open-source-rds-extended-support-disabled',
    dbName: 'almanac',
    dbSubnetGroupName: around.subnets.ref,
    allocatedStorage: p.DatabaseStorage.valueAsString,
    storageEncrypted: true,
    multiAz: either('HasStandby', true, false),
    backupRetentionPeriod: profile.backupDays,
    preferredBackupWindow: '02:00-03:00',
    preferredMaintenanceWindow: 'sun:03:30-sun:04:30',
    deletionProtection: either('Protected', true, false),
  });
  instance.addOverride('DeletionPolicy', 'Snapshot');
  instance.addOverride('UpdateReplacePolicy', 'Snapshot');
  return instance;
}

// In the same region a replica takes subnets, encryption, version and logins from its source. It holds
// nothing of its own, and RDS refuses a last snapshot of it, which would be CloudFormation's default.
function addReplica({ stack }, shared, instance) {
  const replica = only('HasReplica', new rds.CfnDBInstance(stack, 'Replica', {
    ...shared,
    sourceDbInstanceIdentifier: instance.ref,
    deletionProtection: false,
  }));
  replica.addOverride('DeletionPolicy', 'Delete');
  replica.addOverride('UpdateReplacePolicy', 'Delete');
  return replica;
}

function addDatabase(built) {
  const { stack, p, groups, network, profile, roles } = built;
  const around = addSurroundings(stack, network);
  const shared = ours(p, groups, around.parameters, profile, roles);
  const instance = addInstance(built, shared, around);
  const replica = addReplica(built, shared, instance);
  const at = (host, port) => ({ PGHOST: host, PGPORT: port, PGDATABASE: 'almanac', PGSSLMODE: 'verify-full' });
  return {
    instance,
    replica,
    writeAt: at(instance.attrEndpointAddress, instance.attrEndpointPort),
    readAt: at(either('HasReplica', replica.attrEndpointAddress, instance.attrEndpointAddress),
      either('HasReplica', replica.attrEndpointPort, instance.attrEndpointPort)),
  };
}

module.exports = { addDatabase };
