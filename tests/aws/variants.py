"""The parameters that templates are looked at with: together they take every branch."""

CERTIFICATE = "arn:aws:acm:eu-central-1:111122223333:certificate/0f0f0f0f-0000-4000-8000-000000000000"

VARIANTS = {
    "defaults": {},
    "serving": {"Serve": "true", "Schedule": "daily", "AlarmEmail": "a@example.org", "TimeZone": "Europe/Berlin"},
    "https": {"Serve": "true", "CertificateArn": CERTIFICATE, "Schedule": "weekly", "UploadTrigger": "false"},
    "replica": {"Serve": "true", "ReadReplica": "true", "OwnerLogin": "generated", "MultiAz": "true"},
    "task": {"BulkIngest": "task", "ScheduleStarts": "task", "Schedule": "daily", "Architecture": "ARM64"},
    "batch": {"BulkIngest": "batch", "ScheduleStarts": "batch", "Schedule": "monthly",
              "ReserveConcurrency": "false"},
    "removal": {"Serve": "true", "DeletionProtection": "false", "MultiAz": "false"},
    "nat": {"NatGateway": "true"},
}


def variants(template):
    return {name: v for name, v in VARIANTS.items() if set(v) <= set(template["Parameters"])}
