/* An object that goes from station to station: whatever the memory, the same days and the same
 * rejections, and each block once. The lines are "STATION DAY TMAX PRCP [FLAGS]". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "ingest/parse/feed.h"
#include "unit.h"

enum {
	STATIONS = 300,
	DAYS = 120,
	ELEMENTS = 2,
	LINES_MAX = STATIONS * (DAYS + 8),
	WITHDRAWN = 555 /* as TMAX */
};

static struct alm_host host;

static const struct alm_element elements[] = {
	{ .code = "TMAX", .unit = "degC", .decimals = 1, .min = -900, .max = 600 },
	{ .code = "PRCP", .unit = "mm", .decimals = 1, .min = 0, .max = 20000 },
	{ .code = NULL },
};

static int line(const struct alm_source *source, struct alm_feed *feed, void *state,
	const char *text, size_t length)
{
	struct alm_observation seen[2] = { { .element = 0 }, { .element = 1 } };
	char id[16] = "", flags[4] = "   ";
	int day = 0, tmax = 0, prcp = 0;

	(void)source;
	(void)state;
	(void)length;
	if (sscanf(text, "%15s %d %d %d %3s", id, &day, &tmax, &prcp, flags) < 1) {
		return host.source->reject_line(feed, "empty");
	}
	seen[0].day = seen[1].day = day;
	seen[0].value = tmax == WITHDRAWN ? ALM_NOT_REPORTED : tmax;
	seen[1].value = prcp;
	seen[0].time = tmax % 3 == 0 ? ALM_TIME(700) : 0;
	seen[1].time = prcp % 5 == 0 ? ALM_TIME(2400) : 0;
	for (int i = 0; i < 2; i++) {
		seen[i].measurement = flags[0] == '-' ? ' ' : flags[0];
		seen[i].quality = flags[1] == '-' ? ' ' : flags[1];
		seen[i].source = flags[2] == '-' ? ' ' : flags[2];
	}
	if (host.source->station(feed, id, strlen(id)) < 0) {
		return -1;
	}
	return strchr(text, ' ') != NULL ? host.source->put_values(feed, seen, 2) : 0;
}

static const struct plugin plugin = { .table = { .name = "pairs", .version = "1" } };
static const struct plugin_source pairs = { .plugin = &plugin,
	.source = { .name = "pairs", .elements = elements, .line = line } };

/* -- What comes out ------------------------------------------------------- */

struct cell {
	int32_t value;
	char flags[FLAG_KINDS];
	uint16_t time;
	int parcels; /* in how many the block was */
};

struct outcome {
	struct cell cells[STATIONS + 1][ELEMENTS][2][BLOCK_DAYS_MAX]; /* years 1999 and 2000 */
	bool named[STATIONS + 1];
	char rejects[64 * 1024];
	size_t parcels;
	size_t largest;
	int64_t observations, reject_count, rejected_lines, rejected_values;
};

static void note_block(struct outcome *to, int station, const struct batch_block *block)
{
	const int element = strcmp(block->element->code, "PRCP") == 0;

	assert_in_range(block->year, 1999, 2000);
	for (int day = 0; day < BLOCK_DAYS_MAX; day++) {
		struct cell *cell = &to->cells[station][element][block->year - 1999][day];

		cell->parcels++;
		if (block->values[day] == BLOCK_NOT_REPORTED) {
			continue;
		}
		cell->value = block->values[day];
		cell->time = block->times != NULL ? block->times[day] : 0;
		for (int kind = 0; kind < FLAG_KINDS; kind++) {
			const char *flags = block->flags[kind];

			cell->flags[kind] = flags != NULL ? flags[day] : ' ';
		}
	}
}

static bool note(void *arg, struct batch *batch)
{
	struct outcome *to = arg;

	to->parcels++;
	for (size_t i = 0; i < batch->station_count; i++) {
		const struct batch_station *station = &batch->stations[i];
		const int number = atoi(station->id + 1);

		assert_true(i == 0 || strcmp(batch->stations[i - 1].id, station->id) < 0);
		assert_in_range(number, 0, STATIONS);
		to->named[number] = true;
		for (size_t k = 0; k < station->block_count; k++) {
			note_block(to, number, station->blocks[k]);
		}
	}
	for (size_t i = 0; i < batch->rejects_held; i++) {
		const size_t used = strlen(to->rejects);

		snprintf(to->rejects + used, sizeof(to->rejects) - used, "%lld %s [%s]\n",
			(long long)batch->rejects[i].line, batch->rejects[i].reason,
			batch->rejects[i].content);
	}
	if (batch->memory > to->largest) {
		to->largest = batch->memory;
	}
	batch_destroy(batch);
	return true;
}

static struct outcome *read_lines(
	char *const *lines, size_t count, size_t memory, int64_t spool)
{
	const struct feed_limits limits = { .rejects = 1000, .memory = memory, .spool = spool };
	struct outcome *to = calloc(1, sizeof(*to));
	struct alm_feed *feed = feed_create(&limits);
	struct batch *batch;
	int status = feed_open(feed, &pairs, "name", "file", note, to);

	assert_non_null(to);
	for (size_t i = 0; status == 0 && i < count; i++) {
		const struct line next = { .text = lines[i],
			.length = strlen(lines[i]),
			.held = strlen(lines[i]),
			.number = (int64_t)i + 1 };

		status = feed_line(feed, &next);
	}
	if (status == 0) {
		feed_close(feed);
	}
	batch = feed_finish(feed);
	assert_string_equal(batch->error.text, "");
	to->observations = batch->observations;
	to->reject_count = batch->reject_count;
	to->rejected_lines = batch->rejected_lines;
	to->rejected_values = batch->rejected_values;
	note(to, batch);
	feed_destroy(feed);
	return to;
}

