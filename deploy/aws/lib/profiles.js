'use strict';

// What differs between the profiles. Everything else is the same in both.
// A task has threads * dbConnections + 1 connections to the database, a deployment runs twice the
// tasks, batchCpus children of Batch, a task of ingestion and up to ten functions (ReserveConcurrency=false) have two
// each, and all of them together have to fit the smallest class that is allowed: tests/aws checks it.

const profiles = {
  small: {
    description: 'Almanac, profile small: the least that works. One task, one zone for the database.',
    natGateway: false, // not even as an option: tasks have public addresses instead
    publicTasks: true,
    endpoints: ['secretsmanager'], // the Lambda function needs no other
    endpointZones: 1,
    flowTraffic: 'REJECT',
    logDays: 14,
    containerInsights: 'disabled',
    cpu: 256,
    memory: 512,
    threads: 1,
    dbConnections: 8,
    minTasks: 1,
    maxTasks: 2,
    databaseClasses: ['db.t4g.micro', 'db.t4g.small', 'db.t4g.medium', 'db.t4g.large', 'db.m7g.large'],
    multiAz: 'false',
    backupDays: 7,
    enhancedMonitoring: false,
    freeMemoryAlarm: 64 * 1024 * 1024,
    functionMemory: 512,
    batchCpus: 4,
  },
  production: {
    description: 'Almanac, profile production: two tasks or more, two zones, no way to the Internet.',
    natGateway: true, // a parameter, off by default
    publicTasks: false,
    endpoints: ['ecr.api', 'ecr.dkr', 'logs', 'secretsmanager'],
    endpointZones: 2,
    flowTraffic: 'ALL',
    logDays: 90,
    containerInsights: 'enabled',
    cpu: 512,
    memory: 1024,
    threads: 1,
    dbConnections: 8,
    minTasks: 2,
    maxTasks: 6,
    databaseClasses: ['db.t4g.small', 'db.t4g.medium', 'db.t4g.large', 'db.m7g.large', 'db.m7g.xlarge',
      'db.r7g.large'],
    multiAz: 'true',
    backupDays: 30,
    enhancedMonitoring: true,
    freeMemoryAlarm: 128 * 1024 * 1024,
    functionMemory: 1024,
    batchCpus: 8,
  },
};

module.exports = { profiles };
