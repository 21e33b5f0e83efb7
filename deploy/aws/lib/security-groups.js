'use strict';

// Who may reach whom. tests/aws walks this graph.

const { aws_ec2: ec2 } = require('aws-cdk-lib');
const { ports } = require('./container');
const { either } = require('./names');

// CloudFormation opens a group that names no egress to everything; a rule that matches nothing keeps
// it shut.
const shut = [{ ipProtocol: 'icmp', fromPort: 252, toPort: 86, cidrIp: '255.255.255.255/32', description: 'none' }];

const https = { ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: '0.0.0.0/0',
  description: 'AWS, and sources where there is a route' };

function addGroups({ stack, network, p }) {
  const group = (id, what, egress, ingress) => new ec2.CfnSecurityGroup(stack, id, {
    vpcId: network.vpc.ref,
    groupDescription: `Almanac: ${what}`,
    securityGroupEgress: egress,
    securityGroupIngress: ingress,
  });
  // Spelt as in the template: below Fn::If nothing is translated.
  const fromClients = (port) => ({ IpProtocol: 'tcp', FromPort: port, ToPort: port,
    CidrIp: p.ClientCidr.valueAsString, Description: `clients, ${port}` });
  return {
    balancer: group('BalancerGroup', 'load balancer', shut,
      either('HasCertificate', [fromClients(80), fromClients(443)], [fromClients(80)])),
    api: group('ApiGroup', 'API tasks', [https]),
    ingest: group('IngestGroup', 'ingestion', [https]),
    migrate: group('MigrateGroup', 'migration', [https]),
    database: group('DatabaseGroup', 'database', shut),
    endpoints: network.endpointGroup,
  };
}

// Both ends of a connection, in resources of their own since groups refer to each other.
function allow(stack, name, from, to, port, description) {
  const tcp = { ipProtocol: 'tcp', fromPort: port, toPort: port, description };
  new ec2.CfnSecurityGroupIngress(stack, `${name}Ingress`, {
    ...tcp, groupId: to.attrGroupId, sourceSecurityGroupId: from.attrGroupId });
  return new ec2.CfnSecurityGroupEgress(stack, `${name}Egress`, {
    ...tcp, groupId: from.attrGroupId, destinationSecurityGroupId: to.attrGroupId });
}

function addSecurityGroups(built) {
  const groups = addGroups(built);
  const { stack } = built;
  allow(stack, 'BalancerToApi', groups.balancer, groups.api, ports.api, 'load balancer to tasks');
  allow(stack, 'BalancerToOperation', groups.balancer, groups.api, ports.operation, 'health checks');
  for (const [name, from] of [['Api', groups.api], ['Ingest', groups.ingest], ['Migrate', groups.migrate]]) {
    allow(stack, `${name}ToDatabase`, from, groups.database, 5432, `${name} to PostgreSQL`);
    new ec2.CfnSecurityGroupIngress(stack, `${name}ToEndpointsIngress`, {
      ipProtocol: 'tcp', fromPort: 443, toPort: 443, description: `${name} to AWS`,
      groupId: groups.endpoints.attrGroupId, sourceSecurityGroupId: from.attrGroupId });
  }
  return groups;
}

module.exports = { addSecurityGroups };
