"""When the schedules run, against times worked out by hand."""

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from checks_ingest import fields_of, next_runs
from cfn import Stack

UTC = timezone.utc


def runs(template, name, zone, after):
    expression = Stack(template)[f"{name}Schedule"]["ScheduleExpression"]
    return [t.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
            for t in next_runs(expression, ZoneInfo(zone), datetime.fromisoformat(after + "+00:00"), 10)]


def at(*days, hour="06:15"):
    return [f"{day} {hour}" for day in days]


def test_daily_in_utc(template):
    assert runs(template, "Daily", "UTC", "2027-02-25T06:15") == at(
        "2027-02-26", "2027-02-27", "2027-02-28", "2027-03-01", "2027-03-02", "2027-03-03", "2027-03-04",
        "2027-03-05", "2027-03-06", "2027-03-07")


def test_daily_keeps_its_local_time_when_clocks_change(template):
    """Berlin: UTC+1, from 2027-03-28 UTC+2, from 2027-10-31 UTC+1 again."""
    spring = runs(template, "Daily", "Europe/Berlin", "2027-03-24T00:00")
    assert spring == at("2027-03-24", "2027-03-25", "2027-03-26", "2027-03-27", hour="05:15") + at(
        "2027-03-28", "2027-03-29", "2027-03-30", "2027-03-31", "2027-04-01", "2027-04-02", hour="04:15")
    autumn = runs(template, "Daily", "Europe/Berlin", "2027-10-28T00:00")
    assert autumn == at("2027-10-28", "2027-10-29", "2027-10-30", hour="04:15") + at(
        "2027-10-31", "2027-11-01", "2027-11-02", "2027-11-03", "2027-11-04", "2027-11-05", "2027-11-06",
        hour="05:15")


def test_weekly_is_on_mondays(template):
    assert runs(template, "Weekly", "UTC", "2026-12-25T00:00") == at(
        "2026-12-28", "2027-01-04", "2027-01-11", "2027-01-18", "2027-01-25", "2027-02-01", "2027-02-08",
        "2027-02-15", "2027-02-22", "2027-03-01")


def test_monthly_is_on_the_first(template):
    assert runs(template, "Monthly", "America/New_York", "2026-12-15T00:00") == (
        at("2027-01-01", "2027-02-01", "2027-03-01", hour="11:15") +
        at("2027-04-01", "2027-05-01", "2027-06-01", "2027-07-01", "2027-08-01", "2027-09-01", "2027-10-01",
           hour="10:15"))


@pytest.mark.parametrize("expression", [
    "cron(15 6 * * *)",       # five fields
    "cron(15 6 * * * *)",     # day and weekday
    "cron(15 6 ? * ? *)",     # neither
    "cron(15 6 ? * 1 *)",     # SUN here, MON elsewhere
    "rate(1 day)",
])
def test_expressions_that_aws_refuses_or_reads_differently(expression):
    with pytest.raises(AssertionError):
        fields_of(expression)
