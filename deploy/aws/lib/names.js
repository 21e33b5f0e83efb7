'use strict';

// Small helpers that every part uses.

const { Aws, Fn } = require('aws-cdk-lib');

// either CONDITION, YES, NO: by the condition's logical id.
const either = (condition, yes, no = Aws.NO_VALUE) => Fn.conditionIf(condition, yes, no);

const arn = (rest) => Fn.sub(`arn:\${AWS::Partition}:${rest}`);

// only CONDITION, RESOURCE: the resource exists only where the condition holds.
function only(condition, resource) {
  const found = resource.stack.node.findChild(condition);
  resource.cfnOptions.condition = found;
  return resource;
}

module.exports = { arn, either, only };