static void expect_same(const struct outcome *a, const struct outcome *b)
{
	assert_string_equal(a->rejects, b->rejects);
	assert_int_equal(a->observations, b->observations);
	assert_int_equal(a->reject_count, b->reject_count);
	assert_int_equal(a->rejected_lines, b->rejected_lines);
	assert_int_equal(a->rejected_values, b->rejected_values);
	assert_memory_equal(a->named, b->named, sizeof(a->named));
	assert_memory_equal(a->cells, b->cells, sizeof(a->cells));
}

/* -- What goes in --------------------------------------------------------- */

static char *lines[LINES_MAX];
static size_t line_count;

static void add_line(const char *text)
{
	assert_true(line_count < LINES_MAX);
	lines[line_count] = strdup(text);
	assert_non_null(lines[line_count++]);
}

/* One day of all stations after another, from the autumn on; now and then a line that is wrong
 * as a whole or in a part, or repeats a day of one before. */
static void make_days(void)
{
	const int first = date_day(1999, 11, 1);
	char text[64];

	srand(4);
	line_count = 0;
	for (int day = 0; day < DAYS; day++) {
		for (int station = 0; station < STATIONS; station++) {
			const char *flags = rand() % 9 == 0   ? "T-7"
					    : rand() % 9 == 0 ? "-I7"
							      : "";

			if (rand() % 20 == 0) {
				continue;
			}
			snprintf(text, sizeof(text), "S%d %d %d %d %s", station, first + day,
				rand() % 30 == 0 ? WITHDRAWN : rand() % 500 - 100, rand() % 300,
				flags);
			add_line(text);
		}
		snprintf(
			text, sizeof(text), "S%d %d 10 10", rand() % STATIONS, first + day / 2);
		add_line(text);
		snprintf(text, sizeof(text), "S%d %d 999 10", STATIONS - 1, first + day - 200);
		add_line(text);
	}
	snprintf(text, sizeof(text), "S%d", STATIONS); /* of which there is no value */
	add_line(text);
	add_line("");
}

static void drop_lines(void)
{
	for (size_t i = 0; i < line_count; i++) {
		free(lines[i]);
	}
}

static int count_blocks_of_several(const struct outcome *outcome)
{
	int count = 0;

	for (int station = 0; station <= STATIONS; station++) {
		for (int element = 0; element < ELEMENTS; element++) {
			for (int year = 0; year < 2; year++) {
				count += outcome->cells[station][element][year][0].parcels > 1;
			}
		}
	}
	return count;
}

static void reads_the_same_in_any_memory(void **state)
{
	struct outcome *plain, *sorted;

	(void)state;
	make_days();
	plain = read_lines(lines, line_count, (size_t)1 << 30, 0);
	assert_int_equal(plain->parcels, 1);
	assert_int_equal(plain->named[STATIONS], 1);
	assert_true(plain->reject_count > DAYS);
	for (size_t memory = 512 * 1024; memory <= 1024 * 1024; memory *= 2) {
		sorted = read_lines(lines, line_count, memory, (int64_t)1 << 30);
		assert_true(sorted->parcels > 1);
		assert_true(sorted->largest < memory);
		assert_int_equal(count_blocks_of_several(sorted), 0);
		expect_same(plain, sorted);
		free(sorted);
	}
	free(plain);
	drop_lines();
}

/* With so little memory that the days of all stations are forgotten again and again, what was
 * given twice is found at the end: the first one counts. */
static void finds_days_twice_at_the_end(void **state)
{
	const int day = date_day(2000, 2, 1);
	struct outcome *sorted;
	char text[64];

	(void)state;
	line_count = 0;
	for (int i = 0; i < 30; i++) {
		for (int station = 0; station < STATIONS; station++) {
			snprintf(text, sizeof(text), "S%d %d %d 0", station, day + i, i);
			add_line(text);
		}
	}
	add_line("S7 10988 500 500"); /* 2000-02-01 */
	add_line("S8 10989 500 500");
	sorted = read_lines(lines, line_count, 96 * 1024, (int64_t)1 << 30);
	assert_string_equal(sorted->rejects,
		"0 TMAX of station S7 on 2000-02-01 was given before; and 3 more of its values []\n");
	assert_int_equal(sorted->rejected_values, 4);
	assert_int_equal(sorted->observations, STATIONS * 30 * ELEMENTS);
	assert_int_equal(sorted->cells[7][0][1][31].value, 0);
	assert_int_equal(sorted->cells[8][0][1][32].value, 1);
	assert_int_equal(count_blocks_of_several(sorted), 0);
	free(sorted);
	drop_lines();
}

/* One station after another has no use for it. */
static void does_not_sort_what_is_in_order(void **state)
{
	const int first = date_day(1999, 1, 1);
	struct outcome *in_order;
	char text[64];

	(void)state;
	setenv("TMPDIR", "/nowhere", 1);
	line_count = 0;
	for (int station = 0; station < 50; station++) {
		for (int day = 0; day < 700; day++) {
			snprintf(text, sizeof(text), "S%d %d %d 0", station, first + day,
				day % 400);
			add_line(text);
		}
	}
	in_order = read_lines(lines, line_count, 128 * 1024, (int64_t)1 << 30);
	assert_true(in_order->parcels > 1);
	unsetenv("TMPDIR");
	free(in_order);
	drop_lines();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_same_in_any_memory),
		cmocka_unit_test(finds_days_twice_at_the_end),
		cmocka_unit_test(does_not_sort_what_is_in_order),
	};

	feed_host(&host);
	return cmocka_run_group_tests_name("scatter", tests, NULL, NULL);
}
