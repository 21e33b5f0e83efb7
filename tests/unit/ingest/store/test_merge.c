/* Blocks laid over each other, batches turned round by station, years dirty. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/memory.h"
#include "ingest/store/array.h"
#include "ingest/store/copy.h"
#include "ingest/store/dirty.h"
#include "ingest/store/merge.h"
#include "ingest/store/origins.h"
#include "ingest/store/parts.h"
#include "ingest/store/write_set.h"
#include "unit.h"

static const struct alm_element tmax = { .code = "TMAX" }, tmin = { .code = "TMIN" };

static struct batch_block *make_block(int year, const struct alm_element *element)
{
	struct batch_block *block = memory_new(struct batch_block);

	block->year = year;
	block->element = element;
	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		block->values[i] = BLOCK_NOT_REPORTED;
	}
	return block;
}

/* -- Merging ------------------------------------------------------------ */

static void lay(struct merge *merge, const struct batch_block *block)
{
	const struct merge_view view = merge_view_batch(block);

	merge_overlay(merge, &view);
}

static void reported_days_win(void **state)
{
	struct batch_block *block = make_block(2001, &tmax);
	struct merge merge;

	(void)state;
	merge_clear(&merge, 2001);
	merge.values[0] = 10;
	merge.values[1] = 11;
	merge.values[2] = 12;
	block->values[1] = 21;
	block->values[2] = BLOCK_MISSING; /* reported as missing: that wins too */
	block->values[3] = 23;
	lay(&merge, block);
	assert_int_equal(merge.values[0], 10);
	assert_int_equal(merge.values[1], 21);
	assert_int_equal(merge.values[2], BLOCK_MISSING);
	assert_int_equal(merge.values[3], 23);
	assert_int_equal(merge.values[4], BLOCK_NOT_REPORTED);
	free(block);
}

static void flags_go_with_their_values(void **state)
{
	struct batch_block *flagged = make_block(2001, &tmax);
	struct batch_block *plain = make_block(2001, &tmax);
	char source[BLOCK_DAYS_MAX];
	struct merge merge;
	struct merge_view view;

	(void)state;
	memset(source, ' ', sizeof(source));
	source[0] = 'a';
	source[1] = 'b';
	source[5] = 'z'; /* of no reported day: must not be taken */
	flagged->values[0] = 1;
	flagged->values[1] = 2;
	flagged->flags[FLAG_SOURCE] = source;
	plain->values[1] = 3;
	merge_clear(&merge, 2001);
	lay(&merge, flagged);
	lay(&merge, plain);
	view = merge_view(&merge);
	assert_null(view.flags[FLAG_MEASUREMENT]);
	assert_null(view.flags[FLAG_QUALITY]);
	assert_int_equal(view.flags[FLAG_SOURCE][0], 'a');
	assert_int_equal(view.flags[FLAG_SOURCE][1], ' '); /* its value was replaced */
	assert_int_equal(view.flags[FLAG_SOURCE][5], ' ');
	free(flagged);
	free(plain);
}

static void equality_is_of_days_values_and_flags(void **state)
{
	struct merge a, b;
	struct merge_view va, vb;

	(void)state;
	merge_clear(&a, 2001);
	merge_clear(&b, 2001);
	a.values[7] = b.values[7] = 70;
	b.values[365] = 1; /* 2001 has no such day */
	b.flagged[FLAG_SOURCE] = true;
	memset(b.flags[FLAG_SOURCE], ' ', BLOCK_DAYS_MAX); /* blank is none */
	va = merge_view(&a);
	vb = merge_view(&b);
	assert_true(merge_is_equal(&va, &vb));
	assert_true(merge_is_equal(&vb, &va));
	b.flags[FLAG_SOURCE][7] = 'S';
	assert_false(merge_is_equal(&va, &vb));
	assert_false(merge_is_equal(&vb, &va));
	b.flags[FLAG_SOURCE][7] = ' ';
	a.values[8] = BLOCK_MISSING; /* is not the same as not reported */
	assert_false(merge_is_equal(&va, &vb));
}

/* -- Parts -------------------------------------------------------------- */

