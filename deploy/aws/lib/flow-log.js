'use strict';

const { aws_ec2: ec2 } = require('aws-cdk-lib');

function addFlowLog({ stack, profile, network, logs, roles }) {
  new ec2.CfnFlowLog(stack, 'FlowLog', {
    resourceType: 'VPC',
    resourceId: network.vpc.ref,
    trafficType: profile.flowTraffic,
    logGroupName: logs.flow.ref,
    deliverLogsPermissionArn: roles.flow.attrArn,
  });
}

module.exports = { addFlowLog };
