'use strict';

// Writes the cloud assembly of the registry and of the profile that the context names (without one: of
// every profile). Fails if CDK's own validation or cdk-nag finds anything that is not acknowledged.

const { App, Validations } = require('aws-cdk-lib');
const { AwsSolutionsChecks } = require('cdk-nag');
const { profiles } = require('./lib/profiles');
const { RegistryStack } = require('./lib/images');
const { AlmanacStack } = require('./lib/stack');

function chosenProfiles(app) {
  const wanted = app.node.tryGetContext('profile');
  if (wanted === undefined) {
    return Object.keys(profiles);
  }
  if (!Object.hasOwn(profiles, wanted)) {
    throw new Error(`profile "${wanted}" is none of: ${Object.keys(profiles).join(', ')}`);
  }
  return [wanted];
}

const app = new App({
  analyticsReporting: false,
  outdir: process.env.CDK_OUTDIR,
  context: { '@aws-cdk/core:validateAgainstDefaultRules': true },
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

new RegistryStack(app, 'registry');
for (const name of chosenProfiles(app)) {
  new AlmanacStack(app, name, profiles[name]);
}
app.synth();
