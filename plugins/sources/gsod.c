/* Global Surface Summary of the Day of NCEI: CSV of a station and year, and the older .op of
 * fixed columns. Fahrenheit, inches, knots and miles; days are those of UTC, or of the service.
 */
#include "quantity.h"

enum {
	TAVG,
	ADPT,
	ASLP,
	ASTP,
	VISI,
	AWND,
	WSMX,
	WSFG,
	TMAX,
	TMIN,
	PRCP,
	SNWD,
	WT01,
	WT16,
	WT18,
	WT05,
	WT03,
	WT10
};
enum {
	STATION,
	DATE,
	LATITUDE,
	LONGITUDE,
	ELEVATION,
	NAME,
	TEMP,
	DEWP,
	SLP,
	STP,
	VISIB,
	WDSP,
	MXSPD,
	GUST,
	MAX,
	MAX_FLAG,
	MIN,
	MIN_FLAG,
	RAIN,
	RAIN_FLAG,
	SNDP,
	FRSHTT,
	COLUMNS
};

static const struct alm_element elements[] = {
	ELEMENT_TAVG,
	ELEMENT_ADPT,
	ELEMENT_ASLP,
	ELEMENT_ASTP,
	ELEMENT("VISI", "mean visibility", "km", 1, 0, 16100),
	ELEMENT_AWND,
	WIND("WSMX", "maximum sustained wind speed"),
	ELEMENT_WSFG,
	ELEMENT_TMAX,
	ELEMENT_TMIN,
	ELEMENT_PRCP,
	ELEMENT_SNWD,
	ELEMENT_WT01,
	ELEMENT_WT16,
	ELEMENT_WT18,
	ELEMENT_WT05,
	ELEMENT_WT03,
	ELEMENT_WT10,
	{ .code = NULL },
};

static const char *const names[] = { "STATION", "DATE", "LATITUDE", "LONGITUDE", "ELEVATION",
	"NAME", "TEMP", "DEWP", "SLP", "STP", "VISIB", "WDSP", "MXSPD", "GUST", "MAX",
	"MAX_ATTRIBUTES", "MIN", "MIN_ATTRIBUTES", "PRCP", "PRCP_ATTRIBUTES", "SNDP", "FRSHTT",
	NULL };

/* Of .op: where a column begins, from 0, and how wide it is. */
static const struct {
	uint8_t column, first, width;
} places[] = { { DATE, 14, 8 }, { TEMP, 24, 6 }, { DEWP, 35, 6 }, { SLP, 46, 6 },
	{ STP, 57, 6 }, { VISIB, 68, 5 }, { WDSP, 78, 5 }, { MXSPD, 88, 5 }, { GUST, 95, 5 },
	{ MAX, 102, 6 }, { MAX_FLAG, 108, 1 }, { MIN, 110, 6 }, { MIN_FLAG, 116, 1 },
	{ RAIN, 118, 5 }, { RAIN_FLAG, 123, 1 }, { SNDP, 125, 5 }, { FRSHTT, 132, 6 } };

#define FAHRENHEIT \
	{ \
		1, -320, 5, 9 \
	} /* 0.1 degF to 0.1 degC */
#define KNOTS \
	{ \
		1, 0, 463, 900 \
	} /* 1852 m in 3600 s */
#define MILES \
	{ \
		1, 0, 25146, 15625 \
	} /* 1.609344 km */
#define INCHES(PLACES) \
	{ \
		PLACES, 0, 127, 50 \
	} /* 25.4 mm: 0.01 in to 0.1 mm, 0.1 in to mm */

static const struct quantity quantities[] = {
	{ TEMP, TAVG, FAHRENHEIT, "9999.9" },
	{ DEWP, ADPT, FAHRENHEIT, "9999.9" },
	{ SLP, ASLP, AS_IS(1), "9999.9" },
	{ STP, ASTP, AS_IS(1), "9999.9" },
	{ VISIB, VISI, MILES, "999.9" },
	{ WDSP, AWND, KNOTS, "999.9" },
	{ MXSPD, WSMX, KNOTS, "999.9" },
	{ GUST, WSFG, KNOTS, "999.9" },
	{ MAX, TMAX, FAHRENHEIT, "9999.9" },
	{ MIN, TMIN, FAHRENHEIT, "9999.9" },
	{ RAIN, PRCP, INCHES(2), "99.99" },
	{ SNDP, SNWD, INCHES(1), "999.9" },
};

enum {
	QUANTITIES = sizeof(quantities) / sizeof(quantities[0]),
	INDICATORS = 6,
	SEEN_MAX = QUANTITIES + INDICATORS
};

struct state {
	struct alm_table table;
	char is_op;     /* the older form */
	char described; /* the station is */
};

/* Flags of precipitation, A to I: from which reports it is. Those that do not cover the day (A,
 * B, C, E) or contradict the hourly reports (H) are no total of the day: quality flag 'p'. */
static void flag_precipitation(struct alm_text flag, struct alm_observation *seen)
{
	static const char letters[] = "ABCDEFGHI";
	static const char quality[] = "ppp p  p ", measurement[] = "   D B  P";
	const char *at = flag.length == 1 ? strchr(letters, *flag.at) : NULL;

	if (at != NULL && *at != '\0') {
		seen->quality = quality[at - letters];
		seen->measurement = measurement[at - letters];
	}
}

