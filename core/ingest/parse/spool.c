#include "ingest/parse/spool.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
	FAN_IN = 32, /* runs of a level that are merged into one of the next */
	LEVELS = 12, /* more than there can be */
	RUNS_MAX = FAN_IN * LEVELS,
	SMALLEST = 1024, /* records */
	DIGITS = 7,      /* bytes of a place */
	DIGIT_VALUES = 256
};

/* Sorted records of a run, or of the memory. */
struct input {
	const struct record *at, *end;
	struct sorted_run *run; /* NULL: of the memory */
};

/* Inputs by their next records, a binary heap: of equal places the input that is older is
 * first. */
struct merge {
	struct input inputs[RUNS_MAX + 1];
	unsigned heap[RUNS_MAX + 1];
	unsigned count;
};

struct spool {
	struct record *records, *scratch;
	size_t count, capacity, allocated; /* `capacity`: at which a run is written */
	struct run_space space;
	struct sorted_run *runs[RUNS_MAX]; /* oldest first */
	int levels[RUNS_MAX];              /* never rising */
	size_t run_count;
	struct merge merge;
	struct record next; /* what spool_next() returns */
};

struct spool *spool_create(const struct spool_limits *limits)
{
	struct spool *spool = memory_new(struct spool);

	spool->capacity = limits->memory / (2 * sizeof(struct record)); /* and the scratch */
	if (spool->capacity < SMALLEST) {
		spool->capacity = SMALLEST;
	}
	spool->space.limit = limits->disk;
	return spool;
}

void spool_destroy(struct spool *spool)
{
	if (spool != NULL) {
		for (size_t i = 0; i < spool->run_count; i++) {
			sorted_run_destroy(spool->runs[i]);
		}
		free(spool->records);
		free(spool->scratch);
		free(spool);
	}
}

struct record *spool_add(struct spool *spool)
{
	if (spool->count == spool->allocated) {
		size_t more = spool->allocated * 2 + SMALLEST;

		if (spool->allocated < spool->capacity && more > spool->capacity) {
			more = spool->capacity;
		}
		spool->records = memory_resize(spool->records, more, sizeof(*spool->records));
		spool->allocated = more;
	}
	return &spool->records[spool->count++];
}

size_t spool_count(const struct spool *spool)
{
	return spool->count;
}

void spool_cut(struct spool *spool, size_t count)
{
	assert(count <= spool->count);
	spool->count = count;
}

/* -- Sorting -------------------------------------------------------------- */

static unsigned find_digit(const struct record *record, int digit)
{
	return (unsigned)(record_place(record) >> (8 * digit)) % DIGIT_VALUES;
}

/* Moves the records to `to` in the order of one digit. */
static void distribute(const struct record *from, size_t count, int digit,
	const size_t counts[DIGIT_VALUES], struct record *to)
{
	size_t starts[DIGIT_VALUES], sum = 0;

	for (int value = 0; value < DIGIT_VALUES; value++) {
		starts[value] = sum;
		sum += counts[value];
	}
	for (size_t i = 0; i < count; i++) {
		to[starts[find_digit(&from[i], digit)]++] = from[i];
	}
}

/* Radix sort, least significant digit first, which keeps the order of equal places. Digits that
 * all records share need no pass. */
static void sort_records(struct spool *spool)
{
	size_t counts[DIGITS][DIGIT_VALUES] = { 0 };
	const size_t count = spool->count;

	spool->scratch = memory_resize(spool->scratch, spool->allocated, sizeof(struct record));
	for (size_t i = 0; i < count; i++) {
		for (int digit = 0; digit < DIGITS; digit++) {
			counts[digit][find_digit(&spool->records[i], digit)]++;
		}
	}
	for (int digit = 0; digit < DIGITS; digit++) {
		struct record *sorted = spool->scratch;

		if (counts[digit][find_digit(&spool->records[0], digit)] == count) {
			continue;
		}
		distribute(spool->records, count, digit, counts[digit], sorted);
		spool->scratch = spool->records;
		spool->records = sorted;
	}
}

/* -- Merging -------------------------------------------------------------- */

/* Sees to it that the input has a record. Returns 1, 0 at its end, or -1. */
static int fill_input(struct input *input, struct error *err)
{
	long n;

	if (input->at < input->end) {
		return 1;
	}
	if (input->run == NULL) {
		return 0;
	}
	n = sorted_run_read(input->run, &input->at, err);
	input->end = n > 0 ? input->at + n : input->at;
	return n > 0 ? 1 : (int)n;
}

static bool is_before(const struct merge *merge, unsigned a, unsigned b)
{
	uint64_t x = record_place(merge->inputs[a].at), y = record_place(merge->inputs[b].at);

	return x < y || (x == y && a < b);
}

