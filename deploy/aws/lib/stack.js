'use strict';

const { LegacyStackSynthesizer, Stack } = require('aws-cdk-lib');
const { acknowledge } = require('./acknowledgements');
const { addAlarms } = require('./alarms');
const { addApi } = require('./api');
const { addBalancer } = require('./balancer');
const { addBatch } = require('./batch');
const { addDatabase } = require('./database');
const { addFailedRuns } = require('./failed-runs');
const { addFlowLog } = require('./flow-log');
const { imageUris } = require('./images');
const { addIngest } = require('./ingest');
const { addLogs } = require('./logs');
const { addMigrate } = require('./migrate');
const { addNetwork } = require('./network');
const { addOutputs } = require('./outputs');
const { addParameters } = require('./parameters');
const { addRoles } = require('./roles');
const { addSchedules } = require('./schedule');
const { addSecrets } = require('./secrets');
const { addSecurityGroups } = require('./security-groups');
const { addStorage } = require('./storage');
const { addTopic } = require('./topic');

// In the order in which they need each other. Each adds resources to the stack and returns what the
// later ones refer to.
const parts = {
  p: addParameters,
  images: imageUris,
  logs: addLogs,
  network: addNetwork,
  groups: addSecurityGroups,
  storage: addStorage,
  secrets: addSecrets,
  roles: addRoles,
  flowLog: addFlowLog,
  database: addDatabase,
  balancer: addBalancer,
  api: addApi,
  ingest: addIngest,
  migrate: addMigrate,
  batch: addBatch,
  schedules: addSchedules,
  topic: addTopic,
  alarms: addAlarms,
  failedRuns: addFailedRuns,
  outputs: addOutputs,
};

class AlmanacStack extends Stack {
  constructor(scope, id, profile) {
    // No bootstrap: there are no assets, so that plain CloudFormation deploys the template.
    super(scope, id, {
      synthesizer: new LegacyStackSynthesizer(),
      description: profile.description,
    });
    const built = { stack: this, profile };
    for (const [name, add] of Object.entries(parts)) {
      built[name] = add(built);
    }
    acknowledge(this, id);
  }
}

module.exports = { AlmanacStack };
