"""The checks bite: each of these faults, put into a committed template, is found by the check beside it."""

import copy
import json

import pytest

import cfn
import judges
import mutations_alarms
import mutations_data
import mutations_network
import mutations_registry
import mutations_service
from conftest import APP, PROFILES
from mutations import SERVING, set_
from test_validators import lint

TABLES = (mutations_network, mutations_data, mutations_service, mutations_alarms)
MUTATIONS = {name: row for table in TABLES for name, row in table.MUTATIONS.items()}
TEMPLATES = {name: cfn.load(APP / "templates" / f"{name}.json") for name in PROFILES}


def judge(check, template, profile, given):
    if check.__module__ == judges.__name__:
        check(template, profile)
    else:
        check(cfn.Stack(template, **given))


def applies(mutate, profile, given):
    """production has everything; small lacks NAT, monitoring and some endpoints."""
    broken = copy.deepcopy(TEMPLATES[profile])
    try:
        mutate(broken)
    except KeyError:
        return None
    return broken if set(given) <= set(broken["Parameters"]) else None


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", MUTATIONS)
def test_fault_is_found(name, profile):
    mutate, check, *given = MUTATIONS[name]
    given = given[0] if given else SERVING
    broken = applies(mutate, profile, given)
    if broken is None:
        assert profile == "small", "a fault of nothing"
        return
    judge(check, TEMPLATES[profile], profile, given)  # finds nothing in the template as it is
    assert broken != TEMPLATES[profile]
    with pytest.raises((AssertionError, KeyError, ValueError, TypeError)):  # what is not there is as wrong
        judge(check, broken, profile, given)


@pytest.mark.parametrize("name", mutations_registry.MUTATIONS)
def test_fault_of_the_registry_is_found(name, registry):
    mutate, check = mutations_registry.MUTATIONS[name]
    broken = copy.deepcopy(registry)
    mutate(broken)
    check(cfn.Stack(registry))
    with pytest.raises((AssertionError, KeyError)):
        check(cfn.Stack(broken))


def test_hardly_any_fault_is_of_production_alone():
    alone = [name for name, (mutate, _, *given) in MUTATIONS.items()
             if applies(mutate, "small", given[0] if given else SERVING) is None]
    assert len(alone) <= 5, alone


def a_class_with_few_connections(template):
    template["Parameters"]["DatabaseClass"]["AllowedValues"].append("db.t4g.micro")


def test_a_smaller_database_is_found():
    broken = copy.deepcopy(TEMPLATES["production"])
    a_class_with_few_connections(broken)
    with pytest.raises(AssertionError):
        judges.by_budget(broken, "production")


LINT = {
    "misspelt property": set_("Database", "MultiAz", True),
    "function longer than Lambda allows": set_("IngestFunction", "Timeout", 901),
    "sizes that Fargate does not have": set_("ApiTask", "Memory", "8192"),
    "reference to nothing": set_("ApiService", "Cluster", {"Ref": "Clutser"}),
}


def test_cfn_lint_finds(tmp_path):
    paths = {name: tmp_path / f"{name.replace(' ', '-')}.json" for name in LINT}
    for name, mutate in LINT.items():
        broken = copy.deepcopy(TEMPLATES["production"])
        mutate(broken)
        paths[name].write_text(json.dumps(broken))
    found = lint(paths.values())
    assert all(any(rule.startswith("E") for rule, _ in found[path]) for path in paths.values()), found
