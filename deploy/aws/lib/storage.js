'use strict';

// The bucket that data come from, and the one for access logs.

const { Aws, Fn, aws_s3: s3 } = require('aws-cdk-lib');
const { addPolicy, common, forgetUploads, keep } = require('./buckets');

// Log delivery. The load balancer's is bound to this account by the path, as AWS documents it.
const balancerLogs = () => ({
  Sid: 'BalancerLogs',
  Effect: 'Allow',
  Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
  Action: 's3:PutObject',
  Resource: Fn.sub('${LogBucket.Arn}/balancer/AWSLogs/${AWS::AccountId}/*'),
});

const bucketLogs = (source) => ({
  Sid: 'DataBucketLogs',
  Effect: 'Allow',
  Principal: { Service: 'logging.s3.amazonaws.com' },
  Action: 's3:PutObject',
  Resource: Fn.sub('${LogBucket.Arn}/data/*'),
  Condition: {
    StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
    ArnLike: { 'aws:SourceArn': source.attrArn },
  },
});

// Kept also when the stack cannot be created: the load balancer has then written a test file, and what is not
// empty cannot be deleted. Its name is CloudFormation's, so that it is in nobody's way.
function addLogBucket(stack, profile) {
  return keep(new s3.CfnBucket(stack, 'LogBucket', {
    ...common,
    lifecycleConfiguration: {
      rules: [forgetUploads, { id: 'expire', status: 'Enabled', expirationInDays: profile.logDays }] },
  }));
}

// Empty, and deleted, when the stack cannot be created.
function addDataBucket(stack, logBucket) {
  return keep(new s3.CfnBucket(stack, 'DataBucket', {
    ...common,
    versioningConfiguration: { status: 'Enabled' },
    loggingConfiguration: { destinationBucketName: logBucket.ref, logFilePrefix: 'data/' },
    notificationConfiguration: { eventBridgeConfiguration: { eventBridgeEnabled: true } },
    lifecycleConfiguration: {
      rules: [forgetUploads,
        { id: 'old-versions', status: 'Enabled', noncurrentVersionExpiration: { noncurrentDays: 90 } }] },
  }), 'RetainExceptOnCreate');
}

function addStorage({ stack, profile }) {
  const logs = addLogBucket(stack, profile);
  const data = addDataBucket(stack, logs);
  const logPolicy = addPolicy(stack, 'LogBucketPolicy', logs, [balancerLogs(), bucketLogs(data)]);
  addPolicy(stack, 'DataBucketPolicy', data, []);
  return { data, logs, logPolicy };
}

module.exports = { addStorage };
