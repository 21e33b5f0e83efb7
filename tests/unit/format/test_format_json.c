/* JSON documents, character by character. */
#include "unit.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "format/cell_text.h"
#include "format/format.h"

struct writer {
	struct buffer out;
	struct arena arena;
	struct envelope envelope;
	struct document document;
};

static void begin(struct writer *writer, const struct column *columns, size_t count)
{
	arena_init(&writer->arena);
	writer->document = (struct document){ .out = &writer->out,
		.arena = &writer->arena,
		.columns = columns,
		.column_count = count,
		.envelope = &writer->envelope };
	format_json.begin(&writer->document);
}

static void row(struct writer *writer, const struct cell *cells)
{
	format_json.row(&writer->document, cells);
}

static void expect(struct writer *writer, const char *text)
{
	format_json.end(&writer->document);
	assert_string_equal(text, buffer_text(&writer->out));
	buffer_finish(&writer->out);
	arena_finish(&writer->arena);
}

/* The text of one cell. */
static void expect_cell(const struct column *column, const struct cell *cell, const char *text)
{
	struct writer writer = { .envelope = { .single = true } };
	char wanted[1024];

	begin(&writer, column, 1);
	row(&writer, cell);
	snprintf(wanted, sizeof(wanted), "{\"data\":{\"%s\":%s},\"links\":{\"self\":null}}\n",
		column->name, text);
	expect(&writer, wanted);
}

static void expect_scaled(int32_t value, int decimals, const char *text)
{
	struct column column = { .name = "v", .type = ALM_NUMBER, .decimals = decimals };
	struct cell cell = { .kind = CELL_SCALED, .integer = value };

	expect_cell(&column, &cell, text);
}

static void expect_number(double value, int decimals, const char *text)
{
	struct column column = { .name = "v", .type = ALM_NUMBER, .decimals = decimals };
	struct cell cell = { .kind = CELL_NUMBER, .number = value };

	expect_cell(&column, &cell, text);
}

static void expect_text(const char *value, const char *text)
{
	struct column column = { .name = "v", .type = ALM_TEXT };
	struct cell cell = { .kind = CELL_TEXT, .text = value, .length = strlen(value) };

	expect_cell(&column, &cell, text);
}

static void test_scaled_numbers(void **state)
{
	(void)state;
	expect_scaled(0, 1, "0.0");
	expect_scaled(-4, 1, "-0.4");
	expect_scaled(281, 1, "28.1");
	expect_scaled(-506, 1, "-50.6");
	expect_scaled(4095, 1, "409.5");
	expect_scaled(4096, 1, "409.6");
	expect_scaled(-4096, 2, "-40.96");
	expect_scaled(-4097, 2, "-40.97");
	expect_scaled(5, 0, "5");
	expect_scaled(INT32_MAX, 0, "2147483647");
	expect_scaled(INT32_MIN + 2, 3, "-2147483.646");
	expect_scaled(1, 6, "0.000001");
}

/* Every value of the prepared ones and around them. */
static void test_all_small_numbers(void **state)
{
	(void)state;
	for (int value = -5000; value <= 5000; value++) {
		char text[32];

		snprintf(text, sizeof(text), "%s%d.%d", value < 0 ? "-" : "",
			(value < 0 ? -value : value) / 10, (value < 0 ? -value : value) % 10);
		expect_scaled(value, 1, text);
	}
}

static void test_rounded_numbers(void **state)
{
	(void)state;
	expect_number(0, 2, "0.00");
	expect_number(-0.001, 2, "0.00");
	expect_number(1.005, 2, "1.01"); /* a half that binary does not hold */
	expect_number(-1.005, 2, "-1.01");
	expect_number(2.5, 0, "3");
	expect_number(14.545238095238096, 2, "14.55");
	expect_number(40.954, 2, "40.95");
	expect_number(40.956, 2, "40.96");
	expect_number(40.955, 2, "40.96");
	expect_number(41.2378, 4, "41.2378");
	expect_number(-90.7447, 4, "-90.7447");
	expect_number(123456789.123, 2, "123456789.12");
	expect_number(1e15, 2, "1e+15");
	expect_number(-1e300, 2, "-1e+300");
	expect_number((double)NAN, 2, "null");
	expect_number((double)INFINITY, 2, "null");
	expect_number(-(double)INFINITY, 2, "null");
}

static void test_texts(void **state)
{
	(void)state;
	expect_text("", "\"\"");
	expect_text("ANNA 2 NNE", "\"ANNA 2 NNE\"");
	expect_text("a \"b\" \\ c\n\x01\x7F", "\"a \\\"b\\\" \\\\ c\\n\\u0001\\u007f\"");
	expect_text("S\xC3\xA3o", "\"S\xC3\xA3o\"");
	expect_text("bad \xFF", "\"bad \xEF\xBF\xBD\"");
	expect_text("a text that is much longer than what is copied at once, and then some",
		"\"a text that is much longer than what is copied at once, and then some\"");
}