static const struct origin nobody = { .id = ORIGIN_UNKNOWN, .place = -1, .uri = "" },
			   one = { .id = 7, .place = 1, .uri = "b" },
			   two = { .id = 3, .place = 1, .uri = "c" },
			   three = { .id = 5, .place = 2, .uri = "a" },
			   whole = { .id = 9, .place = 3, .uri = "a", .whole = true };

/* A part that reports these days with this value. */
static void report(struct parts *parts, const struct origin *origin, int day, int end,
	int32_t value, bool adds)
{
	static struct merge merges[8];
	static int next;
	struct merge *merge = &merges[next++ % 8];
	struct merge_view view;

	merge_clear(merge, parts->year);
	for (; day < end; day++) {
		merge->values[day] = value;
	}
	view = merge_view(merge);
	parts_report(parts, origin, &view, adds);
}

static void expect(const struct merge_view *view, int32_t a, int32_t b, int32_t c)
{
	assert_int_equal(view->values[0], a);
	assert_int_equal(view->values[1], b);
	assert_int_equal(view->values[2], c);
}

/* Place, then URI, whatever the order in which they come. */
static void parts_count_by_place_and_uri(void **state)
{
	struct parts parts = { 0 };
	struct merge_view view;

	(void)state;
	parts_clear(&parts, 2001);
	report(&parts, &three, 2, 3, 30, false);
	report(&parts, &one, 0, 3, 10, false);
	report(&parts, &two, 1, 3, 20, false);
	view = parts_merge(&parts);
	expect(&view, 10, 20, 30);
	assert_int_equal(parts_origin(&parts), PARTS_SEVERAL);
	assert_true(parts.changed);
	/* What covered others uncovers them. */
	parts_withdraw(&parts, three.id, NULL);
	view = parts_merge(&parts);
	expect(&view, 10, 20, 20);
	report(&parts, &two, 2, 3, 25, false); /* it says less now */
	view = parts_merge(&parts);
	expect(&view, 10, 10, 25);
	report(&parts, &two, 1, 2, 26, true); /* and more */
	view = parts_merge(&parts);
	expect(&view, 10, 26, 25);
	parts_withdraw(&parts, one.id, NULL);
	view = parts_merge(&parts);
	expect(&view, BLOCK_NOT_REPORTED, 26, 25);
	assert_int_equal(parts_origin(&parts), two.id);
	parts_withdraw(&parts, two.id, NULL);
	assert_int_equal(parts.count, 0);
	parts_finish(&parts);
}

static void parts_that_are_whole_cover_all(void **state)
{
	struct parts parts = { 0 };
	struct merge_view view;

	(void)state;
	parts_clear(&parts, 2001);
	report(&parts, &whole, 1, 2, 40, false);
	report(&parts, &one, 0, 3, 10, false);
	view = parts_merge(&parts);
	expect(&view, BLOCK_NOT_REPORTED, 40, BLOCK_NOT_REPORTED);
	parts_withdraw(&parts, whole.id, NULL);
	view = parts_merge(&parts);
	expect(&view, 10, 10, 10);
	parts_finish(&parts);
}

/* What nobody knows any more stays only where nobody says anything else. */
static void parts_of_nobody_give_way(void **state)
{
	struct parts parts = { 0 };
	struct merge_view view;

	(void)state;
	parts_clear(&parts, 2001);
	report(&parts, &nobody, 0, 2, 5, false);
	report(&parts, &one, 1, 3, 10, false);
	view = parts_merge(&parts);
	expect(&view, 5, 10, 10);
	report(&parts, &two, 0, 1, 20, false);
	view = parts_merge(&parts);
	expect(&view, 20, 10, 10);
	assert_int_equal(parts.count, 2);
	parts_finish(&parts);
}

static void expect_no_days(struct merge_view view)
{
	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		assert_int_equal(view.values[i], BLOCK_NOT_REPORTED);
	}
}

/* A day that is withdrawn is not reported, whatever objects that count less say of it, and
 * those that count more replace it. */
