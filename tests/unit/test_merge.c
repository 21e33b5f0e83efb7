/* Blocks laid over each other, batches turned round by station, years touched. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ingest/array.h"
#include "ingest/batch.h"
#include "ingest/copy.h"
#include "ingest/merge.h"
#include "ingest/touched.h"
#include "unit.h"

static const struct alm_element tmax = { .code = "TMAX" }, tmin = { .code = "TMIN" };

static struct parcel_block *make_block(int year, const struct alm_element *element)
{
	struct parcel_block *block = memory_new(struct parcel_block);

	block->year = year;
	block->element = element;
	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		block->values[i] = BLOCK_NOT_REPORTED;
	}
	return block;
}

/* -- Merging ------------------------------------------------------------ */

static void reported_days_win(void **state)
{
	struct parcel_block *block = make_block(2001, &tmax);
	struct merge merge;

	(void)state;
	merge_clear(&merge, 2001);
	merge.values[0] = 10;
	merge.values[1] = 11;
	merge.values[2] = 12;
	block->values[1] = 21;
	block->values[2] = BLOCK_MISSING; /* reported as missing: that wins too */
	block->values[3] = 23;
	merge_report(&merge, block);
	assert_int_equal(merge.values[0], 10);
	assert_int_equal(merge.values[1], 21);
	assert_int_equal(merge.values[2], BLOCK_MISSING);
	assert_int_equal(merge.values[3], 23);
	assert_int_equal(merge.values[4], BLOCK_NOT_REPORTED);
	free(block);
}

static void whole_blocks_replace(void **state)
{
	struct parcel_block *block = make_block(2001, &tmax);
	struct merge merge;

	(void)state;
	merge_clear(&merge, 2001);
	merge.values[0] = 10;
	merge.values[1] = 11;
	merge.flagged[FLAG_QUALITY] = true;
	memset(merge.flags[FLAG_QUALITY], 'X', BLOCK_DAYS_MAX);
	block->values[1] = 21;
	block->whole = true;
	merge_report(&merge, block);
	assert_int_equal(merge.values[0], BLOCK_NOT_REPORTED);
	assert_int_equal(merge.values[1], 21);
	assert_null(merge_view(&merge).flags[FLAG_QUALITY]);
	free(block);
}

