"""`almanac migrate`: the schema, its ledger, and what plugins declare."""

import subprocess
import time

import psycopg
import pytest

import program as programs

TABLES = {
    "block", "block_part", "calculator", "calculator_column", "calculator_definition", "changed_days", "dataset_history", "dataset_version",
    "element", "ingest_object", "ingest_run", "origin", "reject", "schema_migration", "stat_degree_days", "stat_summary",
    "stat_yearly", "station", "station_part", "statistic", "statistic_base", "statistic_column",
}  # fmt: skip

# Every row of the catalogs about the schema, with the transaction that wrote it.
CATALOG = """
    select 'class', oid, xmin::text from pg_class where relnamespace = 'public'::regnamespace
    union all
    select 'attribute', attrelid, max(a.xmin::text) from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'public'::regnamespace group by attrelid
    union all
    select 'proc', oid, xmin::text from pg_proc where pronamespace = 'public'::regnamespace
    union all
    select 'description', objoid, max(xmin::text) from pg_description
    where objoid >= 16384 group by objoid
    union all select 'element', 0, max(xmin::text) from element
    union all select 'calculator', 0, max(xmin::text) from calculator
    union all select 'calculator_column', 0, max(xmin::text) from calculator_column
    union all select 'calculator_definition', 0, max(xmin::text) from calculator_definition
    union all select 'statistic', 0, max(xmin::text) from statistic
    union all select 'statistic_column', 0, max(xmin::text) from statistic_column
    union all select 'schema_migration', 0, max(xmin::text) from schema_migration
    order by 1, 2
"""


def tables(query, url):
    rows = query(url, "select tablename from pg_tables where schemaname = 'public'")
    return {name for (name,) in rows}


def columns(query, url, table):
    return dict(
        query(
            url,
            "select attname, format_type(atttypid, null) from pg_attribute "
            "where attrelid = %s::regclass and attnum > 0 and not attisdropped",
            (table,),
        )
    )


def refused(run, url):
    """Runs a migration that must fail and leave all as it was. Returns what it said."""
    done = run("migrate", database=url)
    assert done.returncode == 1, done.stdout
    return done.stderr


def test_empty_database(run, query, database):
    done = run("migrate", database=database, check=True)
    assert "applied schema 1 (tables)\napplied schema 2 (views)\n" in done.stdout
    assert "created table stat_yearly\n" in done.stdout
    assert tables(query, database) == TABLES
    assert query(database, "select version from dataset_version") == [(1,)]
    numbers = query(database, "select number from schema_migration order by number")
    assert numbers == [(n,) for n in range(1, len(numbers) + 1)]


def test_again_changes_nothing(run, query, migrated):
    before = query(migrated, CATALOG)
    done = run("migrate", database=migrated, check=True)
    assert done.stdout == "up to date\n"
    assert query(migrated, CATALOG) == before


def test_many_at_once(program, query, database):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    started = [program.popen("migrate", database=database, **options) for _ in range(6)]
    said = []
    for process in started:
        out, err = process.communicate(timeout=programs.TIMEOUT)
        programs.check_end(process.returncode, err)
        assert process.returncode == 0, err
        said.append(out)
    assert said.count("up to date\n") == 5
    assert tables(query, database) == TABLES


def test_waits_for_another(program, query, migrated, tmp_path):
    log = tmp_path / "log"
    with psycopg.connect(migrated, autocommit=True) as other, open(log, "wb") as out:
        other.execute("select pg_advisory_lock(27422289782792547)")
        process = program.popen("migrate", database=migrated, stdout=out, stderr=out)
        while "another migration is under way" not in log.read_text():
            assert process.poll() is None, log.read_text()
            time.sleep(0.02)
        other.execute("select pg_advisory_unlock_all()")
        assert process.wait(programs.TIMEOUT) == 0
    assert log.read_text().endswith("up to date\n")


def test_newer_database(run, query, migrated):
    query(migrated, "insert into schema_migration values (999, 'later', 'x')")
    before = query(migrated, CATALOG)
    said = refused(run, migrated)
    assert "schema 999 (later), newer than this program" in said
    assert "use the program that migrated the database, or a newer one" in said
    assert query(migrated, CATALOG) == before


def test_other_schema(run, query, migrated):
    query(migrated, "update schema_migration set hash = 'x' where number = 2")
    before = query(migrated, CATALOG)
    assert "another schema 2 (views) than this program's" in refused(run, migrated)
    assert query(migrated, CATALOG) == before


def test_a_migration_is_whole(run, query, database):
    """Schema 1 fails in its middle: nothing of it is left, and it can be tried again."""
    query(database, "create table calculator ()")
    said = refused(run, database)
    assert "schema 1 (tables): " in said and '"calculator" already exists' in said
    assert tables(query, database) == {"calculator"}
    query(database, "drop table calculator")
    run("migrate", database=database, check=True)
    assert tables(query, database) == TABLES


def test_all_migrations_or_none(run, query, database):
    """Schema 2 fails: schema 1 is not applied either."""
    query(database, "create view day as select 1")
    assert "schema 2 (views): " in refused(run, database)
    assert tables(query, database) == set()
    query(database, "drop view day")
    done = run("migrate", database=database, check=True)
    assert "applied schema 1" in done.stdout and "applied schema 2" in done.stdout


