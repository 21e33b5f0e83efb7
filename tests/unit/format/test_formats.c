/* Documents of the formats beside JSON, character by character, and which one a client gets. */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "format/format.h"

static const struct column columns[] = {
	{ .name = "station_id", .type = ALM_STATION },
	{ .name = "date", .type = ALM_DATE },
	{ .name = "tmax", .type = ALM_NUMBER, .unit = "degC", .decimals = 1 },
	{ .name = "good", .type = ALM_BOOLEAN },
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

struct writer {
	const struct format *format;
	struct buffer out;
	struct arena arena;
	struct envelope envelope;
	struct document document;
};

static void begin(struct writer *writer, const struct format *format, const struct column *list,
	size_t count)
{
	arena_init(&writer->arena);
	writer->format = format;
	writer->document.out = &writer->out;
	writer->document.arena = &writer->arena;
	writer->document.columns = list;
	writer->document.column_count = count;
	writer->document.envelope = &writer->envelope;
	format->begin(&writer->document);
}

static void expect(struct writer *writer, const char *text)
{
	writer->format->end(&writer->document);
	assert_string_equal(text, buffer_text(&writer->out));
	buffer_finish(&writer->out);
	arena_finish(&writer->arena);
}

static struct cell text(const char *value)
{
	return (struct cell){ .kind = CELL_TEXT, .text = value, .length = strlen(value) };
}

static void two_rows(struct writer *writer)
{
	struct cell cells[COLUMNS] = { text("A-1"),
		{ .kind = CELL_DATE, .integer = date_day(2000, 2, 29) },
		{ .kind = CELL_SCALED, .integer = -5 },
		{ .kind = CELL_BOOLEAN, .integer = 1 } };

	writer->format->row(&writer->document, cells);
	cells[1].integer++;
	cells[2].kind = CELL_NULL;
	cells[3].integer = 0;
	writer->format->row(&writer->document, cells);
}

/* -- CSV ---------------------------------------------------------------- */

static void csv(void **state)
{
	struct writer writer = { 0 };

	(void)state;
	begin(&writer, &format_csv, columns, COLUMNS);
	two_rows(&writer);
	expect(&writer, "station_id,date,tmax,good\r\n"
			"A-1,2000-02-29,-0.5,true\r\n"
			"A-1,2000-03-01,,false\r\n");
}

static void csv_for_spreadsheets(void **state)
{
	struct writer writer = { .document = {
					 .byte_order_mark = true, .unit_headings = true } };

	(void)state;
	begin(&writer, &format_csv, columns, COLUMNS);
	expect(&writer, "\xEF\xBB\xBFstation_id,date,tmax (degC),good\r\n");
}

static void csv_without_rows(void **state)
{
	struct writer writer = { 0 };

	(void)state;
	begin(&writer, &format_csv, columns, 1);
	expect(&writer, "station_id\r\n");
}

static void csv_quotes(void **state)
{
	static const struct {
		const char *value, *field;
	} cases[] = {
		{ "plain", "plain" },
		{ "", "\"\"" }, /* null is nothing at all */
		{ "a,b", "\"a,b\"" },
		{ "say \"no\"", "\"say \"\"no\"\"\"" },
		{ "two\nlines", "\"two\nlines\"" },
		{ " led", "\" led\"" },
		{ "trailed ", "\"trailed \"" },
		{ "Z\xC3\xBCrich", "Z\xC3\xBCrich" },
		{ "a text that is longer than what is copied at once",
			"a text that is longer than what is copied at once" },
	};
	static const struct column column = { .name = "name", .type = ALM_TEXT };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct writer writer = { 0 };
		struct cell cell = text(cases[i].value);
		char wanted[256];

		snprintf(wanted, sizeof(wanted), "name\r\n%s\r\n", cases[i].field);
		begin(&writer, &format_csv, &column, 1);
		format_csv.row(&writer.document, &cell);
		expect(&writer, wanted);
	}
}

