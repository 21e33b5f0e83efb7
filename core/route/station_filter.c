#include "route/station_filter.h"
#include "reply/problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fold.h"
#include "base/nearest.h"
#include "base/number.h"
#include "route/request.h"

static const double PI = 3.14159265358979323846;
static const double EARTH_RADIUS = 6371.0088; /* km: mean radius of WGS 84's ellipsoid */
/* Degrees by which the box around a circle is larger, so that rounding loses nobody. */
static const double SLACK = 1e-6;

enum { CODE_MAX = 8 /* bytes of a state or country */, CODES_TOLD = 12 /* of a sentence */ };

/* Degrees; west may be greater than east. */
struct box {
	double west, south, east, north;
};

struct circle {
	double latitude, longitude, radius; /* degrees, km */
	double cosine;                      /* of the latitude */
	struct box box;                     /* all of it is in there */
};

/* Letters in upper case. */
struct codes {
	uint64_t *list;
	size_t count;
};

struct word {
	const char *text; /* by fold.h */
	size_t length;
	char first[2]; /* its first letter in either case */
	bool ascii;    /* only these can be in what is ASCII */
};

struct station_filter {
	struct codes states, countries;
	const struct box *box;       /* NULL: none */
	const struct circle *circle; /* NULL: none */
	int year;                    /* 0: any */
	struct word *words;
	size_t word_count;
};

/* Where it is read from, and its flaws go to. */
struct reading {
	struct alm_request *request;
	struct violations *violations;
};

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* -- Reading ------------------------------------------------------------ */

static void note(
	const struct reading *reading, const char *param, const char *value, const char *what)
{
	struct problem problem = { .status = 422, .param = param, .value = value };

	violations_add(reading->violations, &reading->request->http.arena, &problem, "%s: %s",
		param, what);
}

/* A number that tells codes apart as strcasecmp() does; 0: longer than any there is. */
static uint64_t code_of(const char *text)
{
	uint64_t code = 0;
	size_t i = 0;

	for (; text[i] != '\0' && i < CODE_MAX; i++) {
		code = code << 8 | (unsigned char)upper(text[i]);
	}
	return text[i] == '\0' ? code : 0;
}

static bool is_stored(const struct catalog_codes *stored, const char *code)
{
	for (size_t i = 0; i < stored->count; i++) {
		if (strcasecmp(stored->list[i], code) == 0) {
			return true;
		}
	}
	return false;
}

/* The codes stored, first those that differ from the text in a letter; copied, since the
 * catalog may be replaced by a newer one. NULL-terminated. */
static const char *const *list_nearest(
	struct arena *arena, const struct catalog_codes *stored, const char *text)
{
	const char **list = arena_alloc(arena, (stored->count + 1) * sizeof(*list));
	size_t length = strlen(text), count = 0;
	char large[CODE_MAX + 1] = "";

	for (size_t i = 0; i <= length && length <= CODE_MAX; i++) {
		large[i] = upper(text[i]);
	}
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < stored->count; i++) {
			const char *code = stored->list[i];
			bool near = nearest_text(large, &code, 1) != NULL;

			if (near == (round == 0)) {
				list[count++] = arena_copy(arena, code, strlen(code));
			}
		}
	}
	return list;
}

static void note_not_stored(const struct reading *reading, const char *param, const char *value,
	const struct catalog_codes *stored)
{
	struct arena *arena = &reading->request->http.arena;
	const char *const *list = list_nearest(arena, stored, value);
	struct problem problem = {
		.status = 422, .param = param, .value = value, .allowed = list
	};
	const char *text = "";

	for (size_t i = 0; i < stored->count && i < CODES_TOLD; i++) {
		text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "", list[i]);
	}
	reading->violations->by_catalog = true;
	violations_add(reading->violations, arena, &problem,
		"%s: no station with '%s' is stored; there %s %s%s", param, value,
		stored->count == 1 ? "is" : "are", stored->count > 0 ? text : "none",
		stored->count > CODES_TOLD
			? arena_printf(arena, " and %zu more", stored->count - CODES_TOLD)
			: "");
}

