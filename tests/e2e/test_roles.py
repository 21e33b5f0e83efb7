"""Who may do what: owner, writer and reader, and users who migrate without being superuser."""

import contextlib
import re

import psycopg
import pytest

import cluster as clusters

pytestmark = pytest.mark.release  # rights, which are PostgreSQL's

ROLES = ("almanac_owner", "almanac_writer", "almanac_reader")
PASSWORD = "not so secret"
DENIED = psycopg.errors.InsufficientPrivilege


@pytest.fixture
def user(cluster, query):
    """user("create role {} login createrole") -> its name; all dropped after the test."""
    made = []

    def create(statement="create role {} login"):
        name = f"almanac_test_user_{len(made)}"
        query(cluster.admin_url, statement.format(name) + f" password '{PASSWORD}'")
        made.append(name)
        return name

    yield create
    for name in reversed(made):
        query(cluster.admin_url, f"drop role if exists {name}")


@pytest.fixture
def owned(cluster, user, query):
    """owned(user) -> URL, as that user, of an empty database that it owns."""
    with contextlib.ExitStack() as ends:

        def create(name):
            database = cluster.create()
            ends.callback(cluster.drop, database)
            query(cluster.admin_url, f"alter database {database} owner to {name}")
            return clusters.with_user(cluster.url(database), name, PASSWORD)

        yield create


@pytest.fixture
def no_roles(cluster, query, migrated_template):
    """The three roles do not exist: those that there are have other names meanwhile. Must be
    asked for before `user` and `owned`, whose databases have to go first."""

    def rename(form, to):
        for role in ROLES:
            query(cluster.admin_url, f"alter role {form.format(role)} rename to {to.format(role)}")

    rename("{}", "aside_{}")
    yield
    for role in ROLES:
        query(cluster.admin_url, f"drop role if exists {role}")
    rename("aside_{}", "{}")


def owners(query, url):
    return {
        name
        for (name,) in query(
            url,
            "select distinct pg_get_userbyid(relowner) from pg_class "
            "where relnamespace = 'public'::regnamespace",
        )
    }


def administrator_sql(said):
    """What the message says that an administrator has to run."""
    return re.search(r"an administrator has to run: (.*?)(; those that exist.*)?\n", said)[1]


def as_role(url, cluster, query, user, role):
    """URL of a login that is given the role."""
    name = user()
    query(cluster.admin_url, f"grant {role} to {name}")
    return clusters.with_user(url, name, PASSWORD)


def test_creator_of_roles(no_roles, run, query, user, owned):
    """As on managed databases: no superuser, but may create roles, and owns the database."""
    url = owned(user("create role {} login createrole"))
    done = run("migrate", database=url, check=True)
    for role in ROLES:
        assert f"created role {role}\n" in done.stdout
    assert owners(query, url) == {"almanac_owner"}
    assert run("migrate", database=url, check=True).stdout == "up to date\n"


def test_roles_cannot_be_created(no_roles, cluster, run, query, user, owned):
    name = user()
    url = owned(name)
    done = run("migrate", database=url)
    assert done.returncode == 1
    assert f"the role almanac_owner does not exist and {name} may not create it" in done.stderr
    query(cluster.admin_url, administrator_sql(done.stderr))
    run("migrate", database=url, check=True)
    assert owners(query, url) == {"almanac_owner"}


def test_user_outside_the_owner_role(migrated_template, cluster, run, query, user, owned):
    """The roles exist, another database's administrator made them."""
    name = user()
    url = owned(name)
    done = run("migrate", database=url, check=True)
    assert f"tables will belong to {name}" in done.stdout
    assert owners(query, url) == {name}
    reader = as_role(url, cluster, query, user, "almanac_reader")
    assert query(reader, "select count(*) from observation") == [(0,)]
    assert run("migrate", database=url, check=True).stdout == "up to date\n"
    admin = clusters.with_database(cluster.admin_url, clusters.database_name(url))
    query(admin, "drop table stat_yearly")
    run("migrate", database=admin, check=True)
    assert owners(query, url) == {name}


