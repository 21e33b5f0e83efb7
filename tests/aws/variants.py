"""The parameters that templates are looked at with: together they take every branch, and what can be chosen
differs from its default in one of them at least, so that a default in its place is noticed."""

CERTIFICATE = "arn:aws:acm:eu-central-1:111122223333:certificate/0f0f0f0f-0000-4000-8000-000000000000"

VARIANTS = {
    "defaults": {},
    "serving": {"Serve": "true", "Schedule": "daily", "AlarmEmail": "a@example.org", "TimeZone": "Europe/Berlin"},
    "https": {"Serve": "true", "CertificateArn": CERTIFICATE, "Schedule": "weekly", "UploadTrigger": "false",
              "ClientCidr": "192.0.2.0/24", "MinTasks": 2, "MaxTasks": 2},
    "replica": {"Serve": "true", "ReadReplica": "true", "OwnerLogin": "generated", "MultiAz": "true",
                "DatabaseClass": "db.t4g.medium", "DatabaseStorage": 50, "DatabaseStorageMax": 500},
    "task": {"BulkIngest": "task", "ScheduleStarts": "task", "Schedule": "daily", "Architecture": "ARM64",
             "VpcCidr": "10.30.0.0/18"},
    "batch": {"BulkIngest": "batch", "ScheduleStarts": "batch", "Schedule": "monthly",
              "ReserveConcurrency": "false", "BatchArraySize": 7, "FunctionMemory": 2048},
    "removal": {"Serve": "true", "DeletionProtection": "false", "MultiAz": "false"},
    "nat": {"NatGateway": "true"},
}


def variants(template):
    return {name: v for name, v in VARIANTS.items() if set(v) <= set(template["Parameters"])}
