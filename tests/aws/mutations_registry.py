"""Faults of the registry stack."""

import json

import checks_registry as registry
from mutations import output, set_


def expire(**selection):
    rule = {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}
    return set_("ApiRepository", "LifecyclePolicy.LifecyclePolicyText", json.dumps({"rules": [rule]}))


MUTATIONS = {
    "tags that can be moved": (set_("ApiRepository", "ImageTagMutability", "MUTABLE"), registry.check_repositories),
    "images that nobody looks at": (set_("IngestRepository", "ImageScanningConfiguration.ScanOnPush", False),
                                    registry.check_repositories),
    "another encryption": (set_("ApiRepository", "EncryptionConfiguration.EncryptionType", "KMS"),
                           registry.check_repositories),
    "an image that Lambda may not read": (set_("IngestRepository", "RepositoryPolicyText", None),
                                          registry.check_repositories),
    "another name": (set_("ApiRepository", "RepositoryName", "api"), registry.check_repositories),
    "only the last ten": (expire(tagStatus="any", countType="imageCountMoreThan", countNumber=10),
                          registry.check_what_is_deployed_never_expires),
    "no rule": (set_("ApiRepository", "LifecyclePolicy.LifecyclePolicyText", '{"rules": []}'),
                registry.check_what_is_deployed_never_expires),
    "public templates": (set_("TemplateBucket", "PublicAccessBlockConfiguration.BlockPublicPolicy", False),
                         registry.check_template_bucket),
    "images of the other": (output("ApiRepositoryUri", "ApiRepository", "IngestRepository"), registry.check_outputs),
}