/* Restores the order below a place of the heap. */
static void sift_down(struct merge *merge, unsigned at)
{
	const unsigned input = merge->heap[at];
	unsigned child;

	while ((child = 2 * at + 1) < merge->count) {
		if (child + 1 < merge->count &&
			is_before(merge, merge->heap[child + 1], merge->heap[child])) {
			child++;
		}
		if (is_before(merge, input, merge->heap[child])) {
			break;
		}
		merge->heap[at] = merge->heap[child];
		at = child;
	}
	merge->heap[at] = input;
}

/* Starts on the runs from `first` on, and records of the memory behind them. */
static int merge_begin(
	struct spool *spool, size_t first, size_t memory_count, struct error *err)
{
	struct merge *merge = &spool->merge;
	unsigned inputs = 0;

	merge->count = 0;
	for (size_t i = first; i < spool->run_count; i++) {
		merge->inputs[inputs++] = (struct input){ .run = spool->runs[i] };
	}
	merge->inputs[inputs++] = (struct input){ .at = spool->records,
		.end = memory_count > 0 ? spool->records + memory_count : spool->records };
	for (unsigned i = 0; i < inputs; i++) {
		int more = fill_input(&merge->inputs[i], err);

		if (more < 0) {
			return -1;
		}
		if (more > 0) {
			merge->heap[merge->count++] = i;
		}
	}
	for (unsigned i = merge->count / 2; i-- > 0;) {
		sift_down(merge, i);
	}
	return 0;
}

/* Passes the first record: *record is a copy. */
static int merge_next(struct merge *merge, struct record *record, struct error *err)
{
	struct input *first;
	int more;

	if (merge->count == 0) {
		return 0;
	}
	first = &merge->inputs[merge->heap[0]];
	*record = *first->at++;
	more = fill_input(first, err);
	if (more < 0) {
		return -1;
	}
	if (more == 0) {
		merge->heap[0] = merge->heap[--merge->count];
	}
	if (merge->count > 1) {
		sift_down(merge, 0);
	}
	return 1;
}

/* -- Runs ----------------------------------------------------------------- */

static void push_run(struct spool *spool, struct sorted_run *run, int level)
{
	assert(spool->run_count < RUNS_MAX);
	spool->levels[spool->run_count] = level;
	spool->runs[spool->run_count++] = run;
}

static int copy_merged(struct merge *merge, struct sorted_run *to, struct error *err)
{
	struct record record;
	int more;

	while ((more = merge_next(merge, &record, err)) > 0) {
		if (sorted_run_append(to, &record, 1, err) < 0) {
			return -1;
		}
	}
	return more < 0 ? -1 : sorted_run_finish(to, err);
}

/* Merges the newest FAN_IN runs into one of the next level. */
static int merge_level(struct spool *spool, struct error *err)
{
	const size_t first = spool->run_count - FAN_IN;
	struct sorted_run *merged = sorted_run_create(&spool->space, err);

	if (merged == NULL || merge_begin(spool, first, 0, err) < 0 ||
		copy_merged(&spool->merge, merged, err) < 0) {
		sorted_run_destroy(merged);
		return -1;
	}
	while (spool->run_count > first) {
		sorted_run_destroy(spool->runs[--spool->run_count]);
	}
	push_run(spool, merged, spool->levels[first] + 1);
	return 0;
}

static int write_run(struct spool *spool, struct error *err)
{
	struct sorted_run *run = sorted_run_create(&spool->space, err);

	if (run == NULL) {
		return -1;
	}
	push_run(spool, run, 0);
	sort_records(spool);
	if (sorted_run_append(run, spool->records, spool->count, err) < 0 ||
		sorted_run_finish(run, err) < 0) {
		return -1;
	}
	spool->count = 0;
	while (spool->run_count >= FAN_IN && spool->levels[spool->run_count - FAN_IN] ==
						     spool->levels[spool->run_count - 1]) {
		if (merge_level(spool, err) < 0) {
			return -1;
		}
	}
	return 0;
}

int spool_settle(struct spool *spool, struct error *err)
{
	return spool->count >= spool->capacity ? write_run(spool, err) : 0;
}

int spool_sort(struct spool *spool, struct error *err)
{
	if (spool->count > 0) {
		sort_records(spool);
	}
	free(spool->scratch);
	spool->scratch = NULL;
	return merge_begin(spool, 0, spool->count, err);
}

const struct record *spool_next(struct spool *spool, struct error *err)
{
	return merge_next(&spool->merge, &spool->next, err) > 0 ? &spool->next : NULL;
}
