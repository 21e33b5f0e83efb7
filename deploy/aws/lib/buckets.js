'use strict';

// What all buckets have in common, and the one that CloudFormation takes templates from: they are too
// long to be sent with the request.

const { CfnOutput, Fn, aws_s3: s3 } = require('aws-cdk-lib');

const common = {
  publicAccessBlockConfiguration: {
    blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
  ownershipControls: { rules: [{ objectOwnership: 'BucketOwnerEnforced' }] },
  bucketEncryption: {
    serverSideEncryptionConfiguration: [{ serverSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }] },
};

const forgetUploads = { id: 'parts', status: 'Enabled', abortIncompleteMultipartUpload: { daysAfterInitiation: 7 } };

// keep BUCKET, POLICY: not even a stack that is deleted takes it along.
function keep(bucket, policy = 'Retain') {
  bucket.addOverride('DeletionPolicy', policy);
  bucket.addOverride('UpdateReplacePolicy', 'Retain');
  return bucket;
}

const withinBucket = (bucket) => [bucket.attrArn, Fn.join('', [bucket.attrArn, '/*'])];

const tlsOnly = (bucket) => ({
  Sid: 'TlsOnly',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: withinBucket(bucket),
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});

function addPolicy(stack, id, bucket, statements) {
  return new s3.CfnBucketPolicy(stack, id, {
    bucket: bucket.ref,
    policyDocument: { Version: '2012-10-17', Statement: [tlsOnly(bucket), ...statements] },
  });
}

function addTemplateBucket(stack) {
  const bucket = new s3.CfnBucket(stack, 'TemplateBucket', {
    ...common,
    lifecycleConfiguration: { rules: [forgetUploads, { id: 'expire', status: 'Enabled', expirationInDays: 30 }] },
  });
  addPolicy(stack, 'TemplateBucketPolicy', bucket, []);
  new CfnOutput(stack, 'TemplateBucketName', { value: bucket.ref });
  return bucket;
}

module.exports = { addPolicy, addTemplateBucket, common, forgetUploads, keep };
