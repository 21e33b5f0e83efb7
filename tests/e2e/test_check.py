"""`almanac check`: plugins run over files without a database. The expected outputs in tests/golden
were worked out by hand from the inputs beside them."""

import shutil
from pathlib import Path

import pytest

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@pytest.mark.parametrize(
    "plugin, name, expected, code",
    [
        ("sources/wx_data", "USC00000001.txt", "USC00000001.expected", 3),
        ("sources/ghcnd", "months.dly", "months.expected", 3),
        ("sources/ghcnd_stations", "stations.txt", "stations.expected", 3),
        ("stats/yearly", "series.csv", "series.expected", 0),
        ("stats/degree_days", "degree_days.csv", "degree_days.expected", 0),
        ("stats/snow", "snow.csv", "snow.expected", 0),
    ],
)
@pytest.mark.quick
def test_golden(run, almanac, tmp_path, plugin, name, expected, code):
    shutil.copy(GOLDEN / name, tmp_path)
    shared_object = almanac.parent / "plugins" / f"{plugin}.so"
    result = run("check", shared_object, tmp_path / name)
    assert result.stdout.replace(f"{tmp_path.resolve()}/", "") == (GOLDEN / expected).read_text()
    assert result.returncode == code


@pytest.mark.quick
def test_every_shipped_plugin_is_sound(run, almanac):
    plugins = sorted((almanac.parent / "plugins").glob("*/*.so"))
    assert {p.stem for p in plugins} == {p.stem for p in (GOLDEN.parents[1] / "plugins").glob("*/*.c")}
    for plugin in plugins:
        result = run("check", plugin)
        assert result.returncode == 0, result.stderr
        assert result.stdout.endswith("1 plugin is sound\n")


def test_what_cannot_be_tried(run, almanac, tmp_path):
    plugins = almanac.parent / "plugins"
    route = run("check", plugins / "routes" / "weather.so", tmp_path)
    assert route.returncode == 2
    assert "neither source nor statistic" in route.stderr
    missing = run("check", plugins / "stats" / "yearly.so", tmp_path / "none.csv")
    assert missing.returncode == 1
    assert f"{tmp_path}/none.csv: No such file or directory" in missing.stderr


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "holds no days"),
        ("when,TMAX\n", "line 1: the first line is not date,ELEMENT,..."),
        ("date,TMAX,TMIN\n2001-01-01,1,1\n", "line 1: the first line has no column PRCP"),
        ("date,TMAX,TMIN,PRCP\n2001-02-29,1,1,1\n", "line 2: '2001-02-29' is not a date"),
        ("date,TMAX,TMIN,PRCP\n2001-01-02,1,1,1\n2001-01-02,1,1,1\n", "line 3: 2001-01-02 is not after"),
        ("date,TMAX,TMIN,PRCP\n2001-01-02,1,1\n", "line 2: 3 columns, not 4"),
        ("date,TMAX,TMIN,PRCP\n2001-01-02,1.5,1,1\n", "line 2: '1.5' is not an integer"),
        ("date,TMAX,TMIN,PRCP\n2001-01-02,1,1,1\n9001-01-02,1,1,1\n", "line 3: the days span more than"),
    ],
)
def test_wrong_series(run, almanac, tmp_path, text, message):
    series = tmp_path / "series.csv"
    series.write_text(text)
    result = run("check", almanac.parent / "plugins" / "stats" / "yearly.so", series)
    assert result.returncode == 1
    assert message in result.stderr


def test_command_line(run):
    assert run("check").returncode == 2
    assert "usage: almanac check PLUGIN.so [FILE]" in run("check").stderr
    assert run("nonsense").returncode == 2
    assert "there is no command 'nonsense'" in run("nonsense").stderr
    for command in ["check", "config", "ingest", "migrate", "openapi", "plugins", "serve", "version"]:
        help = run(command, "--help", check=True).stdout
        assert help.startswith(f"usage: almanac {command}")
        assert command in run("--help", check=True).stdout
    wrong = run("serve", "--threads", "many")
    assert wrong.returncode == 2
    assert "--threads: 'many' is not an integer from 0 to 256" in wrong.stderr
    assert run("version", check=True).stdout.startswith("almanac ")


