/* Daily data of the Royal Netherlands Meteorological Institute (etmgeg): a preamble in two
 * languages, a header "# STN,YYYYMMDD, ...", fields filled with blanks. Days are those of UTC.
 */
#include "quantity.h"

enum {
	AWDR,
	WSVEC,
	AWND,
	WSHX,
	WSHN,
	WSFG,
	TAVG,
	TMIN,
	TMAX,
	TN10CM,
	TSUN,
	PSUN,
	RADG,
	DRPR,
	PRCP,
	PRHX,
	ASLP,
	SLPX,
	SLPN,
	VVN,
	VVX,
	OKTA,
	RHAV,
	RHMX,
	RHMN,
	EVREF,
	ELEMENTS
};
enum { STATION, DATE, VALUES, COLUMNS = VALUES + ELEMENTS };

static const struct alm_element elements[] = {
	ELEMENT_AWDR,
	WIND("WSVEC", "mean wind speed, of vectors"),
	ELEMENT_AWND,
	WIND("WSHX", "maximum hourly mean wind speed"),
	WIND("WSHN", "minimum hourly mean wind speed"),
	ELEMENT_WSFG,
	ELEMENT_TAVG,
	ELEMENT_TMIN,
	ELEMENT_TMAX,
	GROUND("TN10CM", "minimum air temperature at 10 cm"),
	ELEMENT_TSUN,
	ELEMENT_PSUN,
	ELEMENT_RADG,
	ELEMENT("DRPR", "duration of precipitation", "min", 0, 0, 1440),
	ELEMENT_PRCP,
	ELEMENT("PRHX", "maximum hourly precipitation amount", "mm", 1, 0, 5000),
	ELEMENT_ASLP,
	ELEMENT("SLPX", "maximum hourly air pressure at mean sea level", "hPa", 1, 8500, 11000),
	ELEMENT("SLPN", "minimum hourly air pressure at mean sea level", "hPa", 1, 8500, 11000),
	ELEMENT("VVN", "minimum visibility, class 0 to 89 of KNMI", "1", 0, 0, 89),
	ELEMENT("VVX", "maximum visibility, class 0 to 89 of KNMI", "1", 0, 0, 89),
	ELEMENT_OKTA,
	ELEMENT_RHAV,
	ELEMENT_RHMX,
	ELEMENT_RHMN,
	ELEMENT("EVREF", "reference crop evapotranspiration after Makkink", "mm", 1, 0, 500),
	{ .code = NULL },
};

/* The hours in which extremes were measured are not read. */
static const char *const names[] = { "STN", "YYYYMMDD", "DDVEC", "FHVEC", "FG", "FHX", "FHN",
	"FXX", "TG", "TN", "TX", "T10N", "SQ", "SP", "Q", "DR", "RH", "RHX", "PG", "PX", "PN",
	"VVN", "VVX", "NG", "UG", "UX", "UN", "EV24", NULL };

/* Numbers are in the elements' integers, but for hours in tenths and eighths of the sky, where
 * 9 is a sky that cannot be seen. */
static const struct alm_scale scales[ELEMENTS] = {
	[TSUN] = { 0, 0, 6, 1 }, [DRPR] = { 0, 0, 6, 1 }, [OKTA] = { 0, 0, 10, 1 }
};

struct state {
	struct alm_table table;
};

/* Reads a cell: 1, 0 if it is empty, negative if it cannot be read. -1 stands for less than
 * half a unit: 0, with the flag of a trace. */
static int read_cell(unsigned element, struct alm_text cell, struct alm_observation *seen)
{
	const struct quantity quantity = { 0, (uint16_t)element,
		scales[element].over != 0 ? scales[element] : (struct alm_scale)AS_IS(0),
		element == OKTA ? "9" : NULL };
	int may_be_trace = element == PRCP || element == PRHX || element == TSUN;
	int status = quantity_read(&quantity, cell, seen);

	if (status > 0 && may_be_trace && alm_is(cell, "-1")) {
		seen->value = 0;
		seen->measurement = 'T';
	}
	return status;
}

static int read_row(struct alm_feed *feed, const struct alm_text *cells)
{
	struct alm_observation seen[ELEMENTS] = { 0 };
	int32_t day = alm_date(cells[DATE]);
	char id[32 + 1];
	size_t count = 0;

	if (day == ALM_NO_DAY) {
		return reject_cell(feed, cells[DATE], "date like 20141231");
	}
	if (enter_station(feed, "KNMI-", cells[STATION], id) < 0) {
		return -1;
	}
	for (unsigned i = 0; i < ELEMENTS; i++) {
		int status = read_cell(i, cells[VALUES + i], &seen[count]);

		if (status < 0) {
			return reject_cell(feed, cells[VALUES + i], names[VALUES + i]);
		}
		seen[count].day = day;
		count += status > 0;
	}
	return alm->source->put_values(feed, seen, count);
}

/* Whether a line is the header; then *table is it. */
static int read_head(struct alm_text text, struct alm_table *table)
{
	while (text.length > 0 && (*text.at == '#' || *text.at == ' ')) {
		text.at++;
		text.length--;
	}
	if (text.length < 4 || memcmp(text.at, "STN,", 4) != 0) {
		return 0;
	}
	return alm_table_head(table, text.at, text.length, ',', names) > 2 &&
	       alm_table_has(table, DATE) &&
	       (alm_table_has(table, VALUES + TAVG) || alm_table_has(table, VALUES + AWND));
}

static int line(const struct alm_source *source, struct alm_feed *feed, void *memory,
	const char *text, size_t length)
{
	struct state *state = memory;
	struct alm_text cells[COLUMNS];
	int fields;

	(void)source;
	if (state->table.fields == 0) {
		if (!read_head(alm_text(text, length), &state->table)) {
			state->table.fields = 0; /* the preamble */
		}
		return 0;
	}
	if (alm_trim(alm_text(text, length)).length == 0) {
		return 0; /* follows the header */
	}
	fields = alm_table_row(&state->table, text, length, cells, COLUMNS);
	if (fields != state->table.fields) {
		return alm->source->reject_line(feed, "%d fields, where the header has %d",
			fields, state->table.fields);
	}
	return read_row(feed, cells);
}

static int end(const struct alm_source *source, struct alm_feed *feed, void *memory)
{
	const struct state *state = memory;

	(void)source;
	return state->table.fields > 0 ? 0
				       : alm->source->abort_object(feed,
						 "there is no header '# STN,YYYYMMDD,...'");
}

/* The preamble may be longer than a head: it names columns, too. */
static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	struct alm_text rest = alm_text(head, length), text;
	struct alm_table table;

	(void)source;
	(void)name;
	while (alm_next_line(&rest, 0, &text)) {
		if (read_head(text, &table)) {
			return 95;
		}
	}
	return strstr(head, "KNMI") != NULL && strstr(head, "\nFHVEC ") != NULL ? 90 : 0;
}

static const struct alm_source knmi = {
	.name = "knmi",
	.summary = "Netherlands (KNMI), daily data of a station (etmgeg)",
	.elements = elements,
	.state_size = sizeof(struct state),
	.sniff = sniff,
	.line = line,
	.end = end,
};

static const struct alm_source *const sources[] = { &knmi, NULL };

ALM_PLUGIN(.name = "knmi", .version = "1.0.0", .sources = sources);
