'use strict';

// The registry, which comes first, and where the other stacks find its images.

const { CfnOutput, CfnParameter, Fn, LegacyStackSynthesizer, Stack, aws_ecr: ecr } = require('aws-cdk-lib');
const { acknowledge } = require('./acknowledgements');
const { addTemplateBucket } = require('./buckets');
const { arn } = require('./names');

// Nothing that has a tag ever expires, and tags cannot be moved to another image. So an image that is
// deployed, always by digest, stays until somebody deletes its tag by hand.
const lifecycle = JSON.stringify({
  rules: [{
    rulePriority: 1,
    description: 'what lost its tag, or never had one',
    selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 },
    action: { type: 'expire' },
  }],
});

// Lambda reads the image itself, also long after the function was created.
function lambdaMayPull() {
  return {
    Version: '2012-10-17',
    Statement: [{
      Sid: 'LambdaPullsItsImage',
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Condition: {
        StringLike: { 'aws:sourceARN': arn('lambda:${AWS::Region}:${AWS::AccountId}:function:*') },
      },
    }],
  };
}

class RegistryStack extends Stack {
  constructor(scope, id) {
    super(scope, id, {
      synthesizer: new LegacyStackSynthesizer(),
      description: 'Almanac, what comes first, once in an account and region: repositories, a bucket for templates.',
    });
    const prefix = new CfnParameter(this, 'RepositoryPrefix', {
      type: 'String',
      default: 'almanac',
      allowedPattern: '^[a-z0-9]+(?:[._/-][a-z0-9]+)*$',
      description: 'Repositories are PREFIX-api and PREFIX-ingest',
    });
    this.repository('Api', `${prefix.valueAsString}-api`);
    this.repository('Ingest', `${prefix.valueAsString}-ingest`, lambdaMayPull());
    addTemplateBucket(this);
    acknowledge(this, id);
  }

  repository(name, repositoryName, repositoryPolicyText) {
    const repository = new ecr.CfnRepository(this, `${name}Repository`, {
      repositoryName,
      repositoryPolicyText,
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'AES256' },
      lifecyclePolicy: { lifecyclePolicyText: lifecycle },
    });
    new CfnOutput(this, `${name}RepositoryUri`, { value: repository.attrRepositoryUri });
  }
}

function imageUris() {
  const uri = (name, digest) => Fn.sub('${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/' +
    `\${RepositoryPrefix}-${name}@\${${digest}}`);
  const repository = (name) => arn('ecr:${AWS::Region}:${AWS::AccountId}:repository/' +
    `\${RepositoryPrefix}-${name}`);
  return {
    api: { uri: uri('api', 'ApiImageDigest'), repository: repository('api') },
    ingest: { uri: uri('ingest', 'IngestImageDigest'), repository: repository('ingest') },
  };
}

module.exports = { RegistryStack, imageUris };
