'use strict';

// What all containers of ECS tasks have in common.

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

const hardened = {
  essential: true,
  readonlyRootFilesystem: true,
  privileged: false,
  user: uid,
  linuxParameters: { capabilities: { drop: ['ALL'] } },
};

const platform = (architecture) => ({
  operatingSystemFamily: 'LINUX', cpuArchitecture: architecture.valueAsString });

module.exports = { environment, hardened, logTo, platform };