def test_stat_table(query, migrated):
    types = columns(query, migrated, "stat_yearly")
    values = ("avg_tmax", "avg_tmin", "total_prcp")
    wanted = {"station_id": "text", "year": "smallint"}
    wanted |= dict.fromkeys(values, "double precision")
    for element in ("tmax", "tmin", "prcp"):
        for count in ("days", "missing", "longest_gap"):
            wanted[f"{element}_{count}"] = "smallint"
    for value in values:
        wanted |= {f"{value}_wmo": "boolean", f"{value}_ncei": "boolean"}
    assert list(types.items()) == list(wanted.items())
    key = query(
        migrated,
        "select pg_get_indexdef(indexrelid) from pg_index "
        "where indrelid = 'stat_yearly'::regclass and indisprimary",
    )
    assert key[0][0].endswith("(station_id, year)")
    comments = query(
        migrated,
        "select col_description('stat_yearly'::regclass, 3), "
        "col_description('stat_yearly'::regclass, 5)",
    )
    assert comments[0][0].endswith(" [degC]") and comments[0][1].endswith(" [cm]")


def test_declarations_are_stored(query, migrated):
    elements = query(migrated, "select code, unit, decimals from element order by code")
    assert elements == [("PRCP", "mm", 1), ("TMAX", "degC", 1), ("TMIN", "degC", 1)]
    stored = query(
        migrated,
        "select period, length(definition), computed_definition "
        "from calculator where name = 'yearly'",
    )
    assert stored == [("year", 32, None)]
    stored = query(
        migrated,
        "select position, name, unit, method, inputs "
        "from calculator_column where calculator = 'yearly' order by position",
    )
    assert stored == [
        (0, "avg_tmax", "degC", "mean", ["TMAX"]),
        (1, "avg_tmin", "degC", "mean", ["TMIN"]),
        (2, "total_prcp", "cm", "sum", ["PRCP"]),
    ]


def test_new_columns_are_added(run, query, migrated):
    """As if the stored table were of an older plugin: what is new is added, what is gone
    stays, as do the rows."""
    query(
        migrated,
        "alter table stat_yearly drop column total_prcp, drop column total_prcp_wmo, "
        "add column snow double precision; "
        "insert into stat_yearly (station_id, year, avg_tmax) values ('X', 2000, 1.5); "
        "insert into calculator_column select 'yearly', 3, 'snow', 'cm', '', 1, 'sum', '{SNOW}', definition "
        "from calculator where name = 'yearly'",
    )
    done = run("migrate", database=migrated, check=True)
    assert done.stdout == (
        "added column total_prcp to table stat_yearly\n"
        "added column total_prcp_wmo to table stat_yearly\n"
        "stored declaration of yearly\n"
    )
    assert {"total_prcp", "total_prcp_wmo", "snow"} <= columns(
        query, migrated, "stat_yearly"
    ).keys()
    assert query(migrated, "select station_id, avg_tmax, total_prcp from stat_yearly") == [
        ("X", 1.5, None)
    ]
    assert query(migrated, "select count(*) from calculator_column where calculator = 'yearly'") == [(3,)]


def test_comments_follow_the_declaration(run, query, migrated):
    query(migrated, "comment on column stat_yearly.avg_tmax is 'old'")
    run("migrate", database=migrated, check=True)
    comment = query(migrated, "select col_description('stat_yearly'::regclass, 3)")
    assert comment[0][0] != "old"


@pytest.mark.parametrize(
    "change, said",
    [
        ("update element set unit = 'degF' where code = 'TMAX'",
            "element TMAX is declared in degC with 1 decimals, but stored in degF with 1"),
        ("update element set decimals = 2 where code = 'PRCP'",
            "element PRCP is declared in mm with 1 decimals, but stored in mm with 2"),
        ("update calculator set period = 'month' where name = 'yearly'",
            "statistic yearly is declared for every year, but stored for every month"),
        ("alter table stat_yearly alter tmax_days type text",
            "column tmax_days of table stat_yearly is text, but statistic yearly needs smallint"),
    ],
)  # fmt: skip
def test_declarations_that_cannot_be(run, query, migrated, change, said):
    query(migrated, change)
    query(migrated, "delete from element where code = 'TMIN'")
    before = query(migrated, CATALOG)
    assert said in refused(run, migrated)
    assert query(migrated, CATALOG) == before


def test_elements_are_updated(run, query, migrated):
    query(migrated, "update element set name = 'x', minimum = 0 where code = 'TMAX'")
    done = run("migrate", database=migrated, check=True)
    assert done.stdout == "stored element TMAX\n"
    assert query(migrated, "select minimum from element where code = 'TMAX'")[0][0] < 0


def test_operands_are_refused(run, database):
    assert run("migrate", "now", database=database).returncode == 2


def test_what_servers_tell_is_data(run, query, ingested_copy):
    """Elements and statistics that were changed are told anew: the dataset has another version. A
    migration that changes nothing leaves it alone."""
    version = "select version from dataset_version"
    ((before,),) = query(ingested_copy, version)
    run("migrate", database=ingested_copy, check=True)
    assert query(ingested_copy, version) == [(before,)]
    query(ingested_copy, "update element set name = 'something else' where code = 'TMAX'")
    done = run("migrate", database=ingested_copy, check=True)
    assert "TMAX" in done.stdout
    assert query(ingested_copy, version) == [(before + 1,)]
