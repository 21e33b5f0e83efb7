/* Ids suggested for one that is not stored, compared with the distances of all. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "route/nearest_station.h"
#include "unit.h"

enum { STATIONS = 600, ID_MAX = 12 };

static char ids[STATIONS][ID_MAX + 1];
static struct catalog_station stations[STATIONS];
static const struct catalog_station *list[STATIONS];
static struct catalog catalog = { .stations = list };
static struct arena arena;

static uint32_t seed = 7;

static uint32_t chance(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The first `count` ids, in order and each once, are the catalog. */
static void make_catalog(size_t count)
{
	size_t kept = 0;

	qsort(ids, count, sizeof(ids[0]), compare_ids);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || strcmp(ids[i - 1], ids[i]) != 0) {
			stations[kept].id = ids[i];
			list[kept] = &stations[kept];
			kept++;
		}
	}
	catalog.station_count = kept;
}

static void make_catalog_of(const char *const *texts)
{
	size_t count = 0;

	for (; texts[count] != NULL; count++) {
		snprintf(ids[count], sizeof(ids[0]), "%s", texts[count]);
	}
	make_catalog(count);
}

/* Few letters, so that many ids are near each other. */
static void random_id(char *id)
{
	size_t length = 4 + chance(4);

	for (size_t i = 0; i < length; i++) {
		id[i] = "ABab1"[chance(5)];
	}
	id[length] = '\0';
}

/* Whether `most` edits of b's rest make it a's rest; each letter is edited once at most. */
static bool is_within(const char *a, const char *b, int most)
{
	while (*a != '\0' && toupper(*a) == toupper(*b)) {
		a++;
		b++;
	}
	if (*a == '\0' && *b == '\0') {
		return true;
	}
	if (most == 0) {
		return false;
	}
	return (*a != '\0' && is_within(a + 1, b, most - 1)) ||
	       (*b != '\0' && is_within(a, b + 1, most - 1)) ||
	       (*a != '\0' && *b != '\0' && is_within(a + 1, b + 1, most - 1)) ||
	       (*a != '\0' && a[1] != '\0' && toupper(a[0]) == toupper(b[1]) &&
		       toupper(a[1]) == toupper(b[0]) && is_within(a + 2, b + 2, most - 1));
}

static int distance(const char *a, const char *b)
{
	int most = 0;

	while (most < 3 && !is_within(a, b, most)) {
		most++;
	}
	return most;
}

static void expect_nearest(const char *id)
{
	const char *const *near = nearest_stations(&catalog, id, &arena);
	size_t at_distance[4] = { 0 }, count = 0, expected;

	for (size_t i = 0; i < catalog.station_count; i++) {
		at_distance[distance(list[i]->id, id)]++;
	}
	expected = at_distance[0] + at_distance[1] + at_distance[2];
	expected = expected < NEAREST_STATIONS_MOST ? expected : NEAREST_STATIONS_MOST;
	for (; near[count] != NULL; count++) {
		int d = 0;

		for (size_t left = count + 1; d < 3 && left > at_distance[d]; d++) {
			left -= at_distance[d];
		}
		if (d < 3 && distance(near[count], id) != d) {
			fail_msg("%s: %s is %d of %d away", id, near[count],
				distance(near[count], id), d);
		}
		for (size_t i = 0; i < count; i++) {
			assert_string_not_equal(near[i], near[count]);
		}
	}
	assert_in_range(count, expected, NEAREST_STATIONS_MOST);
}

static void test_random_ids(void **state)
{
	char id[ID_MAX + 1];

	(void)state;
	for (size_t count = 3; count <= 300; count *= 10) {
		for (int i = 0; i < 60; i++) {
			for (size_t s = 0; s < count; s++) {
				random_id(ids[s]);
			}
			make_catalog(count);
			random_id(id);
			expect_nearest(id);
			arena_reset(&arena);
		}
	}
}

static void expect(const char *id, const char *question)
{
	const char *const *near = nearest_stations(&catalog, id, &arena);

	assert_string_equal(nearest_question(near, &arena), question);
}

static void test_known_ids(void **state)
{
	static const char *const stored[] = { "CA001011500", "USC00110072", "USC00110187",
		"USC00110338", "USC00125050", "USW00014842", "X1", NULL };

	(void)state;
	make_catalog_of(stored);
	expect("USC00110027",
		"; did you mean USC00110072, USC00110187, USC00110338, USC00125050?");
	expect("usw00014842", "; did you mean USW00014842?");
	expect("USW0014842", "; did you mean USW00014842?");
	expect("CA00101150", "; did you mean CA001011500?");
	expect("CA001", "; did you mean CA001011500?");
	expect("SUW00014842", "; did you mean USW00014842?");
	expect("X", "; did you mean X1?");
	expect("Y2", "");
	expect("GM000010962", "");
	expect("12345678901234567890123456789012", "");
	expect("123456789012345678901234567890123", "");
}

static void test_no_stations(void **state)
{
	(void)state;
	catalog.station_count = 0;
	expect("USC00110072", "");
}

static int tear_down(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_ids),
		cmocka_unit_test(test_known_ids),
		cmocka_unit_test(test_no_stations),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
