/* Observations to blocks: what ends up in a parcel, and what is refused. */
#include <string.h>

#include "base/date.h"
#include "ingest/parse/assemble.h"
#include "unit.h"

enum { TMAX, PRCP, ZERO };

static const struct alm_element elements[] = {
	[TMAX] = { .code = "TMAX", .unit = "degC", .decimals = 1, .min = -900, .max = 600 },
	[PRCP] = { .code = "PRCP", .unit = "mm", .decimals = 1, .min = 0, .max = 20000 },
	[ZERO] = { .code = "AAAA", .unit = "1", .min = 0, .max = 0 }, /* no bounds */
	{ .code = NULL },
};

static const struct alm_source adding = { .name = "adding", .elements = elements };
static const struct alm_source bare = { .name = "bare" };

struct fixture {
	struct assemble *assemble;
	struct batch *batch;
};

static struct fixture start(const struct alm_source *source)
{
	struct fixture f = { assemble_create(), batch_create() };

	assemble_open(f.assemble, source, f.batch);
	return f;
}

static void finish(struct fixture *f)
{
	assemble_destroy(f->assemble);
	batch_destroy(f->batch);
}

/* The parcel so far, and another one begins. Destroy it. */
static struct batch *hand_over(struct fixture *f)
{
	struct batch *full = f->batch;

	f->batch = batch_create();
	assemble_hand_over(f->assemble, f->batch);
	return full;
}

static enum assemble_problem add(
	struct fixture *f, unsigned element, int year, int month, int day, int32_t value)
{
	const struct alm_observation observation = {
		.day = date_day(year, month, day), .value = value, .element = (uint16_t)element
	};
	size_t at = 9;
	enum assemble_problem problem = assemble_add(f->assemble, &observation, 1, &at);

	assert_int_equal(at, 0);
	return problem;
}

static void station(struct fixture *f, const char *id)
{
	assemble_station(f->assemble, id, strlen(id));
}

static void expect_block(
	const struct batch_station *station, size_t i, int year, const char *code)
{
	assert_true(i < station->block_count);
	assert_int_equal(station->blocks[i]->year, year);
	assert_string_equal(station->blocks[i]->element->code, code);
}

/* Days of a block on which something was reported. */
static int count_days(const struct batch_block *block)
{
	int count = 0;

	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		count += block->values[i] != BLOCK_NOT_REPORTED;
	}
	return count;
}

static void sorts_what_comes_unsorted(void **state)
{
	struct fixture f = start(&adding);
	struct batch *batch;

	(void)state;
	station(&f, "b");
	assert_int_equal(add(&f, TMAX, 2001, 1, 1, 10), ASSEMBLE_FINE);
	assert_int_equal(add(&f, TMAX, 1999, 12, 31, 20), ASSEMBLE_FINE);
	assemble_keep(f.assemble);
	station(&f, "B");
	assert_int_equal(add(&f, PRCP, 2000, 12, 31, 30), ASSEMBLE_FINE);
	assemble_keep(f.assemble);
	station(&f, "b");
	assert_int_equal(add(&f, PRCP, 2001, 3, 1, 40), ASSEMBLE_FINE);
	assert_int_equal(add(&f, ZERO, 2001, 3, 1, 0), ASSEMBLE_FINE);
	assert_int_equal(add(&f, TMAX, 2001, 1, 2, ALM_MISSING), ASSEMBLE_FINE);
	assert_int_equal(assemble_keep(f.assemble), 3);
	batch = hand_over(&f);

	assert_int_equal(batch->station_count, 2);
	assert_string_equal(batch->stations[0].id, "B");
	assert_int_equal(batch->stations[0].block_count, 1);
	expect_block(&batch->stations[0], 0, 2000, "PRCP");
	assert_int_equal(batch->stations[0].blocks[0]->values[365], 30); /* a leap year */
	assert_string_equal(batch->stations[1].id, "b");
	assert_int_equal(batch->stations[1].block_count, 4);
	expect_block(&batch->stations[1], 0, 1999, "TMAX");
	expect_block(&batch->stations[1], 1, 2001, "AAAA");
	expect_block(&batch->stations[1], 2, 2001, "PRCP");
	expect_block(&batch->stations[1], 3, 2001, "TMAX");
	assert_int_equal(batch->stations[1].blocks[0]->values[364], 20);
	assert_int_equal(batch->stations[1].blocks[2]->values[31 + 28], 40);
	assert_int_equal(batch->stations[1].blocks[3]->values[0], 10);
	assert_int_equal(batch->stations[1].blocks[3]->values[1], BLOCK_MISSING);
	assert_int_equal(batch->stations[1].blocks[3]->values[2], BLOCK_NOT_REPORTED);
	batch_destroy(batch);
	finish(&f);
}

