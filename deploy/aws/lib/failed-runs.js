'use strict';

// Runs outside of the function say by their exit code that they failed, which no metric counts: their events
// go to the topic.

const { aws_events: events } = require('aws-cdk-lib');
const { only } = require('./names');

// rule ID, WHAT, SOURCE, KIND, DETAIL, PATHS, TEXT: of an event, PATHS are what TEXT names.
function addRule({ stack, topic }, id, what, source, kind, detail, inputPathsMap, text) {
  return new events.CfnRule(stack, id, {
    description: `Almanac: ${what}`,
    eventPattern: { source: [source], 'detail-type': [kind], detail },
    targets: [{
      id: 'topic',
      arn: topic.ref,
      inputTransformer: { inputPathsMap, inputTemplate: JSON.stringify(`Almanac: ${text}`) },
    }],
  });
}

// Tasks that are run, by hand or by a schedule, are of a family; those of the service are the load balancer's.
function addTaskRule(built) {
  addRule(built, 'FailedTaskRule', 'a migration or an ingestion failed as a task', 'aws.ecs', 'ECS Task State Change', {
    clusterArn: [built.api.cluster.attrArn],
    group: [{ prefix: 'family:' }],
    lastStatus: ['STOPPED'],
    $or: [{ containers: { exitCode: [{ 'anything-but': [0] }] } }, { stopCode: ['TaskFailedToStart'] }],
  }, {
    family: '$.detail.group', code: '$.detail.containers[0].exitCode', reason: '$.detail.stoppedReason',
    task: '$.detail.taskArn',
  }, 'a task of <family> failed with exit code <code>: <reason> (<task>)');
}

// An array job fails as a whole when one of its children has failed for good; children have an index.
function addJobRule(built) {
  only('Batch', addRule(built, 'FailedJobRule', 'an ingestion failed as a job of Batch', 'aws.batch',
    'Batch Job State Change', {
      jobQueue: [built.batch.queue.ref],
      status: ['FAILED'],
      arrayProperties: { index: [{ exists: false }] },
    }, { name: '$.detail.jobName', reason: '$.detail.statusReason', job: '$.detail.jobId' },
    'job <name> failed: <reason> (<job>)'));
}

function addFailedRuns(built) {
  addTaskRule(built);
  addJobRule(built);
}

module.exports = { addFailedRuns };
