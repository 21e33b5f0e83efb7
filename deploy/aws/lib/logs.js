'use strict';

const { Fn, aws_logs: logs } = require('aws-cdk-lib');
const { only } = require('./names');

function addLogs({ stack, profile }) {
  const group = (id, name) => new logs.CfnLogGroup(stack, id, {
    logGroupName: Fn.sub(`/\${AWS::StackName}/${name}`),
    retentionInDays: profile.logDays,
  });
  return {
    api: group('ApiLogs', 'api'),
    ingest: group('IngestLogs', 'ingest'),
    jobs: only('Bulk', group('JobLogs', 'jobs')),
    migrate: group('MigrateLogs', 'migrate'),
    flow: group('FlowLogs', 'flow'),
  };
}

module.exports = { addLogs };
