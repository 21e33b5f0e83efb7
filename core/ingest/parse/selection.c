#include "ingest/parse/selection.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/date.h"
#include "base/memory.h"
#include "base/settings.h"
#include "ingest/input/digest.h"
#include "ingest/parse/batch.h"
#include "ingest/parse/descriptions.h"
#include "plugin/registry.h"

enum {
	SMALLEST = 64,
	GHCN_ID = 11,     /* characters of a station id in GHCN */
	GHCN_COUNTRY = 2, /* that say its country, at its beginning */
	YEAR_DIGITS = 4
};

/* Texts, sorted when they are complete. */
struct texts {
	char **list;
	size_t count, capacity;
};

/* A station that was told of. */
struct place {
	char id[STATION_ID_MAX + 1];
	bool selected;
	size_t order;
};

struct selection {
	struct texts stations, countries, states, elements; /* empty: all */
	bool boxed;
	double west, south, east, north;
	int32_t since; /* ALM_NO_DAY: from the first day on */
	struct place *places;
	size_t place_count, place_capacity;
	struct buffer text;
};

/* -- Lists ---------------------------------------------------------------- */

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_texts(struct texts *texts)
{
	size_t kept = 0;

	if (texts->count == 0) {
		return;
	}
	qsort(texts->list, texts->count, sizeof(*texts->list), compare_texts);
	for (size_t i = 0; i < texts->count; i++) {
		if (kept > 0 && strcmp(texts->list[kept - 1], texts->list[i]) == 0) {
			free(texts->list[i]);
		} else {
			texts->list[kept++] = texts->list[i];
		}
	}
	texts->count = kept;
}

static bool has_text(const struct texts *texts, const char *text)
{
	return texts->count > 0 && bsearch(&text, texts->list, texts->count,
					   sizeof(*texts->list), compare_texts) != NULL;
}

static void free_texts(struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++) {
		free(texts->list[i]);
	}
	free(texts->list);
}

static char *add_text(struct texts *texts, const char *text, size_t length)
{
	if (texts->count == texts->capacity) {
		texts->capacity = texts->capacity * 2 + SMALLEST;
		texts->list = memory_resize(texts->list, texts->capacity, sizeof(*texts->list));
	}
	texts->list[texts->count] = memory_copy_text(text, length);
	return texts->list[texts->count++];
}

static void make_upper(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text >= 'a' && *text <= 'z') {
			*text = (char)(*text - 'a' + 'A');
		}
	}
}

/* A list of a setting, with commas or spaces between. `check` says what is wrong with one. */
static int read_list(const char *text, const char *flag, bool upper,
	const char *(*check)(const char *text, const void *arg), const void *arg,
	struct texts *texts, struct error *err)
{
	const char *flaw;

	while (*(text += strspn(text, ", \t\n")) != '\0') {
		const size_t length = strcspn(text, ", \t\n");
		char *copy = add_text(texts, text, length);

		if (upper) {
			make_upper(copy);
		}
		flaw = check(copy, arg);
		if (flaw != NULL) {
			return error_set(err, "--%s: '%s' %s", flag, copy, flaw);
		}
		text += length;
	}
	sort_texts(texts);
	return 0;
}

static const char *check_station(const char *text, const void *arg)
{
	const char *flaw = descriptions_id_flaw(text, strlen(text));

	(void)arg;
	return flaw != NULL ? "is no station id" : NULL;
}

static const char *check_code(const char *text, const void *arg)
{
	(void)arg;
	return strlen(text) == 2 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2
		       ? NULL
		       : "is no code of two letters";
}

static const char *check_element(const char *text, const void *arg)
{
	const struct registry *registry = arg;

	for (size_t i = 0; i < registry->source_count; i++) {
		const struct alm_element *element = registry->sources[i].source.elements;

		for (; element != NULL && element->code != NULL; element++) {
			if (strcmp(element->code, text) == 0) {
				return NULL;
			}
		}
	}
	return "is no element of any source";
}

/* -- Box and day ---------------------------------------------------------- */

static int read_box(const struct settings *settings, struct selection *to, struct error *err)
{
	const char *text = settings_text(settings, SETTING_SELECT_BBOX);
	char rest;

	if (text[0] == '\0') {
		return 0;
	}
	if (sscanf(text, "%lf,%lf,%lf,%lf%c", &to->west, &to->south, &to->east, &to->north,
		    &rest) != 4 ||
		!(to->west >= -180 && to->west <= 180 && to->east >= -180 && to->east <= 180) ||
		!(to->south >= -90 && to->south <= to->north && to->north <= 90)) {
		error_set(err, "--bbox: '%s' is not west,south,east,north in degrees", text);
		return error_hint(err,
			"such as --bbox=-91.5,36.9,-87,42.6; west may be greater "
			"than east: across 180 degrees");
	}
	to->boxed = true;
	return 0;
}

