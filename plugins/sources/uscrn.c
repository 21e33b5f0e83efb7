/* U.S. Climate Reference Network, daily01: 28 fields separated by blanks, a file of a station
 * and year named for them: CRND0103-2020-AK_Fairbanks_11_NE.txt. */
#include "quantity.h"

enum {
	TMAX,
	TMIN,
	TAXN,
	TAVG,
	PRCP,
	RADG,
	STMX,
	STMN,
	STAV,
	RHUMX,
	RHUMN,
	RHUM,
	SM5,
	SM10,
	SM20,
	SM50,
	SM100,
	ST5,
	ST10,
	ST20,
	ST50,
	ST100,
	ELEMENTS
};
enum { WBAN, DATE, VERSION, LONGITUDE, LATITUDE, VALUES, SURFACE_TYPE = 11, FIELDS = 28 };

#define MOISTURE(CODE, DEPTH) \
	ELEMENT(CODE, "mean volume fraction of water in soil at " DEPTH " cm", "1", 3, 0, 1000)
#define SOIL(CODE, DEPTH) GROUND(CODE, "mean soil temperature at " DEPTH " cm")

static const struct alm_element elements[] = {
	ELEMENT_TMAX,
	ELEMENT_TMIN,
	ELEMENT_TAXN,
	ELEMENT_TAVG,
	ELEMENT_PRCP,
	ELEMENT_RADG,
	GROUND("STMX", "maximum infrared surface temperature"),
	GROUND("STMN", "minimum infrared surface temperature"),
	GROUND("STAV", "mean infrared surface temperature"),
	ELEMENT("RHUMX", "maximum relative humidity, hundredths", "%", 2, 0, 10000),
	ELEMENT("RHUMN", "minimum relative humidity, hundredths", "%", 2, 0, 10000),
	ELEMENT_RHUM,
	MOISTURE("SM5", "5"),
	MOISTURE("SM10", "10"),
	MOISTURE("SM20", "20"),
	MOISTURE("SM50", "50"),
	MOISTURE("SM100", "100"),
	SOIL("ST5", "5"),
	SOIL("ST10", "10"),
	SOIL("ST20", "20"),
	SOIL("ST50", "50"),
	SOIL("ST100", "100"),
	{ .code = NULL },
};

/* -9999 stands for what is missing, -99 for moisture; with places that differ. */
static int is_missing(struct alm_text cell, const struct alm_element *element)
{
	double number;

	return alm_number(cell, &number) == 0 &&
	       (number == -9999 || (element->decimals == 3 && number == -99));
}

/* Cuts a line into fields; how many there are. */
static int cut(const char *text, size_t length, struct alm_text *cells)
{
	struct alm_text rest = alm_trim(alm_text(text, length));
	int count = 0;

	while (rest.length > 0 && count <= FIELDS) {
		size_t width = 0;

		while (width < rest.length && rest.at[width] != ' ') {
			width++;
		}
		cells[count++] = alm_text(rest.at, width);
		rest = alm_trim(alm_text(rest.at + width, rest.length - width));
	}
	return count;
}

/* What is known of the station: place from the line, state and name from the file's name. */
static int describe(
	struct alm_feed *feed, const char *name, const struct alm_text *cells, const char *id)
{
	struct alm_station station = ALM_SIZED(alm_station, .id = id, .country = "US");
	char state[3] = "", place[64] = "";
	const char *from = strchr(name, '_');

	place_station(&station, cells[LATITUDE], cells[LONGITUDE]);
	if (from != NULL && from - name >= 3 && from[-3] == '-' &&
		strlen(from) < sizeof(place)) {
		memcpy(state, from - 2, 2);
		for (size_t i = 1; from[i] != '\0' && from[i] != '.'; i++) {
			place[i - 1] = from[i] == '_' ? ' ' : from[i];
		}
	}
	station.state = state;
	station.name = place;
	return alm->source->put_station(feed, &station);
}

struct state {
	char name[128];
	char described;
};

static int begin(
	const struct alm_source *source, struct alm_feed *feed, void *memory, const char *name)
{
	struct state *state = memory;

	(void)source;
	(void)feed;
	alm_copy(alm_text(name, strlen(name)), state->name, sizeof(state->name));
	return 0;
}

static int read_values(const struct alm_text *cells, int32_t day, struct alm_observation *seen)
{
	for (int i = 0; i < ELEMENTS; i++) {
		int field = VALUES + i + (VALUES + i >= SURFACE_TYPE);
		int surface = i == STMX || i == STMN || i == STAV;

		seen[i].day = day;
		seen[i].element = (uint16_t)i;
		if (is_missing(cells[field], &elements[i])) {
			seen[i].value = ALM_MISSING;
		} else if (alm_decimal(cells[field], elements[i].decimals, &seen[i].value) <
			   0) {
			return field;
		} else if (surface) {
			seen[i].source =
				*cells[SURFACE_TYPE].at; /* raw, corrected or unknown */
		}
	}
	return 0;
}

static int line(const struct alm_source *source, struct alm_feed *feed, void *memory,
	const char *text, size_t length)
{
	struct state *state = memory;
	struct alm_observation seen[ELEMENTS] = { 0 };
	struct alm_text cells[FIELDS + 1];
	char id[32 + 1];
	int count = cut(text, length, cells), wrong;
	int32_t day;

	(void)source;
	if (count != FIELDS) {
		return alm->source->reject_line(feed, "%d fields, not %d", count, FIELDS);
	}
	day = alm_date(cells[DATE]);
	if (day == ALM_NO_DAY) {
		return reject_cell(feed, cells[DATE], "date like 20141231");
	}
	wrong = read_values(cells, day, seen);
	if (wrong != 0) {
		return reject_cell(feed, cells[wrong], "number");
	}
	if (enter_station(feed, "USCRN-", cells[WBAN], id) < 0) {
		return -1;
	}
	if (!state->described) {
		describe(feed, state->name, cells, id);
		state->described = 1;
	}
	return alm->source->put_values(feed, seen, ELEMENTS);
}

static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	struct alm_text rest = alm_text(head, length), text, cells[FIELDS + 1];

	(void)source;
	(void)name;
	return alm_next_line(&rest, 1, &text) && cut(text.at, text.length, cells) == FIELDS &&
			       cells[WBAN].length == 5 && alm_date(cells[DATE]) != ALM_NO_DAY &&
			       cells[SURFACE_TYPE].length == 1
		       ? 95
		       : 0;
}

static const struct alm_source uscrn = {
	.name = "uscrn",
	.summary = "U.S. Climate Reference Network, daily data of a station (daily01)",
	.elements = elements,
	.state_size = sizeof(struct state),
	.sniff = sniff,
	.begin = begin,
	.line = line,
};

static const struct alm_source *const sources[] = { &uscrn, NULL };

ALM_PLUGIN(.name = "uscrn", .version = "1.0.0", .sources = sources);