/* The same address holds another text in the next row, unless the cell is steady. */
static void csv_texts_that_change(void **state)
{
	static const struct column column = { .name = "name", .type = ALM_TEXT };
	struct writer writer = { 0 };
	char value[8] = "one";
	struct cell cell = { .kind = CELL_TEXT, .text = value, .length = 3 };

	(void)state;
	begin(&writer, &format_csv, &column, 1);
	format_csv.row(&writer.document, &cell);
	memcpy(value, "two", 3);
	format_csv.row(&writer.document, &cell);
	expect(&writer, "name\r\none\r\ntwo\r\n");
}

/* -- NDJSON and columns ------------------------------------------------- */

static void ndjson(void **state)
{
	struct writer writer = { 0 };

	(void)state;
	begin(&writer, &format_ndjson, columns, COLUMNS);
	two_rows(&writer);
	expect(&writer,
		"{\"station_id\":\"A-1\",\"date\":\"2000-02-29\",\"tmax\":-0.5,\"good\":true}\n"
		"{\"station_id\":\"A-1\",\"date\":\"2000-03-01\",\"tmax\":null,\"good\":false}\n");
}

static void columnar(void **state)
{
	struct writer writer = { .envelope = { .self = "/x" } };

	(void)state;
	begin(&writer, &format_columnar, columns, COLUMNS);
	two_rows(&writer);
	expect(&writer, "{\"data\":{\"station_id\":[\"A-1\",\"A-1\"],"
			"\"time\":[\"2000-02-29\",\"2000-03-01\"],\"tmax\":[-0.5,null],"
			"\"good\":[true,false]},"
			"\"units\":{\"time\":\"iso8601\",\"tmax\":\"degC\"},"
			"\"links\":{\"self\":\"/x\"}}\n");
}

static void columnar_without_rows(void **state)
{
	struct writer writer = { .envelope = { .self = "/x" } };

	(void)state;
	begin(&writer, &format_columnar, columns, 1);
	expect(&writer,
		"{\"data\":{\"station_id\":[]},\"units\":{},\"links\":{\"self\":\"/x\"}}\n");
}

/* -- GeoJSON ------------------------------------------------------------ */

static const struct column places[] = {
	{ .name = "station_id", .type = ALM_STATION },
	{ .name = "latitude", .type = ALM_NUMBER, .decimals = 4 },
	{ .name = "longitude", .type = ALM_NUMBER, .decimals = 4 },
	{ .name = "elevation", .type = ALM_NUMBER, .decimals = 1 },
};

static void geojson(void **state)
{
	struct writer writer = { .envelope = { .self = "/x" } };
	struct cell cells[] = { text("A"), { .kind = CELL_NUMBER, .number = 41.5 },
		{ .kind = CELL_NUMBER, .number = -90.25 }, { .kind = CELL_NULL } };

	(void)state;
	begin(&writer, &format_geojson, places, 4);
	format_geojson.row(&writer.document, cells);
	cells[1].kind = CELL_NULL;
	format_geojson.row(&writer.document, cells);
	expect(&writer, "{\"type\":\"FeatureCollection\",\"features\":["
			"{\"type\":\"Feature\",\"id\":\"A\",\"geometry\":{\"type\":\"Point\","
			"\"coordinates\":[-90.2500,41.5000]},"
			"\"properties\":{\"station_id\":\"A\",\"elevation\":null}},"
			"{\"type\":\"Feature\",\"id\":\"A\",\"geometry\":null,"
			"\"properties\":{\"station_id\":\"A\",\"elevation\":null}}],"
			"\"links\":{\"self\":\"/x\"}}\n");
}

