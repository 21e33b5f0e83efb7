/* Writes a made-up archive in the forms and the order of GHCN-Daily to standard output:
 *
 *	ghcn_archive FORM [SHARE [YEAR]]
 *
 * FORM is stations, inventory, dly (a tar of them), by-station (a tar of CSV) or by-year (CSV
 *of one YEAR, a day of all stations after another). SHARE of the real archive's 132,501
 *stations is made, 0.001 if it is not given. Every value is a function of station, element and
 *day, so all forms say the same, in every run.
 *
 * Networks, elements, first years and spans follow the distributions of the real inventory;
 * missing days, flags and values those of real files of each network. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	STATIONS = 132501, /* of the real archive */
	LAST_YEAR = 2026,
	FIRST_YEAR = 1750,
	ELEMENTS_MAX = 20,
	ID_LENGTH = 11,
	TAR_BLOCK = 512,
	NOT_A_DAY = -9999
};

/* -- Chance --------------------------------------------------------------- */

/* splitmix64's finalizer: every bit of the result depends on every bit of x. */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xBF58476D1CE4E5B9);
	x ^= x >> 27;
	x *= UINT64_C(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

static uint64_t mix2(uint64_t a, uint64_t b)
{
	return mix(a * UINT64_C(0x9E3779B97F4A7C15) + b);
}

static double fraction(uint64_t hash)
{
	return (double)(hash >> 11) / (double)(UINT64_C(1) << 53);
}

/* A number whose 5, 25, 50, 75 and 95 % quantiles are these. */
static int by_quantiles(const short quantiles[5], double at)
{
	static const double places[] = { 0.05, 0.25, 0.5, 0.75, 0.95 };
	int i = 0;

	while (i < 3 && at > places[i + 1]) {
		i++;
	}
	at = at < 0.05 ? 0.05 : at > 0.95 ? 0.95 : at;
	return quantiles[i] + (int)((at - places[i]) / (places[i + 1] - places[i]) *
					      (quantiles[i + 1] - quantiles[i]) +
				      0.5);
}

/* -- Elements ------------------------------------------------------------- */

enum kind {
	WARMEST,
	COLDEST,
	MEAN,
	RAIN,
	SNOWFALL,
	SNOW_DEPTH,
	TOTAL, /* of several days */
	TOTAL_DAYS,
	WATER,
	SPEED,
	DIRECTION,
	HAPPENED, /* 1 on some days, else nothing */
	MINUTE
};

struct element {
	const char *code;
	enum kind kind;
	double share; /* of the days on which the station reports */
};

static const struct element known[] = {
	{ "TMAX", WARMEST, 0.97 },
	{ "TMIN", COLDEST, 0.97 },
	{ "PRCP", RAIN, 0.98 },
	{ "SNOW", SNOWFALL, 0.85 },
	{ "SNWD", SNOW_DEPTH, 0.70 },
	{ "TAVG", MEAN, 0.80 },
	{ "TOBS", MEAN, 0.95 },
	{ "MDPR", TOTAL, 0.015 },
	{ "DAPR", TOTAL_DAYS, 0.015 },
	{ "WESD", WATER, 0.10 },
	{ "WESF", WATER, 0.08 },
	{ "AWND", SPEED, 0.98 },
	{ "PGTM", MINUTE, 0.50 },
	{ "WDF2", DIRECTION, 0.98 },
	{ "WDF5", DIRECTION, 0.96 },
	{ "WSF2", SPEED, 0.98 },
	{ "WSF5", SPEED, 0.96 },
	{ "WT01", HAPPENED, 0.15 },
	{ "WT03", HAPPENED, 0.05 },
	{ "WT08", HAPPENED, 0.10 },
	{ NULL, WARMEST, 0 },
};

/* -- Networks ------------------------------------------------------------- */

struct member {
	const char *code;
	double share; /* of the network's stations */
};

struct network {
	const char *prefix;
	double share;
	short starts[5], spans[5];
	short south, north, west, east; /* degrees */
	short warmth;                   /* mean, tenths of a degree */
	short swing;                    /* summer above it */
	double gaps;                    /* months that are missing */
	bool fahrenheit;
	char flag, flag_before; /* of the source, from 2006 on and before */
	short times[2];         /* of observation; 0: not known */
	struct member members[ELEMENTS_MAX];
};

#define COOP_TYPES \
	{ "WT01", .66 }, \
	{ \
		"WT03", .64 \
	}
#define AIRPORT \
	{ "AWND", .62 }, { "PGTM", .68 }, { "WDF2", .60 }, { "WDF5", .60 }, { "WSF2", .60 }, \
		{ "WSF5", .60 }, { "WT01", .84 }, { "WT03", .83 }, \
	{ \
		"WT08", .83 \
	}

/* In the order of their ids. */
static const struct network networks[] = {
	{ "ASN", .133, { 1800, 1882, 1914, 1960, 1994 }, { 4, 18, 47, 100, 150 }, -40, -12, 115,
		153, 210, 60, .04, false, 'a', 'a', { 900, 0 },
		{ { "PRCP", 1 }, { "TMAX", .10 }, { "TMIN", .10 }, { "MDPR", .73 },
			{ "DAPR", .73 } } },
	{ "BR0", .047, { 1917, 1942, 1962, 1972, 1984 }, { 10, 19, 25, 43, 67 }, -30, 0, -60,
		-36, 240, 20, .05, false, 'I', 'I', { 0, 0 },
		{ { "PRCP", 1 }, { "MDPR", .08 }, { "TMAX", .03 }, { "TMIN", .03 } } },
	{ "CA0", .072, { 1908, 1957, 1972, 1994, 2018 }, { 2, 5, 15, 32, 75 }, 43, 62, -125,
		-55, 30, 170, .08, false, 'C', 'C', { 0, 0 },
		{ { "TMAX", .69 }, { "TMIN", .69 }, { "PRCP", .99 }, { "SNOW", .94 },
			{ "SNWD", .62 }, { "TAVG", .14 }, { "MDPR", .70 }, { "DAPR", .10 },
			{ "WESD", .09 } } },
	{ "CHM", .002, { 1944, 1951, 1952, 1954, 1973 }, { 30, 70, 73, 74, 81 }, 22, 48, 82,
		130, 120, 140, .02, false, 'S', 's', { 0, 0 },
		{ { "TMAX", 1 }, { "TMIN", 1 }, { "PRCP", 1 }, { "SNWD", .82 },
			{ "TAVG", .99 } } },
	{ "FRE", .025, { 1912, 1951, 1961, 1973, 2008 }, { 4, 20, 44, 68, 93 }, 42, 51, -4, 8,
		120, 80, .03, false, 'E', 'E', { 0, 0 },
		{ { "TMAX", .62 }, { "TMIN", .62 }, { "PRCP", .97 }, { "SNWD", .38 },
			{ "TAVG", .43 } } },
	{ "GME", .009, { 1890, 1938, 1951, 1979, 2004 }, { 6, 23, 49, 78, 128 }, 47, 55, 6, 15,
		90, 90, .01, false, 'E', 'E', { 0, 0 },
		{ { "TMAX", .96 }, { "TMIN", .96 }, { "PRCP", .97 }, { "SNWD", .96 },
			{ "TAVG", .15 } } },
	{ "IN0", .030, { 1901, 1901, 1908, 1951, 1961 }, { 10, 20, 58, 70, 70 }, 9, 33, 70, 93,
		260, 40, .05, false, 'I', 'I', { 0, 0 },
		{ { "PRCP", 1 }, { "TMAX", .05 }, { "TMIN", .05 }, { "TAVG", .05 } } },
	{ "MXN", .041, { 1940, 1960, 1969, 1979, 1995 }, { 5, 19, 33, 49, 69 }, 16, 32, -115,
		-88, 210, 50, .05, false, 'm', 'I', { 800, 0 },
		{ { "TMAX", .97 }, { "TMIN", .97 }, { "PRCP", 1 } } },
	{ "RSM", .009, { 1892, 1936, 1936, 1953, 1959 }, { 38, 61, 78, 89, 130 }, 43, 70, 30,
		170, 0, 200, .02, false, 'S', 'r', { 0, 0 },
		{ { "TMAX", .93 }, { "TMIN", .93 }, { "PRCP", 1 }, { "SNWD", .78 },
			{ "TAVG", .91 } } },
	{ "SF0", .009, { 1880, 1905, 1915, 1926, 1936 }, { 58, 68, 78, 91, 116 }, -34, -22, 17,
		32, 170, 50, .04, false, 'I', 'I', { 0, 0 },
		{ { "PRCP", 1 }, { "MDPR", .65 } } },
	{ "SWE", .013, { 1930, 1945, 1960, 1980, 2005 }, { 6, 20, 33, 61, 81 }, 55, 68, 11, 24,
		50, 110, .01, false, 'E', 'E', { 0, 0 },
		{ { "TMAX", .42 }, { "TMIN", .42 }, { "PRCP", .96 }, { "SNWD", .74 } } },
	{ "TUM", .026, { 1912, 1951, 1961, 1973, 2008 }, { 4, 20, 44, 68, 93 }, 36, 42, 27, 44,
		130, 110, .08, false, 'S', 'G', { 0, 0 },
		{ { "TMAX", .62 }, { "TMIN", .62 }, { "PRCP", .97 }, { "SNWD", .20 },
			{ "TAVG", .80 } } },
	{ "US1", .369, { 2004, 2008, 2013, 2019, 2023 }, { 2, 3, 6, 10, 18 }, 26, 48, -123, -70,
		120, 130, .12, true, 'N', 'N', { 700, 700 },
		{ { "PRCP", 1 }, { "SNOW", .99 }, { "SNWD", .63 }, { "MDPR", .70 },
			{ "DAPR", .70 }, { "WESD", .46 }, { "WESF", .50 } } },
	{ "USC", .178, { 1893, 1911, 1947, 1964, 2009 }, { 2, 9, 27, 69, 126 }, 26, 48, -123,
		-70, 120, 130, .05, true, '7', '0', { 700, 1700 },
		{ { "TMAX", .67 }, { "TMIN", .67 }, { "PRCP", 1 }, { "SNOW", .96 },
			{ "SNWD", .94 }, { "TOBS", .63 }, { "MDPR", .72 }, { "DAPR", .71 },
			COOP_TYPES } },
	{ "USR", .012, { 1985, 1990, 1997, 2001, 2003 }, { 10, 21, 25, 33, 39 }, 32, 48, -123,
		-103, 100, 120, .06, true, 'U', 'U', { 0, 0 },
		{ { "TMAX", 1 }, { "TMIN", 1 }, { "TAVG", 1 } } },
	{ "USS", .007, { 1976, 1978, 1980, 1999, 2012 }, { 13, 26, 45, 47, 49 }, 35, 48, -121,
		-105, 30, 110, .01, true, 'T', 'T', { 0, 0 },
		{ { "TMAX", 1 }, { "TMIN", 1 }, { "PRCP", .99 }, { "SNWD", .99 }, { "TAVG", 1 },
			{ "TOBS", .99 }, { "WESD", .97 } } },
	{ "USW", .018, { 1898, 1945, 1953, 1999, 2014 }, { 4, 14, 27, 77, 118 }, 26, 48, -123,
		-70, 130, 120, .02, true, 'W', 'X', { 2400, 2400 },
		{ { "TMAX", 1 }, { "TMIN", 1 }, { "PRCP", .99 }, { "SNOW", .77 },
			{ "SNWD", .81 }, { "TAVG", .40 }, AIRPORT } },
};

enum { NETWORKS = sizeof(networks) / sizeof(networks[0]) };

/* -- Stations ------------------------------------------------------------- */

struct station {
	char id[ID_LENGTH + 1];
	const struct network *network;
	uint64_t hash;
	short first_year, last_year;
	short warmth;                         /* of its own */
	unsigned char elements[ELEMENTS_MAX]; /* of `known` */
	short element_count;
};

static struct station *stations;
static size_t station_count;

static void choose_elements(struct station *station)
{
	for (int i = 0; known[i].code != NULL; i++) {
		const struct member *member = station->network->members;

		while (member->code != NULL && strcmp(member->code, known[i].code) != 0) {
			member++;
		}
		/* TMIN comes with TMAX, DAPR with MDPR. */
		if (member->code != NULL &&
			fraction(mix2(station->hash, known[i].kind == COLDEST ? WARMEST
						     : known[i].kind == TOTAL_DAYS
							     ? TOTAL
							     : (uint64_t)i + 50)) <
				member->share) {
			station->elements[station->element_count++] = (unsigned char)i;
		}
	}
}

static void make_station(struct station *station, const struct network *network, size_t number)
{
	uint64_t hash = mix2((uint64_t)(network - networks) + 1, number);

	*station = (struct station){ .network = network, .hash = hash };
	snprintf(station->id, sizeof(station->id), "%s%08zu", network->prefix,
		number * 7 + hash % 7);
	station->first_year = (short)by_quantiles(network->starts, fraction(mix(hash + 1)));
	station->last_year = (short)(station->first_year - 1 +
				     by_quantiles(network->spans, fraction(mix(hash + 2))));
	if (station->last_year > LAST_YEAR) {
		station->last_year = LAST_YEAR;
	}
	station->warmth = (short)(network->warmth + (int)(mix(hash + 3) % 120) - 60);
	choose_elements(station);
}

static void make_stations(double share)
{
	const double wanted = share * STATIONS;

	stations = calloc((size_t)wanted + NETWORKS + 1, sizeof(*stations));
	if (stations == NULL) {
		exit(1);
	}
	for (int i = 0; i < NETWORKS; i++) {
		const size_t count = (size_t)(wanted * networks[i].share + 0.5);

		for (size_t k = 0; k < count; k++) {
			make_station(&stations[station_count++], &networks[i], k);
		}
	}
}

/* -- Days ----------------------------------------------------------------- */

static const short month_starts[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334,
	365 };
static short season[367]; /* -1000 in January to 1000 in July, by day of the year */

/* A parabola for each half year: like a cosine. */
static void make_season(void)
{
	for (int day = 0; day < 367; day++) {
		double x = (day - 20 < 0 ? day + 346 : day - 20) / 183.0; /* 0 to 2 */
		double y = x < 1 ? 4 * x * x : 4 * (2 - x) * (2 - x);

		y = x < 0.5   ? y - 1
		    : x < 1   ? 1 - 4 * (1 - x) * (1 - x)
		    : x < 1.5 ? 1 - 4 * (x - 1) * (x - 1)
			      : y - 1;
		season[day] = (short)(1000 * y);
	}
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of_month(int year, int month)
{
	return month == 2 && is_leap(year) ? 29 : month_starts[month] - month_starts[month - 1];
}

struct day {
	int year, month, day;
	int of_year; /* from 0, February always with 28 days */
};

static struct day make_day(int year, int month, int day)
{
	return (struct day){ year, month, day, month_starts[month - 1] + day - 1 };
}

struct observation {
	int value;
	char measurement, quality, source;
	int time; /* 0: not known */
};

/* -- Values --------------------------------------------------------------- */

/* As whole degrees Fahrenheit would be stored. */
static int in_fahrenheit(int tenths)
{
	const int f = (tenths * 9 + (tenths < 0 ? -25 : 25)) / 50;

	return (f * 50 + (f < 0 ? -4 : 4)) / 9;
}

/* Mean of the day: the season, the weather of some days and of the day. */
static int temperature(const struct station *station, const struct day *day, uint64_t weather)
{
	const int sign = station->network->north < 0 ? -1 : 1;

	return station->warmth + sign * station->network->swing * season[day->of_year] / 1000 +
	       (int)(weather % 128) + (int)((weather >> 8) % 64) - 96;
}

static int depth_of_snow(const struct station *station, const struct day *day, uint64_t hash)
{
	const int cold = -temperature(station, day, 0x4040);

	return cold > 0 ? (int)(hash % 8) * 25 + cold : 0;
}

static int rain(const struct network *network, uint64_t hash)
{
	const unsigned a = (unsigned)(hash >> 8) % 64, b = (unsigned)(hash >> 16) % 32;

	if (hash % 16 < 11) {
		return 0;
	}
	/* Hundredths of inches, or tenths of millimetres. */
	return network->fahrenheit ? (int)((a * b / 8 + 1) * 254 + 50) / 100
				   : (int)(a * b / 4 + 1);
}

static int find_value(const struct station *station, const struct element *element,
	const struct day *day, uint64_t hash, uint64_t weather)
{
	int value = temperature(station, day, weather);

	switch (element->kind) {
	case WARMEST:
		value += 40 + (int)(hash % 64);
		return station->network->fahrenheit ? in_fahrenheit(value) : value;
	case COLDEST:
		value -= 40 + (int)(hash % 64);
		return station->network->fahrenheit ? in_fahrenheit(value) : value;
	case MEAN:
		return value;
	case RAIN:
		return rain(station->network, hash);
	case SNOWFALL:
		return value < 0 && hash % 8 == 0 ? (int)((hash >> 8) % 20) * 13 : 0;
	case SNOW_DEPTH:
		return depth_of_snow(station, day, hash);
	case TOTAL:
		return (int)(hash % 400);
	case TOTAL_DAYS:
		return 2 + (int)(hash % 5);
	case WATER:
		return value < 0 ? (int)(hash % 600) : 0;
	case SPEED:
		return 5 + (int)(hash % 64) + (int)((hash >> 8) % 64);
	case DIRECTION:
		return 10 * (1 + (int)(hash % 36));
	case HAPPENED:
		return 1;
	case MINUTE:
		break;
	}
	return (int)(hash % 24) * 100 + (int)((hash >> 8) % 60);
}

static void set_flags(const struct station *station, const struct element *element, int year,
	uint64_t hash, struct observation *to)
{
	static const char qualities[] = "IIIIIIIIXXXXGSDLOKTW";
	const struct network *network = station->network;
	const unsigned chance = (unsigned)(hash >> 32) % 4096;

	to->measurement = to->quality = ' ';
	to->source = year >= 2006 ? network->flag : network->flag_before;
	to->time = year >= 1982 ? network->times[station->hash % 2] : 0;
	if (chance < 10) { /* 0.24 % */
		to->quality = qualities[(hash >> 44) % (sizeof(qualities) - 1)];
	}
	if (element->kind == RAIN && to->value == 0 && network->fahrenheit &&
		chance % 16 == 0) {
		to->measurement = 'T';
	} else if (element->kind == SNOWFALL && to->value == 0 && chance % 32 == 0) {
		to->measurement = 'P';
	} else if (strcmp(element->code, "TAVG") == 0) {
		to->measurement = 'H';
		to->source = 'S';
	} else if (element->kind == RAIN && to->value > 0 && year < 2006 &&
		   network->flag == 'W' && chance % 8 == 0) {
		to->measurement = 'B';
	}
}

static bool observe(
	const struct station *station, int index, const struct day *day, struct observation *to)
{
	const struct element *element = &known[station->elements[index]];
	const uint64_t month = (uint64_t)(day->year * 12 + day->month);
	const uint64_t date = month * 32 + (uint64_t)day->day;
	const uint64_t weather = mix2(station->hash, date);
	uint64_t hash = mix(weather + station->elements[index] + 1);

	if (element->kind == TOTAL || element->kind == TOTAL_DAYS) {
		hash = mix(weather + 99); /* both or neither */
	}
	if (fraction(mix2(station->hash + 5, month)) < station->network->gaps ||
		fraction(hash) >= element->share) {
		return false;
	}
	to->value = find_value(station, element, day, mix(hash), weather);
	set_flags(station, element, day->year, mix(hash + 7), to);
	return true;
}

/* -- Text ----------------------------------------------------------------- */

static char *text; /* of one file */
static size_t text_length, text_room;

/* Room for that many bytes more. */
static char *need(size_t bytes)
{
	if (text_room - text_length < bytes) {
		text_room = text_room * 2 + bytes;
		text = realloc(text, text_room);
		if (text == NULL) {
			exit(1);
		}
	}
	return text + text_length;
}

static void flush(void)
{
	if (fwrite(text, 1, text_length, stdout) != text_length) {
		perror("ghcn_archive");
		exit(1);
	}
	text_length = 0;
}

static char *put_digits(char *to, unsigned value, int width)
{
	for (int i = width; i-- > 0; value /= 10) {
		to[i] = (char)('0' + value % 10);
	}
	return to + width;
}

/* Right-aligned in five characters. */
static void put_padded(char *to, int value)
{
	unsigned left = (unsigned)abs(value);
	int i = 5;

	do {
		to[--i] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (value < 0) {
		to[--i] = '-';
	}
	while (i > 0) {
		to[--i] = ' ';
	}
}

static char *put_integer(char *to, int value)
{
	char digits[5];
	int skip = 0;

	put_padded(digits, value);
	while (digits[skip] == ' ') {
		skip++;
	}
	memcpy(to, digits + skip, (size_t)(5 - skip));
	return to + 5 - skip;
}

static void put_line(const struct station *station, int index, const struct day *day,
	const struct observation *seen)
{
	char *start = need(64), *to = start;

	memcpy(to, station->id, ID_LENGTH);
	to[ID_LENGTH] = ',';
	to = put_digits(to + ID_LENGTH + 1, (unsigned)day->year, 4);
	to = put_digits(to, (unsigned)day->month, 2);
	to = put_digits(to, (unsigned)day->day, 2);
	*to++ = ',';
	memcpy(to, known[station->elements[index]].code, 4);
	to[4] = ',';
	to = put_integer(to + 5, seen->value);
	for (int i = 0; i < 3; i++) {
		const char flag = i == 0   ? seen->measurement
				  : i == 1 ? seen->quality
					   : seen->source;

		*to++ = ',';
		if (flag != ' ') {
			*to++ = flag;
		}
	}
	*to++ = ',';
	if (seen->time != 0) {
		to = put_digits(to, (unsigned)seen->time, 4);
	}
	*to++ = '\n';
	text_length += (size_t)(to - start);
}

static void put_day(const struct station *station, const struct day *day)
{
	struct observation seen;

	for (int i = 0; i < station->element_count; i++) {
		if (observe(station, i, day, &seen)) {
			put_line(station, i, day, &seen);
		}
	}
}

/* -- Forms ---------------------------------------------------------------- */

static void put_tar_head(const char *folder, const char *id, const char *ending, size_t size)
{
	char head[TAR_BLOCK] = "";
	unsigned sum = 0;

	snprintf(head, 100, "%s/%s.%s", folder, id, ending);
	snprintf(head + 100, 8, "0000644");
	snprintf(head + 108, 8, "0000000");
	snprintf(head + 116, 8, "0000000");
	snprintf(head + 124, 12, "%011llo", (unsigned long long)size);
	snprintf(head + 136, 12, "%011o", 1790000000u);
	memset(head + 148, ' ', 8);
	head[156] = '0';
	memcpy(head + 257,
		"ustar\0"
		"00",
		8);
	for (int i = 0; i < TAR_BLOCK; i++) {
		sum += (unsigned char)head[i];
	}
	snprintf(head + 148, 8, "%06o", sum);
	fwrite(head, 1, TAR_BLOCK, stdout);
}

/* Writes the text as a member. */
static void put_member(const char *folder, const char *id, const char *ending)
{
	const size_t rest = text_length % TAR_BLOCK;

	put_tar_head(folder, id, ending, text_length);
	if (rest > 0) {
		memset(need(TAR_BLOCK), 0, TAR_BLOCK);
		text_length += TAR_BLOCK - rest;
	}
	flush();
}

static void end_tar(void)
{
	memset(need(2 * (size_t)TAR_BLOCK), 0, 2 * (size_t)TAR_BLOCK);
	text_length += 2 * (size_t)TAR_BLOCK;
	flush();
}

static void put_month(const struct station *station, int index, int year, int month)
{
	char *start = need(280), *to = start + 21;
	const int days = days_of_month(year, month);
	bool any = false;

	memcpy(start, station->id, ID_LENGTH);
	put_digits(put_digits(start + ID_LENGTH, (unsigned)year, 4), (unsigned)month, 2);
	memcpy(start + 17, known[station->elements[index]].code, 4);
	for (int number = 1; number <= 31; number++, to += 8) {
		const struct day day = make_day(year, month, number);
		struct observation seen;

		if (number <= days && observe(station, index, &day, &seen)) {
			put_padded(to, seen.value);
			to[5] = seen.measurement;
			to[6] = seen.quality;
			to[7] = seen.source;
			any = true;
		} else {
			memcpy(to, "-9999   ", 8);
		}
	}
	*to = '\n';
	text_length += any ? (size_t)(to + 1 - start) : 0;
}

static void write_dly(void)
{
	for (size_t i = 0; i < station_count; i++) {
		const struct station *station = &stations[i];

		for (int month = station->first_year * 12;
			month < (station->last_year + 1) * 12; month++) {
			for (int k = 0; k < station->element_count; k++) {
				put_month(station, k, month / 12, month % 12 + 1);
			}
		}
		put_member("ghcnd_all", station->id, "dly");
	}
	end_tar();
}

static void write_by_station(void)
{
	for (size_t i = 0; i < station_count; i++) {
		const struct station *station = &stations[i];

		for (int year = station->first_year; year <= station->last_year; year++) {
			for (int month = 1; month <= 12; month++) {
				for (int number = 1; number <= days_of_month(year, month);
					number++) {
					const struct day day = make_day(year, month, number);

					put_day(station, &day);
				}
			}
		}
		put_member("by_station", station->id, "csv");
	}
	end_tar();
}

static void write_by_year(int year)
{
	for (int month = 1; month <= 12; month++) {
		for (int number = 1; number <= days_of_month(year, month); number++) {
			const struct day day = make_day(year, month, number);

			for (size_t i = 0; i < station_count; i++) {
				if (stations[i].first_year <= year &&
					stations[i].last_year >= year) {
					put_day(&stations[i], &day);
				}
			}
			flush();
		}
	}
}

static double latitude(const struct station *station)
{
	const struct network *network = station->network;

	return network->south +
	       fraction(mix(station->hash + 11)) * (network->north - network->south);
}

static double longitude(const struct station *station)
{
	const struct network *network = station->network;

	return network->west +
	       fraction(mix(station->hash + 12)) * (network->east - network->west);
}

static void write_stations(void)
{
	for (size_t i = 0; i < station_count; i++) {
		const struct station *station = &stations[i];

		printf("%s %8.4f %9.4f %6.1f %2s %-30s %3s %3s %5s\n", station->id,
			latitude(station), longitude(station),
			fraction(mix(station->hash + 13)) * 900,
			strncmp(station->id, "US", 2) == 0 ? "KS" : "", "MADE UP", "", "", "");
	}
}

static void write_inventory(void)
{
	for (size_t i = 0; i < station_count; i++) {
		const struct station *station = &stations[i];

		for (int k = 0; k < station->element_count; k++) {
			printf("%s %8.4f %9.4f %s %4d %4d\n", station->id, latitude(station),
				longitude(station), known[station->elements[k]].code,
				station->first_year, station->last_year);
		}
	}
}

int main(int argc, char **argv)
{
	const char *form = argc > 1 ? argv[1] : "";
	const int year = argc > 3 ? atoi(argv[3]) : LAST_YEAR - 1;

	make_season();
	make_stations(argc > 2 ? strtod(argv[2], NULL) : 0.001);
	if (strcmp(form, "stations") == 0) {
		write_stations();
	} else if (strcmp(form, "inventory") == 0) {
		write_inventory();
	} else if (strcmp(form, "dly") == 0) {
		write_dly();
	} else if (strcmp(form, "by-station") == 0) {
		write_by_station();
	} else if (strcmp(form, "by-year") == 0) {
		write_by_year(year);
	} else {
		fprintf(stderr, "usage: ghcn_archive stations|inventory|dly|by-station|by-year "
				"[SHARE [YEAR]]\n");
		return 2;
	}
	free(text);
	free(stations);
	return fflush(stdout) != 0;
}
