'use strict';

// Three tiers in two zones: public (load balancer), private (function, in production the tasks),
// isolated (database: its routes lead nowhere outside the VPC).

const { Fn, aws_ec2: ec2 } = require('aws-cdk-lib');
const { addEndpoints } = require('./endpoints');
const { only } = require('./names');

const tiers = ['Public', 'Private', 'Isolated'];
const zones = ['A', 'B'];

function addSubnets(stack, vpc) {
  const blocks = Fn.cidr(vpc.attrCidrBlock, tiers.length * zones.length, '8');
  const subnets = {};
  tiers.forEach((tier, t) => {
    subnets[tier] = zones.map((zone, z) => new ec2.CfnSubnet(stack, `${tier}Subnet${zone}`, {
      vpcId: vpc.ref,
      availabilityZone: Fn.select(z, Fn.getAzs('')),
      cidrBlock: Fn.select(t * zones.length + z, blocks),
      mapPublicIpOnLaunch: false,
      tags: [{ key: 'Name', value: `almanac ${tier.toLowerCase()} ${zone}` }],
    }));
  });
  return subnets;
}

function addRouteTables(stack, vpc, subnets) {
  const tables = {};
  for (const tier of tiers) {
    tables[tier] = new ec2.CfnRouteTable(stack, `${tier}Routes`, { vpcId: vpc.ref });
    subnets[tier].forEach((subnet, z) => new ec2.CfnSubnetRouteTableAssociation(stack,
      `${tier}Routes${zones[z]}`, { routeTableId: tables[tier].ref, subnetId: subnet.ref }));
  }
  return tables;
}

function addInternet(stack, vpc, table) {
  const gateway = new ec2.CfnInternetGateway(stack, 'InternetGateway', {});
  const attachment = new ec2.CfnVPCGatewayAttachment(stack, 'InternetGatewayAttachment', {
    vpcId: vpc.ref,
    internetGatewayId: gateway.ref,
  });
  new ec2.CfnRoute(stack, 'PublicDefaultRoute', {
    routeTableId: table.ref,
    destinationCidrBlock: '0.0.0.0/0',
    gatewayId: gateway.ref,
  }).addResourceDependency(attachment);
  return attachment;
}

function addNat(stack, subnet, table, attachment) {
  const address = only('HasNat', new ec2.CfnEIP(stack, 'NatAddress', { domain: 'vpc' }));
  address.addResourceDependency(attachment);
  const nat = only('HasNat', new ec2.CfnNatGateway(stack, 'Nat', {
    subnetId: subnet.ref,
    allocationId: address.attrAllocationId,
  }));
  only('HasNat', new ec2.CfnRoute(stack, 'PrivateDefaultRoute', {
    routeTableId: table.ref,
    destinationCidrBlock: '0.0.0.0/0',
    natGatewayId: nat.ref,
  }));
}

function addNetwork(built) {
  const { stack, profile, p } = built;
  const vpc = new ec2.CfnVPC(stack, 'Vpc', {
    cidrBlock: p.VpcCidr.valueAsString,
    enableDnsSupport: true,
    enableDnsHostnames: true,
  });
  const subnets = addSubnets(stack, vpc);
  const tables = addRouteTables(stack, vpc, subnets);
  const attachment = addInternet(stack, vpc, tables.Public);
  if (profile.natGateway) {
    addNat(stack, subnets.Public[0], tables.Private, attachment);
  }
  const ids = (tier) => subnets[tier].map((subnet) => subnet.ref);
  const network = {
    vpc,
    attachment,
    publicSubnets: ids('Public'),
    privateSubnets: ids('Private'),
    isolatedSubnets: ids('Isolated'),
    taskSubnets: ids(profile.publicTasks ? 'Public' : 'Private'),
    assignPublicIp: profile.publicTasks ? 'ENABLED' : 'DISABLED',
  };
  addEndpoints(built, network, tables);
  return network;
}

module.exports = { addNetwork };
