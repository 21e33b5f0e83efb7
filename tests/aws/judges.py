"""Checks of a whole template, not of a resolved stack. Each takes the template and its profile."""

import checks_balancer
import checks_rules
import checks_service
import iam
import test_iam
import test_schedule
from cfn import Stack


def by_iam_list(template, profile):
    assert iam.all_rows(template) == test_iam.allowed()[profile]


def by_real_actions(template, profile):
    test_iam.test_actions_exist(template)


def by_used_secrets(template, profile):
    test_iam.test_secrets_that_are_used_may_be_read(template)


def by_next_runs(template, profile):
    test_schedule.test_daily_in_utc(template)
    test_schedule.test_weekly_is_on_mondays(template)


def by_budget(template, profile):
    given = {"Serve": "true", "BulkIngest": "batch", "ReserveConcurrency": "false"}
    checks_service.check_connection_budget(Stack(template, **given), template)


def by_rules(template, profile):
    for given, refused in checks_rules.CASES:
        checks_rules.check_rule(template, given, refused)


def by_redirect(template, profile):
    checks_balancer.check_redirect_waits(template)