static void geojson_of_one(void **state)
{
	struct writer writer = { .envelope = { .self = "/x", .single = true } };
	struct cell cells[] = { text("A"), { .kind = CELL_NUMBER, .number = 1 },
		{ .kind = CELL_NUMBER, .number = 2 } };

	(void)state;
	begin(&writer, &format_geojson, places, 3);
	format_geojson.row(&writer.document, cells);
	expect(&writer,
		"{\"type\":\"Feature\",\"id\":\"A\",\"geometry\":{\"type\":\"Point\","
		"\"coordinates\":[2.0000,1.0000]},\"properties\":{\"station_id\":\"A\"},"
		"\"links\":{\"self\":\"/x\"}}\n");
}

/* -- Exact numbers ------------------------------------------------------ */

static void exact_numbers(void **state)
{
	static const struct column column = {
		.name = "v", .type = ALM_NUMBER, .decimals = FORMAT_EXACT
	};
	static const struct {
		double value;
		const char *field;
	} cases[] = {
		{ 0.1, "0.1" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ -0.0, "0" },
		{ 5595.2 / 365, "15.32931506849315" },
		{ 1e300, "1e+300" },
		{ NAN, "" },
		{ INFINITY, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct writer writer = { 0 };
		struct cell cell = { .kind = CELL_NUMBER, .number = cases[i].value };
		char wanted[64];

		snprintf(wanted, sizeof(wanted), "v\r\n%s\r\n", cases[i].field);
		begin(&writer, &format_csv, &column, 1);
		format_csv.row(&writer.document, &cell);
		expect(&writer, wanted);
	}
}

/* -- Negotiation -------------------------------------------------------- */

static void negotiates(void **state)
{
	static const struct {
		const char *accept, *format; /* NULL: none */
	} cases[] = {
		{ NULL, "json" },
		{ "", "json" },
		{ "*/*", "json" },
		{ "application/json", "json" },
		{ "APPLICATION/JSON", "json" },
		{ "text/csv", "csv" },
		{ "text/*", "csv" },
		{ "application/*", "json" },
		{ "application/x-ndjson, application/json;q=0.9", "ndjson" },
		{ "application/json;q=0.9,application/ndjson", "ndjson" },
		{ "application/vnd.almanac.columnar+json", "columnar" },
		{ "text/csv;q=0.1, */*;q=0.2", "json" },
		{ "application/json;q=0, */*", "columnar" },
		{ "application/json;q=0", NULL },
		{ "image/png", NULL },
		{ "application/geo+json", NULL }, /* these columns are no places */
		{ "text/csv ; q=0.5 , application/x-ndjson ; q=0.4", "csv" },
		{ "text/csv;q=2, application/x-ndjson;q=0.1", "ndjson" },
		{ "text/csv;q=nan", "json" }, /* says nothing */
		{ "text/csv;header=\"a, b;q=0\";q=0.5, image/png", "csv" },
		{ "text/csv;header=\"application/x-ndjson, image/png\"", "csv" },
		{ "*", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct format *format =
			format_negotiate(cases[i].accept, format_names(0));

		if (cases[i].format == NULL) {
			assert_null(format);
		} else {
			assert_non_null(format);
			assert_string_equal(format->name, cases[i].format);
		}
	}
	assert_ptr_equal(
		format_negotiate("application/geo+json", format_names(FORMAT_OF_PLACES)),
		&format_geojson);
	assert_ptr_equal(format_negotiate("image/*, */*;q=0.1", format_names(FORMAT_OF_SERIES)),
		&format_svg);
}

static void finds_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(format_find("csv"), &format_csv);
	assert_null(format_find("xml"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv),
		cmocka_unit_test(csv_for_spreadsheets),
		cmocka_unit_test(csv_without_rows),
		cmocka_unit_test(csv_quotes),
		cmocka_unit_test(csv_texts_that_change),
		cmocka_unit_test(ndjson),
		cmocka_unit_test(columnar),
		cmocka_unit_test(columnar_without_rows),
		cmocka_unit_test(geojson),
		cmocka_unit_test(geojson_of_one),
		cmocka_unit_test(exact_numbers),
		cmocka_unit_test(negotiates),
		cmocka_unit_test(finds_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