static void parts_withdraw_days(void **state)
{
	static const struct origin first = { .id = 1, .place = 1, .uri = "a" };
	static const struct origin second = { .id = 2, .place = 2, .uri = "b" };
	static const struct origin third = { .id = 3, .place = 3, .uri = "c" };
	struct batch_block *base = make_block(2001, &tmax), *diff = make_block(2001, &tmax);
	struct batch_block *later = make_block(2001, &tmax);
	const struct merge_view views[] = { merge_view_batch(base), merge_view_batch(diff),
		merge_view_batch(later) };
	uint16_t times[BLOCK_DAYS_MAX] = { 701, 701, 701 };
	struct merge_view view = views[0];
	struct parts parts = { 0 };

	(void)state;
	base->values[0] = base->values[1] = base->values[2] = 5;
	view.times = times;
	diff->values[0] = diff->values[1] = BLOCK_WITHDRAWN;
	later->values[1] = 7;
	parts_clear(&parts, 2001);
	parts_report(&parts, &second, &views[1], false);
	assert_int_equal(parts_origin(&parts), PARTS_SEVERAL);
	expect_no_days(parts_merge(&parts));
	parts_report(&parts, &third, &views[2], false);
	parts_report(&parts, &first, &view, false);
	view = parts_merge(&parts);
	assert_int_equal(view.values[0], BLOCK_NOT_REPORTED);
	assert_int_equal(view.values[1], 7);
	assert_int_equal(view.values[2], 5);
	assert_int_equal(view.times[0], 0);
	assert_int_equal(view.times[1], 0);
	assert_int_equal(view.times[2], 701);
	parts_finish(&parts);
	free(base);
	free(diff);
	free(later);
}

static void parts_know_whether_they_change(void **state)
{
	struct parts parts = { 0 };
	struct merge stored;
	struct merge_view view;
	uint8_t stays[BLOCK_BITMAP] = { 1 << 0 | 1 << 1 };

	(void)state;
	merge_clear(&stored, 2001);
	stored.values[0] = stored.values[1] = 10;
	view = merge_view(&stored);
	parts_clear(&parts, 2001);
	parts_add(&parts, &one, &view);
	report(&parts, &one, 0, 2, 10, false);
	parts_withdraw(&parts, one.id, stays);
	parts_withdraw(&parts, two.id, NULL);
	assert_false(parts.changed);
	stays[0] = 1 << 1;
	parts_withdraw(&parts, one.id, stays);
	assert_true(parts.changed);
	view = parts_merge(&parts);
	expect(&view, BLOCK_NOT_REPORTED, 10, BLOCK_NOT_REPORTED);
	assert_int_equal(stored.values[0], 10);
	parts_finish(&parts);
}

/* -- Batches ------------------------------------------------------------ */

static struct batch *make_batch(size_t stations, size_t descriptions)
{
	struct batch *batch = batch_create();

	batch->first = batch->last = true;
	batch->outcome = BATCH_TAKEN;
	batch->origin = &one;
	batch->stations = arena_alloc(&batch->arena, stations * sizeof(*batch->stations));
	batch->station_count = stations;
	batch->descriptions =
		arena_alloc(&batch->arena, descriptions * sizeof(*batch->descriptions));
	batch->description_count = descriptions;
	for (size_t i = 0; i < descriptions; i++) {
		batch->descriptions[i] = (struct alm_station){
			.id = "S", .latitude = NAN, .longitude = NAN, .elevation = NAN
		};
	}
	return batch;
}

static void add_station(struct batch *batch, size_t i, const char *id,
	struct batch_block **blocks, size_t count)
{
	batch->stations[i] = (struct batch_station){ id, blocks, count };
}

