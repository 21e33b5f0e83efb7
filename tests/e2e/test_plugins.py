"""Loading plugins: what is refused, with which words, and what is listed."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

BUILD = Path(os.environ.get("ALMANAC", "build/almanac")).resolve().parent
ABI = BUILD / "tests" / "abi"
SHIPPED = BUILD / "plugins"
NOBODY = 65534

# Each alone. The text must come with the plugin's path before it.
REFUSED = {
    "no_symbol": "is no Almanac plugin: it has no symbol 'alm_plugin'; end one of its files with ALM_PLUGIN(...)",
    "major": "built for plugin ABI 2.0, this program offers 1.0; rebuild the plugin with <almanac/plugin.h>",
    "minor": "built for plugin ABI 1.1, this program offers 1.0; upgrade almanac",
    "unresolved": "undefined symbol: nobody_defines_this; link the plugin with what it uses",
    "no_callback": "route '/api/bad': the callback handle(), which ALM_ROWS calls, is missing",
    "field_list": "route '/api/bad': field 'Kind': the name must be 1 to 64 of a-z, 0-9, '_'",
    "path_param": "route '/api/{thing}': the path names {thing}, which is not among the parameters",
    "column_name": "statistic 'yearly': column 'tmax_days': the host has a column of that name",
    "rests_on": "statistic 'yearly': column 'number': it needs 'TMIN', which is no input of the statistic",
    "rule": "statistic 'yearly': column 'number': 'era5' is no completeness rule",
    "key_column": "column 'season': the host has a column of that name",
    "periods": "statistic 'yearly': the periods 0x8 are not all of ALM_MONTH, ALM_SEASON, ALM_YEAR, which can be stored",
    "stat_param": "statistic 'yearly': parameter 'base': it has no default_value: stored rows are of the defaults",
    "stat_default": "parameter 'base': the default '1961-19xx' is no range of years such as 1961-1990",
    "base": "statistic 'yearly': base_param 0 is no parameter of type ALM_YEARS",
    "lead": "statistic 'yearly': lead_days is 3661, beyond 3660",
    "on_request": "on_request 0xc holds kinds that are not known, or that are stored",
    "column_type": "column 'number': the type 1 is none of ALM_NUMBER, ALM_INTEGER, ALM_DATE",
    "column_periods": "column 'number': its periods 0x1 are not all among the statistic's",
    "input_unit": "statistic 'yearly': input 'TMAX': has no unit",
    "no_state": "statistic 'yearly': prepare() and release() need a state, but state_size is 0",
    "nothing": "declares no routes, sources, statistics or assets",
    "element_bounds": "source 'bad_source': element 'TMAX': the bounds 10 to -10 hold no value",
    "element_text": "source 'bad_source': element 'TMAX': the name is not UTF-8 text",
    "host_param": "parameter 'page_size': the host has a parameter of that name",
    "default": "parameter 'kind': the default_value 'x' is none of the choices",
    "element_name": "element 'DATE': the code must be 1 to 8 of A-Z, 0-9, '*', '#', and not DATE",
    "verdict": "columns 'number_wmo' and 'number': the host has a column of one's name for its judgement of the other",
    "system_column": "column 'ctid': the host has a column of that name",
    "text": "route '/api/bad': the summary is not UTF-8 text",
    "example": "the example of parameter kind: '2014-02-30' is no",
    "default_type": "the default_value of parameter kind: 'x' is no",
    "host_route": "/livez",
    "prose": "route '/api/bad': the help is not UTF-8 text",
    "choice": "parameter 'kind': the choice is not UTF-8 text",
    "flags": "route '/api/bad': ALM_CURSOR needs ALM_PAGED",
    "answer": "route '/api/bad': answer is 0, none of ALM_DAYS, ALM_STATISTICS,",
    "select": "route '/api/bad': the callback select(), which ALM_STATISTICS calls, is missing",
    "both": "route '/api/bad': ALM_ROWS calls handle(), so there can be no select()",
    "idle_filter": "route '/api/bad': ALM_FILTERED, for where and sort, has no effect on ALM_SQL",
    "idle_stations": "ALM_STATION_FILTER leaves out rows by their station, and no field is of type ALM_STATION",
    "idle_cursor": "route '/api/bad': ALM_CURSOR, for cursor, has no effect on ALM_ROWS",
    "idle_completeness": "ALM_COMPLETENESS, for rule and min_coverage, has no effect on ALM_ROWS",
    "idle_column": "field 'kind': ALM_PER_COLUMN has no effect on ALM_ROWS",
    "day_fields": "ALM_DAYS needs three fields: an ALM_STATION, an ALM_DATE and one with ALM_PER_ELEMENT",
    "station_field": "field 'kind': ALM_STATIONS has no field of that name and type",
    "cacheable_post": "route '/api/bad': ALM_CACHEABLE is for ALM_GET alone",
    "methods": "route '/api/bad': methods 0x40 are not known",
    "media_type": "media_type: 'png' is none, such as \"image/png\"",
    "idle_media_type": "media_type has no effect on ALM_ROWS",
    "bytes_fields": "ALM_BYTES has no rows, so there can be no fields",
    "reserved": "field 'kind': reserved members must be 0",
    "statistic_fields": "field 'rest': ALM_PER_COLUMN stands for all fields, so there can be no other",
}

# Together with the shipped ones.
CLASHES = {
    "route": "both declare the route '/api/stations/{other_name}'",
    "element": "element 'TMAX' is in degC with 1 decimals in plugin",
    "stat": "both declare the statistic 'yearly'",
    "name": "both declare the plugin name 'wx_data'",
    "input": "takes element TMAX in degF with 0 decimals, but source '",
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("command", ["plugins", "openapi", "migrate"])
def test_an_unsound_plugin_stops_the_program(run, name, command):
    plugin = ABI / f"bad_{name}.so"
    assert plugin.exists()
    result = run(command, "--plugins", f"{SHIPPED}:{plugin}", database="postgresql:///nowhere")
    assert result.returncode == 1
    assert str(plugin) in result.stderr
    assert REFUSED[name] in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("name", REFUSED)
def test_check_refuses_what_the_program_would(run, name):
    plugin = ABI / f"bad_{name}.so"
    result = run("check", plugin)
    assert result.returncode == 1 and result.stdout == ""
    assert str(plugin) in result.stderr and REFUSED[name] in result.stderr


def give_away(plugin):
    """Makes the plugin another user's than the program's. Only root can really do that: whoever else
    runs the tests has the program take itself for another. Returns what its environment needs."""
    if os.getuid() == 0:
        os.chown(plugin, NOBODY, -1)
        return {}
    other = plugin.parent.parent / "other.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-x", "c", "-o", other, "-"],
        input=f"#include <unistd.h>\nuid_t geteuid(void) {{ return {os.getuid() + 1}; }}\n", text=True, check=True,
    )
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    return {"LD_PRELOAD": other, "ASAN_OPTIONS": sanitizer}


def check_writable(run, folder, what, path, loads, env):
    done = run("plugins", "--plugins", folder, env=env)
    if loads:
        assert done.returncode == 0 and "wx_data" in done.stdout, done.stderr
    else:
        assert done.returncode == 1 and done.stdout == ""
        assert f"everybody may write to the {what} {path}" in done.stderr, done.stderr


@pytest.mark.parametrize(
    "folder_mode, file_mode, given_away, refused",
    [
        (0o755, 0o755, False, None),
        (0o775, 0o664, False, None),  # a group is somebody whom an administrator has chosen
        (0o755, 0o666, False, "file"),
        (0o777, 0o644, False, "directory"),
        (0o1777, 0o644, False, None),  # as /tmp: nobody else can replace it
        (0o1777, 0o644, True, "directory"),  # but anybody can have put it there
        (0o1777, 0o646, False, "file"),
    ],
)
def test_plugins_that_everybody_could_have_written(run, tmp_path, folder_mode, file_mode, given_away, refused):
    folder = tmp_path / "plugins"
    folder.mkdir()
    plugin = folder / "wx_data.so"
    shutil.copy(SHIPPED / "sources" / "wx_data.so", plugin)
    plugin.chmod(file_mode)
    env = give_away(plugin) if given_away else {}
    folder.chmod(folder_mode)
    path = plugin if refused == "file" else folder
    check_writable(run, folder, refused, path, refused is None, env)
    link = tmp_path / "link.so"  # what it leads to counts
    link.symlink_to(plugin)
    check_writable(run, link, refused, path, refused is None, env)


@pytest.mark.parametrize("name", CLASHES)
def test_plugins_that_do_not_go_together_stop_the_program(run, name):
    plugin = ABI / f"bad_clash_{name}.so"
    alone = run("plugins", "--plugins", plugin)
    assert alone.returncode == 0, alone.stderr
    result = run("plugins", "--plugins", f"{SHIPPED}:{plugin}")
    assert result.returncode == 1
    assert CLASHES[name] in result.stderr
    assert str(plugin) in result.stderr and str(SHIPPED) in result.stderr


def test_an_unsound_plugin_stops_the_server(run, migrated):
    result = run("serve", "--plugins", ABI / "bad_major.so", database=migrated)
    assert result.returncode == 1
    assert "built for plugin ABI 2.0" in result.stderr


def test_files_that_are_no_plugins(run, tmp_path):
    text = tmp_path / "text.so"
    text.write_text("not a shared object")
    result = run("plugins", "--plugins", text)
    assert result.returncode == 1
    assert f"plugin {text}: cannot be loaded" in result.stderr
    missing = run("plugins", "--plugins", tmp_path / "missing")
    assert missing.returncode == 1
    assert f"plugins in {tmp_path}/missing: No such file or directory" in missing.stderr


def test_a_plugin_of_the_released_abi_loads(run):
    result = run("plugins", "--json", "--plugins", ABI / "old.so")
    assert result.returncode == 0, result.stderr
    (plugin,) = json.loads(result.stdout)["plugins"]
    assert (plugin["name"], plugin["abi_major"], plugin["abi_minor"]) == ("old", 1, 0)
    assert [r["path"] for r in plugin["routes"]] == ["/api/old"]
    assert plugin["sources"][0]["whole_blocks"] is True
    assert plugin["stats"][0]["periods"] == ["season"]


@pytest.mark.quick
def test_the_shipped_plugins_are_listed_with_their_declarations(run):
    plugins = {p["name"]: p for p in json.loads(run("plugins", "--json", check=True).stdout)["plugins"]}
    assert set(plugins) == {
        "broken_records", "calculator", "calculators", "climate", "elements", "explorer", "ingestions", "inventory", "rank",
        "revisions", "stations", "weather", "weather_stats",
        "bom", "dwd", "eccc", "ghcnd", "ghcnd_stations", "gsod", "knmi", "meteoswiss", "uscrn", "wx_data",
        "anomalies", "degree_days", "drought", "etccdi", "normals", "records", "snow", "summary", "trend", "yearly",
    }
    elements = {e["code"]: (e["unit"], e["decimals"]) for e in plugins["wx_data"]["sources"][0]["elements"]}
    assert elements == {"TMAX": ("degC", 1), "TMIN": ("degC", 1), "PRCP": ("mm", 1)}
    columns = {c["name"]: (c["unit"], c["method"], c["inputs"]) for c in plugins["yearly"]["stats"][0]["columns"]}
    assert columns == {
        "avg_tmax": ("degC", "mean", ["TMAX"]),
        "avg_tmin": ("degC", "mean", ["TMIN"]),
        "total_prcp": ("cm", "sum", ["PRCP"]),
    }
    assert plugins["weather"]["routes"][0]["path"] == "/api/weather"
    text = run("plugins", check=True).stdout
    assert "route GET /api/weather:" in text and "statistic yearly, by year:" in text


def test_a_set_of_plugins_decides_what_the_program_is(run):
    routes = json.loads(run("plugins", "--json", "--plugins", SHIPPED / "routes", check=True).stdout)
    assert all((p["routes"] or p["assets"]) and not p["sources"] and not p["stats"] for p in routes["plugins"])
    weather = run("openapi", "--plugins", SHIPPED / "routes" / "weather.so", check=True)
    assert "/api/weather" in json.loads(weather.stdout)["paths"]
    assert "/api/stations" not in json.loads(weather.stdout)["paths"]


def test_plugins_export_one_symbol_and_need_only_libc():
    import subprocess

    for plugin in sorted(SHIPPED.glob("*/*.so")):
        defined = subprocess.run(
            ["nm", "-D", "--defined-only", plugin], capture_output=True, text=True, check=True
        ).stdout.split()
        assert [w for w in defined if w.startswith("alm")] == ["alm_plugin"]
