"""The calculators of plugins/stats against NCEI's own summaries, and against pandas, numpy, scipy
and climate-indices.

tests/golden/newyork: Central Park, December 1959 to 2019, as NCEI's GHCN-Daily had it in 2020,
values with a quality flag left out; and NCEI's Global Summary of the Month of the same station,
1960 to 1999. Both are in the public domain. Constants are those programs' results for that series:
climate-indices 3.1.0, scipy 1.17.1 (theilslopes) and pymannkendall 1.4.3 (original_test)."""

import io
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

NEW_YORK = Path(__file__).resolve().parents[1] / "golden" / "newyork"
BASE = (1991, 2020)
CORE = ["TMAX", "TMIN", "PRCP"]


@pytest.fixture(scope="module")
def days():
    """Every day from 1959-12-01 to 2019-12-31, in the units of the API; NaN: missing."""
    table = pd.read_csv(NEW_YORK / "series.csv.gz", index_col="date", parse_dates=True)
    table = table.reindex(pd.date_range("1959-12-01", "2019-12-31"))
    return table / [10, 10, 10, 1, 1]


@pytest.fixture(scope="module")
def holed(days):
    """The same with single days and runs of up to eight days missing."""
    random = np.random.default_rng(15)
    table = days.copy()
    for element in table:
        missing = random.random(len(table)) < 0.01
        for start in np.flatnonzero(random.random(len(table)) < 0.004):
            missing[start : start + random.integers(2, 9)] = True
        table.loc[missing, element] = np.nan
    return table


@pytest.fixture(scope="module")
def check(almanac, tmp_path_factory):
    """Tables of a statistic by kind of period, as `almanac check` prints them."""
    folder, known = tmp_path_factory.mktemp("series"), {}

    def run(name, table):
        series = folder / f"{name}.csv"
        stored = table * [1 if element in ("SNOW", "SNWD") else 10 for element in table]
        text = stored.round().astype("Int64").to_csv(index_label="date")
        if (name, text) not in known:
            series.write_text(text)
            plugin = almanac.parent / "plugins" / "stats" / f"{name}.so"
            out = subprocess.run([almanac, "check", plugin, series], capture_output=True, text=True)
            assert out.returncode == 0, out.stderr
            known[name, text] = parse(out.stdout)
        return {kind: rows.copy() for kind, rows in known[name, text].items()}

    return run


def parse(text):
    tables = {}
    for part in text.split("# statistic ")[1:]:
        title, rows = part.split("\n", 1)
        kind = title.split(" by ")[1].split(" ")[0] if " by " in title else ""
        table = pd.read_csv(io.StringIO(rows))
        keys = [key for key in ("year", "season", "month", "day", "date") if key in table]
        tables[kind] = table.set_index(keys) if keys else table
    return tables


def same(found, expected, decimals):
    """Equal at the decimals shown, and null where that is."""
    expected = expected.reindex(found.index)
    assert (found.isna() == expected.isna()).all(), (found[found.isna() != expected.isna()], expected)
    worst = (found - expected).abs().max()
    assert not worst > 0.5 * 10**-decimals + 1e-9, (found[(found - expected).abs() > 10**-decimals])


def months_of(values):
    """Per month: mean, sum, missing days, most of them in a row."""
    by = [values.index.year, values.index.month]
    groups, missing = values.groupby(by), values.isna()
    run = missing.astype(int).groupby([*by, (~missing).cumsum()]).cumsum()
    table = pd.DataFrame({"mean": groups.mean(), "sum": groups.sum(min_count=1),
                          "missing": groups.size() - groups.count(), "gap": run.groupby(by).max()})
    table.index.names = ["year", "month"]
    return table  # fmt: skip


def complete_months(values, rule):
    """Values of months by year and month, NaN where void."""
    table = months_of(values)
    if values.name == "PRCP":
        return table["sum"].where(table.missing <= (5 if rule == "ncei" else 0)).unstack()
    most, run = (5, 3) if rule == "ncei" else (10, 4)
    return table["mean"].where((table.missing <= most) & (table.gap <= run)).unstack()


