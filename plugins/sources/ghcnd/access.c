/* GHCN-Daily, a day per line (access): quoted CSV whose header names station, date, what is
 * known of the station, and for each of its elements X the columns X and X_ATTRIBUTES, in any
 * order. Attributes are "M,Q,S" or "M,Q,S,HHMM", or the first two of them. */
#include <almanac/table.h>
#include <string.h>

#include "ghcnd.h"

enum { STATION, DATE, SERIES_MAX = 250, SHOWN = 32, PARTS = 4 };

static const char SUFFIX[] = "_ATTRIBUTES";

/* An element of the header. */
struct series {
	char code[CODE_LENGTH + 1];
	int16_t element; /* -1: not known */
	char has_value, has_attributes;
};

/* Role of a field of a line: PLACE_NONE, PLACE_STATION, PLACE_DATE, or of a series. */
enum { PLACE_NONE, PLACE_STATION, PLACE_DATE, PLACE_SERIES };

struct state {
	struct ghcnd_codes codes;
	struct series series[SERIES_MAX];
	struct alm_text values[SERIES_MAX], attributes[SERIES_MAX]; /* of the line */
	unsigned series_count;
	unsigned fields;                  /* 0: no header yet */
	uint16_t place[ALM_TABLE_FIELDS]; /* PLACE_SERIES + 2 * series + 1 for attributes */
	struct alm_observation seen[SERIES_MAX];
};

/* -- The header ---------------------------------------------------------- */

/* Whether a field is "X" or "X_ATTRIBUTES" of a code of four characters. */
static int is_series(struct alm_text field, int *attributes)
{
	const size_t suffix = sizeof(SUFFIX) - 1;

	*attributes = field.length == CODE_LENGTH + suffix &&
		      memcmp(field.at + CODE_LENGTH, SUFFIX, suffix) == 0;
	return *attributes || (field.length == CODE_LENGTH && !alm_is(field, "DATE") &&
				      !alm_is(field, "NAME"));
}

static struct series *find_series(struct state *state, const char *code)
{
	struct series *series = state->series;

	while (series < state->series + state->series_count &&
		memcmp(series->code, code, CODE_LENGTH) != 0) {
		series++;
	}
	if (series == state->series + state->series_count) {
		if (state->series_count == SERIES_MAX) {
			return NULL;
		}
		memcpy(series->code, code, CODE_LENGTH);
		series->element = (int16_t)ghcnd_element(&state->codes, code);
		state->series_count++;
	}
	return series;
}

/* Place of a field, noted in its series; -1: it is there twice, or too many. */
static int place_field(struct state *state, struct alm_text field)
{
	struct series *series;
	int attributes;
	char *has;

	if (alm_is_named(field, "STATION|ID")) {
		return PLACE_STATION;
	}
	if (alm_is(field, "DATE")) {
		return PLACE_DATE;
	}
	if (!is_series(field, &attributes)) {
		return PLACE_NONE;
	}
	series = find_series(state, field.at);
	if (series == NULL) {
		return -1;
	}
	has = attributes ? &series->has_attributes : &series->has_value;
	if ((*has)++) {
		return -1;
	}
	return PLACE_SERIES + 2 * (int)(series - state->series) + attributes;
}

/* Reads the header; -1: it is none. */
static int read_head(struct state *state, struct alm_text line)
{
	struct alm_text head = alm_skip_bom(line), field;
	struct alm_fields fields = alm_fields(head.at, head.length, ',');
	unsigned seen[PLACE_SERIES] = { 0 };
	int more;

	state->fields = state->series_count = 0;
	memset(state->series, 0, sizeof(state->series));
	while ((more = alm_next_csv(&fields, &field)) > 0) {
		int place = state->fields < ALM_TABLE_FIELDS
				    ? place_field(state, alm_trim(field))
				    : -1;

		if (place < 0) {
			return -1;
		}
		if (place < PLACE_SERIES) {
			seen[place]++;
		}
		state->place[state->fields++] = (uint16_t)place;
	}
	return more < 0 || seen[PLACE_STATION] != 1 || seen[PLACE_DATE] != 1 ? -1 : 0;
}

/* Elements of the header that are not known: a line of the operator's for each. */
static int reject_unknown(struct state *state, struct alm_feed *feed)
{
	char list[UNKNOWN_MAX * (CODE_LENGTH + 1) + 1];
	size_t used = 0;

	for (unsigned i = 0; i < state->series_count; i++) {
		const struct series *series = &state->series[i];

		if (series->element < 0 && series->has_attributes &&
			used + CODE_LENGTH + 2 < sizeof(list)) {
			list[used] = ' ';
			memcpy(list + used + 1, series->code, CODE_LENGTH);
			used += CODE_LENGTH + 1;
		}
	}
	list[used] = '\0';
	return used == 0
		       ? 0
		       : alm->source->reject_line(feed,
				 "the columns%s are of no element of GHCN-Daily that is known, so "
				 "that their units are not; they are not read",
				 list);
}

/* -- Lines --------------------------------------------------------------- */

/* Reads "M,Q,S,HHMM" or the first two or three of it. */
static int read_attributes(struct alm_text text, struct alm_observation *seen)
{
	struct alm_fields fields = alm_fields(text.at, text.length, ',');
	struct alm_text part[PARTS + 1];
	int count = 0;

	for (int i = 0; i < PARTS; i++) {
		part[i] = alm_text("", 0);
	}
	if (text.length == 0) {
		return 0;
	}
	while (count <= PARTS && alm_next_field(&fields, &part[count])) {
		part[count] = alm_trim(part[count]);
		count++;
	}
	if (count < 2 || count > PARTS || ghcnd_flag(part[0], &seen->measurement) < 0 ||
		ghcnd_flag(part[1], &seen->quality) < 0 ||
		ghcnd_flag(part[2], &seen->source) < 0) {
		return -1;
	}
	return ghcnd_time(part[3], &seen->time);
}

