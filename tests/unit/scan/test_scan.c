/* Walks compared with what plain enumeration finds, over made-up catalogs. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/memory.h"
#include "catalog/catalog_data.h"
#include "scan/scan.h"

enum { STATIONS = 9, ELEMENTS = 3, FIRST_YEAR = 1999, YEARS = 6, ROWS_MAX = 60000 };

struct row {
	const char *station;
	int32_t key;
};

/* What the catalog was made of. */
static bool reported[STATIONS][ELEMENTS][YEARS][BLOCK_DAYS_MAX];
static int32_t periods[STATIONS][YEARS * 12];
static size_t period_counts[STATIONS];
static struct catalog_data *data;
static struct row rows[ROWS_MAX];
static size_t row_count;

static uint32_t seed = 20141231;

static uint32_t chance(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

/* -- Making a catalog --------------------------------------------------- */

enum shape { NOTHING, EVERYTHING, GAPS, FEW };

static void add_block(struct station_draft *draft, int station, int element, int year)
{
	int days = date_year_days(FIRST_YEAR + year), count = 0;
	bool *on = reported[station][element][year];
	uint8_t bitmap[BLOCK_BITMAP] = { 0 };
	enum shape shape = (enum shape)chance(4);
	struct catalog_block block = { .year = (int16_t)(FIRST_YEAR + year),
		.element = (uint16_t)element };

	if (shape == NOTHING) {
		return;
	}
	for (int day = 0; day < days; day++) {
		on[day] = shape == EVERYTHING || chance(shape == GAPS ? 9 : 200) > 0;
		on[day] = shape == FEW ? !on[day] : on[day];
		bitmap[day / 8] |= (uint8_t)(on[day] << (day % 8));
		count += on[day];
	}
	/* Often another element was reported on the very same days. */
	if (element > 0 && chance(2) == 0) {
		memcpy(on, reported[station][0][year], sizeof(reported[0][0][0]));
		memset(bitmap, 0, sizeof(bitmap));
		count = 0;
		for (int day = 0; day < days; day++) {
			bitmap[day / 8] |= (uint8_t)(on[day] << (day % 8));
			count += on[day];
		}
	}
	block.reported_days = (uint16_t)count;
	assert_int_equal(0, draft_add_block(draft, &block, count == days ? NULL : bitmap));
}

/* The database's rows come in any order. */
static struct station_data *make_station(int station)
{
	char id[16];
	struct station_draft draft;
	struct station_data *made;

	snprintf(id, sizeof(id), "S%02d", station * 2);
	draft_init(&draft, 1);
	draft.station.id = id;
	for (int year = 0; year < YEARS; year++) {
		for (int element = 0; element < ELEMENTS && station != 4; element++) {
			add_block(&draft, station, element, (year * 5 + station) % YEARS);
		}
		for (int month = 1; month <= 12; month++) {
			if (chance(3) > 0) {
				periods[station][period_counts[station]++] =
					(FIRST_YEAR + year) * 16 + month;
			}
		}
	}
	for (size_t i = period_counts[station]; i > 0; i--) {
		draft_add_period(&draft, 0, periods[station][i - 1]);
	}
	made = draft_build(&draft, 1);
	draft_finish(&draft, 1);
	return made;
}

static int set_up(void **state)
{
	static const struct catalog_element elements[ELEMENTS] = { { "PRCP", "", "mm", 1 },
		{ "TMAX", "", "degC", 1 }, { "TMIN", "", "degC", 1 } };
	static struct catalog_calculator calculators[] = { { .name = "monthly" } };
	const struct catalog_station **stations = memory_array(STATIONS, sizeof(*stations));

	(void)state;
	calculators[0].period = period_kind(ALM_MONTH);
	data = catalog_create();
	data->catalog.id.version = 7;
	data->catalog.elements = elements;
	data->catalog.element_count = ELEMENTS;
	data->catalog.calculators = calculators;
	data->catalog.calculator_count = 1;
	for (int i = 0; i < STATIONS; i++) {
		stations[i] = &make_station(i)->station;
	}
	data->catalog.stations = stations;
	data->catalog.station_count = STATIONS;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	catalog_release(&data->catalog);
	return 0;
}

/* -- Plain enumeration -------------------------------------------------- */

static bool is_selected(const struct scan *scan, uint32_t station)
{
	for (size_t i = 0; i < scan->station_count && scan->stations != NULL; i++) {
		if (scan->stations[i] == station) {
			return true;
		}
	}
	return scan->stations == NULL;
}

static bool has_day(const struct scan *scan, uint32_t station, int year, int day)
{
	int32_t number = date_year_start(FIRST_YEAR + year) + day;

	if (number < scan->first_day || number > scan->last_day) {
		return false;
	}
	for (int element = 0; element < ELEMENTS; element++) {
		if (scan->elements[element] && reported[station][element][year][day]) {
			return true;
		}
	}
	return false;
}

static void add_row(uint32_t station, int32_t key)
{
	assert_true(row_count < ROWS_MAX);
	rows[row_count++] = (struct row){ data->catalog.stations[station]->id, key };
}

static void enumerate_periods(const struct scan *scan, uint32_t station)
{
	for (size_t i = 0; i < period_counts[station]; i++) {
		int32_t key = periods[station][i];
		int32_t day = date_day(key / 16, key % 16, 1);

		if (day >= scan->first_day && day <= scan->last_day) {
			add_row(station, key);
		}
	}
}

static void enumerate(const struct scan *scan)
{
	row_count = 0;
	for (uint32_t station = 0; station < STATIONS; station++) {
		if (!is_selected(scan, station)) {
			continue;
		}
		if (scan->calculator != SCAN_DAYS) {
			enumerate_periods(scan, station);
			continue;
		}
		for (int year = 0; year < YEARS; year++) {
			int days = date_year_days(FIRST_YEAR + year);

			for (int day = 0; day < days; day++) {
				if (has_day(scan, station, year, day)) {
					add_row(station,
						date_year_start(FIRST_YEAR + year) + day);
				}
			}
		}
	}
}

/* -- Comparing ---------------------------------------------------------- */

static size_t check_day_part(const struct scan_part *part, size_t at)
{
	int32_t start = date_year_start(part->year);
	int count = 0;

	for (int day = part->first; day <= part->last; day++) {
		if (part->days == NULL || block_bit(part->days, day)) {
			assert_string_equal(rows[at].station, part->station->id);
			assert_int_equal(rows[at].key, start + day);
			at++;
			count++;
		}
	}
	assert_int_equal(part->rows, count);
	return at;
}

static size_t check_period_part(const struct scan_part *part, size_t at)
{
	for (int i = 0; i < part->rows; i++, at++) {
		assert_string_equal(rows[at].station, part->station->id);
		assert_int_equal(rows[at].key,
			part->station->periods[0][part->first_period + (size_t)i]);
	}
	return at;
}

static void check_page(const struct scan *scan, const int64_t *sums, size_t first, size_t count)
{
	struct arena arena;
	struct scan_part *parts;
	size_t part_count, at = first, end = first + count;

	arena_init(&arena);
	part_count = scan_take(scan, sums, (int64_t)first, (int64_t)count, &arena, &parts);
	end = end < row_count ? end : row_count;
	for (size_t i = 0; i < part_count; i++) {
		at = scan->calculator == SCAN_DAYS ? check_day_part(&parts[i], at)
						   : check_period_part(&parts[i], at);
		assert_int_equal(rows[at - 1].key, scan_last_key(scan, &parts[i]));
	}
	assert_int_equal(end > first ? end : first, at);
	arena_finish(&arena);
}

/* However small the pieces are. */
static const int64_t *add_up(struct scan_sums *sums, const struct scan *scan,
	struct scan_cache *cache, struct arena *arena)
{
	scan_sums_begin(sums, scan, cache, arena);
	while (!scan_sums_go_on(sums, scan, 1 + chance(40))) {
	}
	return sums->rows;
}

static void check_walk(const struct scan *scan)
{
	struct scan_cache *cache = scan_cache_create();
	struct scan_sums first, second;
	struct arena arena;
	const int64_t *sums;

	arena_init(&arena);
	enumerate(scan);
	sums = add_up(&first, scan, cache, &arena);
	assert_int_equal(row_count, sums[scan->station_count]);
	for (int i = 0; i < 20; i++) {
		size_t at = chance((uint32_t)row_count + 3);

		check_page(scan, sums, at, 1 + chance(500));
		if (at > 0 && at <= row_count) {
			assert_int_equal(at, scan_row_after(scan, sums, rows[at - 1].station,
						     rows[at - 1].key));
		}
	}
	check_page(scan, sums, 0, row_count + 1);
	sums = add_up(&second, scan, cache, &arena);
	assert_int_equal(row_count, sums[scan->station_count]);
	assert_ptr_equal(first.entry, second.entry); /* made once */
	scan_sums_finish(&first);
	scan_sums_finish(&second);
	arena_finish(&arena);
	scan_cache_destroy(cache);
}

static void choose_days(struct scan *scan)
{
	int32_t begin = date_day(FIRST_YEAR, 1, 1) - 20;
	uint32_t days = YEARS * 366 + 40;

	scan->first_day = chance(3) == 0 ? INT32_MIN : begin + (int32_t)chance(days);
	scan->last_day = chance(3) == 0 ? INT32_MAX : begin + (int32_t)chance(days);
}

static void test_random_walks(void **state)
{
	(void)state;
	for (int i = 0; i < 400; i++) {
		bool elements[ELEMENTS] = { chance(2), chance(2), chance(2) };
		uint32_t stations[STATIONS];
		struct scan scan = { .catalog = &data->catalog,
			.station_count = STATIONS,
			.calculator = i % 4 == 0 ? 0 : SCAN_DAYS,
			.elements = elements };

		if (i % 2 == 0) {
			scan.stations = stations;
			scan.station_count = 0;
			for (uint32_t station = 0; station < STATIONS; station++) {
				if (chance(2) == 0) {
					stations[scan.station_count++] = station;
				}
			}
		}
		choose_days(&scan);
		check_walk(&scan);
	}
}

/* -- Corners ------------------------------------------------------------ */

static void test_cursor_of_a_station_that_is_gone(void **state)
{
	bool elements[ELEMENTS] = { true, true, true };
	struct scan scan = { .catalog = &data->catalog,
		.station_count = STATIONS,
		.first_day = INT32_MIN,
		.last_day = INT32_MAX,
		.calculator = SCAN_DAYS,
		.elements = elements };
	struct scan_cache *cache = scan_cache_create();
	struct scan_sums made;
	const int64_t *sums = add_up(&made, &scan, cache, NULL);

	(void)state;
	assert_int_equal(sums[2], scan_row_after(&scan, sums, "S03", 0)); /* before S04 */
	assert_int_equal(0, scan_row_after(&scan, sums, "A", 0));
	assert_int_equal(sums[STATIONS], scan_row_after(&scan, sums, "Z", 0));
	scan_sums_finish(&made);
	scan_cache_destroy(cache);
}

/* Somebody makes up days that no station could have: before all others, and after them. */
static void test_cursor_of_no_day(void **state)
{
	static const int32_t late[] = { INT32_MAX, INT32_MAX - 15, 100000000 };
	static const int32_t early[] = { INT32_MIN, INT32_MIN + 15, -100000000 };
	bool elements[ELEMENTS] = { true, true, true };
	struct scan scan = { .catalog = &data->catalog,
		.station_count = STATIONS,
		.first_day = INT32_MIN,
		.last_day = INT32_MAX,
		.calculator = SCAN_DAYS,
		.elements = elements };
	struct scan_cache *cache = scan_cache_create();
	struct scan_sums made;
	const int64_t *sums = add_up(&made, &scan, cache, NULL);
	const char *id = data->catalog.stations[1]->id;

	(void)state;
	for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
		assert_int_equal(sums[2], scan_row_after(&scan, sums, id, late[i]));
		assert_int_equal(sums[1], scan_row_after(&scan, sums, id, early[i]));
	}
	scan_sums_finish(&made);
	scan_cache_destroy(cache);
}