static void refuses_what_cannot_be(void **state)
{
	struct fixture f = start(&adding);

	(void)state;
	assert_int_equal(add(&f, TMAX, 2000, 1, 1, 0), ASSEMBLE_NO_STATION);
	assert_null(assemble_current(f.assemble));
	station(&f, "S");
	assert_string_equal(assemble_current(f.assemble), "S");
	assert_int_equal(add(&f, 3, 2000, 1, 1, 0), ASSEMBLE_NO_ELEMENT);
	assert_int_equal(add(&f, 65535, 2000, 1, 1, 0), ASSEMBLE_NO_ELEMENT);
	assert_int_equal(add(&f, TMAX, 1699, 12, 31, 0), ASSEMBLE_BAD_DAY);
	assert_int_equal(add(&f, TMAX, 1700, 1, 1, 0), ASSEMBLE_FINE);
	assert_int_equal(add(&f, TMAX, 2199, 12, 31, 0), ASSEMBLE_FINE);
	assert_int_equal(add(&f, TMAX, 2200, 1, 1, 0), ASSEMBLE_BAD_DAY);
	assert_int_equal(add(&f, TMAX, 2000, 2, 30, 0), ASSEMBLE_BAD_DAY); /* ALM_NO_DAY */
	assert_int_equal(add(&f, TMAX, 2000, 1, 1, -901), ASSEMBLE_BAD_VALUE);
	assert_int_equal(add(&f, TMAX, 2000, 1, 1, 601), ASSEMBLE_BAD_VALUE);
	assert_int_equal(add(&f, TMAX, 2000, 1, 1, BLOCK_WITHDRAWN), ASSEMBLE_BAD_VALUE);
	assert_int_equal(add(&f, ZERO, 2000, 1, 1, BLOCK_WITHDRAWN), ASSEMBLE_BAD_VALUE);
	assert_int_equal(add(&f, TMAX, 2000, 1, 1, -900), ASSEMBLE_FINE);
	assert_int_equal(add(&f, TMAX, 2000, 1, 2, 600), ASSEMBLE_FINE);
	assert_int_equal(add(&f, TMAX, 2000, 1, 1, 5), ASSEMBLE_TWICE);
	assert_int_equal(add(&f, TMAX, 2000, 1, 1, ALM_MISSING), ASSEMBLE_TWICE);
	finish(&f);
	f = start(&bare);
	station(&f, "S");
	assert_int_equal(add(&f, 0, 2000, 1, 1, 0), ASSEMBLE_NO_ELEMENT);
	finish(&f);
}

static void keeps_times_and_withdrawn_days(void **state)
{
	static const int bad[] = { 2401, 60, 1260, 2460, 65534 };
	struct fixture f = start(&adding);
	const struct alm_observation values[] = {
		{ .day = 0, .value = 1, .element = TMAX, .time = ALM_TIME(0) },
		{ .day = 1, .value = ALM_MISSING, .element = TMAX, .time = ALM_TIME(2400) },
		{ .day = 2, .value = ALM_NOT_REPORTED, .element = TMAX },
		{ .day = 2, .value = 5, .element = TMAX },
	};
	const struct batch_block *block;
	struct batch *batch;
	size_t at = 9;

	(void)state;
	station(&f, "S");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct alm_observation wrong = {
			.day = 0, .value = 1, .element = TMAX, .time = ALM_TIME(bad[i])
		};

		assert_int_equal(assemble_add(f.assemble, &wrong, 1, &at), ASSEMBLE_BAD_TIME);
		assemble_undo(f.assemble);
	}
	assert_int_equal(assemble_add(f.assemble, values, 4, &at), ASSEMBLE_TWICE);
	assert_int_equal(at, 3);
	assemble_undo(f.assemble);
	assert_int_equal(assemble_add(f.assemble, values, 3, &at), ASSEMBLE_FINE);
	assert_int_equal(assemble_keep(f.assemble), 3);
	batch = hand_over(&f);
	block = batch->stations[0].blocks[0];
	assert_int_equal(block->values[2], BLOCK_WITHDRAWN);
	assert_int_equal(alm_time_hhmm(block->times[0]), 0);
	assert_int_equal(alm_time_hhmm(block->times[1]), 2400);
	assert_int_equal(alm_time_hhmm(block->times[2]), -1);
	batch_destroy(batch);
	finish(&f);
}