def test_user_who_may_not_create_tables(cluster, migrated_template, run, query, user, database):
    name = user()
    url = clusters.with_user(database, name, PASSWORD)
    done = run("migrate", database=url)
    assert done.returncode == 1
    assert f"{name} may not create tables in schema public" in done.stderr
    query(database, administrator_sql(done.stderr))
    run("migrate", database=url, check=True)
    assert owners(query, url) == {name}


def test_tables_of_another_owner(cluster, run, query, user, migrated):
    name = user()
    url = clusters.with_user(migrated, name, PASSWORD)
    query(migrated, f"grant almanac_reader to {name}")
    done = run("migrate", database=url)
    assert done.returncode == 1
    assert f"the tables belong to almanac_owner, and {name} may not act as that role" in done.stderr
    query(migrated, administrator_sql(done.stderr))
    assert run("migrate", database=url, check=True).stdout == "up to date\n"


def test_stranger(run, query, user, migrated):
    """Somebody without any of the roles, who also gets told what is missing."""
    url = clusters.with_user(migrated, user(), PASSWORD)
    done = run("migrate", database=url)
    assert done.returncode == 1
    query(migrated, administrator_sql(done.stderr).partition(" (")[0])
    assert query(url, "select count(*) from station") == [(0,)]


def test_superuser_gives_tables_to_the_owner_role(query, migrated):
    assert owners(query, migrated) == {"almanac_owner"}


READABLE = (
    "station", "element", "block", "stat_yearly", "calculator", "calculator_column", "statistic", "statistic_column", "statistic_base",
    "block_part", "station_part", "origin",
    "dataset_version", "ingest_run", "ingest_object", "reject", "schema_migration",
    "observation", "day", "ingestion", "revision", "changed_days", "observations('X')", "block_read('X', 2000, 'TMAX')",
)  # fmt: skip


@pytest.mark.parametrize("role", ["almanac_reader", "almanac_writer"])
def test_reading(cluster, query, user, migrated, role):
    url = as_role(migrated, cluster, query, user, role)
    for relation in READABLE:
        query(url, f"select * from {relation}")


NOT_FOR_READERS = (
    "insert into station (station_id) values ('X')",
    "insert into element values ('X', 'x', 'x', 1, 0, 0)",
    "insert into block select * from block",
    "insert into stat_yearly (station_id, year) values ('X', 1)",
    "insert into ingest_run (program_version) values ('x')",
    "update dataset_version set version = 7",
    "update calculator set computed_definition = 'x'",
    "delete from station",
    "delete from block",
    "delete from ingest_object",
    "delete from reject",
)

NOT_FOR_WRITERS = (
    "create table mine ()",
    "create view mine as select 1",
    "update element set unit = 'degF'",
    "update element set decimals = 0",
    "delete from element",
    "insert into dataset_version (version, changed_at) values (1, now())",
    "delete from dataset_version",
    "update calculator set definition = 'x'",
    "insert into calculator select * from calculator",
    "delete from calculator",
    "delete from calculator_column",
    "delete from statistic",
    "update calculator_column set unit = 'x'",
    "update schema_migration set hash = 'x'",
    "delete from schema_migration",
    "set role almanac_owner",
) + tuple(
    statement.format(table)
    for table in ("station", "element", "block", "stat_yearly", "dataset_version")
    for statement in ("drop table {}", "alter table {} add column x int", "truncate {}")
)


def expect_denied(url, statements):
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            try:
                connection.execute(statement)
            except DENIED:
                continue
            pytest.fail(f"not denied: {statement}")


def test_reader_may_not(cluster, query, user, migrated):
    url = as_role(migrated, cluster, query, user, "almanac_reader")
    expect_denied(url, NOT_FOR_READERS + NOT_FOR_WRITERS)