static void test_cache_tells_walks_apart(void **state)
{
	bool one[ELEMENTS] = { true, false, false }, all[ELEMENTS] = { true, true, true };
	struct scan_cache *cache = scan_cache_create();

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int year = 0; year < 4 * YEARS; year++) { /* more than it holds */
			struct scan scan = { .catalog = &data->catalog,
				.station_count = STATIONS,
				.first_day = date_year_start(FIRST_YEAR) + 90 * year,
				.last_day = INT32_MAX,
				.calculator = SCAN_DAYS,
				.elements = year < 2 * YEARS ? one : all };
			struct scan_sums made;
			const int64_t *sums = add_up(&made, &scan, cache, NULL);

			enumerate(&scan);
			assert_int_equal(row_count, sums[STATIONS]);
			scan_sums_finish(&made);
		}
		scan_cache_renew(cache, NULL);
	}
	scan_cache_destroy(cache);
}

static void test_no_station(void **state)
{
	uint32_t none = 0;
	bool elements[ELEMENTS] = { true, true, true };
	struct scan scan = { .catalog = &data->catalog,
		.stations = &none,
		.first_day = INT32_MIN,
		.last_day = INT32_MAX,
		.calculator = SCAN_DAYS,
		.elements = elements };

	(void)state;
	check_walk(&scan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_walks),
		cmocka_unit_test(test_cursor_of_a_station_that_is_gone),
		cmocka_unit_test(test_cursor_of_no_day),
		cmocka_unit_test(test_cache_tells_walks_apart),
		cmocka_unit_test(test_no_station),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
