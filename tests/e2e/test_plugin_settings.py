"""Settings of plugins, start() and stop(), extensions. Through the plugin settled.c."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.release


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("settled")
    source = Path(__file__).with_name("plugins") / "settled.c"

    def built(name, *defines):
        plugin = folder / f"{name}{''.join(defines)}.so"
        flags = ["-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", f"-DNAME={name}", *(f"-D{d}" for d in defines)]
        subprocess.run(["cc", *flags, "-I", ROOT / "include", "-o", plugin, source], check=True)
        return plugin

    return built


def listed(run, plugin, **env):
    settings = json.loads(run("config", "--json", "--plugins", plugin, env=env, check=True).stdout)
    return {setting["env"]: setting for setting in settings}


def test_settings_are_listed(run, built):
    plugin = built("settled")
    settings = listed(run, plugin, ALMANAC_SETTLED_FACTOR="3", ALMANAC_SETTLED_KEY="hunter2")
    factor = settings["ALMANAC_SETTLED_FACTOR"]
    assert (factor["value"], factor["default"], factor["min"], factor["max"]) == ("3", "2", 1, 10)
    assert (factor["plugin"], factor["type"]) == ("settled", "integer")
    assert settings["ALMANAC_SETTLED_SINCE"]["value"] is None
    assert settings["ALMANAC_SETTLED_MODE"]["choices"] == "fine fail crash"
    assert settings["ALMANAC_SETTLED_KEY"]["value"] == "(secret)" and settings["ALMANAC_SETTLED_KEY"]["secret"]
    assert "ALMANAC_LISTEN" in settings
    text = run("config", "--plugins", plugin, env={"ALMANAC_SETTLED_KEY": "hunter2"}, check=True).stdout
    assert "ALMANAC_SETTLED_FACTOR\n      plugin settled: What values are multiplied by [2]" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(("name", "value", "says"), [
    ("FACTOR", "eleven", "'eleven' is not an integer; What values are multiplied by"),
    ("FACTOR", "11", "'11' is not an integer from 1 to 10"),
    ("SHARE", "half", "'half' is not a number"),
    ("SINCE", "2001-02-29", "'2001-02-29' is no date as 2014-12-31"),
    ("MODE", "slow", "'slow' is none of: fine, fail, crash"),
    ("KEY", "a\x01b", "its value is not UTF-8 text, or has control characters"),
])  # fmt: skip
@pytest.mark.parametrize("command", ["serve", "config", "plugins", "migrate"])
def test_wrong_values(run, built, command, name, value, says):
    env = {f"ALMANAC_SETTLED_{name}": value}
    done = run(command, "--plugins", built("settled"), database="postgresql:///nowhere", env=env)
    assert done.returncode == 1
    assert f"settled.so: ALMANAC_SETTLED_{name}: {says}" in done.stderr
    assert "a\x01b" not in done.stderr and done.stdout == ""


def test_required_and_wrong_declarations(run, built):
    needed = built("settled", "REQUIRES")
    assert "ALMANAC_SETTLED_NEEDED is not set; Yes or no" in run("check", needed).stderr
    assert run("check", needed, env={"ALMANAC_SETTLED_NEEDED": "true"}).returncode == 0
    assert "'maybe' is neither true nor false" in run("check", needed, env={"ALMANAC_SETTLED_NEEDED": "maybe"}).stderr
    assert "setting 'bad': the default 'x' is not an integer" in run("check", built("settled", "BAD_DEFAULT")).stderr
    # ALMANAC_LOG_... is the program's.
    assert run("check", built("settled")).returncode == 0


def test_another_value_is_another_version(run, built):
    def version(**env):
        return json.loads(run("plugins", "--json", "--plugins", plugin, env=env, check=True).stdout)["plugins"][0][
            "version"
        ]

    plugin = built("settled")
    usual = version()
    assert usual == "1.0.0"
    assert version(ALMANAC_SETTLED_FACTOR="2") == usual
    assert version(ALMANAC_SETTLED_KEY="secret") == usual
    three, four = version(ALMANAC_SETTLED_FACTOR="3"), version(ALMANAC_SETTLED_FACTOR="4")
    assert three.startswith("1.0.0+settings.") and three != four
    assert version(ALMANAC_SETTLED_FACTOR="3") == three


def test_start_stop_and_extensions(run, server, built, ingested):
    both = f"{built('settled')}:{built('asking')}"
    env = {"ALMANAC_SETTLED_SINCE": "1970-01-11", "ALMANAC_SETTLED_FACTOR": "7", "ALMANAC_LOG_FORMAT": "json"}
    running = server(ingested, "--plugins", both, env=env)
    assert running.status("/settled") == 200
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(60) == 0
    lines = [json.loads(line) for line in running.stderr().splitlines() if line.startswith("{")]
    said = [(line["plugin"], line["msg"]) for line in lines if "plugin" in line]
    assert said == [
        ("settled", "start: factor 7, share 0.5, since 10, key none, found 42, unknown 0"),
        ("asking", "start: factor 2, share 0.5, since -1, key none, found 42, unknown 0"),
        ("asking", "stop"),
        ("settled", "stop"),
    ]


def test_start_that_fails(run, program, built, migrated):
    both = f"{built('asking')}:{built('settled')}"
    done = run("serve", "--plugins", both, database=migrated, env={"ALMANAC_SETTLED_MODE": "fail"})
    assert done.returncode == 1
    assert "settled.so: its start() failed" in done.stderr and "asking" in done.stderr.splitlines()[-2]
    process = program.popen(
        "serve", "--plugins", both, database=migrated, env={"ALMANAC_SETTLED_MODE": "crash"}, stderr=subprocess.PIPE
    )
    log = process.communicate(timeout=60)[1]
    assert process.returncode == -signal.SIGABRT and b"in start() of plugin settled" in log
