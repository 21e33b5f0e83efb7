/* GHCN-Daily, an observation per line: by_year, by_station, superghcnd. Station, date, element,
 * value, three flags and, in most files, time of observation; perhaps under a header that names
 * them, in any order. A file delete.csv, of superghcnd_diff, withdraws what it lists. */
#include <almanac/table.h>
#include <string.h>

#include "ghcnd.h"

enum {
	ID,
	DAY,
	ELEMENT,
	VALUE,
	MFLAG,
	QFLAG,
	SFLAG,
	TIME,
	COLUMNS,
	NEEDED = VALUE + 1,
	SHOWN = 32
};

static const char *const names[] = { "ID|STATION", "DATE|YEAR/MONTH/DAY", "ELEMENT",
	"DATA VALUE|VALUE", "M FLAG|MFLAG", "Q FLAG|QFLAG", "S FLAG|SFLAG",
	"OBS TIME|OBSTIME|OBS TIME (HHMM)", NULL };

struct state {
	struct ghcnd_codes codes;
	struct alm_table table;
	char withdraws;
};

static int reject_cell(struct alm_feed *feed, const struct alm_text *cell, const char *what)
{
	return alm->source->reject_line(feed, "'%.*s' is no %s",
		(int)(cell->length < SHOWN ? cell->length : SHOWN), cell->at, what);
}

/* Takes the table from the first line: a header, or 7 or 8 fields in their usual order. Returns
 * 1: the line was a header. -1: it is neither, or the object is given up; *result is then what
 * to return. */
static int read_head(
	struct state *state, struct alm_feed *feed, struct alm_text line, int *result)
{
	struct alm_table *table = &state->table;
	int found = alm_table_head(table, line.at, line.length, ',', names);

	for (unsigned i = 0; found > 0 && i < NEEDED; i++) {
		if (!alm_table_has(table, i)) {
			*result = alm->source->abort_object(
				feed, "the header has no column %s", names[i]);
			return -1;
		}
	}
	if (found > 0) {
		return 1;
	}
	if (found < 0 || table->fields < TIME || table->fields > COLUMNS) {
		*result = alm->source->reject_line(feed,
			"%d fields, not %d or %d, and no header", table->fields, TIME, COLUMNS);
		table->fields = 0;
		return -1;
	}
	for (unsigned i = 0; i < COLUMNS; i++) {
		table->column[i] = (uint8_t)(i + 1);
	}
	return 0;
}

static int32_t read_day(struct alm_text text)
{
	return text.length == 8 ? alm_date8(text.at) : alm_iso_date(text);
}

/* Reads what there is beside station and element. Returns 0; the line is rejected otherwise,
 * and *result is what to return. */
static int read_value(const struct state *state, struct alm_feed *feed,
	const struct alm_text *cells, struct alm_observation *seen, int *result)
{
	*result = 0;
	seen->day = read_day(cells[DAY]);
	if (seen->day == ALM_NO_DAY) {
		*result = reject_cell(feed, &cells[DAY], "date like 20141231");
		return -1;
	}
	if (state->withdraws) {
		seen->value = ALM_NOT_REPORTED;
		return 0;
	}
	if (alm_integer(cells[VALUE], &seen->value) < 0) {
		*result = reject_cell(feed, &cells[VALUE], "integer");
		return -1;
	}
	if (ghcnd_flag(cells[MFLAG], &seen->measurement) < 0 ||
		ghcnd_flag(cells[QFLAG], &seen->quality) < 0 ||
		ghcnd_flag(cells[SFLAG], &seen->source) < 0) {
		*result = alm->source->reject_line(feed, "a flag has more than one character");
		return -1;
	}
	if (ghcnd_time(cells[TIME], &seen->time) < 0) {
		*result = reject_cell(feed, &cells[TIME], "time of observation like 0700");
		return -1;
	}
	return 0;
}

static int read_cells(struct state *state, struct alm_feed *feed, const struct alm_text *cells)
{
	struct alm_observation seen = { 0 };
	int element, result;

	if (cells[ELEMENT].length != CODE_LENGTH) {
		return reject_cell(feed, &cells[ELEMENT], "element, which has four characters");
	}
	if (read_value(state, feed, cells, &seen, &result) < 0) {
		return result;
	}
	element = ghcnd_element(&state->codes, cells[ELEMENT].at);
	if (element < 0) {
		return ghcnd_reject_unknown(&state->codes, feed, cells[ELEMENT].at);
	}
	seen.element = (uint16_t)element;
	if (alm->source->station(feed, cells[ID].at, cells[ID].length) < 0) {
		return -1;
	}
	return seen.value == FILLER ? 0 : alm->source->put_values(feed, &seen, 1);
}

static int begin(
	const struct alm_source *source, struct alm_feed *feed, void *memory, const char *name)
{
	struct state *state = memory;
	size_t length = strlen(name);

	(void)source;
	(void)feed;
	state->withdraws = length >= 10 && strcmp(name + length - 10, "delete.csv") == 0;
	return 0;
}

static int read_line(const struct alm_source *source, struct alm_feed *feed, void *memory,
	const char *line, size_t length)
{
	struct state *state = memory;
	struct alm_text cells[COLUMNS];
	int fields, result = 0;

	(void)source;
	if (state->table.fields == 0 &&
		read_head(state, feed, alm_text(line, length), &result) != 0) {
		return result;
	}
	fields = alm_table_row(&state->table, line, length, cells, COLUMNS);
	if (fields != state->table.fields) {
		return alm->source->reject_line(feed,
			fields < 0
				? "a quotation mark is not closed"
				: "%d fields, where the lines before have %d; is the line cut?",
			fields, state->table.fields);
	}
	return read_cells(state, feed, cells);
}

/* Whether a line is one of these without a header. */
static int is_observation(struct alm_text line)
{
	const char *at = line.at;
	struct alm_text value;
	int32_t number;

	if (line.length < 29 || at[11] != ',' || at[20] != ',' || at[25] != ',' ||
		alm_date8(at + 12) == ALM_NO_DAY) {
		return 0;
	}
	value = alm_text(at + 26, 0);
	while (26 + value.length < line.length && at[26 + value.length] != ',') {
		value.length++;
	}
	return alm_integer(alm_trim(value), &number) == 0;
}

static int is_header(struct alm_text line)
{
	struct alm_table table;
	int found = alm_table_head(&table, line.at, line.length, ',', names);

	for (unsigned i = 0; i < NEEDED; i++) {
		found = found > 0 && alm_table_has(&table, i) ? found : 0;
	}
	return found > 0;
}

static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	struct alm_text rest = alm_text(head, length), line;
	int lines = 0, ours = 0;

	(void)source;
	(void)name;
	while (alm_next_line(&rest, lines == 0, &line)) {
		if (lines == 0 && is_header(line)) {
			return 95;
		}
		lines++;
		ours += is_observation(line);
	}
	if (ours == 0) {
		return 0;
	}
	return ours == lines ? 95 : 40 + 40 * ours / lines;
}

const struct alm_source ghcnd_csv = {
	.name = "ghcnd_csv",
	.summary = "GHCN-Daily, an observation per line: by_year, by_station, superghcnd",
	.elements = ghcnd_elements,
	.state_size = sizeof(struct state),
	.sniff = sniff,
	.begin = begin,
	.line = read_line,
};