def test_writer_may_not(cluster, query, user, migrated):
    url = as_role(migrated, cluster, query, user, "almanac_writer")
    expect_denied(url, NOT_FOR_WRITERS)


def test_writer_may(cluster, query, user, migrated):
    url = as_role(migrated, cluster, query, user, "almanac_writer")
    for table, row in {
        "station": "(station_id) values ('X')",
        "block": "values ('X', 2000, 'TMAX', 366, 366, 0, '', '', null, 0, '', null, null, null)",
        "stat_yearly": "(station_id, year) values ('X', 2000)",
        "reject": "values ('u', 1, 'r', 'c')",
        "ingest_run": "(program_version) values ('1')",
    }.items():
        query(url, f"insert into {table} {row}")
        query(url, f"delete from {table}")
    query(url, "insert into element values ('SNOW', 'x', 'mm', 0, 0, 1) on conflict do nothing")
    query(url, "update element set name = 'y', minimum = 0, maximum = 9")
    query(url, "update dataset_version set version = version + 1, changed_at = now()")
    query(url, "update calculator set computed_definition = definition")
    query(url, "create temporary table mine (like block)")


def test_public_may_nothing(query, user, migrated):
    url = clusters.with_user(migrated, user(), PASSWORD)
    expect_denied(url, [f"select * from {relation}" for relation in READABLE])
    granted = query(
        migrated,
        "select relname from pg_class, aclexplode(relacl) where grantee = 0 "
        "and relnamespace = 'public'::regnamespace union all "
        "select proname from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) "
        "where grantee = 0 and pronamespace = 'public'::regnamespace",
    )
    assert granted == []


def test_later_tables_are_granted(cluster, run, query, user, migrated):
    query(migrated, "drop table stat_yearly")
    run("migrate", database=migrated, check=True)
    url = as_role(migrated, cluster, query, user, "almanac_reader")
    assert query(url, "select count(*) from stat_yearly") == [(0,)]


def test_lost_grants_come_back(cluster, run, query, user, migrated):
    """As after a dump was restored into a cluster without the roles."""
    query(
        migrated,
        "revoke all on block from almanac_reader; "
        "revoke all on function observations from almanac_reader; "
        "revoke connect, temporary on database {} from public".format(
            clusters.database_name(migrated)
        ),
    )
    run("migrate", database=migrated, check=True)
    url = as_role(migrated, cluster, query, user, "almanac_reader")
    assert query(url, "select count(*) from block, observations('X')") == [(0,)]
    assert run("migrate", database=migrated, check=True).stdout == "up to date\n"


def test_two_databases_share_the_roles(no_roles, run, query, user, owned):
    name = user("create role {} login createrole")
    first, second = owned(name), owned(name)
    assert "created role" in run("migrate", database=first, check=True).stdout
    assert "created role" not in run("migrate", database=second, check=True).stdout
    assert owners(query, first) == owners(query, second) == {"almanac_owner"}


def test_writer_ingests(cluster, run, query, user, migrated, data):
    """The writer's rights are all that ingestion needs, also to find nothing new, and to compute
    statistics again after their definition changed."""
    url = as_role(migrated, cluster, query, user, "almanac_writer")
    files = (data / "wx_stations.txt", data / "wx_data.tar.xz")
    for _ in range(2):
        run("ingest", *files, database=url, check=True)
    query(migrated, "update calculator set computed_definition = 'older'; delete from stat_yearly")
    run("ingest", *files, database=url, check=True)
    assert query(url, "select count(*) from stat_yearly") == [(4820,)]


def test_reader_serves(cluster, query, user, ingested_copy, server):
    url = as_role(ingested_copy, cluster, query, user, "almanac_reader")
    running = server(url)
    assert running.status("/api/stations") == 200
    assert running.status("/api/weather?station_id=USC00110072&date=1999-12-30") == 200
    assert running.status("/api/weather/stats?station_id=USC00110072") == 200