/* What a value needs beside its number. */
static void finish_value(const struct alm_text *cells, struct alm_observation *seen)
{
	switch (seen->element) {
	case TAVG:
		seen->measurement = 'H'; /* a mean of hours */
		break;
	case TMAX:
	case TMIN: /* of hours instead of a thermometer's extreme */
		seen->measurement =
			alm_is(cells[seen->element == TMAX ? MAX_FLAG : MIN_FLAG], "*") ? 'H'
											: ' ';
		break;
	case PRCP:
		flag_precipitation(cells[RAIN_FLAG], seen);
		break;
	case ASTP: /* files lost the thousands, 1015.4 is 015.4; 999.9 is how they miss it */
		if (seen->value == 9999) {
			seen->value = ALM_MISSING;
		} else if (seen->value < 2000) {
			seen->value += 10000;
		}
		break;
	}
}

/* What the day's digits say: fog, rain, snow, hail, thunder, tornado; only of what occurred. */
static size_t read_indicators(struct alm_text digits, int32_t day, struct alm_observation *seen)
{
	size_t count = 0;

	for (size_t i = 0; i < INDICATORS && digits.length == INDICATORS; i++) {
		if (digits.at[i] == '1') {
			seen[count++] = (struct alm_observation){
				.day = day, .element = (uint16_t)(WT01 + i), .value = 1
			};
		}
	}
	return count;
}

static int put_day(struct alm_feed *feed, const struct alm_text *cells, int32_t day)
{
	struct alm_observation seen[SEEN_MAX] = { 0 };
	size_t count = 0;

	for (unsigned i = 0; i < QUANTITIES; i++) {
		const struct alm_text cell = cells[quantities[i].column];
		int status = quantity_read(&quantities[i], cell, &seen[count]);

		if (status < 0) {
			return reject_cell(feed, cell, names[quantities[i].column]);
		}
		seen[count].day = day;
		if (status > 0 && seen[count].value != ALM_MISSING) {
			finish_value(cells, &seen[count]);
		}
		count += status > 0;
	}
	count += read_indicators(cells[FRSHTT], day, &seen[count]);
	return alm->source->put_values(feed, seen, count);
}

static int describe(struct alm_feed *feed, const struct alm_text *cells, const char *id)
{
	struct alm_station station = ALM_SIZED(alm_station, .id = id);
	char name[128] = "";

	alm_copy_csv(cells[NAME], name, sizeof(name));
	station.name = name;
	place_station(&station, cells[LATITUDE], cells[LONGITUDE]);
	if (!alm_is(cells[ELEVATION], "-999.9")) {
		raise_station(&station, cells[ELEVATION]);
	}
	return alm->source->put_station(feed, &station);
}

/* Cuts a line of .op; the station's two numbers become one. */
static void cut(struct alm_text line, struct alm_text *cells, char station[12])
{
	for (unsigned i = 0; i < COLUMNS; i++) {
		cells[i] = alm_text("", 0);
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		cells[places[i].column] = alm_columns(line, places[i].first, places[i].width);
	}
	memcpy(station, line.at, 6);
	memcpy(station + 6, line.at + 7, 5);
	cells[STATION] = alm_text(station, 11);
}

static int read_row(
	struct state *state, struct alm_feed *feed, const struct alm_text *cells, int32_t day)
{
	char id[32 + 1];

	if (day == ALM_NO_DAY) {
		return reject_cell(feed, cells[DATE], "date");
	}
	if (enter_station(feed, "GSOD-", cells[STATION], id) < 0) {
		return -1;
	}
	if (!state->described && !state->is_op) {
		describe(feed, cells, id);
		state->described = 1;
	}
	return put_day(feed, cells, day);
}

static const char OP[] = "STN--- WBAN   YEARMODA";

enum { OP_LEAST = 131 }; /* FRSHTT is the last column */

static int line(const struct alm_source *source, struct alm_feed *feed, void *memory,
	const char *text, size_t length)
{
	struct state *state = memory;
	struct alm_text cells[COLUMNS];
	char station[12];
	int fields;

	(void)source;
	if (strncmp(text, OP, sizeof(OP) - 1) == 0) {
		state->is_op = 1; /* a header, of which files put together have several */
		return 0;
	}
	if (state->is_op) {
		if (length < OP_LEAST) {
			return alm->source->reject_line(
				feed, "%zu characters: is the line cut?", length);
		}
		cut(alm_text(text, length), cells, station);
		return read_row(state, feed, cells, alm_date(cells[DATE]));
	}
	if (state->table.fields == 0) {
		return alm_table_head(&state->table, text, length, ',', names) > 0 &&
				       alm_table_has(&state->table, STATION) &&
				       alm_table_has(&state->table, DATE)
			       ? 0
			       : alm->source->abort_object(
					 feed, "the header has no columns STATION and DATE");
	}
	fields = alm_table_row(&state->table, text, length, cells, COLUMNS);
	if (fields != state->table.fields) {
		return alm->source->reject_line(feed, "%d fields, where the header has %d",
			fields, state->table.fields);
	}
	return read_row(state, feed, cells, alm_iso_date(cells[DATE]));
}

static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	struct alm_text rest = alm_text(head, length), text;
	struct alm_table table;

	(void)source;
	(void)name;
	if (strncmp(head, OP, sizeof(OP) - 1) == 0) {
		return 95;
	}
	return alm_next_line(&rest, 1, &text) &&
			       alm_table_head(&table, text.at, text.length, ',', names) > 0 &&
			       alm_table_has(&table, STATION) && alm_table_has(&table, DATE) &&
			       alm_table_has(&table, TEMP) && alm_table_has(&table, FRSHTT)
		       ? 95
		       : 0;
}

static const struct alm_source gsod = {
	.name = "gsod",
	.summary = "Global Surface Summary of the Day (NCEI), CSV and .op",
	.elements = elements,
	.state_size = sizeof(struct state),
	.sniff = sniff,
	.line = line,
};

static const struct alm_source *const sources[] = { &gsod, NULL };

ALM_PLUGIN(.name = "gsod", .version = "1.0.0", .sources = sources);
