/* Daily observations of one station, in a file named for it (USC00110072.txt): date
 * as YYYYMMDD, maximum and minimum temperature in 0.1 degC, precipitation in 0.1 mm;
 * tab-separated, -9999 for missing. Spaces around a field mean nothing. */
#include <almanac/plugin.h>
#include <almanac/text.h>
#include <string.h>

enum { TMAX, TMIN, PRCP, VALUES };

static const struct alm_element elements[] = {
	[TMAX] = { .code = "TMAX",
		.name = "maximum air temperature",
		.unit = "degC",
		.decimals = 1,
		.min = -900,
		.max = 600 },
	[TMIN] = { .code = "TMIN",
		.name = "minimum air temperature",
		.unit = "degC",
		.decimals = 1,
		.min = -900,
		.max = 600 },
	[PRCP] = { .code = "PRCP",
		.name = "precipitation amount",
		.unit = "mm",
		.decimals = 1,
		.min = 0,
		.max = 20000 },
	{ .code = NULL },
};

enum {
	FIELDS = 1 + VALUES,
	VALUE_MOST = 999999999,
	MISSING = -9999,
	STATION_ID = 11, /* length of a GHCN-Daily station id */
	SHOWN = 32,      /* bytes of a wrong field that are quoted */
	/* Of lines as they usually are: a value fills five characters. */
	DATE = 8,
	WIDTH = 5,
	LINE = DATE + VALUES * (1 + WIDTH)
};

struct fields {
	int32_t day;
	int32_t value[VALUES];
};

/* Reads lines of the usual form only, which takes no branch for a value. */
static int parse_quickly(const char *line, size_t length, struct fields *fields)
{
	int good;

	if (length != LINE) {
		return 0;
	}
	fields->day = alm_date8(line);
	good = fields->day != ALM_NO_DAY;
	for (int i = 0; i < VALUES; i++) {
		const char *tab = line + DATE + i * (1 + WIDTH);

		good &= *tab == '\t';
		good &= alm_padded(tab + 1, WIDTH, &fields->value[i]);
	}
	return good;
}

static int parse_field(int number, struct alm_text field, struct fields *fields)
{
	int32_t *value;
	int status;

	if (number == 1) {
		fields->day = alm_date(field);
		return fields->day == ALM_NO_DAY ? ALM_TEXT_BAD : 0;
	}
	value = &fields->value[number - 2];
	status = alm_integer(field, value);
	return status == 0 && (*value > VALUE_MOST || *value < -VALUE_MOST) ? ALM_TEXT_RANGE
									    : status;
}

/* A line that cannot be read: how many fields it has and, if it has all, which of them is
 * wrong and how. */
struct flaw {
	int count, number, status;
	struct alm_text field;
};

/* Reads spaces, a field, spaces, and a tab before the next. Returns 0, or -1 with *flaw. */
static int parse(struct alm_text line, struct fields *fields, struct flaw *flaw)
{
	struct alm_fields rest = alm_fields(line.at, line.length, '\t');
	struct alm_text field;

	*flaw = (struct flaw){ 0 };
	while (alm_next_field(&rest, &field)) {
		field = alm_trim(field);
		if (++flaw->count <= FIELDS && flaw->status == 0) {
			flaw->status = parse_field(flaw->count, field, fields);
			flaw->number = flaw->count;
			flaw->field = field;
		}
	}
	return flaw->count == FIELDS && flaw->status == 0 ? 0 : -1;
}

/* -- Recognising -------------------------------------------------------- */

/* Length of the station id that the name begins with, or 0. */
static size_t station_in(const char *name)
{
	size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	return length == STATION_ID && (name[length] == '.' || name[length] == '\0') ? length
										     : 0;
}

static int sniff(
	const struct alm_source *source, const char *name, const char *head, size_t length)
{
	struct alm_text rest = alm_text(head, length), text;
	struct fields fields;
	struct flaw flaw;
	int lines = 0, ours = 0;

	(void)source;
	while (alm_next_line(&rest, lines == 0, &text)) {
		if (text.length > 0) {
			lines++;
			ours += parse(text, &fields, &flaw) == 0;
		}
	}
	if (ours > 0) {
		return ours == lines ? 90 : 60;
	}
	return station_in(name) > 0 && strcmp(name + STATION_ID, ".txt") == 0 ? 20 : 0;
}

static int begin(
	const struct alm_source *source, struct alm_feed *feed, void *state, const char *name)
{
	size_t length = station_in(name);

	(void)source;
	(void)state;
	if (length == 0) {
		return alm->source->abort_object(feed,
			"the file name '%s' does not say which station it is of; rename it to the "
			"station's id, 11 of A-Z and 0-9, and .txt, as in USC00110072.txt",
			name);
	}
	return alm->source->station(feed, name, length);
}

/* -- Reading ------------------------------------------------------------ */

static int reject(struct alm_feed *feed, size_t length, const struct flaw *flaw)
{
	int shown = (int)(flaw->field.length < SHOWN ? flaw->field.length : SHOWN);
	const char *field = flaw->field.at;
	int32_t date;

	if (length == 0) {
		return alm->source->reject_line(feed, "the line is empty");
	}
	if (flaw->count != FIELDS) {
		return alm->source->reject_line(feed, "%d tab-separated field%s, not %d",
			flaw->count, flaw->count == 1 ? "" : "s", FIELDS);
	}
	if (flaw->field.length == 0) {
		return alm->source->reject_line(feed, "field %d is empty", flaw->number);
	}
	if (flaw->number == 1) {
		return alm->source->reject_line(feed,
			flaw->field.length == DATE && alm_digits8(field, &date)
				? "there is no date %.*s"
				: "field 1 '%.*s' is not a date like 20141231",
			shown, field);
	}
	return alm->source->reject_line(feed,
		flaw->status == ALM_TEXT_RANGE ? "field %d '%.*s' has more than 9 digits"
					       : "field %d '%.*s' is not an integer",
		flaw->number, shown, field);
}

static int line(const struct alm_source *source, struct alm_feed *feed, void *state,
	const char *line, size_t length)
{
	struct alm_observation values[VALUES] = { 0 };
	struct fields fields;
	struct flaw flaw;

	(void)source;
	(void)state;
	if (!parse_quickly(line, length, &fields) &&
		parse(alm_text(line, length), &fields, &flaw) < 0) {
		return reject(feed, length, &flaw);
	}
	for (int i = 0; i < VALUES; i++) {
		values[i].day = fields.day;
		values[i].element = (uint16_t)i;
		values[i].value = fields.value[i] == MISSING ? ALM_MISSING : fields.value[i];
	}
	return alm->source->put_values(feed, values, VALUES);
}

/* Files of parts of a record are welcome, so days that a file does not have say
 * nothing: not ALM_WHOLE_BLOCKS. */
static const struct alm_source wx_data = {
	.name = "wx_data",
	.summary = "tab-separated daily maximum, minimum and precipitation, a file per station",
	.elements = elements,
	.sniff = sniff,
	.begin = begin,
	.line = line,
};

static const struct alm_source *const sources[] = { &wx_data, NULL };

ALM_PLUGIN(.name = "wx_data", .version = "1.0.0", .sources = sources);