static void says_which_observation_is_wrong(void **state)
{
	struct fixture f = start(&adding);
	const struct alm_observation values[] = {
		{ .day = 0, .value = 1, .element = TMAX },
		{ .day = 0, .value = INT32_MAX, .element = ZERO },
		{ .day = 0, .value = -1, .element = PRCP }, /* beyond its bounds */
	};
	size_t at = 9;

	(void)state;
	station(&f, "S");
	assert_int_equal(assemble_add(f.assemble, values, 3, &at), ASSEMBLE_BAD_VALUE);
	assert_int_equal(at, 2);
	finish(&f);
}

static void takes_a_line_back(void **state)
{
	struct fixture f = start(&adding);
	const struct alm_observation flagged = {
		.day = 0, .value = 7, .element = TMAX, .measurement = 'T', .quality = 'X'
	};
	struct batch *batch;
	size_t at;

	(void)state;
	station(&f, "kept");
	assert_int_equal(add(&f, TMAX, 1970, 1, 2, 5), ASSEMBLE_FINE);
	assemble_keep(f.assemble);
	assert_int_equal(assemble_add(f.assemble, &flagged, 1, &at), ASSEMBLE_FINE);
	assert_int_equal(add(&f, PRCP, 1980, 1, 1, 5), ASSEMBLE_FINE);
	assemble_undo(f.assemble);
	assert_int_equal(assemble_keep(f.assemble), 0);
	station(&f, "undone");
	assert_int_equal(add(&f, TMAX, 1970, 1, 2, 5), ASSEMBLE_FINE);
	assemble_undo(f.assemble);
	assemble_no_station(f.assemble);
	batch = hand_over(&f);

	/* Neither the other day, nor the other year, nor the other station. */
	assert_int_equal(batch->station_count, 1);
	assert_string_equal(batch->stations[0].id, "kept");
	assert_int_equal(batch->stations[0].block_count, 1);
	assert_int_equal(count_days(batch->stations[0].blocks[0]), 1);
	assert_int_equal(batch->stations[0].blocks[0]->flags[FLAG_QUALITY][0], ' ');
	assert_int_equal(batch->stations[0].blocks[0]->flags[FLAG_MEASUREMENT][0], ' ');
	batch_destroy(batch);

	/* What was taken back may come again. */
	station(&f, "kept");
	assert_int_equal(assemble_add(f.assemble, &flagged, 1, &at), ASSEMBLE_FINE);
	finish(&f);
}

/* Members that may get a meaning must be 0 today. */
static void refuses_reserved_members(void **state)
{
	struct fixture f = start(&adding);
	const struct alm_observation value = { .day = 1, .value = 1, .reserved = ' ' };
	size_t at;

	(void)state;
	station(&f, "S");
	assert_int_equal(assemble_add(f.assemble, &value, 1, &at), ASSEMBLE_RESERVED);
	finish(&f);
}

static void keeps_flags_where_there_are_any(void **state)
{
	struct fixture f = start(&adding);
	const struct alm_observation values[] = {
		{ .day = 0, .value = 1, .element = TMAX, .quality = 'X' },
		{ .day = 1, .value = 2, .element = TMAX, .measurement = ' ', .source = ' ' },
		{ .day = 2, .value = 3, .element = TMAX, .quality = '~', .source = '!' },
	};
	const struct alm_observation bad = {
		.day = 3, .value = 1, .element = TMAX, .source = '\n'
	};
	const struct batch_block *block;
	struct batch *batch;
	size_t at;

	(void)state;
	station(&f, "S");
	assert_int_equal(assemble_add(f.assemble, values, 3, &at), ASSEMBLE_FINE);
	assert_int_equal(assemble_keep(f.assemble), 3);
	assert_int_equal(assemble_add(f.assemble, &bad, 1, &at), ASSEMBLE_BAD_FLAG);
	assemble_undo(f.assemble);
	batch = hand_over(&f);
	block = batch->stations[0].blocks[0];
	assert_null(block->flags[FLAG_MEASUREMENT]);
	assert_memory_equal(block->flags[FLAG_QUALITY], "X ~ ", 4);
	assert_memory_equal(block->flags[FLAG_SOURCE], "  ! ", 4);
	assert_int_equal(count_days(block), 3);
	batch_destroy(batch);
	finish(&f);
}