static void stations_come_sorted_with_their_reports(void **state)
{
	struct batch_block *a = make_block(2000, &tmax), *b = make_block(2000, &tmin),
			   *c = make_block(1999, &tmin), *d = make_block(2000, &tmax);
	struct batch_block *these[] = { a, b }, *those[] = { c, d }, *other[] = { a };
	struct batch *batches[] = { make_batch(2, 0), make_batch(1, 0), make_batch(1, 0) };
	struct write_set set;

	(void)state;
	add_station(batches[0], 0, "B", these, 2);
	add_station(batches[0], 1, "C", NULL, 0);
	add_station(batches[1], 0, "B", those, 2);
	add_station(batches[2], 0, "A", other, 1);
	write_set_init(&set, batches, 3);
	assert_int_equal(set.station_count, 3);
	assert_string_equal(set.stations[0].id, "A");
	assert_ptr_equal(set.stations[0].reports[0].block, a);
	assert_string_equal(set.stations[1].id, "B");
	assert_int_equal(set.stations[1].report_count, 4);
	assert_ptr_equal(set.stations[1].reports[0].block, c); /* 1999 */
	assert_ptr_equal(set.stations[1].reports[1].block, a); /* TMAX: the earlier batch */
	assert_ptr_equal(set.stations[1].reports[2].block, d); /* then the later */
	assert_ptr_equal(set.stations[1].reports[3].block, b); /* TMIN */
	assert_string_equal(set.stations[2].id, "C");
	assert_int_equal(set.stations[2].report_count, 0);
	/* A mention without a day is all that is said of C. */
	assert_int_equal(set.description_count, 1);
	assert_string_equal(set.descriptions[0].id, "C");
	assert_null(set.descriptions[0].station);
	assert_ptr_equal(write_set_find(&set, "B"), &set.stations[1]);
	assert_null(write_set_find(&set, "D"));
	write_set_finish(&set);
	for (int i = 0; i < 3; i++) {
		batch_destroy(batches[i]);
	}
	free(a);
	free(b);
	free(c);
	free(d);
}

static void batches_without_origin_are_left_out(void **state)
{
	struct batch *batch = make_batch(1, 0);
	struct write_set set;

	(void)state;
	add_station(batch, 0, "A", NULL, 0);
	batch->origin = NULL;
	write_set_init(&set, &batch, 1);
	assert_int_equal(set.station_count, 0);
	write_set_finish(&set);
	batch_destroy(batch);
}

static void descriptions_are_of_their_objects(void **state)
{
	struct batch *batches[] = { make_batch(0, 1), make_batch(1, 1) };
	struct write_set set;

	(void)state;
	batches[0]->descriptions[0].name = "OLD";
	batches[1]->descriptions[0].name = "NEW";
	batches[1]->origin = &two;
	add_station(batches[1], 0, "S", NULL, 0); /* the description says that already */
	write_set_init(&set, batches, 2);
	assert_int_equal(set.station_count, 1);
	assert_true(set.stations[0].described);
	assert_int_equal(set.description_count, 2);
	assert_ptr_equal(set.descriptions[0].station, &batches[0]->descriptions[0]);
	assert_ptr_equal(set.descriptions[0].origin, &one);
	assert_ptr_equal(set.descriptions[1].station, &batches[1]->descriptions[0]);
	assert_ptr_equal(set.descriptions[1].origin, &two);
	write_set_finish(&set);
	batch_destroy(batches[0]);
	batch_destroy(batches[1]);
}

/* -- Touched years ------------------------------------------------------ */

static void dirty_years_are_put_together(void **state)
{
	struct dirty dirty = { 0 };
	int first, last;

	(void)state;
	dirty_add(&dirty, "B", 2000);
	dirty_add(&dirty, "B", 1700);
	dirty_add(&dirty, "A", 2199);
	dirty_add(&dirty, "B", 2001);
	dirty_add_all(&dirty, "C");
	dirty_sort(&dirty);
	assert_int_equal(dirty.count, 3);
	assert_string_equal(dirty.stations[1].id, "B");
	assert_true(dirty_has_year(&dirty.stations[1], 1700));
	assert_true(dirty_has_year(&dirty.stations[1], 2001));
	assert_false(dirty_has_year(&dirty.stations[1], 1999));
	assert_false(dirty_has_year(&dirty.stations[1], 1699));
	assert_false(dirty_has_year(&dirty.stations[0], 2200));
	dirty_range(&dirty.stations[1], &first, &last);
	assert_int_equal(first, 1700);
	assert_int_equal(last, 2001);
	dirty_range(&dirty.stations[0], &first, &last);
	assert_int_equal(first, 2199);
	assert_int_equal(last, 2199);
	assert_true(dirty_has_year(&dirty.stations[2], 1850));
	dirty_finish(&dirty);
}

