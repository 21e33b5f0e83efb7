'use strict';

// Logins of the database. The owner's is RDS's own, or generated where a replica forbids that; those of
// the API and of the ingestion are generated, and "almanac migrate" gives them to the database.

const { Fn, aws_secretsmanager: secretsmanager } = require('aws-cdk-lib');
const { either, only } = require('./names');

const ownerName = 'almanac_owner';

function generated(stack, id, username, description) {
  return new secretsmanager.CfnSecret(stack, id, {
    description,
    generateSecretString: {
      secretStringTemplate: JSON.stringify({ username }),
      generateStringKey: 'password',
      passwordLength: 40,
      excludePunctuation: true,
    },
  });
}

function addSecrets({ stack }) {
  const owner = only('GeneratedOwner', generated(stack, 'OwnerSecretGenerated', ownerName,
    'Almanac: owner of the database'));
  return {
    ownerName,
    generatedOwner: owner.ref,
    owner: either('GeneratedOwner', owner.ref, Fn.getAtt('Database', 'MasterUserSecret.SecretArn')),
    reader: generated(stack, 'ReaderSecret', 'api', 'Almanac: login of the API').ref,
    writer: generated(stack, 'WriterSecret', 'ingest', 'Almanac: login of the ingestion').ref,
  };
}

module.exports = { addSecrets };
