/* Monthly records of GHCN-Daily (.dly): station, year, month, element, and 31 times a value and
 * its three flags, 269 characters. Blanks at the end may be missing. */
#include <string.h>

#include "ghcnd.h"

enum {
	DATE = ID_LENGTH,
	CODE = 17,
	GROUPS = 21, /* where the first day is */
	WIDTH = 5,   /* of a value */
	GROUP = WIDTH + 3,
	DAYS_MAX = 31,
	LENGTH = GROUPS + DAYS_MAX * GROUP,
	LEAST = LENGTH - 3, /* a day's flags may be blanks, its value may not */
	SHOWN = 32
};

struct state {
	struct ghcnd_codes codes;
	struct alm_observation values[DAYS_MAX];
	/* A short line, filled up; what is behind a full one is its NUL. */
	char line[LENGTH + 1];
};

/* First day and days of the month in a line; 0 days: there is no such month. */
static int read_month(const char *line, int32_t *first)
{
	char digits[8] = { 0 };
	int32_t next;
	int year, month;

	memcpy(digits, line + DATE, 6);
	memcpy(digits + 6, "01", 2);
	*first = alm_date8(digits);
	if (*first == ALM_NO_DAY) {
		return 0;
	}
	year = (digits[0] - '0') * 1000 + (digits[1] - '0') * 100 + (digits[2] - '0') * 10 +
	       digits[3] - '0';
	month = (digits[4] - '0') * 10 + digits[5] - '0';
	next = month < 12 ? alm_day(year, month + 1, 1) : *first + 31;
	return next == ALM_NO_DAY ? 0 : (int)(next - *first);
}

/* Reads the days of a month that were reported; how many goes to *count. Returns 0 if a day
 * cannot be read, or has a value behind the month's end. */
static int read_days(const char *line, int32_t first, int days, uint16_t element,
	struct alm_observation *values, size_t *count)
{
	const char *at = line + GROUPS;
	int32_t value;
	int good = 1;
	size_t n = 0;

	for (int i = 0; i < days; i++, at += GROUP) {
		struct alm_observation *to = &values[n];

		good &= alm_padded(at, WIDTH, &value);
		to->day = first + i;
		to->value = value;
		to->element = element;
		to->measurement = at[WIDTH];
		to->quality = at[WIDTH + 1];
		to->source = at[WIDTH + 2];
		n += value != FILLER;
	}
	for (int i = days; i < DAYS_MAX; i++, at += GROUP) {
		good &= alm_padded(at, WIDTH, &value);
		good &= value == FILLER;
	}
	*count = n;
	return good;
}

static int reject_days(struct alm_feed *feed, const char *line, int days)
{
	for (int i = 0; i < DAYS_MAX; i++) {
		const char *at = line + GROUPS + (ptrdiff_t)i * GROUP;
		int32_t value;

		if (!alm_padded(at, WIDTH, &value)) {
			return alm->source->reject_line(feed,
				"the value of day %d, '%.*s', is not an integer of %d characters",
				i + 1, WIDTH, at, WIDTH);
		}
		if (i >= days && value != FILLER) {
			return alm->source->reject_line(feed,
				"there is a value for day %d of a month of %d days", i + 1,
				days);
		}
	}
	return 0;
}

/* The line at its full length, or NULL if it has another. */
static const char *fill_line(const char *line, size_t length, struct state *state)
{
	while (length > LENGTH && line[length - 1] == ' ') {
		length--;
	}
	if (length == LENGTH) {
		return line;
	}
	if (length < LEAST || length > LENGTH) {
		return NULL;
	}
	memcpy(state->line, line, length);
	memset(state->line + length, ' ', LENGTH - length);
	return state->line;
}

static int read_line(const struct alm_source *source, struct alm_feed *feed, void *memory,
	const char *text, size_t length)
{
	struct state *state = memory;
	const char *line = fill_line(text, length, state);
	int32_t first;
	int days, element;
	size_t count;

	(void)source;
	if (line == NULL) {
		return alm->source->reject_line(feed,
			"%zu characters, where a month of GHCN-Daily has %d; is the line cut?",
			length, LENGTH);
	}
	days = read_month(line, &first);
	if (days == 0) {
		return alm->source->reject_line(
			feed, "there is no month %.*s", CODE - DATE, line + DATE);
	}
	element = ghcnd_element(&state->codes, line + CODE);
	if (element < 0) {
		return ghcnd_reject_unknown(&state->codes, feed, line + CODE);
	}
	if (!read_days(line, first, days, (uint16_t)element, state->values, &count)) {
		return reject_days(feed, line, days);
	}
	if (alm->source->station(feed, line, ID_LENGTH) < 0) {
		return -1;
	}
	return count > 0 ? alm->source->put_values(feed, state->values, count) : 0;
}

/* Whether it looks like a month, of whatever element. */
static int is_month(struct alm_text line)
{
	static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789*#_-";
	int32_t first, value;

	if (line.length < LEAST || read_month(line.at, &first) == 0) {
		return 0;
	}
	for (int i = 0; i < GROUPS; i++) {
		if (strchr(characters, line.at[i]) == NULL || line.at[i] == '\0') {
			return 0;
		}
	}
	return alm_padded(line.at + GROUPS, WIDTH, &value);
}

static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	struct alm_text rest = alm_text(head, length), line;
	int lines = 0, ours = 0;

	(void)source;
	while (alm_next_line(&rest, lines == 0, &line)) {
		if (line.length > 0) {
			lines++;
			ours += is_month(line);
		}
	}
	if (ours > 0) {
		return ours == lines ? 95 : 40 + 40 * ours / lines;
	}
	length = strlen(name);
	return length > 4 && strcmp(name + length - 4, ".dly") == 0 ? 10 : 0;
}

const struct alm_source ghcnd_dly = {
	.name = "ghcnd_dly",
	.summary = "GHCN-Daily, a month of an element per line (.dly)",
	.elements = ghcnd_elements,
	.state_size = sizeof(struct state),
	.sniff = sniff,
	.line = read_line,
};