static void read_codes(const struct reading *reading, enum host_param param,
	const struct catalog_codes *stored, struct codes *codes)
{
	const char *name = host_param_name(param);
	const struct values *values = request_values(reading->request, param);

	codes->count = values->count;
	codes->list = arena_alloc(
		&reading->request->http.arena, (values->count + 1) * sizeof(*codes->list));
	for (size_t i = 0; i < values->count; i++) {
		codes->list[i] = code_of(values->texts[i]);
		if (stored != NULL && !is_stored(stored, values->texts[i])) {
			note_not_stored(reading, name, values->texts[i], stored);
		}
	}
}

/* Just so many numbers, with commas between them. */
static bool read_numbers(const char *text, double *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strcspn(text, ",");

		if (!number_parse_real(text, length, &numbers[i]) ||
			(text[length] == ',') != (i + 1 < count)) {
			return false;
		}
		text += length + 1;
	}
	return true;
}

static const char *without_spaces(struct arena *arena, const char *text)
{
	char *copy = arena_copy(arena, text, strlen(text)), *to = copy;

	for (; *text != '\0'; text++) {
		if (*text != ' ') {
			*to++ = *text;
		}
	}
	*to = '\0';
	return copy;
}

/* What to do about a text that is not so many numbers. */
static const char *say_numbers(
	struct arena *arena, const char *text, double *numbers, size_t count)
{
	const char *bare = without_spaces(arena, text);
	size_t found = 0;
	bool is_parted = text[strcspn(text, ",")] == '\0' &&
			 text[strspn(text, "-0123456789.; ")] == '\0';

	if (is_parted && strpbrk(text, "; ") != NULL) {
		return "; put commas between its numbers";
	}
	if (read_numbers(bare, numbers, count)) {
		return arena_printf(arena, "; leave out the spaces: %s", bare);
	}
	for (;;) {
		size_t length = strcspn(text, ",");
		double number;

		if (length == 0) {
			return "; a number is missing before or after a comma";
		}
		if (!number_parse_real(text, length, &number)) {
			return arena_printf(arena, "; '%.*s' is no number", (int)length, text);
		}
		found++;
		if (text[length] == '\0') {
			return arena_printf(arena, "; it has %zu number%s%s", found,
				found == 1 ? "" : "s",
				found == 2 * count ? ", and decimals take a point" : "");
		}
		text += length + 1;
	}
}

static bool is_latitude(double degrees)
{
	return degrees >= -90 && degrees <= 90;
}

static bool is_longitude(double degrees)
{
	return degrees >= -180 && degrees <= 180;
}

static const char *judge_box(const struct box *box)
{
	return !is_longitude(box->west) || !is_longitude(box->east)
		       ? "west and east, its first and third numbers, must be -180 to 180"
	       : !is_latitude(box->south) || !is_latitude(box->north)
		       ? "south and north, its second and fourth numbers, must be -90 to 90"
	       : box->south > box->north ? "south, its second number, must not be greater "
					   "than north, its fourth"
					 : NULL;
}

static void read_box(const struct reading *reading, struct station_filter *filter)
{
	const struct values *values = request_values(reading->request, HOST_BBOX);
	struct arena *arena = &reading->request->http.arena;
	const char *flaw;
	double numbers[4];
	struct box *box;

	if (values->count == 0) {
		return;
	}
	box = arena_alloc(arena, sizeof(*box));
	if (read_numbers(values->texts[0], numbers, 4)) {
		*box = (struct box){ numbers[0], numbers[1], numbers[2], numbers[3] };
		flaw = judge_box(box);
	} else {
		flaw = arena_printf(arena,
			"it must be west,south,east,north in degrees, such as "
			"-91.5,36.9,-87,42.6%s",
			say_numbers(arena, values->texts[0], numbers, 4));
	}
	if (flaw != NULL) {
		note(reading, host_param_name(HOST_BBOX), values->texts[0], flaw);
	}
	filter->box = box;
}

static double radians(double degrees)
{
	return degrees * (PI / 180);
}