static int read_since(const struct settings *settings, struct selection *to, struct error *err)
{
	const char *text = settings_text(settings, SETTING_SELECT_SINCE);
	int32_t last;

	to->since = ALM_NO_DAY;
	if (text[0] == '\0') {
		return 0;
	}
	if (!date_parse_span(text, strlen(text), false, &to->since, &last)) {
		return error_set(
			err, "--since: '%s' is no date, such as 1991-01-01 or 1991", text);
	}
	return 0;
}

static bool is_everything(const struct selection *selection)
{
	return selection->stations.count + selection->countries.count +
			       selection->states.count + selection->elements.count ==
		       0 &&
	       !selection->boxed && selection->since == ALM_NO_DAY;
}

static int read_all(const struct settings *settings, const struct registry *registry,
	struct selection *to, struct error *err)
{
	if (read_list(settings_text(settings, SETTING_SELECT_STATIONS), "stations", false,
		    check_station, NULL, &to->stations, err) < 0 ||
		read_list(settings_text(settings, SETTING_SELECT_COUNTRIES), "countries", true,
			check_code, NULL, &to->countries, err) < 0 ||
		read_list(settings_text(settings, SETTING_SELECT_STATES), "states", true,
			check_code, NULL, &to->states, err) < 0 ||
		read_list(settings_text(settings, SETTING_SELECT_ELEMENTS), "elements", true,
			check_element, registry, &to->elements, err) < 0 ||
		read_box(settings, to, err) < 0) {
		return -1;
	}
	return read_since(settings, to, err);
}

int selection_read(const struct settings *settings, const struct registry *registry,
	struct selection **selection, struct error *err)
{
	struct selection *read = memory_new(struct selection);

	*selection = NULL;
	if (read_all(settings, registry, read, err) < 0) {
		selection_destroy(read);
		return -1;
	}
	if (is_everything(read)) {
		selection_destroy(read);
		return 0;
	}
	*selection = read;
	return 0;
}

void selection_destroy(struct selection *selection)
{
	if (selection != NULL) {
		free_texts(&selection->stations);
		free_texts(&selection->countries);
		free_texts(&selection->states);
		free_texts(&selection->elements);
		free(selection->places);
		buffer_finish(&selection->text);
		free(selection);
	}
}

/* -- Places --------------------------------------------------------------- */

bool selection_needs_places(const struct selection *selection)
{
	return selection != NULL &&
	       (selection->countries.count + selection->states.count > 0 || selection->boxed);
}

/* NULL is like "": not known. */
static bool has_code(const struct texts *codes, const char *code)
{
	return codes->count == 0 || (code != NULL && has_text(codes, code));
}

static bool is_in_box(const struct selection *selection, const struct alm_station *station)
{
	const double longitude = station->longitude;
	const bool across = selection->west > selection->east;
	const bool right_of_west = longitude >= selection->west;
	const bool left_of_east = longitude <= selection->east;

	if (isnan(longitude) || isnan(station->latitude)) {
		return false;
	}
	return station->latitude >= selection->south && station->latitude <= selection->north &&
	       (across ? right_of_west || left_of_east : right_of_west && left_of_east);
}

/* The country that an id of GHCN begins with; "": none. */
static void country_of_id(const char *id, char country[GHCN_COUNTRY + 1])
{
	const bool is_code = id[0] >= 'A' && id[0] <= 'Z' && id[1] >= 'A' && id[1] <= 'Z';

	snprintf(country, GHCN_COUNTRY + 1, "%.2s", strlen(id) == GHCN_ID && is_code ? id : "");
}

static bool has_country(const struct selection *selection, const char *id, const char *country)
{
	char of_id[GHCN_COUNTRY + 1];

	country_of_id(id, of_id);
	return has_code(
		&selection->countries, country != NULL && country[0] != '\0' ? country : of_id);
}

void selection_tell(struct selection *selection, const struct alm_station *station)
{
	struct place *place;

	if (selection->place_count == selection->place_capacity) {
		selection->place_capacity = selection->place_capacity * 2 + SMALLEST;
		selection->places = memory_resize(selection->places, selection->place_capacity,
			sizeof(*selection->places));
	}
	place = &selection->places[selection->place_count];
	snprintf(place->id, sizeof(place->id), "%s", station->id);
	place->order = selection->place_count++;
	place->selected = has_country(selection, station->id, station->country) &&
			  has_code(&selection->states, station->state) &&
			  (!selection->boxed || is_in_box(selection, station));
}

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	const int order = strcmp(x->id, y->id);

	return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

static void sort_places(struct selection *selection)
{
	struct place *places = selection->places;
	size_t kept = 0;

	if (selection->place_count > 0) {
		qsort(places, selection->place_count, sizeof(*places), compare_places);
	}
	for (size_t i = 0; i < selection->place_count; i++) {
		if (i + 1 == selection->place_count ||
			strcmp(places[i].id, places[i + 1].id) != 0) {
			places[kept++] = places[i];
		}
	}
	selection->place_count = kept;
}

static int compare_id(const void *id, const void *place)
{
	return strcmp(id, ((const struct place *)place)->id);
}