static void remembers_days_across_batches(void **state)
{
	struct fixture f = start(&adding);
	struct batch *first, *second;

	(void)state;
	station(&f, "S");
	assert_int_equal(add(&f, TMAX, 2000, 1, 1, 1), ASSEMBLE_FINE);
	assemble_keep(f.assemble);
	first = hand_over(&f);
	assert_string_equal(assemble_current(f.assemble), "S");
	assert_int_equal(add(&f, TMAX, 2000, 1, 1, 2), ASSEMBLE_TWICE);
	assemble_undo(f.assemble);
	assert_int_equal(add(&f, TMAX, 2000, 1, 2, 2), ASSEMBLE_FINE);
	assert_int_equal(add(&f, TMAX, 2000, 1, 2, 2), ASSEMBLE_TWICE);
	assert_int_equal(add(&f, PRCP, 2000, 1, 1, 2), ASSEMBLE_FINE);
	assemble_keep(f.assemble);
	second = hand_over(&f);

	assert_int_equal(second->stations[0].block_count, 2);
	expect_block(&second->stations[0], 0, 2000, "PRCP");
	expect_block(&second->stations[0], 1, 2000, "TMAX");
	assert_int_equal(count_days(second->stations[0].blocks[1]), 1);
	batch_destroy(first);
	batch_destroy(second);
	finish(&f);
}

static void forgets_on_demand(void **state)
{
	struct fixture f = start(&adding);

	(void)state;
	station(&f, "S");
	assert_int_equal(add(&f, TMAX, 2000, 1, 1, 1), ASSEMBLE_FINE);
	assemble_keep(f.assemble);
	batch_destroy(hand_over(&f));
	assert_true(assemble_memory(f.assemble) > 0);
	assemble_forget(f.assemble);
	assert_string_equal(assemble_current(f.assemble), "S");
	assert_int_equal(add(&f, TMAX, 2000, 1, 1, 1), ASSEMBLE_FINE);
	finish(&f);
}

/* More stations than the table begins with, and every one found again. */
static void holds_many_stations(void **state)
{
	enum { STATIONS = 1000 };
	struct fixture f = start(&adding);
	struct batch *batch;
	char id[] = "S000";

	(void)state;
	for (int day = 1; day <= 2; day++) {
		for (int i = 0; i < STATIONS; i++) {
			id[1] = (char)('0' + i / 100);
			id[2] = (char)('0' + i / 10 % 10);
			id[3] = (char)('0' + i % 10);
			station(&f, id);
			assert_int_equal(add(&f, TMAX, 2000, 1, day, i % 600), ASSEMBLE_FINE);
			assemble_keep(f.assemble);
		}
	}
	batch = hand_over(&f);
	assert_int_equal(batch->station_count, STATIONS);
	for (size_t i = 0; i < STATIONS; i++) {
		const struct batch_station *station = &batch->stations[i];

		assert_true(i == 0 || strcmp(batch->stations[i - 1].id, station->id) < 0);
		assert_int_equal(station->block_count, 1);
		assert_int_equal(station->blocks[0]->values[1], i % 600);
		assert_int_equal(count_days(station->blocks[0]), 2);
	}
	batch_destroy(batch);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_what_comes_unsorted),
		cmocka_unit_test(refuses_what_cannot_be),
		cmocka_unit_test(keeps_times_and_withdrawn_days),
		cmocka_unit_test(says_which_observation_is_wrong),
		cmocka_unit_test(takes_a_line_back),
		cmocka_unit_test(refuses_reserved_members),
		cmocka_unit_test(keeps_flags_where_there_are_any),
		cmocka_unit_test(remembers_days_across_batches),
		cmocka_unit_test(forgets_on_demand),
		cmocka_unit_test(holds_many_stations),
	};

	return cmocka_run_group_tests_name("assemble", tests, NULL, NULL);
}