/* December belongs to the winter of the year that follows. */
static void dirty_seasons(void **state)
{
	struct dirty dirty = { 0 };
	const struct period winter = period_of(ALM_SEASON, date_day(2001, 1, 1));
	const struct period spring = period_of(ALM_SEASON, date_day(2001, 3, 1));
	const struct period january = period_of(ALM_MONTH, date_day(2001, 1, 1));
	const struct period march = period_of(ALM_MONTH, date_day(2001, 3, 1));
	const struct period before = period_of(ALM_SEASON, date_day(2000, 1, 1));

	(void)state;
	dirty_add(&dirty, "A", 2000);
	assert_true(dirty_has_period(&dirty.stations[0], &winter, 0));
	assert_true(dirty_has_period(&dirty.stations[0], &before, 0));
	assert_false(dirty_has_period(&dirty.stations[0], &spring, 0));
	assert_false(dirty_has_period(&dirty.stations[0], &january, 0));
	assert_true(dirty_has_period(&dirty.stations[0], &january, 1));
	assert_false(dirty_has_period(&dirty.stations[0], &march, 59)); /* 1 January 2001 */
	assert_true(dirty_has_period(&dirty.stations[0], &march, 60));
	dirty_finish(&dirty);
}

/* -- Formats ------------------------------------------------------------ */

static void arrays_are_quoted(void **state)
{
	struct array array = { 0 };

	(void)state;
	assert_string_equal(array_argument(&array), "{}");
	array_text(&array, "a\"b\\c,{}");
	array_text(&array, NULL);
	assert_string_equal(array_argument(&array), "{\"a\\\"b\\\\c,{}\",NULL}");
	array_integer(&array, -5);
	array_double(&array, 0.1);
	array_double(&array, NAN);
	assert_string_equal(array_argument(&array),
		"{\"a\\\"b\\\\c,{}\",NULL,-5,0.10000000000000001,NULL}");
	array_clear(&array);
	array_text(&array, "");
	assert_string_equal(array_argument(&array), "{\"\"}");
	array_finish(&array);
}

static void copy_rows_are_in_network_order(void **state)
{
	static const unsigned char wanted[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"
					      "\0\006"
					      "\0\0\0\002\377\376"             /* -2 */
					      "\0\0\0\004\0\001\342\100"       /* 123456 */
					      "\0\0\0\010\077\370\0\0\0\0\0\0" /* 1.5 */
					      "\377\377\377\377"
					      "\0\0\0\002xy"
					      "\0\0\0\001\001"
					      "\377\377";
	struct buffer buffer = { 0 };

	(void)state;
	copy_header(&buffer);
	copy_row(&buffer, 6);
	copy_int16(&buffer, -2);
	copy_int32(&buffer, 123456);
	copy_double(&buffer, 1.5);
	copy_double(&buffer, NAN);
	copy_text(&buffer, "xy");
	copy_bool(&buffer, true);
	copy_trailer(&buffer);
	assert_int_equal(buffer.length, sizeof(wanted) - 1);
	assert_memory_equal(buffer.data, wanted, sizeof(wanted) - 1);
	buffer_finish(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reported_days_win),
		cmocka_unit_test(flags_go_with_their_values),
		cmocka_unit_test(equality_is_of_days_values_and_flags),
		cmocka_unit_test(parts_count_by_place_and_uri),
		cmocka_unit_test(parts_that_are_whole_cover_all),
		cmocka_unit_test(parts_of_nobody_give_way),
		cmocka_unit_test(parts_withdraw_days),
		cmocka_unit_test(parts_know_whether_they_change),
		cmocka_unit_test(stations_come_sorted_with_their_reports),
		cmocka_unit_test(batches_without_origin_are_left_out),
		cmocka_unit_test(descriptions_are_of_their_objects),
		cmocka_unit_test(dirty_years_are_put_together),
		cmocka_unit_test(dirty_seasons),
		cmocka_unit_test(arrays_are_quoted),
		cmocka_unit_test(copy_rows_are_in_network_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
