/* Daily data of Environment and Climate Change Canada: bulk CSV of a station and year, UTF-8
 * with a byte order mark, each quantity followed by its flag. */
#include "quantity.h"

enum { TMAX, TMIN, TAXN, RAIN, SNOW, PRCP, SNWD, WDFG, WSFG, ELEMENTS };
enum { LONGITUDE, LATITUDE, NAME, CLIMATE_ID, DATE, VALUES, COLUMNS = VALUES + 2 * ELEMENTS };

static const struct alm_element elements[] = { ELEMENT_TMAX, ELEMENT_TMIN, ELEMENT_TAXN,
	ELEMENT("RAIN", "rainfall amount", "mm", 1, 0, 20000), ELEMENT_SNOW, ELEMENT_PRCP,
	ELEMENT_SNWD, ELEMENT_WDFG, ELEMENT_WSFG, { .code = NULL } };

/* Heating and cooling degree days are not read: they follow from the mean. */
static const char *const names[] = { "Longitude (*", "Latitude (*", "Station Name",
	"Climate ID", "Date/Time*", "Max Temp (*", "Max Temp Flag", "Min Temp (*",
	"Min Temp Flag", "Mean Temp (*", "Mean Temp Flag", "Total Rain (*", "Total Rain Flag",
	"Total Snow (*", "Total Snow Flag", "Total Precip (*", "Total Precip Flag",
	"Snow on Grnd (*", "Snow on Grnd Flag", "Dir of Max Gust (*", "Dir of Max Gust Flag",
	"Spd of Max Gust (*", "Spd of Max Gust Flag", NULL };

/* Snow comes in cm, the direction in tens of degrees, the speed in km/h, "<31" where it is too
 * low to be recorded. */
static const struct quantity quantities[] = {
	{ VALUES, TMAX, AS_IS(1), NULL },
	{ VALUES + 2, TMIN, AS_IS(1), NULL },
	{ VALUES + 4, TAXN, AS_IS(1), NULL },
	{ VALUES + 6, RAIN, AS_IS(1), NULL },
	{ VALUES + 8, SNOW, AS_IS(1), NULL },
	{ VALUES + 10, PRCP, AS_IS(1), NULL },
	{ VALUES + 12, SNWD, AS_IS(1), NULL },
	{ VALUES + 14, WDFG, { 0, 0, 10, 1 }, NULL },
	{ VALUES + 16, WSFG, { 0, 0, 25, 9 }, "<31" },
};

struct state {
	struct alm_table table;
	char described; /* the station is */
};

/* Flags: M missing and N, Y missing but known to be above or below 0 have no value; E estimated
 * and T trace are kept as they are; A, C, F and L are amounts that are not those of the day. */
static int read_flag(struct alm_text flag, struct alm_observation *seen)
{
	char c = flag.length == 1 ? *flag.at : ' ';

	if (flag.length > 1) {
		return -1;
	}
	if (c == 'A' || c == 'C' || c == 'F' || c == 'L') {
		seen->quality = c;
	} else {
		seen->measurement = c;
	}
	return 0;
}

static int describe(struct alm_feed *feed, const struct alm_text *cells, const char *id)
{
	struct alm_station station = ALM_SIZED(alm_station, .id = id, .country = "CA");
	char name[128];

	if (alm_copy_csv(cells[NAME], name, sizeof(name)) == 0) {
		station.name = name;
	}
	place_station(&station, cells[LATITUDE], cells[LONGITUDE]);
	return alm->source->put_station(feed, &station);
}

static int read_row(struct state *state, struct alm_feed *feed, const struct alm_text *cells)
{
	struct alm_observation seen[ELEMENTS] = { 0 };
	int32_t day = alm_iso_date(cells[DATE]);
	char id[32 + 1];
	size_t count = 0;

	if (day == ALM_NO_DAY) {
		return reject_cell(feed, cells[DATE], "date like 2014-12-31");
	}
	if (enter_station(feed, "ECCC-", cells[CLIMATE_ID], id) < 0) {
		return -1;
	}
	if (!state->described) {
		describe(feed, cells, id);
		state->described = 1;
	}
	for (unsigned i = 0; i < ELEMENTS; i++) {
		const struct alm_text *cell = &cells[quantities[i].column];
		int status = quantity_read(&quantities[i], cell[0], &seen[count]);

		seen[count].day = day;
		if (status < 0 || read_flag(cell[1], &seen[count]) < 0) {
			return reject_cell(feed, cell[0], names[quantities[i].column]);
		}
		if (status == 0 && cell[1].length > 0) {
			seen[count++] = (struct alm_observation){ .day = day,
				.element = quantities[i].element,
				.value = ALM_MISSING };
			continue;
		}
		count += status > 0;
		if (status == 0) {
			seen[count] = (struct alm_observation){ 0 };
		}
	}
	return alm->source->put_values(feed, seen, count);
}

static int line(const struct alm_source *source, struct alm_feed *feed, void *memory,
	const char *text, size_t length)
{
	struct state *state = memory;
	struct alm_text cells[COLUMNS];
	int fields;

	(void)source;
	if (state->table.fields == 0) {
		if (alm_table_head(&state->table, text, length, ',', names) < DATE ||
			!alm_table_has(&state->table, CLIMATE_ID) ||
			!alm_table_has(&state->table, DATE)) {
			return alm->source->abort_object(
				feed, "the header has no columns Climate ID and Date/Time");
		}
		return 0;
	}
	fields = alm_table_row(&state->table, text, length, cells, COLUMNS);
	if (fields != state->table.fields) {
		return alm->source->reject_line(feed, "%d fields, where the header has %d",
			fields, state->table.fields);
	}
	return read_row(state, feed, cells);
}

static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	struct alm_text rest = alm_text(head, length), text;
	struct alm_table table;

	(void)source;
	(void)name;
	return alm_next_line(&rest, 1, &text) &&
			       alm_table_head(&table, text.at, text.length, ',', names) > 0 &&
			       alm_table_has(&table, CLIMATE_ID) &&
			       alm_table_has(&table, DATE) && alm_table_has(&table, VALUES)
		       ? 95
		       : 0;
}

static const struct alm_source eccc = {
	.name = "eccc",
	.summary = "Canada (ECCC), daily data of a station, CSV",
	.elements = elements,
	.state_size = sizeof(struct state),
	.sniff = sniff,
	.line = line,
};

static const struct alm_source *const sources[] = { &eccc, NULL };

ALM_PLUGIN(.name = "eccc", .version = "1.0.0", .sources = sources);
