/* Daily data of MeteoSwiss: the older table of a station (nbcn-daily, dates as 20141231) and
 * the open data (ogd, dates as 31.12.2014 00:00), and its list of stations, in ISO 8859-1. */
#include "quantity.h"

enum {
	RADM,
	SNWD,
	CLDC,
	PRES,
	PRCP,
	TSUN,
	TAVG,
	TMIN,
	TMAX,
	RHUM,
	TN5CM,
	AWND,
	WSFG,
	AWDR,
	VAPP,
	SNOW,
	HTAVG,
	HTMIN,
	HTMAX,
	ELEMENTS
};
enum { STATION, DATE, VALUES, COLUMNS = VALUES + ELEMENTS };

static const struct alm_element elements[] = {
	ELEMENT("RADM", "mean global radiation", "W m-2", 0, -50, 1000),
	ELEMENT_SNWD,
	ELEMENT("CLDC", "mean cloud cover", "%", 1, 0, 1000),
	ELEMENT_PRES,
	ELEMENT_PRCP,
	ELEMENT_TSUN,
	ELEMENT_TAVG,
	ELEMENT_TMIN,
	ELEMENT_TMAX,
	ELEMENT_RHUM,
	ELEMENT_TN5CM,
	ELEMENT_AWND,
	ELEMENT_WSFG,
	ELEMENT_AWDR,
	ELEMENT_VAPP,
	ELEMENT_SNOW,
	AIR("HTAVG", "mean air temperature, homogenised"),
	AIR("HTMIN", "minimum air temperature, homogenised"),
	AIR("HTMAX", "maximum air temperature, homogenised"),
	{ .code = NULL },
};

/* Deviations from norms are not read: they follow from the values. */
static const char *const names[] = { "station/location|station_abbr",
	"date|reference_timestamp", "gre000d0", "hto000d0", "nto000d0", "prestad0", "rre150d0",
	"sre000d0", "tre200d0", "tre200dn", "tre200dx", "ure200d0", "tre005dn", "fkl010d0",
	"fkl010d1", "dkl010d0", "pva200d0", "hns000d0", "ths200d0", "ths200dn", "ths200dx",
	NULL };

/* Numbers are in the elements' units, but for snow, in cm. */
static const struct alm_scale scales[ELEMENTS] = { AS_IS(0), AS_IS(1), AS_IS(1), AS_IS(2),
	AS_IS(1), AS_IS(0), AS_IS(1), AS_IS(1), AS_IS(1), AS_IS(2), AS_IS(1), AS_IS(1),
	AS_IS(1), AS_IS(0), AS_IS(1), AS_IS(1), AS_IS(1), AS_IS(1), AS_IS(1) };

/* "20141231", or the date of "31.12.2014 00:00". */
static int32_t read_day(struct alm_text text)
{
	char digits[8];

	if (text.length == 8) {
		return alm_date8(text.at);
	}
	if (text.length < 10 || text.at[2] != '.' || text.at[5] != '.') {
		return ALM_NO_DAY;
	}
	memcpy(digits, text.at + 6, 4);
	memcpy(digits + 4, text.at + 3, 2);
	memcpy(digits + 6, text.at, 2);
	return alm_date8(digits);
}

static int read_row(struct alm_feed *feed, const struct alm_text *cells)
{
	struct alm_observation seen[ELEMENTS] = { 0 };
	int32_t day = read_day(cells[DATE]);
	char id[32 + 1];
	size_t count = 0;

	if (day == ALM_NO_DAY) {
		return reject_cell(feed, cells[DATE], "date");
	}
	if (enter_station(feed, "MCH-", cells[STATION], id) < 0) {
		return -1;
	}
	for (unsigned i = 0; i < ELEMENTS; i++) {
		const struct quantity quantity = { VALUES + i, (uint16_t)i, scales[i], NULL };
		const struct alm_text cell = cells[VALUES + i];
		int status =
			alm_is(cell, "-") ? 0 : quantity_read(&quantity, cell, &seen[count]);

		if (status < 0) {
			return reject_cell(feed, cell, names[VALUES + i]);
		}
		seen[count].day = day;
		count += status > 0;
	}
	return alm->source->put_values(feed, seen, count);
}

