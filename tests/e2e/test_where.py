"""The expressions of `where`, made at random, against SQLite, which has the same rows from the files."""

import random
import sqlite3

import httpx
import pytest

import places
import sample

DAYS, STATIONS = "/api/weather", "/api/stations"
SOME = ("USC00110072", "USC00110187", "USC00339312")
SIGNS = {"=": "=", "==": "=", "!=": "<>", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@pytest.fixture(scope="module")
def client(served):
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client


def table(name, rows):
    """The rows as a table of SQLite, in their order."""
    database = sqlite3.connect(":memory:")
    columns = list(rows[0])
    database.execute(f"create table {name} ({', '.join(columns)})")
    marks = ", ".join("?" * len(columns))
    database.executemany(f"insert into {name} values ({marks})", [list(row.values()) for row in rows])
    return database


@pytest.fixture(scope="module")
def days():
    return [sample.as_day(station, date) for station in SOME for date in sorted(sample.stations()[station])]


def test_sample_of_another_kind(days):
    """There are nulls and equal columns to be found."""
    assert any(day["prcp"] is None for day in days) and any(day["tmax"] == day["tmin"] for day in days)


# -- Expressions --------------------------------------------------------------------------


class Maker:
    """Makes expressions, each as a pair: what is sent, what SQLite is asked."""

    def __init__(self, seed, numbers, dates=(), texts=None):
        self.chance = random.Random(seed)
        self.numbers, self.dates, self.texts = numbers, dates, texts or {}

    def any_case(self, text):
        return "".join(self.chance.choice((c.upper(), c.lower(), c)) for c in text)

    def space(self):
        return " " * self.chance.choice((0, 0, 0, 1, 2))

    def sign(self):
        return self.chance.choice(list(SIGNS))

    def number(self):
        column = self.chance.choice(list(self.numbers))
        value = self.chance.choice(self.numbers[column])
        text = self.chance.choice((f"{value}", f"{value!r}", f"{value:e}", f"'{value}'", f'"{value}"'))
        return column, text, float(text.strip("'\""))

    def compare_number(self):
        column, text, value = self.number()
        sign = self.sign()
        return f"{self.any_case(column)}{self.space()}{sign}{self.space()}{text}", f"{column} {SIGNS[sign]} {value!r}"

    def compare_columns(self):
        first, second = (self.chance.choice(list(self.numbers)) for _ in range(2))
        sign = self.sign()
        return (
            f"{self.any_case(first)}{self.space()}{sign}{self.space()}{self.any_case(second)}",
            f"{first} {SIGNS[sign]} {second}",
        )

    def is_null(self):
        column = self.chance.choice([*self.numbers, *self.dates[:0], *self.texts])
        negated = self.chance.choice(("", "not "))
        return f"{column} {self.any_case('is ' + negated + 'null')}", f"{column} is {negated}null"

    def in_list(self):
        column, _, _ = self.number()
        values = self.chance.sample(self.numbers[column], 3)
        negated = self.chance.choice(("", "not "))
        comma = f"{self.space()},{self.space()}"
        return (
            f"{column} {self.any_case(negated + 'in')}{self.space()}({comma.join(map(str, values))})",
            f"{column} {negated}in ({', '.join(map(repr, values))})",
        )

    def compare_date(self):
        date = self.chance.choice(self.dates)
        length = self.chance.choice((4, 7, 10))
        text, first, last = date[:length], date[:length] + "-01-01"[: 10 - length], date[:length]
        first = (date[:length] + "-01-01"[length - 4 :])[:10]
        last = (date[:length] + "-12-31"[length - 4 :])[:10]  # of a month a 31st, which no day is beyond
        sign = self.sign()
        sql = {
            "=": f"date between '{first}' and '{last}'", "<>": f"date not between '{first}' and '{last}'",
            "<": f"date < '{first}'", "<=": f"date <= '{last}'", ">": f"date > '{last}'", ">=": f"date >= '{first}'",
        }[SIGNS[sign]]  # fmt: skip
        written = text.replace("-", "") if length == 10 and self.chance.random() < 0.5 else text
        return f"date{self.space()}{sign}{self.space()}{written}", sql

    def compare_text(self):
        column = self.chance.choice(list(self.texts))
        value = self.chance.choice(self.texts[column])
        mark = self.chance.choice("'\"")
        quoted = mark + value.replace(mark, 2 * mark) + mark
        sql = "'" + value.replace("'", "''") + "'"
        kind = self.chance.randrange(3)
        if kind == 0:
            return f"{column} not in ({quoted})", f"{column} not in ({sql})"
        if kind == 1 or "," in value or "(" in value:
            return f"{column}!={self.space()}{quoted}", f"{column} <> {sql}"
        return f"{column}={value.lower() if column == 'station_id' else value}", f"{column} = {sql}"

    def leaf(self):
        kinds = [self.compare_number, self.compare_number, self.compare_columns, self.is_null, self.in_list]
        if self.dates:
            kinds.append(self.compare_date)
        if self.texts:
            kinds.append(self.compare_text)
        return self.chance.choice(kinds)()

    def term(self, depth):
        if depth == 0 or self.chance.random() < 0.6:
            ours, sql = self.leaf()
        else:
            ours, sql = self.expression(depth - 1)
            ours = f"({self.space()}{ours}{self.space()})"
        for _ in range(self.chance.choice((0, 0, 0, 1, 2))):
            ours, sql = f"{self.any_case('not')} {ours}", f"not ({sql})"
        return ours, sql

    def joined(self, level, depth):
        """By words and commas alone, without brackets: what binds closer shows."""
        if level == 3:
            return self.term(depth)
        ours, sql = [(",", "and"), (" or ", "or"), (" and ", "and")][level]
        parts = [self.joined(level + 1, depth) for _ in range(self.chance.choice((1, 1, 2)))]
        return (
            self.any_case(ours).join(part for part, _ in parts),
            f" {sql} ".join(f"({part})" for _, part in parts),
        )

    def expression(self, depth):
        return self.joined(0, depth)


def compare(client, path, expressions, find, **parameters):
    sizes = set()
    for ours, sql in expressions:
        answer = client.get(path, params={"where": ours, "page_size": 1000, **parameters})
        assert answer.status_code == 200, (ours, answer.text)
        document, wanted = answer.json(), find(sql)
        assert document["pagination"]["total"] == len(wanted), (ours, sql)
        assert document["data"] == wanted[:1000], (ours, sql)
        sizes.add(len(wanted))
    return sizes


def test_days(client, days):
    numbers = {
        column: sorted({day[column] for day in days if day[column] is not None})
        for column in ("tmax", "tmin", "prcp")
    }  # fmt: skip
    maker = Maker(1, numbers, [day["date"] for day in days], {"station_id": SOME})
    rows = table("day", days)

    def find(sql):
        return [days[number - 1] for (number,) in rows.execute(f"select rowid from day where {sql} order by rowid")]

    expressions = [maker.expression(2) for _ in range(150)]
    sizes = compare(client, DAYS, expressions, find, station_id=",".join(SOME))
    assert len(sizes) > 60 and {0, len(days)} & sizes  # they differ in what they find


def test_stations(client):
    stations = places.stations()
    numbers = {
        column: sorted({station[column] for station in stations if station[column] is not None})
        for column in ("latitude", "longitude", "elevation", "first_year")
    }
    texts = {
        column: sorted({station[column] for station in stations if station[column]}) or ["X"]
        for column in ("station_id", "name", "state", "wmo_id")
    }
    maker = Maker(2, numbers, texts=texts)
    rows = table("station", stations)

    def find(sql):
        return [stations[n - 1] for (n,) in rows.execute(f"select rowid from station where {sql} order by rowid")]

    assert len(compare(client, STATIONS, [maker.expression(2) for _ in range(150)], find)) > 20


# -- One by one ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tmax>=35,prcp=0", "tmax>=35 and prcp=0"),
        ("tmax>=38 or tmin<-25 and prcp>0", "tmax>=38 or (tmin<-25 and prcp>0)"),
        ("prcp>0,tmax>=35 or tmin<-20", "prcp>0 and (tmax>=35 or tmin<-20)"),
        ("not (tmax>=0 or prcp>0)", "tmax<0 and prcp<=0"),
        ("NOT tmax IN (1.1, 2.2) AND tmin IS NOT NULL", "tmax not in (1.1,2.2),tmin is not null"),
        ("tmax  <>  tmin", "not tmax = tmin"),
        ("TMAX>=35", "tmax >= +35"),
        ("((((tmax>=35))))", "tmax>=35"),
        ("date = '2012-07-04' or date = 20120705", "date>=2012-07-04,date<=2012-07-05"),
        ("station_id = usc00110072", "station_id='USC00110072'"),
    ],
)
def test_same(client, one, other):
    def answer(where):
        got = client.get(DAYS, params={"station_id": ",".join(SOME), "where": where, "page_size": 500})
        assert got.status_code == 200, got.text
        return got.json()["data"]

    assert answer(one) == answer(other) != []


def test_repeated(client):
    """Both of them hold, as of one with a comma."""
    both = client.get(f"{DAYS}?where=tmax>=40 or tmin<-30&where=prcp>0").json()
    assert both["data"] and both == client.get(f"{DAYS}?where=tmax>=40 or tmin<-30,prcp>0").json()
    assert both["links"]["self"].startswith("weather?where=tmax%3E%3D40%20or%20tmin%3C-30,prcp%3E0&")


def test_hidden_columns(client):
    rows = client.get(DAYS, params={"where": "tmax<tmin or prcp>150", "fields": "date", "page_size": 5}).json()["data"]
    assert rows and all(list(row) == ["date"] for row in rows)


def test_names_with_words_in_them(client):
    """Unquoted texts may have "and" in them, as long as no condition follows."""
    for text in ("ROCK AND ROLL", "A OR B", "O'HARE", "X (Y) Z"):
        assert client.get(STATIONS, params={"where": f"name={text}"}).json()["data"] == []
    document = client.get(STATIONS, params={"where": "name=ROCK AND ROLL or latitude>0", "page_size": 1}).json()
    assert document["pagination"]["total"] == len(places.stations())