static void test_other_cells(void **state)
{
	struct column column = { .name = "a_name_that_is_longer_than_what_is_copied_at_once" };

	(void)state;
	expect_cell(&column, &(struct cell){ .kind = CELL_NULL }, "null");
	expect_cell(&column, &(struct cell){ .kind = CELL_BOOLEAN, .integer = 1 }, "true");
	expect_cell(&column, &(struct cell){ .kind = CELL_BOOLEAN }, "false");
	expect_cell(&column, &(struct cell){ .kind = CELL_INTEGER, .integer = INT64_MIN },
		"-9223372036854775808");
	expect_cell(&column, &(struct cell){ .kind = CELL_INTEGER, .integer = 366 }, "366");
	expect_cell(
		&column, &(struct cell){ .kind = CELL_DATE, .integer = 0 }, "\"1970-01-01\"");
	expect_cell(&column, &(struct cell){ .kind = CELL_DATE, .integer = INT64_MAX }, "null");
}

/* All days of years around, forwards and backwards. */
static void test_dates(void **state)
{
	const struct column column = { .name = "date", .type = ALM_DATE };
	struct writer writer = { .envelope = { .single = false } };
	int32_t first = date_day(1899, 12, 1), last = date_day(1904, 3, 1);
	const char *p;

	(void)state;
	begin(&writer, &column, 1);
	for (int32_t day = first; day <= last; day++) {
		row(&writer, &(struct cell){ .kind = CELL_DATE, .integer = day });
	}
	for (int32_t day = last; day >= first; day--) {
		row(&writer, &(struct cell){ .kind = CELL_DATE, .integer = day });
	}
	p = buffer_text(&writer.out);
	for (int i = 0; i <= 2 * (last - first) + 1; i++) {
		int32_t day = first + i <= last ? first + i : last - (i - (last - first) - 1);
		char text[DATE_TEXT];

		p = strstr(p, "\"date\":\"") + 8;
		date_write(text, day);
		assert_memory_equal(text, p, DATE_TEXT);
	}
	buffer_finish(&writer.out);
	arena_finish(&writer.arena);
}

static void test_page(void **state)
{
	const struct column columns[] = { { .name = "station_id", .type = ALM_STATION },
		{ .name = "tmax", .type = ALM_NUMBER, .decimals = 1 } };
	struct cell cells[] = { { .kind = CELL_TEXT, .text = "A1", .length = 2 },
		{ .kind = CELL_SCALED, .integer = -31 } };
	struct writer writer = { .envelope = { .has_pages = true, .paged = true } };

	(void)state;
	begin(&writer, columns, 2);
	row(&writer, cells);
	cells[1].kind = CELL_NULL;
	row(&writer, cells);
	writer.envelope = (struct envelope){ .has_pages = true,
		.paged = true,
		.page = 2,
		.page_size = 2,
		.total = 5,
		.next_cursor = "xyz",
		.self = "/a?b=%22&page=2",
		.next = "/a?page=3" };
	expect(&writer,
		"{\"data\":[{\"station_id\":\"A1\",\"tmax\":-3.1},{\"station_id\":\"A1\",\"tmax\":null}],"
		"\"pagination\":{\"page\":2,\"page_size\":2,\"total\":5,\"total_pages\":3,"
		"\"next_cursor\":\"xyz\"},"
		"\"links\":{\"self\":\"/a?b=%22&page=2\",\"next\":\"/a?page=3\",\"prev\":null}}\n");
}

static void test_empty_walk(void **state)
{
	const struct column column = { .name = "v" };
	struct writer writer = { .envelope = { .has_pages = true, .paged = true } };

	(void)state;
	begin(&writer, &column, 1);
	writer.envelope = (struct envelope){
		.has_pages = true, .paged = true, .page_size = 100, .self = "/a"
	};
	expect(&writer,
		"{\"data\":[],\"pagination\":{\"page\":null,\"page_size\":100,\"total\":0,"
		"\"total_pages\":0,\"next_cursor\":null},"
		"\"links\":{\"self\":\"/a\",\"next\":null,\"prev\":null}}\n");
}

/* RFC 8259, 7; what is not ASCII is looked at elsewhere. Any place of a text of any length. */
static void test_plain_texts(void **state)
{
	(void)state;
	for (size_t length = 1; length <= 17; length++) {
		for (size_t at = 0; at < length; at++) {
			for (int byte = 0; byte < 256; byte++) {
				char text[17];
				bool plain = byte >= 0x20 && byte < 0x7F && byte != '"' &&
					     byte != '\\';

				memset(text, '~', sizeof(text));
				text[at] = (char)byte;
				assert_int_equal(cell_is_plain(text, length), plain);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scaled_numbers),
		cmocka_unit_test(test_all_small_numbers),
		cmocka_unit_test(test_rounded_numbers),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_other_cells),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_empty_walk),
		cmocka_unit_test(test_plain_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