static void flags_go_with_their_values(void **state)
{
	struct parcel_block *flagged = make_block(2001, &tmax);
	struct parcel_block *plain = make_block(2001, &tmax);
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
	merge_report(&merge, flagged);
	merge_report(&merge, plain);
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

/* -- Batches ------------------------------------------------------------ */

static struct parcel *make_parcel(size_t stations, size_t descriptions)
{
	struct parcel *parcel = parcel_create();

	parcel->first = parcel->last = true;
	parcel->outcome = PARCEL_TAKEN;
	parcel->stations = arena_alloc(&parcel->arena, stations * sizeof(*parcel->stations));
	parcel->station_count = stations;
	parcel->descriptions =
		arena_alloc(&parcel->arena, descriptions * sizeof(*parcel->descriptions));
	parcel->description_count = descriptions;
	for (size_t i = 0; i < descriptions; i++) {
		parcel->descriptions[i] = (struct alm_station){
			.id = "S", .latitude = NAN, .longitude = NAN, .elevation = NAN
		};
	}
	return parcel;
}

static void add_station(struct parcel *parcel, size_t i, const char *id,
	struct parcel_block **blocks, size_t count)
{
	parcel->stations[i] = (struct parcel_station){ id, blocks, count };
}

static void stations_come_sorted_with_their_reports(void **state)
{
	struct parcel_block *a = make_block(2000, &tmax), *b = make_block(2000, &tmin),
			    *c = make_block(1999, &tmin), *d = make_block(2000, &tmax);
	struct parcel_block *first[] = { a, b }, *second[] = { c, d }, *other[] = { a };
	struct parcel *parcels[] = { make_parcel(2, 0), make_parcel(1, 0), make_parcel(1, 0) };
	struct batch batch;

	(void)state;
	add_station(parcels[0], 0, "B", first, 2);
	add_station(parcels[0], 1, "C", NULL, 0);
	add_station(parcels[1], 0, "B", second, 2);
	add_station(parcels[2], 0, "A", other, 1);
	batch_init(&batch, parcels, 3);
	assert_int_equal(batch.station_count, 3);
	assert_string_equal(batch.stations[0].id, "A");
	assert_ptr_equal(batch.stations[0].reports, other); /* nothing to sort */
	assert_string_equal(batch.stations[1].id, "B");
	assert_int_equal(batch.stations[1].report_count, 4);
	assert_ptr_equal(batch.stations[1].reports[0], c); /* 1999 */
	assert_ptr_equal(batch.stations[1].reports[1], a); /* TMAX: the earlier parcel */
	assert_ptr_equal(batch.stations[1].reports[2], d); /* then the later */
	assert_ptr_equal(batch.stations[1].reports[3], b); /* TMIN */
	assert_string_equal(batch.stations[2].id, "C");
	assert_int_equal(batch.stations[2].report_count, 0);
	assert_ptr_equal(batch_find(&batch, "B"), &batch.stations[1]);
	assert_null(batch_find(&batch, "D"));
	batch_finish(&batch);
	for (int i = 0; i < 3; i++) {
		parcel_destroy(parcels[i]);
	}
	free(a);
	free(b);
	free(c);
	free(d);
}

static void failed_parcels_are_left_out(void **state)
{
	struct parcel *parcel = make_parcel(1, 0);
	struct batch batch;

	(void)state;
	add_station(parcel, 0, "A", NULL, 0);
	parcel->outcome = PARCEL_FAILED;
	batch_init(&batch, &parcel, 1);
	assert_int_equal(batch.station_count, 0);
	batch_finish(&batch);
	parcel_destroy(parcel);
}

static void what_a_later_description_knows_wins(void **state)
{
	struct parcel *parcels[] = { make_parcel(0, 1), make_parcel(0, 1) };
	const struct alm_station *known;
	struct batch batch;

	(void)state;
	parcels[0]->descriptions[0].name = "OLD";
	parcels[0]->descriptions[0].latitude = 40;
	parcels[0]->descriptions[0].state = "IL";
	parcels[1]->descriptions[0].name = "NEW";
	parcels[1]->descriptions[0].state = "";
	parcels[1]->descriptions[0].elevation = 100;
	batch_init(&batch, parcels, 2);
	assert_int_equal(batch.station_count, 1);
	known = &batch.stations[0].description;
	assert_true(batch.stations[0].described);
	assert_string_equal(known->name, "NEW");
	assert_string_equal(known->state, "IL");
	assert_true(known->latitude == 40 && known->elevation == 100);
	assert_true(isnan(known->longitude));
	batch_finish(&batch);
	parcel_destroy(parcels[0]);
	parcel_destroy(parcels[1]);
}

/* -- Touched years ------------------------------------------------------ */

static void touched_years_are_put_together(void **state)
{
	struct touched touched = { 0 };
	int first, last;

	(void)state;
	touched_add(&touched, "B", 2000);
	touched_add(&touched, "B", 1700);
	touched_add(&touched, "A", 2199);
	touched_add(&touched, "B", 2001);
	touched_add_all(&touched, "C");
	touched_settle(&touched);
	assert_int_equal(touched.count, 3);
	assert_string_equal(touched.stations[1].id, "B");
	assert_true(touched_has_year(&touched.stations[1], 1700));
	assert_true(touched_has_year(&touched.stations[1], 2001));
	assert_false(touched_has_year(&touched.stations[1], 1999));
	assert_false(touched_has_year(&touched.stations[1], 1699));
	assert_false(touched_has_year(&touched.stations[0], 2200));
	touched_range(&touched.stations[1], &first, &last);
	assert_int_equal(first, 1700);
	assert_int_equal(last, 2001);
	touched_range(&touched.stations[0], &first, &last);
	assert_int_equal(first, 2199);
	assert_int_equal(last, 2199);
	assert_true(touched_has_year(&touched.stations[2], 1850));
	touched_finish(&touched);
}

/* December belongs to the winter of the year that follows. */
static void touched_seasons(void **state)
{
	struct touched touched = { 0 };
	const struct period winter = { .kind = ALM_SEASON, .year = 2001, .part = 1 };
	const struct period spring = { .kind = ALM_SEASON, .year = 2001, .part = 2 };
	const struct period january = { .kind = ALM_MONTH, .year = 2001, .part = 1 };
	const struct period before = { .kind = ALM_SEASON, .year = 2000, .part = 1 };

	(void)state;
	touched_add(&touched, "A", 2000);
	assert_true(touched_has_period(&touched.stations[0], &winter));
	assert_true(touched_has_period(&touched.stations[0], &before));
	assert_false(touched_has_period(&touched.stations[0], &spring));
	assert_false(touched_has_period(&touched.stations[0], &january));
	touched_finish(&touched);
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
		cmocka_unit_test(whole_blocks_replace),
		cmocka_unit_test(flags_go_with_their_values),
		cmocka_unit_test(equality_is_of_days_values_and_flags),
		cmocka_unit_test(stations_come_sorted_with_their_reports),
		cmocka_unit_test(failed_parcels_are_left_out),
		cmocka_unit_test(what_a_later_description_knows_wins),
		cmocka_unit_test(touched_years_are_put_together),
		cmocka_unit_test(touched_seasons),
		cmocka_unit_test(arrays_are_quoted),
		cmocka_unit_test(copy_rows_are_in_network_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