def parts_of(values, rule):
    """Values of months, seasons and years that are complete, by year."""
    months = complete_months(values, rule)
    months = months.reindex(range(months.index[0], months.index[-1] + 2))
    winter = pd.concat([months[12].shift(1), months[1], months[2]], axis=1)
    seasons = {1: winter, 2: months[[3, 4, 5]], 3: months[[6, 7, 8]], 4: months[[9, 10, 11]]}
    combine = "sum" if values.name == "PRCP" else "mean"
    parts = {("calendar_month", m): months[[m]] for m in months}
    parts |= {("calendar_season", s): table for s, table in seasons.items()}
    parts["calendar_year", 0] = months
    return {key: (table, getattr(table, combine)(axis=1, skipna=False)) for key, table in parts.items()}


def row_of(tables, kind, part):
    table = tables[kind]
    return table.iloc[0] if kind == "calendar_year" else table.loc[part]


# -- summary, snow, degree_days ----------------------------------------------------


def test_new_york_is_as_ncei_has_it(check, days):
    """All 480 months of 1960 to 1999, at the precision of NCEI's file."""
    gsom = pd.read_csv(NEW_YORK / "gsom.csv.gz", dtype=str, keep_default_na=False)
    found = {name: check(name, days[elements])["month"] for name, elements in [
        ("summary", CORE), ("snow", ["SNOW", "SNWD"]), ("degree_days", ["TMAX", "TMIN"])]}  # fmt: skip
    columns = {"summary": {
        "TMAX": "ncei_tmax", "TMIN": "ncei_tmin", "TAVG": "ncei_tavg", "PRCP": "ncei_prcp",
        "EMXT": "tmax_max", "EMNT": "tmin_min", "EMXP": "prcp_max", "DX90": "dx90", "DX70": "dx70",
        "DX32": "dx32", "DT32": "dt32", "DT00": "dt00", "DP01": "dp01", "DP10": "dp10", "DP1X": "dp1x"},
        "degree_days": {"HTDD": "ncei_hdd", "CLDD": "ncei_cdd"},
        "snow": {"SNOW": "ncei_snow", "EMSN": "snow_max", "EMSD": "snwd_max", "DSNW": "dsnw", "DSND": "dsnd"}}  # fmt: skip
    dates = {"EMXT": "tmax_max_date", "EMNT": "tmin_min_date", "EMXP": "prcp_max_date",
             "EMSN": "snow_max_date", "EMSD": "snwd_max_date"}  # fmt: skip
    compared = 0
    for month in gsom.to_dict("records"):
        year, number = map(int, month["DATE"].split("-"))
        for name, names in columns.items():
            row = found[name].loc[(year, number)]
            for theirs, ours in names.items():
                if month[theirs] == "":
                    continue
                decimals = len(month[theirs].partition(".")[2])
                off = abs(row[ours] - float(month[theirs]))
                assert off <= 0.5 * 10**-decimals + 0.005001, (month["DATE"], theirs, row[ours])
                if theirs in dates and float(month[theirs]) != 0 and month[theirs + "_DAY"]:
                    assert row[dates[theirs]] == f"{month['DATE']}-{month[theirs + '_DAY']}", month["DATE"]
                compared += 1
    assert compared > 9000


