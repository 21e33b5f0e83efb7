/* Records in any order come out sorted, against qsort() of all of them in memory. */
#include <stdlib.h>
#include <string.h>

#include "ingest/parse/spool.h"
#include "unit.h"

enum { KIBI = 1024, MEBI = 1024 * 1024 };

static uint64_t seed;

/* xorshift64, so that a failure repeats. */
static uint64_t draw(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/* The value says the order in which the records went in. */
static struct record make(uint64_t place, size_t i)
{
	return (struct record){ .key = place << RECORD_FLAG_BITS | draw(256),
		.value = (int32_t)i,
		.time = (uint16_t)draw(2402),
		.measurement = (char)draw(128),
		.quality = (char)draw(128) };
}

static int compare(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	const uint64_t p = record_place(x), q = record_place(y);

	return p != q ? (p > q) - (p < q) : (x->value > y->value) - (x->value < y->value);
}

/* Every tenth line is taken back, as rejected lines are. */
static size_t put_lines(
	struct spool *spool, struct record *model, size_t count, uint64_t places)
{
	struct error err = { 0 };
	size_t kept = 0;

	while (kept < count) {
		const size_t mark = spool_count(spool), line = 1 + draw(5);
		size_t n = 0;

		for (; n < line && kept + n < count; n++) {
			model[kept + n] = make(draw(places), kept + n);
			*spool_add(spool) = model[kept + n];
		}
		if (draw(10) == 0) {
			spool_cut(spool, mark);
		} else {
			kept += n;
		}
		assert_int_equal(spool_settle(spool, &err), 0);
	}
	return kept;
}

static void expect_sorted(size_t count, uint64_t places, size_t memory)
{
	const struct spool_limits limits = { .memory = memory, .disk = 64 * MEBI };
	struct spool *spool = spool_create(&limits);
	struct record *model = calloc(count + 1, sizeof(*model));
	struct error err = { 0 };

	assert_non_null(model);
	put_lines(spool, model, count, places);
	qsort(model, count, sizeof(*model), compare);
	assert_int_equal(spool_sort(spool, &err), 0);
	for (size_t i = 0; i < count; i++) {
		const struct record *record = spool_next(spool, &err);

		assert_non_null(record);
		assert_memory_equal(record, &model[i], sizeof(*record));
	}
	assert_null(spool_next(spool, &err));
	assert_string_equal(err.text, "");
	spool_destroy(spool);
	free(model);
}

static void sorts(void **state)
{
	(void)state;
	for (seed = 1; seed < 4;) {
		const uint64_t start = seed;

		expect_sorted(0, 1, KIBI);                      /* nothing */
		expect_sorted(5000, UINT64_C(1) << 56, MEBI);   /* in memory */
		expect_sorted(20000, UINT64_C(1) << 56, KIBI);  /* runs of 1,024 records */
		expect_sorted(20000, 50, KIBI);                 /* many of one place */
		expect_sorted(100000, UINT64_C(1) << 40, KIBI); /* runs of runs */
		seed = start + 1;
	}
}

/* The limit holds for all runs of an object, and what failed can be destroyed. */
static void keeps_to_its_room(void **state)
{
	const struct spool_limits limits = { .memory = KIBI, .disk = MEBI };
	struct spool *spool = spool_create(&limits);
	struct error err = { 0 };
	int status = 0;

	(void)state;
	seed = 9;
	for (size_t i = 0; status == 0 && i < 200000; i++) {
		*spool_add(spool) = make(draw(UINT64_C(1) << 56), i);
		status = spool_settle(spool, &err);
	}
	assert_int_equal(status, -1);
	assert_non_null(strstr(err.text, "takes more than 1 MiB in '"));
	assert_non_null(strstr(err.hint, "--max-spool-mib"));
	spool_destroy(spool);
}

static void says_where_there_is_no_room(void **state)
{
	const struct spool_limits limits = { .memory = KIBI, .disk = MEBI };
	struct spool *spool = spool_create(&limits);
	const char *before = getenv("TMPDIR");
	struct error err = { 0 };
	char *kept = before != NULL ? strdup(before) : NULL;

	(void)state;
	setenv("TMPDIR", "/nowhere", 1);
	for (size_t i = 0; i < 1024; i++) {
		*spool_add(spool) = make(i, i);
	}
	assert_int_equal(spool_settle(spool, &err), -1);
	assert_string_equal(
		err.text, "no file can be made in '/nowhere': No such file or directory");
	spool_destroy(spool);
	if (kept != NULL) {
		setenv("TMPDIR", kept, 1);
	} else {
		unsetenv("TMPDIR");
	}
	free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts),
		cmocka_unit_test(keeps_to_its_room),
		cmocka_unit_test(says_where_there_is_no_room),
	};

	return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
