"""Thousands of requests made from the OpenAPI document, those it allows and those it forbids, and
whether the answers keep to it: https://schemathesis.readthedocs.io"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from program import environment

HERE = Path(__file__).parent
EXAMPLES = 150  # of each route, besides those for every bound
LEAST = 3000  # requests
TIMEOUT = 550

# A URL may be too long before a parameter is looked at. NUL could be excluded only by a pattern on
# every text.
CONFIG = """
[generation]
allow-x00 = false

[checks.negative_data_rejection]
expected-statuses = [400, 404, 406, 414, 422, 431]
"""


@pytest.mark.release
def test_answers_are_as_documented(served, tmp_path):
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    done = subprocess.run(
        [Path(sys.executable).with_name("schemathesis"), "--config-file",
         tmp_path / "schemathesis.toml", "run", f"{served.url}/openapi.json",
         "--checks", "all", "--exclude-checks", "positive_data_acceptance,negative_data_rejection",
         "--max-examples", str(EXAMPLES), "--seed", "1", "--continue-on-failure",
         "--phases", "examples,coverage,fuzzing", "--no-color"],
        env=environment(env={"SCHEMATHESIS_HOOKS": "conformance_hooks", "PYTHONPATH": HERE}),
        cwd=tmp_path, capture_output=True, text=True, timeout=TIMEOUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr
    (count,) = re.findall(r"(\d+) generated", done.stdout)
    assert int(count) >= LEAST