def test_means_totals_and_counts(check, holed):
    """Against pandas, where days are missing: months, seasons, years."""
    tables = check("summary", holed[CORE])
    after = holed.index + pd.DateOffset(months=1)
    keys = {"month": [holed.index.year, holed.index.month], "year": [holed.index.year],
            "season": [after.year, (after.month - 1) // 3 + 1]}  # fmt: skip
    for kind, by in keys.items():
        found, groups = tables[kind], holed.groupby(by)
        mean = groups[["TMAX", "TMIN"]].mean()
        same(found.tmax, mean.TMAX, 2)
        same(found.tavg, (mean.TMAX + mean.TMIN) / 2, 2)
        same(found.dtr, (holed.TMAX - holed.TMIN).groupby(by).mean(), 2)
        same(found.prcp, groups.PRCP.sum(min_count=1), 1)
        same(found.tmin_min, groups.TMIN.min(), 1)
        same(found.tmax_over, (holed.TMAX >= 30).groupby(by).sum(), 0)
        same(found.tmin_under, (holed.TMIN <= -10).groupby(by).sum(), 0)
        same(found.prcp_over, (holed.PRCP >= 20).groupby(by).sum(), 0)
    for element in CORE:
        for (kind, part), (_, values) in parts_of(holed[element], "ncei").items():
            found = tables[kind.removeprefix("calendar_")][f"ncei_{element.lower()}"]
            found = found.xs(part, level=1) if part else found
            same(found, values, 1 if element == "PRCP" else 2)


def test_freezes_and_growing_seasons(check, days):
    years = check("summary", days[CORE])["year"]
    levels = {"32": 0, "28": -2.2, "24": -4.4, "20": -6.7, "16": -8.9}
    for year in range(1960, 2020):
        tmin = days.TMIN[str(year)]
        for name, level in levels.items():
            cold = tmin[tmin <= level + 1e-9].index
            spring, autumn = cold[cold.month < 8], cold[cold.month >= 8]
            last, first = years.loc[year, [f"freeze_last_{name}f", f"freeze_first_{name}f"]]
            assert (last == f"{spring[-1]:%Y-%m-%d}") if len(spring) else pd.isna(last)
            assert (first == f"{autumn[0]:%Y-%m-%d}") if len(autumn) else pd.isna(first)
            if name == "32":
                assert years.growing_season[year] == (autumn[0] - spring[-1]).days - 1


def border(missing):
    """January 2001 without these days."""
    table = pd.DataFrame(1.0, pd.date_range("2001-01-01", "2001-01-31"), CORE)
    table.loc[[f"2001-01-{day:02d}" for day in missing]] = np.nan
    return table


@pytest.mark.parametrize(("missing", "mean", "total"), [
    ([2, 3, 4], True, True),             # three in a row
    ([2, 3, 4, 5], False, True),         # four
    ([2, 4, 6, 8, 10], True, True),      # five
    ([2, 4, 6, 8, 10, 12], False, False),  # six
    ([28, 29, 30, 31], False, True),     # at the end of the month
])  # fmt: skip
def test_void_months_of_ncei(check, missing, mean, total):
    found = check("summary", border(missing))["month"].iloc[0]
    assert pd.notna(found.ncei_tmax) == mean and pd.notna(found.ncei_prcp) == total
    assert found.tmax == 1 and found.prcp == 31 - len(missing)


@pytest.mark.parametrize(("missing", "mean"), [
    ([2, 3, 4, 5], True),                 # four in a row
    ([2, 3, 4, 5, 6], False),             # five
    (range(2, 22, 2), True),              # ten
    (range(2, 24, 2), False),             # eleven
])  # fmt: skip
def test_void_months_of_wmo(check, missing, mean):
    """Totals want every day."""
    found = check("normals", border(missing))["calendar_month"].iloc[0]
    assert (found.tmax_years, found.tmin_years, found.prcp_years) == (mean, mean, 0)


def test_degree_days_by_day_and_definition(check, holed):
    tables = check("degree_days", holed[["TMAX", "TMIN"]])
    both = holed[["TMAX", "TMIN"]].dropna()
    high, low = both.TMAX * 1.8 + 32, both.TMIN * 1.8 + 32
    mean = (both.TMAX + both.TMIN) / 2
    warm = (both.TMAX - 10).clip(lower=0)
    daily = pd.DataFrame({
        "gdd": (mean.clip(upper=30) - 10).clip(lower=0),
        "corn_gdd": (high.clip(50, 86) + low.clip(50, 86)) / 2 - 50,
        "chu": ((3.33 * warm - 0.084 * warm**2).clip(lower=0) + (1.8 * (both.TMIN - 4.44)).clip(lower=0)) / 2,
        "hdd": (65 - (high + low) / 2).clip(lower=0) / 1.8,
        "cdd": ((high + low) / 2 - 65).clip(lower=0) / 1.8})  # fmt: skip
    found = tables["day"]
    found.index = pd.to_datetime(found.index)
    sums = daily.reindex(holed.index).fillna(0).groupby(holed.index.year).cumsum()
    seen = both.TMAX.reindex(holed.index).notna()
    observed = seen.groupby(holed.index.year).cumsum()
    for column in daily:
        year = daily[column].groupby(daily.index.year).sum()
        same(tables["year"][column], year, 2)
        day = sums[column][observed > 0].reindex(found.index)
        same(found[column], day, 2)
    same(found.accumulated_days, observed.reindex(found.index), 0)
    same(found.unobserved_days, (holed.index.day_of_year - observed).reindex(found.index), 0)


# -- normals, anomalies, records -----------------------------------------------------


@pytest.mark.parametrize("element", CORE)
def test_normals_by_month_season_year(check, holed, element):
    tables, name = check("normals", holed[CORE]), element.lower()
    for (kind, part), (months, values) in parts_of(holed[element], "wmo").items():
        months, values = months.loc[BASE[0] : BASE[1]], values.loc[BASE[0] : BASE[1]].dropna()
        row = row_of(tables, kind, part)
        mean = months.mean().sum() if element == "PRCP" else months.mean().mean()
        assert row[name] == pytest.approx(mean, abs=0.00501)
        assert row[f"{name}_years"] == months.notna().sum().min()
        assert row[f"{name}_is_normal"] == (months.notna().sum().min() >= 24)
        for fifth in range(1, 5):
            found = row[f"{name}_quintile_{fifth}"]
            if len(values):
                expected = np.quantile(values, fifth / 5, method="median_unbiased")
                assert found == pytest.approx(expected, abs=0.0501)
            else:
                assert pd.isna(found)


def test_normals_of_calendar_days(check, holed):
    found = check("normals", holed[CORE])["calendar_day"]
    base = holed.reindex(pd.date_range(f"{BASE[0]}-01-01", f"{BASE[1]}-12-31"))
    for (month, day), row in found.iloc[::14].iterrows():
        for element in CORE:
            values, years = [], 0
            for year in range(BASE[0], BASE[1] + 1):
                leap = pd.Timestamp(year, 1, 1).is_leap_year
                middle = pd.Timestamp(year, month, 28 if (month, day) == (2, 29) and not leap else day)
                window = base.loc[middle - pd.Timedelta(days=7) : middle + pd.Timedelta(days=7), element]
                if window.notna().sum() >= 0.8 * len(window):
                    values += list(window.dropna())
                    years += 1
            assert row[element.lower()] == pytest.approx(np.mean(values), abs=0.00501)
            assert row[f"{element.lower()}_years"] == years


def test_threshold_days_and_freezes_of_normals(check, days):
    """Of a series without a gap: plain means of counts, and quantiles of dates."""
    tables = check("normals", days[CORE])
    base = days[f"{BASE[0]}" :]
    year = tables["calendar_year"].iloc[0]
    for column, hits in {"tmax_over_25": base.TMAX > 25, "tmax_under_0": base.TMAX < 0, "tmin_under_0": base.TMIN < 0,
                         "tmin_over_20": base.TMIN > 20, "prcp_from_1": base.PRCP >= 1,
                         "prcp_from_50": base.PRCP >= 50}.items():  # fmt: skip
        by = hits.groupby([hits.index.year, hits.index.month]).sum().unstack().mean()
        same(tables["calendar_month"][column], by, 1)
        assert year[column] == pytest.approx(by.sum(), abs=0.0501)
    number = lambda date: (pd.Timestamp(2000, date.month, date.day) - pd.Timestamp(1999, 12, 31)).days  # noqa: E731
    cold = {y: base.TMIN[str(y)][base.TMIN[str(y)] <= 0].index for y in range(BASE[0], BASE[1])}
    last = [number(dates[dates.month < 8][-1]) for dates in cold.values()]
    first = [number(dates[dates.month >= 8][0]) for dates in cold.values()]
    for chance in (10, 50, 90):
        quantile = lambda values, p: round(np.quantile(values, p, method="median_unbiased"))  # noqa: E731
        assert year[f"freeze_last_{chance}"] == quantile(last, 1 - chance / 100)
        assert year[f"freeze_first_{chance}"] == quantile(first, chance / 100)
    assert year.freeze_years == 29


def test_anomalies_are_values_less_normals(check, holed):
    holed = holed["1986":]
    normals, found = check("normals", holed[CORE]), check("anomalies", holed[CORE])
    for kind in ("month", "season", "year"):
        for element in CORE:
            name, decimals = element.lower(), 2
            of = found[kind]
            parts = {part: v for (k, part), (_, v) in parts_of(holed[element], "wmo").items() if k == f"calendar_{kind}"}
            for part, values in parts.items():
                rows = of.xs(part, level=1) if part else of
                same(rows[name], values, decimals)
                normal = row_of(normals, f"calendar_{kind}", part)[name]
                assert (rows[f"{name}_normal"] == normal).all()
                difference = rows[f"{name}_anomaly"] - (rows[name] - normal)
                assert not difference.abs().max() > 0.0151
        percent = 100 * found[kind].prcp / found[kind].prcp_normal
        assert not (found[kind].prcp_percent - percent).abs().max() > 0.2
    day = found["day"].iloc[-200:]
    for date, row in day.iterrows():
        date = pd.Timestamp(date)
        normal = normals["calendar_day"].loc[(date.month, date.day)]
        assert row.tmax_normal == normal.tmax and row.prcp_normal_years == normal.prcp_years
        assert np.isclose(row.tmin, holed.TMIN[date], equal_nan=True)


def test_records(check, holed):
    tables = check("records", holed[CORE])
    groups = {"calendar_month": holed.groupby(holed.index.month),
              "calendar_day": holed.groupby([holed.index.month, holed.index.day])}  # fmt: skip
    for kind, by in groups.items():
        for part, of in by:
            row = tables[kind].loc[part]
            for column, values, best in [("tmax_max", of.TMAX, "max"), ("tmax_min", of.TMAX, "min"), ("tmin_max", of.TMIN, "max"),
                                         ("tmin_min", of.TMIN, "min"), ("prcp_max", of.PRCP, "max")]:  # fmt: skip
                most = getattr(values, best)()
                dates = values[values == most].index
                assert row[column] == pytest.approx(most)
                assert row[f"{column}_date"] == f"{dates[-1]:%Y-%m-%d}"
                assert row[f"{column}_since"] == f"{dates[0]:%Y-%m-%d}"
    totals = complete_months(holed.PRCP, "ncei")
    for month, row in tables["calendar_month"].iterrows():
        of = totals[month].dropna()
        assert (row.wettest, row.wettest_year) == (pytest.approx(of.max()), of[of == of.max()].index[-1])
        assert (row.driest, row.driest_year) == (pytest.approx(of.min()), of[of == of.min()].index[-1])
    for column, hits in {"dry_spell": holed.PRCP < 1, "wet_spell": holed.PRCP >= 1}.items():
        run = hits.groupby((~hits).cumsum()).cumsum()
        row = tables["calendar_year"].iloc[0]
        assert row[column] == run.max()
        assert row[f"{column}_end"] == f"{run[run == run.max()].index[-1]:%Y-%m-%d}"


# -- drought, trend ----------------------------------------------------------------


SPI = {
    (1960, 11): (-0.156621, -0.147765, 0.328618, -0.155224),
    (1965, 8): (-0.507709, -2.224473, -2.618574, -2.593893),
    (1983, 4): (3.090000, 3.090000, 2.467265, 0.841394),
    (1999, 8): (-0.429859, -2.856642, -2.221900, -1.990730),
    (2005, 9): (-2.456529, -1.321974, -1.392637, -1.121390),
    (2005, 10): (2.580443, 1.540924, 0.573549, 0.673708),
    (2011, 8): (3.090000, 2.064713, 2.149906, 1.614198),
    (2019, 12): (1.448134, 0.727833, 0.078847, 0.457894),
}
TREND = {  # slope, its interval, Kendall's tau, p
    "tmax": (0.014021, 0.003642, 0.023156, 0.231638, 0.00909207),
    "tmin": (0.026312, 0.016823, 0.034939, 0.447458, 0.00000045),
    "prcp": (3.938603, 0.400000, 7.770833, 0.190449, 0.03211090),
}


def test_drought_is_as_climate_indices_has_it(check, days):
    found = check("drought", days[["PRCP"]])[""]  # it has rows of one kind
    for (year, month), values in SPI.items():
        row = found.loc[(year, month)]
        for scale, value in zip((1, 3, 6, 12), values, strict=True):
            assert row[f"spi_{scale}"] == pytest.approx(value, abs=0.00501)


def test_trend_is_as_scipy_has_it(check, days):
    row = check("trend", days[CORE])["calendar_year"].iloc[0]
    for name, (slope, low, high, tau, p) in TREND.items():
        assert row[f"{name}_slope"] == pytest.approx(slope, abs=0.0000501)
        assert row[f"{name}_slope_low"] == pytest.approx(low, abs=0.0000501)
        assert row[f"{name}_slope_high"] == pytest.approx(high, abs=0.0000501)
        assert row[f"{name}_tau"] == pytest.approx(tau, abs=0.0000501)
        assert row[f"{name}_p"] == pytest.approx(p, abs=0.000000501)
        assert (row[f"{name}_years"], row[f"{name}_gaps"]) == (60, 0)


def test_no_trend_of_fewer_than_ten_years(check, days):
    rows = {years: check("trend", days[CORE][: f"{1959 + years}"])["calendar_year"].iloc[0] for years in (9, 10)}
    assert pd.isna(rows[9].tmax_slope) and pd.isna(rows[9].tmax_p) and rows[9].tmax_years == 9
    assert pd.notna(rows[10].tmax_slope) and rows[10].tmax_years == 10


# -- Edges ---------------------------------------------------------------------------


EDGES = {
    "one value": pd.Series([0.0], pd.to_datetime(["2001-06-15"])),
    "a leap day": pd.Series([1.0], pd.to_datetime(["2000-02-29"])),
    "1799": pd.Series(1.0, pd.date_range("1799-12-30", "1800-01-02", unit="s")),
    "all missing": pd.Series(np.nan, pd.date_range("2001-01-01", "2001-03-01")),
    "all equal": pd.Series(1.0, pd.date_range("1991-01-01", "2020-12-31")),
    "extremes": pd.Series([214748364.7, -214748364.5, 214748364.7], pd.date_range("2001-01-01", "2001-01-03")),
}  # fmt: skip


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("name", ["anomalies", "degree_days", "drought", "normals", "records", "snow", "summary", "trend"])
def test_edges(check, name, edge):
    """No number that is none, and no crash."""
    elements = {"snow": ["SNOW", "SNWD"], "drought": ["PRCP"], "degree_days": ["TMAX", "TMIN"]}.get(name, CORE)
    tables = check(name, pd.DataFrame({element: EDGES[edge] for element in elements}))
    for table in tables.values():
        numbers = table.select_dtypes("number").to_numpy(dtype=float)
        assert not np.isinf(numbers).any()


def test_29_february_is_of_leap_years_only(check, days):
    records = check("records", days[CORE])["calendar_day"]
    leap = days.TMAX[(days.index.month == 2) & (days.index.day == 29)]
    assert records.loc[(2, 29), "tmax_max"] == leap.max() and records.loc[(2, 29), "tmax_years"] == 15


def test_half_a_base_is_a_period_average(check, days):
    """Fifteen years of 1991-2020: an average, which no column calls a normal."""
    row = check("normals", days[CORE]["2005":])["calendar_year"].iloc[0]
    assert row.tmax_years == 15 and row.tmax_is_normal == 0
    assert row.tmax == pytest.approx(days.TMAX["2005":].groupby([days["2005":].index.year, days["2005":].index.month])
                                     .mean().unstack().mean().mean(), abs=0.00501)  # fmt: skip