@pytest.mark.parametrize(("words", "says"), [
    ("sevre", "there is no command 'sevre'; did you mean 'serve'?"),
    ("start", "there is no command 'start'; did you mean 'serve'?"),
    ("import x", "there is no command 'import'; did you mean 'ingest'?"),
    ("serve extra", "serve: 'extra' is too much; usage: almanac serve"),
    ("serve -p 8080", "unknown flag -p; flags begin with two hyphens, --help lists them"),
    ("ingest -v x", "unknown flag -v; flags begin with two hyphens, --help lists them"),
    ("ingest", "ingest: something is missing after it; usage: almanac ingest URI..."),
    ("check --all x", "check: 'x' is too much; usage: almanac check PLUGIN.so [FILE] | --all"),
    ("serve --database-url postgres://x", "unknown flag --database-url; this setting has none: set the environment "
     "variable ALMANAC_DATABASE_URL"),
])  # fmt: skip
def test_wrong_command_lines(run, words, says):
    result = run(*words.split())
    assert result.returncode == 2
    assert says in result.stderr


@pytest.mark.parametrize(("origins", "wrong"), [
    ("example.org", "example.org"),
    ("https://example.org/", "https://example.org/"),
    ("https://example.org,https://*.example.org", "https://*.example.org"),
    ("https://Example.org", "https://Example.org"),
    ("*,https://example.org", "*"),
])  # fmt: skip
def test_origins_that_no_browser_sends(run, origins, wrong):
    result = run("serve", "--listen", "127.0.0.1:0", "--cors-origins", origins)
    assert result.returncode == 1
    assert f"'{wrong}' is no origin; give --cors-origins * alone, or what browsers send" in result.stderr


@pytest.mark.parametrize(("uri", "says"), [
    ("gs://bucket/key", "'gs://bucket/key': unsupported scheme gs://; what can be read: files"),
    ("ftp://example.org/x", "'ftp://example.org/x': unsupported scheme ftp://; what can be read: files"),
    ("https:///x", "'https:///x': the URL has no host; write https://HOST/PATH"),
])  # fmt: skip
def test_what_cannot_be_read(run, uri, says):
    result = run("ingest", uri)
    assert result.returncode == 1
    assert says in result.stderr


@pytest.mark.quick
def test_config_lists_every_setting_without_secrets(run):
    import json

    out = run("config", "--json", env={"ALMANAC_DATABASE_URL": "postgresql://u:hunter2@h/d"}, check=True)
    settings = {s["env"]: s for s in json.loads(out.stdout)}
    assert "hunter2" not in out.stdout
    assert settings["ALMANAC_DATABASE_URL"]["secret"] is True
    assert settings["ALMANAC_LISTEN"]["default"] == "127.0.0.1:8080"
    assert settings["ALMANAC_THREADS"]["min"] == 0
    assert all(s["help"] for s in settings.values())


FORGED = "x\nforged\x1b[2J\x9b"
INVALID = FORGED + "\udcff"  # a byte that is no UTF-8


@pytest.mark.parametrize("style, command", [
    ("auto", ["check", INVALID]),
    ("auto", ["migrate", f"--log-level={INVALID}"]),
    ("auto", [INVALID]),
    ("text", ["ingest", "--progress=none", INVALID]),
    ("text", ["ingest", "--progress=none", f"https://127.0.0.1:1/{FORGED}"]),
])  # fmt: skip
def test_nobody_else_writes_lines(run, migrated, style, command):
    """In what is for people, nothing that was given begins a line or moves a cursor."""
    done = run(*command, database=migrated, env={"ALMANAC_LOG_FORMAT": style})
    said = done.stdout + done.stderr
    assert done.returncode != 0 and "x\\nforged\\x1b[2J\\xc2\\x9b" in said
    assert "\nforged" not in said and "\x1b" not in said and "\x9b" not in said
