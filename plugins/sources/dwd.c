/* Daily climate data of the German Weather Service (DWD): produkt_klima_tag_*.txt, in zips
 * beside files that are no data, and the list of stations, in ISO 8859-1. */
#include "quantity.h"

enum {
	WSFG,
	AWND,
	PRCP,
	RSKF,
	TSUN,
	SNWD,
	OKTA,
	VAPP,
	PRES,
	TAVG,
	RHUM,
	TMAX,
	TMIN,
	TN5CM,
	ELEMENTS
};
enum { STATION, DATE, QN3, QN4, VALUES, COLUMNS = VALUES + ELEMENTS, ID_LENGTH = 5 };

static const struct alm_element elements[] = {
	ELEMENT_WSFG,
	ELEMENT_AWND,
	ELEMENT_PRCP,
	ELEMENT("RSKF", "form of precipitation, code of DWD", "1", 0, 0, 9),
	ELEMENT_TSUN,
	ELEMENT_SNWD,
	ELEMENT_OKTA,
	ELEMENT_VAPP,
	ELEMENT_PRES,
	ELEMENT_TAVG,
	ELEMENT_RHUM,
	ELEMENT_TMAX,
	ELEMENT_TMIN,
	ELEMENT_TN5CM,
	{ .code = NULL },
};

static const char *const names[] = { "STATIONS_ID", "MESS_DATUM", "QN_3", "QN_4", "FX", "FM",
	"RSK", "RSKF", "SDK", "SHK_TAG", "NM", "VPM", "PM", "TMK", "UPM", "TXK", "TNK", "TGK",
	NULL };

/* Sunshine comes in hours, which are whole minutes at three places; snow in cm. */
static const struct alm_scale scales[ELEMENTS] = { AS_IS(1), AS_IS(1), AS_IS(1), AS_IS(0),
	{ 3, 0, 3, 50 }, AS_IS(1), AS_IS(1), AS_IS(1), AS_IS(2), AS_IS(1), AS_IS(2), AS_IS(1),
	AS_IS(1), AS_IS(1) };

/* The quality level of a value, 1 to 10 (higher: more has been checked; none is a failed
 * check), kept as its source: '1' to '9', and '0' for 10. */
static char read_level(struct alm_text cell)
{
	int32_t level;

	return alm_integer(cell, &level) == 0 && level >= 1 && level <= 10
		       ? (char)('0' + level % 10)
		       : ' ';
}

/* The five digits of a station number, which products do not fill up. */
static struct alm_text fill_id(struct alm_text number, char digits[ID_LENGTH])
{
	if (number.length == 0 || number.length > ID_LENGTH) {
		return number;
	}
	memset(digits, '0', ID_LENGTH);
	memcpy(digits + ID_LENGTH - number.length, number.at, number.length);
	return alm_text(digits, ID_LENGTH);
}

static int read_row(struct alm_feed *feed, const struct alm_text *cells)
{
	struct alm_observation seen[ELEMENTS] = { 0 };
	int32_t day = alm_date(cells[DATE]);
	char id[32 + 1], digits[ID_LENGTH];
	size_t count = 0;

	if (day == ALM_NO_DAY) {
		return reject_cell(feed, cells[DATE], "date like 20141231");
	}
	if (enter_station(feed, "DWD-", fill_id(cells[STATION], digits), id) < 0) {
		return -1;
	}
	for (unsigned i = 0; i < ELEMENTS; i++) {
		const struct quantity quantity = { VALUES + i, (uint16_t)i, scales[i], "-999" };
		int status = quantity_read(&quantity, cells[VALUES + i], &seen[count]);

		if (status < 0) {
			return reject_cell(feed, cells[VALUES + i], names[VALUES + i]);
		}
		seen[count].day = day;
		seen[count].source = read_level(cells[i <= AWND ? QN3 : QN4]);
		count += status > 0;
	}
	return alm->source->put_values(feed, seen, count);
}

static int line(const struct alm_source *source, struct alm_feed *feed, void *memory,
	const char *text, size_t length)
{
	struct alm_table *table = memory;
	struct alm_text cells[COLUMNS];
	int fields;

	(void)source;
	if (table->fields == 0) {
		return alm_table_head(table, text, length, ';', names) == COLUMNS
			       ? 0
			       : alm->source->abort_object(
					 feed, "a column of the header is missing");
	}
	fields = alm_table_row(table, text, length, cells, COLUMNS);
	if (fields != table->fields) {
		return alm->source->reject_line(
			feed, "%d fields, where the header has %d", fields, table->fields);
	}
	return read_row(feed, cells);
}

/* Beside a product there are descriptions of stations, instruments and parameters. */
static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	struct alm_text rest = alm_text(head, length), text;
	struct alm_table table;

	(void)source;
	if (alm_next_line(&rest, 1, &text) &&
		alm_table_head(&table, text.at, text.length, ';', names) == COLUMNS) {
		return 95;
	}
	return strncmp(name, "Metadaten_", 10) == 0 ? ALM_SNIFF_SKIP : 0;
}

/* -- The list of stations ------------------------------------------------ */

static const char LIST[] = "Stations_id von_datum bis_datum Stationshoehe geoBreite geoLaenge";

static int sniff_list(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	(void)source;
	(void)name;
	(void)length;
	return strncmp(head, LIST, sizeof(LIST) - 1) == 0 ? 95 : 0;
}

static int list_line(const struct alm_source *source, struct alm_feed *feed, void *memory,
	const char *text, size_t length)
{
	struct alm_station station = ALM_SIZED(alm_station, .country = "GM");
	struct alm_text entry = alm_text(text, length),
			number = alm_columns(entry, 0, ID_LENGTH);
	char id[32] = "DWD-", name[128];

	(void)source;
	(void)memory;
	if (strncmp(text, "Stations_id", 11) == 0 || strncmp(text, "-----", 5) == 0) {
		return 0;
	}
	place_station(&station, alm_columns(entry, 39, 12), alm_columns(entry, 51, 10));
	raise_station(&station, alm_columns(entry, 24, 15));
	if (number.length != ID_LENGTH || strspn(text, "0123456789") != ID_LENGTH ||
		station.has != (ALM_HAS_POSITION | ALM_HAS_ELEVATION) ||
		alm_copy_latin1(alm_columns(entry, 61, 41), name, sizeof(name)) < 0) {
		return alm->source->reject_line(feed, "the columns are not those of the list");
	}
	memcpy(id + 4, text, ID_LENGTH);
	station.id = id;
	station.name = name;
	return alm->source->put_station(feed, &station);
}

static const struct alm_source dwd = {
	.name = "dwd",
	.summary = "Germany (DWD), daily climate data of a station (produkt_klima_tag)",
	.elements = elements,
	.state_size = sizeof(struct alm_table),
	.sniff = sniff,
	.line = line,
};

static const struct alm_source dwd_stations = {
	.name = "dwd_stations",
	.summary = "Germany (DWD), list of stations",
	.sniff = sniff_list,
	.line = list_line,
};

static const struct alm_source *const sources[] = { &dwd, &dwd_stations, NULL };

ALM_PLUGIN(.name = "dwd", .version = "1.0.0", .sources = sources);
