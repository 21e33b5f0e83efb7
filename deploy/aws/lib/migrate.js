'use strict';

// almanac migrate, run by hand, as owner: tables, and the logins of API and ingestion.

const { aws_ecs: ecs } = require('aws-cdk-lib');
const { environment, hardened, logTo, platform, scratch } = require('./container');

function addMigrate({ stack, p, images, logs, roles, database, secrets }) {
  return new ecs.CfnTaskDefinition(stack, 'MigrateTask', {
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    runtimePlatform: platform(p.Architecture),
    executionRoleArn: roles.migrate.execution.attrArn,
    taskRoleArn: roles.migrate.task.attrArn,
    volumes: scratch.volumes,
    containerDefinitions: [{
      ...hardened,
      name: 'migrate',
      image: images.ingest.uri,
      command: ['migrate'],
      environment: environment({
        ...database.writeAt,
        ALMANAC_DATABASE_SECRET: secrets.owner,
        ALMANAC_READER_SECRET: secrets.reader,
        ALMANAC_WRITER_SECRET: secrets.writer,
        ALMANAC_LOG_FORMAT: 'json',
      }),
      logConfiguration: logTo(logs.migrate),
    }],
  });
}

module.exports = { addMigrate };
