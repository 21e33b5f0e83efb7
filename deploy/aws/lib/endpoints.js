'use strict';

// Ways to AWS that do not lead through the Internet.

const { Fn, aws_ec2: ec2 } = require('aws-cdk-lib');

const policy = (action, condition) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: action, Resource: '*', ...condition }],
});

const ownAccount = { Condition: { StringEquals: { 'aws:PrincipalAccount': Fn.ref('AWS::AccountId') } } };

// Per service, what may be done through its endpoint.
const actions = {
  'ecr.api': 'ecr:*',
  'ecr.dkr': 'ecr:*',
  logs: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  secretsmanager: 'secretsmanager:GetSecretValue',
};

const logicalId = (service) => service.split('.').map((part) => part[0].toUpperCase() + part.slice(1)).join('');

function addEndpoints({ stack, profile }, network, tables) {
  // Reading only, also from other people's public buckets and from the registry's layers.
  new ec2.CfnVPCEndpoint(stack, 'S3Endpoint', {
    vpcId: network.vpc.ref,
    vpcEndpointType: 'Gateway',
    serviceName: Fn.sub('com.amazonaws.${AWS::Region}.s3'),
    routeTableIds: [tables.Public.ref, tables.Private.ref],
    policyDocument: policy(['s3:GetObject', 's3:ListBucket']),
  });
  const group = new ec2.CfnSecurityGroup(stack, 'EndpointGroup', {
    vpcId: network.vpc.ref,
    groupDescription: 'Almanac: interface endpoints',
    securityGroupEgress: [{ ipProtocol: 'icmp', fromPort: 252, toPort: 86, cidrIp: '255.255.255.255/32',
      description: 'none' }],
  });
  for (const service of profile.endpoints) {
    new ec2.CfnVPCEndpoint(stack, `${logicalId(service)}Endpoint`, {
      vpcId: network.vpc.ref,
      vpcEndpointType: 'Interface',
      serviceName: Fn.sub(`com.amazonaws.\${AWS::Region}.${service}`),
      subnetIds: network.privateSubnets.slice(0, profile.endpointZones),
      securityGroupIds: [group.attrGroupId],
      privateDnsEnabled: true,
      policyDocument: policy(actions[service], ownAccount),
    });
  }
  network.endpointGroup = group;
}

module.exports = { addEndpoints };
