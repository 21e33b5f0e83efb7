'use strict';

// What docs/aws.md asks for by name.

const { CfnOutput, Fn } = require('aws-cdk-lib');

const networkOf = (network, group) => Fn.join('', ['awsvpcConfiguration={subnets=[', Fn.join(',', network.taskSubnets),
  '],securityGroups=[', group.attrGroupId, `],assignPublicIp=${network.assignPublicIp}}`]);

function addOutputs(built) {
  const { stack, api, balancer, batch, database, groups, ingest, migrate, network, secrets, storage, topic } = built;
  const output = (id, value, condition) => {
    const made = new CfnOutput(stack, id, { value });
    if (condition) {
      made.condition = stack.node.findChild(condition);
    }
  };
  output('BalancerName', balancer.balancer.attrDnsName);
  output('HttpUrl', Fn.join('', ['http://', balancer.balancer.attrDnsName]), 'NoCertificate');
  output('Warning', 'No CertificateArn: requests and answers are not encrypted between clients and load balancer.',
    'NoCertificate');
  output('ClusterName', api.cluster.ref);
  output('ServiceName', api.service.attrName, 'Serving');
  output('DataBucketName', storage.data.ref);
  output('LogBucketName', storage.logs.ref);
  output('SourceUri', ingest.uri);
  output('FunctionName', ingest.fn.ref);
  output('FailuresQueueUrl', ingest.failures.ref);
  output('MigrateTaskArn', migrate.ref);
  output('MigrateNetwork', networkOf(network, groups.migrate));
  output('IngestTaskArn', batch.task.ref, 'Bulk');
  output('IngestNetwork', networkOf(network, groups.ingest), 'Bulk');
  output('JobQueueArn', batch.queue.ref, 'Batch');
  output('JobDefinitionArn', batch.job.ref, 'Batch');
  output('DatabaseId', database.instance.ref);
  output('ReplicaId', database.replica.ref, 'HasReplica');
  output('DatabaseHost', database.instance.attrEndpointAddress);
  output('ReaderSecretArn', secrets.reader);
  output('WriterSecretArn', secrets.writer);
  output('AlarmTopicArn', topic.ref);
}

module.exports = { addOutputs };
