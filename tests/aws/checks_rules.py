"""Parameters that do not go together are refused before anything is made."""

from cfn import Stack

CASES = [  # parameters, whether they are refused
    ({"ReadReplica": "true"}, True),
    ({"ReadReplica": "true", "OwnerLogin": "generated"}, False),
    ({"OwnerLogin": "generated"}, False),
    ({"ScheduleStarts": "task"}, True),
    ({"ScheduleStarts": "task", "BulkIngest": "task"}, False),
    ({"ScheduleStarts": "task", "BulkIngest": "batch"}, False),
    ({"ScheduleStarts": "batch", "BulkIngest": "task"}, True),
    ({"ScheduleStarts": "batch", "BulkIngest": "batch"}, False),
]


def check_rule(template, given, refused):
    assert bool(Stack(template, **given).refused) == refused
