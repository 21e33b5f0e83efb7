/* Daily observations of one station, in a file named for it (USC00110072.txt): date
 * as YYYYMMDD, maximum and minimum temperature in 0.1 degC, precipitation in 0.1 mm;
 * tab-separated, -9999 for missing. Spaces around a field mean nothing. */
#include <almanac/plugin.h>
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
	DATE_DIGITS = 8,
	VALUE_DIGITS = 9, /* always fit into int32_t */
	MISSING = -9999,
	STATION_ID = 11, /* length of a GHCN-Daily station id */
	SHOWN = 32       /* bytes of a wrong field that are quoted */
};

struct fields {
	int32_t date; /* YYYYMMDD */
	int32_t value[VALUES];
};

static const char *skip_spaces(const char *p)
{
	while (*p == ' ') {
		p++;
	}
	return p;
}

/* Reads up to `most` digits. Returns where it stopped. */
static const char *parse_digits(const char *p, int most, int32_t *value)
{
	int32_t sum = 0;

	for (; most > 0 && *p >= '0' && *p <= '9'; most--) {
		sum = sum * 10 + (*p++ - '0');
	}
	*value = sum;
	return p;
}

/* Reads spaces, an integer, spaces. NULL if there is none, or too long a one. */
static const char *parse_value(const char *p, int32_t *value)
{
	const char *digits;
	int negative;

	p = skip_spaces(p);
	negative = *p == '-';
	digits = p + negative;
	p = parse_digits(digits, VALUE_DIGITS, value);
	if (p == digits) {
		return NULL;
	}
	*value = negative ? -*value : *value;
	return skip_spaces(p);
}

/* Reads a line that ends with something that no field can hold, such as a NUL or
 * LF. Returns where it stopped, or NULL if it is no line of ours. */
static const char *parse_line(const char *p, struct fields *fields)
{
	const char *date = skip_spaces(p);

	p = parse_digits(date, DATE_DIGITS, &fields->date);
	if (p - date != DATE_DIGITS) {
		return NULL;
	}
	p = skip_spaces(p);
	for (int i = 0; i < VALUES; i++) {
		if (*p != '\t') {
			return NULL;
		}
		p = parse_value(p + 1, &fields->value[i]);
		if (p == NULL) {
			return NULL;
		}
	}
	return p;
}

/* -- The same, faster ---------------------------------------------------
 *
 * The files that are about pad every value to five characters, and values are of all
 * lengths in no order, so that parse_line() spends most of its time on branches that
 * were predicted wrongly. Here the eight characters that end with a field are looked
 * at together, without a branch; the first is in the lowest byte. */

enum { WIDTH = 5, WORD = sizeof(uint64_t), LINE = DATE_DIGITS + VALUES * (1 + WIDTH) };

static const uint64_t ONES = 0x0101010101010101;
static const uint64_t FIELD = ~(uint64_t)0 << (8 * (WORD - WIDTH)); /* its bytes */

