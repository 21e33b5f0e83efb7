'use strict';

// What all containers have in common.

const { Aws } = require('aws-cdk-lib');

const uid = '10001';

const environment = (variables) => Object.entries(variables).map(([name, value]) => ({ name, value }));

// A log that cannot be written must not stop the program: it is buffered, then dropped.
const logTo = (group) => ({
  logDriver: 'awslogs',
  options: {
    'awslogs-group': group.ref,
    'awslogs-region': Aws.REGION,
    'awslogs-stream-prefix': 'task',
    mode: 'non-blocking',
    'max-buffer-size': '4m',
  },
});

// The one place that can be written to: the task's own disk, gone with it. Not memory (tmpfs), since sources
// that answer no ranges are kept there whole. Fargate gives the directory the owner and the mode that it has in
// the image, if the image says that it is a volume.
const scratch = {
  volumes: [{ name: 'tmp' }],
  mountPoints: [{ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false }],
};

const hardened = {
  essential: true,
  readonlyRootFilesystem: true,
  privileged: false,
  user: uid,
  mountPoints: scratch.mountPoints,
  linuxParameters: { capabilities: { drop: ['ALL'] } },
};

// Of the API's tasks: one for clients, one for health checks and figures, which clients do not reach.
const ports = { api: 8080, operation: 9080 };

const platform = (architecture) => ({
  operatingSystemFamily: 'LINUX', cpuArchitecture: architecture.valueAsString });

module.exports = { environment, hardened, logTo, platform, ports, scratch };