/* Cuts the line; the number of fields, or negative. */
static int read_fields(struct state *state, struct alm_text line, struct alm_text *station,
	struct alm_text *date)
{
	struct alm_fields fields = alm_fields(line.at, line.length, ',');
	struct alm_text field;
	unsigned number = 0;
	int more;

	for (unsigned i = 0; i < state->series_count; i++) {
		state->values[i] = state->attributes[i] = alm_text("", 0);
	}
	while ((more = alm_next_csv(&fields, &field)) > 0) {
		unsigned place = number < state->fields ? state->place[number] : PLACE_NONE;

		field = alm_trim(field);
		if (place == PLACE_STATION) {
			*station = field;
		} else if (place == PLACE_DATE) {
			*date = field;
		} else if (place >= PLACE_SERIES) {
			place -= PLACE_SERIES;
			*(place % 2 ? &state->attributes[place / 2]
				    : &state->values[place / 2]) = field;
		}
		number++;
	}
	return more < 0 ? more : (int)number;
}

/* Reads the values of a day; how many goes to *count. Returns -1 with the series in *wrong. */
static int read_values(struct state *state, int32_t day, size_t *count, unsigned *wrong)
{
	*count = 0;
	for (unsigned i = 0; i < state->series_count; i++) {
		const struct series *series = &state->series[i];
		struct alm_observation seen = { .day = day };

		*wrong = i;
		if (series->element < 0 || state->values[i].length == 0) {
			continue;
		}
		seen.element = (uint16_t)series->element;
		if (alm_integer(state->values[i], &seen.value) < 0 ||
			read_attributes(state->attributes[i], &seen) < 0) {
			return -1;
		}
		if (seen.value != FILLER) {
			state->seen[(*count)++] = seen;
		}
	}
	return 0;
}

static int reject_value(const struct state *state, struct alm_feed *feed, unsigned wrong)
{
	const struct alm_text *value = &state->values[wrong];
	const struct alm_text *attributes = &state->attributes[wrong];

	return alm->source->reject_line(feed,
		"%s '%.*s' with attributes '%.*s' is not an integer with \"M,Q,S\" or "
		"\"M,Q,S,HHMM\"",
		state->series[wrong].code, (int)(value->length < SHOWN ? value->length : SHOWN),
		value->at, (int)(attributes->length < SHOWN ? attributes->length : SHOWN),
		attributes->at);
}

static int read_line(const struct alm_source *source, struct alm_feed *feed, void *memory,
	const char *text, size_t length)
{
	struct state *state = memory;
	struct alm_text station = { 0 }, date = { 0 };
	int32_t day;
	int fields;
	size_t count;
	unsigned wrong;

	(void)source;
	if (state->fields == 0) {
		return read_head(state, alm_text(text, length)) < 0
			       ? alm->source->abort_object(feed,
					 "the first line is no header with STATION and DATE, each "
					 "column once")
			       : reject_unknown(state, feed);
	}
	fields = read_fields(state, alm_text(text, length), &station, &date);
	if (fields != (int)state->fields) {
		return alm->source->reject_line(feed,
			fields < 0 ? "a quotation mark is not closed"
				   : "%d fields, where the header has %u; is the line cut?",
			fields, state->fields);
	}
	day = alm_iso_date(date);
	if (day == ALM_NO_DAY) {
		return alm->source->reject_line(feed, "'%.*s' is no date like 2014-12-31",
			(int)(date.length < SHOWN ? date.length : SHOWN), date.at);
	}
	if (read_values(state, day, &count, &wrong) < 0) {
		return reject_value(state, feed, wrong);
	}
	if (alm->source->station(feed, station.at, station.length) < 0) {
		return -1;
	}
	return count > 0 ? alm->source->put_values(feed, state->seen, count) : 0;
}

/* Whether a header has an element with attributes, and is not GSOD's, which has some names in
 * common. */
static int is_head(struct alm_text line)
{
	struct alm_fields fields = alm_fields(line.at, line.length, ',');
	struct ghcnd_codes codes = { 0 };
	struct alm_text field;
	int station = 0, date = 0, known = 0, attributes;

	while (alm_next_csv(&fields, &field) > 0) {
		station |= alm_is_named(field, "STATION|ID");
		date |= alm_is(field, "DATE");
		if (alm_is(field, "FRSHTT")) {
			return 0;
		}
		if (is_series(field, &attributes) && attributes) {
			known |= ghcnd_element(&codes, field.at) >= 0;
		}
	}
	return station && date && known;
}

/* Whether a line has a whole date: monthly summaries have the same columns. */
static int has_date(struct alm_text line)
{
	struct alm_fields fields = alm_fields(line.at, line.length, ',');
	struct alm_text field;

	while (alm_next_csv(&fields, &field) > 0) {
		if (alm_iso_date(field) != ALM_NO_DAY) {
			return 1;
		}
	}
	return 0;
}

static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	struct alm_text rest = alm_text(head, length), line;

	(void)source;
	(void)name;
	if (!alm_next_line(&rest, 1, &line) || !is_head(line)) {
		return 0;
	}
	return !alm_next_line(&rest, 1, &line) || has_date(line) ? 95 : 0;
}

const struct alm_source ghcnd_access = {
	.name = "ghcnd_access",
	.summary = "GHCN-Daily, a day of a station per line (access)",
	.elements = ghcnd_elements,
	.state_size = sizeof(struct state),
	.sniff = sniff,
	.line = read_line,
};