/* -- The text ------------------------------------------------------------- */

static void put_texts(struct buffer *text, const char *name, const struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++) {
		buffer_printf(text, "%s%s", i == 0 ? (text->length > 0 ? "; " : "") : ",",
			i == 0 ? name : "");
		buffer_puts(text, texts->list[i]);
	}
}

/* Places change with the lists of stations: the selected ones are part of the text. */
static void put_places(struct buffer *text, const struct selection *selection)
{
	struct digest *digest = digest_create();
	char hash[DIGEST_TEXT + 1];
	size_t count = 0;

	for (size_t i = 0; i < selection->place_count; i++) {
		const struct place *place = &selection->places[i];

		if (place->selected) {
			digest_add(digest, place->id, strlen(place->id) + 1);
			count++;
		}
	}
	digest_write(digest, hash);
	digest_destroy(digest);
	buffer_printf(text, "; %zu stations %s", count, hash);
}

static void write_text(struct selection *selection)
{
	struct buffer *text = &selection->text;
	char since[DATE_TEXT + 1] = "";

	put_texts(text, "stations=", &selection->stations);
	put_texts(text, "countries=", &selection->countries);
	put_texts(text, "states=", &selection->states);
	if (selection->boxed) {
		buffer_printf(text, "%sbbox=%g,%g,%g,%g", text->length > 0 ? "; " : "",
			selection->west, selection->south, selection->east, selection->north);
	}
	if (selection_needs_places(selection)) {
		put_places(text, selection);
	}
	put_texts(text, "elements=", &selection->elements);
	if (selection->since != ALM_NO_DAY) {
		date_write(since, selection->since);
		buffer_printf(text, "%ssince=%s", text->length > 0 ? "; " : "", since);
	}
	if (text->length > 0) {
		buffer_text(text);
	}
}

int selection_complete(struct selection *selection, struct error *err)
{
	sort_places(selection);
	write_text(selection);
	if ((selection->states.count > 0 || selection->boxed) && selection->place_count == 0) {
		error_set(err, "--%s: of no station is it known where it is",
			selection->boxed ? "bbox" : "states");
		return error_hint(err,
			"name the list of stations (ghcnd-stations.txt) among what "
			"is to be read, or take it in first");
	}
	return 0;
}

const char *selection_text(const struct selection *selection)
{
	return selection != NULL ? selection->text.data : NULL;
}

/* -- What is selected ----------------------------------------------------- */

static bool has_place(const struct selection *selection, const char *id)
{
	const struct place *place = NULL;

	if (!selection_needs_places(selection)) {
		return true;
	}
	if (selection->place_count > 0) {
		place = bsearch(id, selection->places, selection->place_count, sizeof(*place),
			compare_id);
	}
	if (place != NULL) {
		return place->selected;
	}
	return !selection->boxed && selection->states.count == 0 &&
	       has_country(selection, id, NULL);
}

bool selection_has_station(const struct selection *selection, const char *id, size_t length)
{
	char copy[STATION_ID_MAX + 1];

	if (selection == NULL || length > STATION_ID_MAX) {
		return true;
	}
	memcpy(copy, id, length);
	copy[length] = '\0';
	return (selection->stations.count == 0 || has_text(&selection->stations, copy)) &&
	       has_place(selection, copy);
}

bool selection_has_element(const struct selection *selection, const char *code)
{
	return selection == NULL || selection->elements.count == 0 ||
	       has_text(&selection->elements, code);
}

bool selection_has_day(const struct selection *selection, int32_t day)
{
	return selection == NULL || selection->since == ALM_NO_DAY || day == ALM_NO_DAY ||
	       day >= selection->since;
}

/* Whether a text is like USC00110072. */
static bool is_ghcn_id(const char *text)
{
	char country[GHCN_COUNTRY + 1];
	const size_t length = strspn(
		text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

	country_of_id(length == GHCN_ID ? text : "", country);
	return country[0] != '\0' && strpbrk(text, "0123456789") != NULL;
}

/* Whether a file is of a year that ends before the days that are selected: "1999.csv", perhaps
 * with more behind it. */
static bool is_earlier_year(const struct selection *selection, const char *name)
{
	return strspn(name, "0123456789") == YEAR_DIGITS &&
	       strncmp(name + YEAR_DIGITS, ".csv", 4) == 0 && selection->since != ALM_NO_DAY &&
	       atoi(name) < date_from_day(selection->since).year;
}

bool selection_has_file(const struct selection *selection, const char *name)
{
	static const char *const endings[] = { ".dly", ".csv", ".txt" };
	char id[GHCN_ID + 1];

	if (selection == NULL) {
		return true;
	}
	if (is_earlier_year(selection, name)) {
		return false;
	}
	snprintf(id, sizeof(id), "%.11s", name);
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (is_ghcn_id(id) && strncmp(name + GHCN_ID, endings[i], 4) == 0) {
			return selection_has_station(selection, id, GHCN_ID);
		}
	}
	return true;
}
