#include "route/nearest_station.h"

#include <ctype.h>
#include <string.h>

#include "base/buffer.h"
#include "base/url.h"
#include "reply/problem.h"
#include "reply/reply.h"
#include "route/route.h"
#include "route/services.h"

enum {
	ID_MAX = 32,       /* as in plugin.h; longer texts are near to nothing */
	SHORT_ID = 4,      /* ids that are shorter differ by one letter at most */
	ROWS_BUDGET = 4000 /* rows of letters compared, of one search */
};

struct near {
	const char *id; /* the catalog's */
	int distance;
};

/* Ids are in order, so those that begin alike are neighbours: what was found of the letters
 * that an id shares with the one before holds for it too, and when no id that begins like
 * this one can be near, all of them are passed over. */
struct search {
	const struct catalog *catalog;
	char text[ID_MAX + 1]; /* upper case */
	size_t length;
	int most; /* distance */
	int budget;
	struct near found[NEAREST_STATIONS_MOST];
	size_t count;
	/* [d][j]: distance of the id's first d letters from the text's first j. */
	int rows[ID_MAX + 1][ID_MAX + 1];
};

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

static char letter(const char *id, size_t i)
{
	return (char)toupper((unsigned char)id[i]);
}

/* Optimal string alignment distance: fills row `d` from those before; returns its least. */
static int fill_row(struct search *search, const char *id, size_t d)
{
	int *row = search->rows[d], *above = search->rows[d - 1], least;
	const char *text = search->text;

	row[0] = least = (int)d;
	for (size_t j = 1; j <= search->length; j++) {
		row[j] = smaller(smaller(above[j], row[j - 1]) + 1,
			above[j - 1] + (letter(id, d - 1) != text[j - 1]));
		if (d > 1 && j > 1 && letter(id, d - 1) == text[j - 2] &&
			letter(id, d - 2) == text[j - 1]) {
			row[j] = smaller(row[j], search->rows[d - 2][j - 2] + 1);
		}
		least = smaller(least, row[j]);
	}
	return least;
}

static bool is_found(const struct search *search, const char *id)
{
	for (size_t i = 0; i < search->count; i++) {
		if (search->found[i].id == id) {
			return true;
		}
	}
	return false;
}

/* Behind those that are as near; once. */
static void add(struct search *search, const char *id, int distance)
{
	size_t i = search->count;

	if (is_found(search, id)) {
		return;
	}
	if (i == NEAREST_STATIONS_MOST) {
		i--;
		if (search->found[i].distance <= distance) {
			return;
		}
	} else {
		search->count++;
	}
	for (; i > 0 && search->found[i - 1].distance > distance; i--) {
		search->found[i] = search->found[i - 1];
	}
	search->found[i] = (struct near){ id, distance };
}

/* Index of the first id that does not begin with the first `length` letters of `id`. */
static size_t seek_beyond(const struct catalog *catalog, const char *id, size_t length)
{
	char beyond[ID_MAX + 1];

	memcpy(beyond, id, length);
	beyond[length - 1]++;
	beyond[length] = '\0';
	return catalog_seek_station(catalog, beyond);
}

static size_t common_length(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] != '\0' && a[n] == b[n]) {
		n++;
	}
	return n;
}

/* All ids that are at most search->most from the text, as far as the budget goes. */
static void search_near(struct search *search)
{
	const struct catalog *catalog = search->catalog;
	const char *before = "";
	size_t i = 0;

	search->budget = ROWS_BUDGET;
	while (i < catalog->station_count && search->budget > 0) {
		const char *id = catalog->stations[i]->id;
		size_t d = common_length(before, id);
		bool may_be_near = true;

		while (id[d] != '\0' && d < ID_MAX && may_be_near) {
			may_be_near = fill_row(search, id, ++d) <= search->most;
			search->budget--;
		}
		if (may_be_near && search->rows[d][search->length] <= search->most) {
			add(search, id, search->rows[d][search->length]);
		}
		i = may_be_near ? i + 1 : seek_beyond(catalog, id, d);
		before = id;
	}
}

/* How many letters both begin with, in any case. */
static size_t alike(const struct search *search, size_t station)
{
	const char *id;
	size_t n = 0;

	if (station >= search->catalog->station_count) {
		return 0;
	}
	id = search->catalog->stations[station]->id;
	while (n < search->length && letter(id, n) == search->text[n]) {
		n++;
	}
	return n;
}

/* Those around where the text would be that share more than half of it. */
static void add_neighbours(struct search *search)
{
	size_t right = catalog_seek_station(search->catalog, search->text);
	size_t left = right - 1; /* of 0: beyond all, like nothing */

	while (search->count < NEAREST_STATIONS_MOST) {
		size_t to_left = alike(search, left), to_right = alike(search, right);
		size_t most = to_left >= to_right ? to_left : to_right;
		size_t at = to_left >= to_right ? left-- : right++;

		if (most * 2 <= search->length) {
			return;
		}
		add(search, search->catalog->stations[at]->id, ID_MAX);
	}
}

static const char *const *list_found(const struct search *search, struct arena *arena)
{
	const char **list = arena_alloc(arena, (search->count + 1) * sizeof(*list));

	for (size_t i = 0; i < search->count; i++) {
		const char *id = search->found[i].id;

		list[i] = arena_copy(arena, id, strlen(id));
	}
	return list;
}

const char *const *nearest_stations(
	const struct catalog *catalog, const char *id, struct arena *arena)
{
	struct search *search = arena_alloc(arena, sizeof(*search));
	int most;

	search->catalog = catalog;
	search->length = strlen(id);
	if (search->length > ID_MAX) {
		return list_found(search, arena);
	}
	for (size_t i = 0; i <= search->length; i++) {
		search->text[i] = letter(id, i);
		search->rows[0][i] = (int)i;
	}
	most = search->length < SHORT_ID ? 1 : 2;
	do {
		search->most++;
		search_near(search);
	} while (search->most < most && search->count < NEAREST_STATIONS_MOST);
	add_neighbours(search);
	return list_found(search, arena);
}

/* -- Telling ------------------------------------------------------------ */

const char *nearest_question(const char *const *list, struct arena *arena)
{
	const char *text = "";

	for (size_t i = 0; list[i] != NULL; i++) {
		text = arena_printf(
			arena, "%s%s%s", text, i == 0 ? "; did you mean " : ", ", list[i]);
	}
	return text[0] != '\0' ? arena_printf(arena, "%s?", text) : "";
}

/* Names have no digits, as a rule. */
static bool is_like_an_id(const char *text)
{
	return text[strcspn(text, "0123456789")] != '\0';
}

const char *nearest_advice(const struct alm_request *request, const char *const *list,
	const char *id, struct arena *arena)
{
	const char *search = request != NULL && request->services != NULL
				     ? request->services->name_search
				     : NULL;
	struct buffer text = { 0 };
	const char *copy;

	if (list[0] != NULL || is_like_an_id(id) || search == NULL) {
		return nearest_question(list, arena);
	}
	buffer_printf(&text, "; look for names with %s?name=", search);
	url_encode(&text, id, strlen(id));
	copy = arena_copy(arena, text.data, text.length);
	buffer_finish(&text);
	return copy;
}

void nearest_reply(struct alm_request *request, const struct catalog *catalog, const char *id)
{
	const char *const *near = nearest_stations(catalog, id, &request->http.arena);
	struct problem problem = {
		.status = 404, .value = id, .allowed = near[0] != NULL ? near : NULL
	};

	reply_problem(&request->http, &problem, "there is no station '%s'%s", id,
		nearest_advice(request, near, id, &request->http.arena));
}