static uint64_t load(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/* The high bit of each byte that is no digit. Above a byte that is not ASCII a 9 may
 * be taken for none. */
static uint64_t not_digits(uint64_t word)
{
	uint64_t digits = word ^ ONES * '0'; /* 0 to 9, other bytes are greater */

	return ((digits + ONES * (0x80 - 10)) | digits) & ONES * 0x80;
}

/* The number that eight digits make: pairs, then fours, then all. Bytes that are 0
 * are leading zeros. */
static int32_t join_digits(uint64_t word)
{
	word = (word & ONES * 0x0F) * (10 * 0x100 + 1) >> 8;
	word = (word & 0x00FF00FF00FF00FF) * (100 * 0x10000 + 1) >> 16;
	return (int32_t)((word & 0x0000FFFF0000FFFF) * (10000 * 0x100000000 + 1) >> 32);
}

/* Reads the field that ends the word. Returns whether it is spaces, at most one '-',
 * and digits. */
static int join_value(uint64_t word, int32_t *value)
{
	uint64_t field = word & FIELD;
	uint64_t others = not_digits(field);
	uint64_t mask = (others << 1) - (others >> 7); /* all bits of these bytes */
	uint64_t rest = (field ^ (ONES * ' ' & FIELD)) & mask;
	uint64_t sign = (mask ^ mask >> 8) & ONES * (' ' ^ '-'); /* in the last of them */
	int32_t number = join_digits(field & ~mask);
	int32_t negative = rest == sign;

	*value = (number ^ -negative) + negative;
	return ((mask & (mask + 1)) == 0) & (others >> 63 == 0) & ((rest == 0) | negative);
}

/* Knows lines of the usual form only. */
static int parse_quickly(const char *line, size_t length, struct fields *fields)
{
	int good;

	if (length != LINE) {
		return 0;
	}
	good = not_digits(load(line)) == 0;
	fields->date = join_digits(load(line));
	for (int i = 0; i < VALUES; i++) {
		const char *tab = line + DATE_DIGITS + i * (1 + WIDTH);

		good &= *tab == '\t';
		good &= join_value(load(tab + 1 + WIDTH - WORD), &fields->value[i]);
	}
	return good;
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
	const char *end = head + length;
	int lines = 0, ours = 0;

	(void)source;
	while (head < end) {
		const char *lf = memchr(head, '\n', (size_t)(end - head));
		struct fields fields;
		const char *stop;

		if (lf == NULL && lines > 0) {
			break; /* cut off */
		}
		if (*head != '\n' && *head != '\r') {
			stop = parse_line(head, &fields);
			lines++;
			ours += stop != NULL && (*stop == '\n' || *stop == '\r' || stop == end);
		}
		head = lf != NULL ? lf + 1 : end;
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

/* -- What is wrong with a line ------------------------------------------ */

static int reject_field(struct alm_feed *feed, int number, const char *field, size_t length)
{
	int shown = (int)(length < SHOWN ? length : SHOWN);
	size_t sign = length > 0 && field[0] == '-';

	if (length == 0) {
		return alm->source->reject_line(feed, "field %d is empty", number);
	}
	if (number == 1) {
		return alm->source->reject_line(
			feed, "field 1 '%.*s' is not a date like 20141231", shown, field);
	}
	if (strspn(field + sign, "0123456789") == length - sign && length > sign) {
		return alm->source->reject_line(feed, "field %d '%.*s' has more than %d digits",
			number, shown, field, VALUE_DIGITS);
	}
	return alm->source->reject_line(
		feed, "field %d '%.*s' is not an integer", number, shown, field);
}

/* Length of a field without the spaces behind it. */
static size_t trimmed_length(const char *field, size_t length)
{
	while (length > 0 && field[length - 1] == ' ') {
		length--;
	}
	return length;
}

static int is_field(int number, const char *field, size_t length)
{
	const char *stop;
	int32_t value;

	if (number == 1) {
		return parse_digits(field, DATE_DIGITS, &value) == field + DATE_DIGITS &&
		       length == DATE_DIGITS;
	}
	stop = parse_value(field, &value);
	return stop != NULL && (*stop == '\t' || *stop == '\0');
}

/* Finds the reason why parse_line() would not have the line. */
static int reject_line(struct alm_feed *feed, const char *line, size_t length)
{
	int fields = 1;

	if (length == 0) {
		return alm->source->reject_line(feed, "the line is empty");
	}
	for (const char *p = strchr(line, '\t'); p != NULL; p = strchr(p + 1, '\t')) {
		fields++;
	}
	if (fields != FIELDS) {
		return alm->source->reject_line(feed, "%d tab-separated field%s, not %d",
			fields, fields == 1 ? "" : "s", FIELDS);
	}
	for (int number = 1; number <= FIELDS; number++) {
		const char *field = skip_spaces(line);
		size_t n = trimmed_length(field, strcspn(field, "\t"));

		if (!is_field(number, field, n)) {
			return reject_field(feed, number, field, n);
		}
		line += strcspn(line, "\t") + 1;
	}
	return alm->source->reject_line(
		feed, "the line is not date, maximum, minimum, precipitation");
}

/* Lines come month by month, mostly. */
struct month {
	int32_t number;    /* YYYYMM; 0: none yet */
	int32_t first_day; /* ALM_NO_DAY: there is no such month */
	int32_t days;
};

static int32_t day_of(struct month *month, int32_t date)
{
	int32_t number = date / 100, day = date % 100;

	if (number != month->number) {
		month->number = number;
		month->first_day = alm->day(number / 100, number % 100, 1);
		for (month->days = 28; month->days < 31; month->days++) {
			if (alm->day(number / 100, number % 100, month->days + 1) ==
				ALM_NO_DAY) {
				break;
			}
		}
	}
	if (month->first_day == ALM_NO_DAY || day < 1 || day > month->days) {
		return ALM_NO_DAY;
	}
	return month->first_day + day - 1;
}

static int line(const struct alm_source *source, struct alm_feed *feed, void *state,
	const char *line, size_t length)
{
	struct alm_observation values[VALUES] = { 0 };
	struct fields fields;
	int32_t day;

	(void)source;
	if (!parse_quickly(line, length, &fields) &&
		parse_line(line, &fields) != line + length) {
		return reject_line(feed, line, length);
	}
	day = day_of(state, fields.date);
	if (day == ALM_NO_DAY) {
		return alm->source->reject_line(
			feed, "there is no date %08d", (int)fields.date);
	}
	for (int i = 0; i < VALUES; i++) {
		values[i].day = day;
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
	.state_size = sizeof(struct month),
	.sniff = sniff,
	.begin = begin,
	.line = line,
};

static const struct alm_source *const sources[] = { &wx_data, NULL };

ALM_PLUGIN(.name = "wx_data", .version = "1.0.0", .sources = sources);
