'use strict';

// Target tracking: more tasks by CPU or by requests, whichever asks for more.

const { Fn, aws_applicationautoscaling: scaling } = require('aws-cdk-lib');
const { only } = require('./names');

function addPolicy(stack, id, target, targetValue, predefinedMetricSpecification) {
  only('Serving', new scaling.CfnScalingPolicy(stack, id, {
    policyName: id,
    policyType: 'TargetTrackingScaling',
    scalingTargetId: target.ref,
    targetTrackingScalingPolicyConfiguration: {
      targetValue, predefinedMetricSpecification, scaleOutCooldown: 60, scaleInCooldown: 300 },
  }));
}

// Application Auto Scaling brings a service that is outside of the bounds inside when they are set.
function addScaling({ stack, p, balancer }, cluster, service) {
  const target = only('Serving', new scaling.CfnScalableTarget(stack, 'ApiScaling', {
    serviceNamespace: 'ecs',
    scalableDimension: 'ecs:service:DesiredCount',
    resourceId: Fn.join('/', ['service', cluster.ref, service.attrName]),
    minCapacity: p.MinTasks.valueAsNumber,
    maxCapacity: p.MaxTasks.valueAsNumber,
  }));
  addPolicy(stack, 'ScaleByCpu', target, 60, { predefinedMetricType: 'ECSServiceAverageCPUUtilization' });
  addPolicy(stack, 'ScaleByRequests', target, 60000, { // a minute and task
    predefinedMetricType: 'ALBRequestCountPerTarget',
    resourceLabel: Fn.join('/', [balancer.balancer.attrLoadBalancerFullName,
      balancer.targets.attrTargetGroupFullName]),
  });
}

module.exports = { addScaling };