/* What holds the circle; all longitudes if a pole is in it. */
static struct box box_around(const struct circle *circle)
{
	double angle = circle->radius / EARTH_RADIUS;
	double height = angle * (180 / PI) + SLACK;
	struct box box = { -180, circle->latitude - height, 180, circle->latitude + height };

	if (box.south > -90 && box.north < 90) {
		double width = asin(sin(angle) / circle->cosine) * (180 / PI) + SLACK;

		box.west = remainder(circle->longitude - width, 360);
		box.east = remainder(circle->longitude + width, 360);
	}
	return box;
}

static struct circle *make_circle(
	const struct reading *reading, const double *point, const struct values *radius)
{
	struct circle *circle = arena_alloc(&reading->request->http.arena, sizeof(*circle));

	circle->latitude = point[0];
	circle->longitude = point[1];
	circle->radius = radius->count > 0 ? radius->list[0].number : HOST_RADIUS_DEFAULT;
	circle->cosine = cos(radians(circle->latitude));
	circle->box = box_around(circle);
	return circle;
}

static void read_circle(const struct reading *reading, struct station_filter *filter)
{
	const struct values *near = request_values(reading->request, HOST_NEAR);
	const struct values *radius = request_values(reading->request, HOST_RADIUS);
	const char *flaw = NULL;
	double point[2];

	if (near->count == 0) {
		if (radius->count > 0 &&
			!violations_name(reading->violations, host_param_name(HOST_NEAR))) {
			note(reading, host_param_name(HOST_RADIUS), radius->texts[0],
				"it needs near, the point that it is around");
		}
		return;
	}
	if (!read_numbers(near->texts[0], point, 2)) {
		flaw = arena_printf(&reading->request->http.arena,
			"it must be latitude,longitude in degrees, such as 40.1,-88.2%s",
			say_numbers(&reading->request->http.arena, near->texts[0], point, 2));
	} else if (!is_latitude(point[0])) {
		flaw = "latitude, its first number, must be -90 to 90";
	} else if (!is_longitude(point[1])) {
		flaw = "longitude, its second number, must be -180 to 180";
	}
	if (flaw != NULL) {
		note(reading, host_param_name(HOST_NEAR), near->texts[0], flaw);
	} else {
		filter->circle = make_circle(reading, point, radius);
	}
}

static void read_year(const struct reading *reading, struct station_filter *filter)
{
	const struct values *year = request_values(reading->request, HOST_YEAR);

	filter->year = year->count > 0 ? (int)year->list[0].integer : 0;
}

static void add_word(
	struct arena *arena, struct station_filter *filter, const char *text, size_t length)
{
	char *copy = arena_copy(arena, text, length);

	filter->words[filter->word_count++] =
		(struct word){ copy, length, { copy[0], upper(copy[0]) }, fold_is_ascii(copy) };
}

/* What is no letter may fold to a space, or to nothing. */
static void read_words(const struct reading *reading, struct station_filter *filter)
{
	const struct values *values = request_values(reading->request, HOST_NAME);
	struct arena *arena = &reading->request->http.arena;
	char *folded = fold_text(values->count > 0 ? values->texts[0] : "");
	const char *text = folded;

	filter->words = arena_alloc(arena, (strlen(text) / 2 + 1) * sizeof(*filter->words));
	for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
		size_t length = strcspn(text, " ");

		add_word(arena, filter, text, length);
		text += length;
	}
	free(folded);
	if (values->count > 0 && filter->word_count == 0) {
		note(reading, host_param_name(HOST_NAME), values->texts[0],
			"it must have at least one character that is no space");
	}
}

static bool is_asked(const struct alm_request *request)
{
	for (enum host_param param = HOST_STATE; param <= HOST_NAME; param++) {
		if (request_values(request, param)->count > 0) {
			return true;
		}
	}
	return false;
}

const struct station_filter *station_filter_read(
	struct alm_request *request, struct violations *violations)
{
	struct reading reading = { request, violations };
	const struct catalog *catalog = request->catalog;
	struct station_filter *filter;