/* Whether a line is the header of a table of days. */
static int read_head(struct alm_table *table, const char *text, size_t length)
{
	return alm_table_head(table, text, length, ';', names) > 2 &&
	       alm_table_has(table, STATION) && alm_table_has(table, DATE);
}

static int line(const struct alm_source *source, struct alm_feed *feed, void *memory,
	const char *text, size_t length)
{
	struct alm_table *table = memory;
	struct alm_text cells[COLUMNS];
	int fields;

	(void)source;
	if (length == 0) {
		return 0; /* older files begin with an empty line */
	}
	if (table->fields == 0) {
		return read_head(table, text, length)
			       ? 0
			       : alm->source->abort_object(feed,
					 "the first line is no header of a station's days");
	}
	fields = alm_table_row(table, text, length, cells, COLUMNS);
	if (fields != table->fields) {
		return alm->source->reject_line(
			feed, "%d fields, where the header has %d", fields, table->fields);
	}
	return read_row(feed, cells);
}

static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	struct alm_text rest = alm_text(head, length), text = { head, 0 };
	struct alm_table table;

	(void)source;
	while (text.length == 0 && alm_next_line(&rest, 1, &text)) {
	}
	if (read_head(&table, text.at, text.length)) {
		return 95;
	}
	return strncmp(head, "parameter_shortname;", 20) == 0 ||
			       strstr(name, "_meta_datainventory") != NULL
		       ? ALM_SNIFF_SKIP
		       : 0;
}

/* -- The list of stations ------------------------------------------------ */

enum { ABBREVIATION, NAME, HEIGHT, LATITUDE, LONGITUDE, ABOUT };

static const char *const station_names[] = { "station_abbr", "station_name",
	"station_height_masl", "station_coordinates_wgs84_lat", "station_coordinates_wgs84_lon",
	NULL };

static int sniff_list(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	struct alm_text rest = alm_text(head, length), text;
	struct alm_table table;

	(void)source;
	(void)name;
	return alm_next_line(&rest, 1, &text) && alm_table_head(&table, text.at, text.length,
							 ';', station_names) == ABOUT
		       ? 95
		       : 0;
}

static int list_line(const struct alm_source *source, struct alm_feed *feed, void *memory,
	const char *text, size_t length)
{
	struct alm_table *table = memory;
	struct alm_station station = ALM_SIZED(alm_station, .country = "SZ");
	struct alm_text cells[ABOUT];
	char id[32] = "MCH-", name[128];

	(void)source;
	if (table->fields == 0) {
		alm_table_head(table, text, length, ';', station_names);
		return 0;
	}
	if (alm_table_row(table, text, length, cells, ABOUT) != table->fields ||
		alm_copy(cells[ABBREVIATION], id + 4, sizeof(id) - 4) < 0 ||
		alm_copy_latin1(cells[NAME], name, sizeof(name)) < 0) {
		return alm->source->reject_line(feed, "the fields are not those of the header");
	}
	place_station(&station, cells[LATITUDE], cells[LONGITUDE]);
	raise_station(&station, cells[HEIGHT]);
	station.id = id;
	station.name = name;
	return alm->source->put_station(feed, &station);
}

static const struct alm_source meteoswiss = {
	.name = "meteoswiss",
	.summary = "Switzerland (MeteoSwiss), daily data, CSV",
	.elements = elements,
	.state_size = sizeof(struct alm_table),
	.sniff = sniff,
	.line = line,
};

static const struct alm_source meteoswiss_stations = {
	.name = "meteoswiss_stations",
	.summary = "Switzerland (MeteoSwiss), list of stations",
	.state_size = sizeof(struct alm_table),
	.sniff = sniff_list,
	.line = list_line,
};

static const struct alm_source *const sources[] = { &meteoswiss, &meteoswiss_stations, NULL };

ALM_PLUGIN(.name = "meteoswiss", .version = "1.0.0", .sources = sources);
