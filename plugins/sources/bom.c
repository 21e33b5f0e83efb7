/* Daily data of the Australian Bureau of Meteorology: CSV of a station and an element, whose
 * values may be of several days. */
#include "quantity.h"

enum { PRCP, MDPR, DAPR, TMAX, MDTX, DATX, TMIN, MDTN, DATN };
enum { PRODUCT, STATION, YEAR, MONTH, DAY, VALUE, PERIOD, QUALITY, COLUMNS };

static const struct alm_element elements[] = { ELEMENT_PRCP, ELEMENT_MDPR, ELEMENT_DAPR,
	ELEMENT_TMAX, ELEMENT_MDTX, ELEMENT_DATX, ELEMENT_TMIN, ELEMENT_MDTN, ELEMENT_DATN,
	{ .code = NULL } };

static const char *const names[] = { "Product code", "Bureau of Meteorology station number",
	"Year", "Month", "Day",
	"Rainfall amount (*|Maximum temperature (*|Minimum temperature (*",
	"Period over which*|Days of accumulation*", "Quality", NULL };

/* Products, and the first of three elements: of the day, of several days, and of how many. */
static const struct {
	const char *code;
	uint16_t element;
} products[] = { { "IDCJAC0009", PRCP }, { "IDCJAC0010", TMAX }, { "IDCJAC0011", TMIN } };

static int32_t read_day(const struct alm_text *cells)
{
	int32_t year, month, day;

	if (alm_integer(cells[YEAR], &year) < 0 || alm_integer(cells[MONTH], &month) < 0 ||
		alm_integer(cells[DAY], &day) < 0) {
		return ALM_NO_DAY;
	}
	return alm_day(year, month, day);
}

/* Index of the product's first element; -1: it is none of these. */
static int find_product(struct alm_text code)
{
	for (size_t i = 0; i < sizeof(products) / sizeof(products[0]); i++) {
		if (alm_is(code, products[i].code)) {
			return products[i].element;
		}
	}
	return -1;
}

/* A value of one day, or of several days with their number. Y and N tell whether its quality
 * has been controlled, and are kept as the source. */
static int put_value(
	struct alm_feed *feed, const struct alm_text *cells, uint16_t element, int32_t day)
{
	struct alm_observation seen[2] = { { .day = day, .element = element },
		{ .day = day, .element = (uint16_t)(element + 2) } };
	int32_t period = 1;

	if (alm_decimal(cells[VALUE], 1, &seen[0].value) < 0) {
		return reject_cell(feed, cells[VALUE], "number with one place");
	}
	if (cells[PERIOD].length > 0 &&
		(alm_integer(cells[PERIOD], &period) < 0 || period < 1)) {
		return reject_cell(feed, cells[PERIOD], "number of days");
	}
	if (cells[QUALITY].length > 1) {
		return reject_cell(feed, cells[QUALITY], "quality, Y or N");
	}
	seen[0].source = seen[1].source = cells[QUALITY].length > 0 ? *cells[QUALITY].at : ' ';
	seen[0].element = (uint16_t)(element + (period > 1));
	seen[1].value = period;
	return alm->source->put_values(feed, seen, period > 1 ? 2 : 1);
}

static int line(const struct alm_source *source, struct alm_feed *feed, void *memory,
	const char *text, size_t length)
{
	struct alm_table *table = memory;
	struct alm_text cells[COLUMNS];
	char id[32 + 1];
	int32_t day;
	int fields, element;

	(void)source;
	if (table->fields == 0) {
		return alm_table_head(table, text, length, ',', names) == COLUMNS
			       ? 0
			       : alm->source->abort_object(
					 feed, "a column of the header is missing");
	}
	fields = alm_table_row(table, text, length, cells, COLUMNS);
	if (fields != table->fields) {
		return alm->source->reject_line(
			feed, "%d fields, where the header has %d", fields, table->fields);
	}
	element = find_product(cells[PRODUCT]);
	if (element < 0) {
		return reject_cell(
			feed, cells[PRODUCT], "product of daily rainfall or temperature");
	}
	day = read_day(cells);
	if (day == ALM_NO_DAY) {
		return reject_cell(feed, cells[DAY], "day of that month");
	}
	if (enter_station(feed, "BOM-", cells[STATION], id) < 0) {
		return -1;
	}
	/* Files begin and end with whole years: days without a value are filled in. */
	return cells[VALUE].length == 0 ? 0 : put_value(feed, cells, (uint16_t)element, day);
}

static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	struct alm_text rest = alm_text(head, length), text;
	struct alm_table table;

	(void)source;
	if (alm_next_line(&rest, 1, &text) &&
		alm_table_head(&table, text.at, text.length, ',', names) == COLUMNS) {
		return 95;
	}
	return strncmp(name, "IDCJAC", 6) == 0 && strstr(name, "_Note.txt") != NULL
		       ? ALM_SNIFF_SKIP
		       : 0;
}

static const struct alm_source bom = {
	.name = "bom",
	.summary = "Australia (BoM), daily rainfall or temperature of a station, CSV",
	.elements = elements,
	.state_size = sizeof(struct alm_table),
	.sniff = sniff,
	.line = line,
};

static const struct alm_source *const sources[] = { &bom, NULL };

ALM_PLUGIN(.name = "bom", .version = "1.0.0", .sources = sources);