	if (!is_asked(request)) {
		return NULL;
	}
	filter = arena_alloc(&request->http.arena, sizeof(*filter));
	read_codes(&reading, HOST_STATE, catalog != NULL ? &catalog->states : NULL,
		&filter->states);
	read_codes(&reading, HOST_COUNTRY, catalog != NULL ? &catalog->countries : NULL,
		&filter->countries);
	read_box(&reading, filter);
	read_circle(&reading, filter);
	read_year(&reading, filter);
	read_words(&reading, filter);
	return violations->count == 0 ? filter : NULL;
}

/* -- Judging ------------------------------------------------------------ */

static bool has_code(const struct codes *codes, const char *text)
{
	uint64_t code = text != NULL ? code_of(text) : 0;

	if (codes->count == 0) {
		return true;
	}
	for (size_t i = 0; i < codes->count && code != 0; i++) {
		if (codes->list[i] == code) {
			return true;
		}
	}
	return false;
}

static bool spans(const struct box *box, double longitude)
{
	return box->west <= box->east ? longitude >= box->west && longitude <= box->east
				      : longitude >= box->west || longitude <= box->east;
}

/* 180 and -180 are the same meridian, and at a pole all are. */
static bool is_within(const struct box *box, double latitude, double longitude)
{
	if (!(latitude >= box->south && latitude <= box->north)) {
		return false;
	}
	return spans(box, longitude) || (fabs(longitude) >= 180 && spans(box, -longitude)) ||
	       (fabs(latitude) >= 90 && !isnan(longitude));
}

/* The haversine formula: exact also where points are close. */
static double distance(const struct circle *circle, double latitude, double longitude)
{
	double height = sin(radians(latitude - circle->latitude) / 2);
	double width = sin(radians(longitude - circle->longitude) / 2);
	double square =
		height * height + circle->cosine * cos(radians(latitude)) * width * width;

	return 2 * EARTH_RADIUS * asin(sqrt(fmin(square, 1)));
}

static bool is_in_circle(
	const struct circle *circle, const struct catalog_station *station, double *km)
{
	if (!is_within(&circle->box, station->latitude, station->longitude)) {
		return false;
	}
	*km = distance(circle, station->latitude, station->longitude);
	return *km <= circle->radius;
}

/* `text` is ASCII. */
static bool contains(const char *text, const struct word *word)
{
	for (; *text != '\0'; text++) {
		size_t i = 1;

		if (*text != word->first[0] && *text != word->first[1]) {
			continue;
		}
		while (i < word->length && lower(text[i]) == word->text[i]) {
			i++;
		}
		if (i == word->length) {
			return true;
		}
	}
	return false;
}

static bool has_word(const struct catalog_station *station, const struct word *word)
{
	if (station->folded != NULL && strstr(station->folded, word->text) != NULL) {
		return true;
	}
	return word->ascii && ((station->name != NULL && station->folded == NULL &&
				       contains(station->name, word)) ||
				      contains(station->id, word));
}

/* Whether there is a block of the year; blocks are by year. */
static bool has_year(const struct catalog_station *station, int year)
{
	size_t low = 0, high = station->block_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (station->blocks[middle].year < year) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low < station->block_count && station->blocks[low].year == year;
}

static bool has_words(
	const struct station_filter *filter, const struct catalog_station *station)
{
	for (size_t i = 0; i < filter->word_count; i++) {
		if (!has_word(station, &filter->words[i])) {
			return false;
		}
	}
	return true;
}

bool station_filter_passes(
	const struct station_filter *filter, const struct catalog_station *station, double *km)
{
	return has_code(&filter->states, station->state) &&
	       has_code(&filter->countries, station->country) &&
	       (filter->box == NULL ||
		       is_within(filter->box, station->latitude, station->longitude)) &&
	       (filter->circle == NULL || is_in_circle(filter->circle, station, km)) &&
	       (filter->year == 0 || has_year(station, filter->year)) &&
	       has_words(filter, station);
}

bool station_filter_has_point(const struct station_filter *filter)
{
	return filter != NULL && filter->circle != NULL;
}

double station_filter_distance(
	const struct station_filter *filter, const struct catalog_station *station)
{
	return distance(filter->circle, station->latitude, station->longitude);
}
