"""<almanac/text.h> against Python's decimal, csv and datetime, on random texts."""

import csv
import ctypes
import datetime
import io
import random
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXTS = 5_000
BAD, RANGE, INEXACT, NO_DAY = -1, -2, -3, -(2**31)

# What is inline there, as functions; fields of a line as one text, each ended by "\\x01".
WRAPPER = r"""
#include <almanac/text.h>
int decimal(const char *at, size_t length, int decimals, int32_t *value)
{
	return alm_decimal(alm_text(at, length), decimals, value);
}
int number(const char *at, size_t length, double *value)
{
	return alm_number(alm_text(at, length), value);
}
int32_t day(int year, int month, int day) { return alm_day(year, month, day); }
int32_t date(const char *at, size_t length) { return alm_date(alm_text(at, length)); }
int32_t iso_date(const char *at, size_t length) { return alm_iso_date(alm_text(at, length)); }
int latin1(const char *at, size_t length, char *to, size_t room)
{
	return alm_copy_latin1(alm_text(at, length), to, room);
}
int fields(const char *line, size_t length, char *to, size_t room)
{
	struct alm_fields rest = alm_fields(line, length, ',');
	struct alm_text field;
	int more, count = 0;

	*to = '\0';
	while ((more = alm_next_csv(&rest, &field)) > 0) {
		int quoted = field.at > line && field.at[-1] == '"';
		size_t used = strlen(to);

		if ((quoted ? alm_copy_csv : alm_copy)(field, to + used, room - used - 1) < 0) {
			return -9;
		}
		strcat(to, "\x01");
		count++;
	}
	return more < 0 ? more : count;
}
"""


@pytest.fixture(scope="module", params=["cc", "c++"])
def text(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    source = folder / "text.c"
    code = WRAPPER if request.param == "cc" else 'extern "C" {\n' + WRAPPER + "}\n"
    source.write_text(code)
    language = ["-std=c99"] if request.param == "cc" else ["-x", "c++", "-std=c++20"]
    subprocess.run(
        [request.param, *language, "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC", "-I", ROOT / "include",
         "-o", folder / "text.so", source], check=True)
    library = ctypes.CDLL(folder / "text.so")
    for name in ("decimal", "number", "date", "iso_date", "latin1", "fields"):
        getattr(library, name).argtypes = None
    return library


def size(data):
    return ctypes.c_size_t(len(data))


def test_decimals(text):
    chance = random.Random(1)
    for _ in range(TEXTS):
        digits = "".join(chance.choices("0123456789", weights=[4] + [1] * 9, k=chance.randint(1, 12)))
        point = chance.randint(0, len(digits))
        written = chance.choice(["", "-"]) + digits[:point] + chance.choice(["", "."]) + digits[point:]
        places = chance.randint(0, 6)
        exact = Decimal(written).scaleb(places)
        value = ctypes.c_int32(7)
        status = text.decimal(written.encode(), size(written), places, ctypes.byref(value))
        if not -(2**31) + 2 <= int(exact) <= 2**31 - 1:  # without the two that are no values
            assert status == RANGE, written
        elif exact != int(exact):
            assert status == INEXACT, written
        else:
            assert (status, value.value) == (0, int(exact)), written


def test_numbers(text):
    chance = random.Random(2)
    for _ in range(TEXTS):
        digits = "".join(chance.choices("0123456789", k=chance.randint(1, 15)))
        point = chance.randint(0, len(digits))
        written = chance.choice(["", "-"]) + digits[:point] + "." + digits[point:]
        value = ctypes.c_double()
        assert text.number(written.encode(), size(written), ctypes.byref(value)) == 0
        assert value.value == float(written)


def test_every_date(text):
    """Around leap years that are and are not, and the ends of the calendar; days that there are not in between."""
    epoch = datetime.date(1970, 1, 1).toordinal()
    for year in [1, 4, 100, 400, *range(1896, 1910), *range(1995, 2006), 2100, 9999]:
        for month in range(0, 14):
            for day in range(0, 33):
                try:
                    wanted = datetime.date(year, month, day).toordinal() - epoch
                except ValueError:
                    wanted = NO_DAY
                assert text.day(year, month, day) == wanted
                written = f"{year:04d}{month:02d}{day:02d}"
                assert text.date(written.encode(), size(written)) == wanted, written
                written = f"{year:04d}-{month:02d}-{day:02d}"
                assert text.iso_date(written.encode(), size(written)) == wanted, written
    assert text.day(-1, 1, 1) == text.day(0, 1, 1) == text.day(10000, 1, 1) == NO_DAY


def test_csv(text):
    """What Python's writer wrote comes back; what its strict reader refuses is refused."""
    chance = random.Random(3)
    to = ctypes.create_string_buffer(4096)
    for _ in range(TEXTS):
        fields = ["".join(chance.choices('ab", ', k=chance.randint(0, 6))) for _ in range(chance.randint(1, 5))]
        out = io.StringIO()
        csv.writer(out, lineterminator="", quoting=chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])).writerow(fields)
        line = out.getvalue().encode()
        assert text.fields(line, size(line), to, ctypes.c_size_t(len(to))) == len(fields), line
        assert to.value.decode() == "".join(field + "\x01" for field in fields), line
        line = "".join(chance.choices('ab",', k=chance.randint(1, 8)))
        try:
            (wanted,) = csv.reader([line], strict=True)
        except csv.Error:
            wanted = None
        count = text.fields(line.encode(), size(line), to, ctypes.c_size_t(len(to)))
        assert count == (BAD if wanted is None else len(wanted)), line
        if wanted is not None:
            assert to.value.decode() == "".join(field + "\x01" for field in wanted), line


def test_latin1(text):
    every = bytes(range(1, 256))
    to = ctypes.create_string_buffer(1024)
    assert text.latin1(every, size(every), to, ctypes.c_size_t(len(to))) == 0
    assert to.value.decode() == every.decode("iso-8859-1")
