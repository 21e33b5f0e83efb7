/* A source and its host: lines take effect as a whole or not at all, and every way
 * for an object to fail says why. The source here does what its lines tell it to. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "ingest/parse/feed.h"
#include "unit.h"

static struct alm_host host;

static const struct alm_element elements[] = {
	{ .code = "TMAX", .unit = "degC", .decimals = 1, .min = -900, .max = 600 },
	{ .code = NULL },
};

/* One command: "s ID", "o DAY VALUE [FLAG]" (days since 1970), "d ID NAME", "w SCOPE",
 * "r", "x",
 * "f" (fail and do not say why). */
static int obey(struct alm_feed *feed, const char *text)
{
	struct alm_observation seen = { 0 };
	struct alm_station station = ALM_SIZED(alm_station, .has = 0);
	char id[64] = "", name[64] = "";
	int day = 0, value = 0;

	switch (text[0]) {
	case 's':
		return host.source->station(feed, text + 2, strlen(text + 2));
	case 'o':
		sscanf(text + 2, "%d %d %c", &day, &value, &seen.quality);
		seen.day = day;
		seen.value = value;
		return host.source->put_values(feed, &seen, 1);
	case 'd':
		sscanf(text + 2, "%63s %63s", id, name);
		station.id = id;
		station.name = name;
		return host.source->put_station(feed, &station);
	case 'w':
		return host.source->whole(feed, (uint32_t)atoi(text + 1));
	case 'r':
		return host.source->reject_line(feed, "told to, by '%s'", text);
	case 'x':
		return host.source->abort_object(feed, "told to");
	default:
		return -1;
	}
}

/* Commands are separated by ';'. */
static int line(const struct alm_source *source, struct alm_feed *feed, void *state,
	const char *text, size_t length)
{
	char command[128];

	(void)source;
	(void)state;
	assert_int_equal(strlen(text), length);
	for (;;) {
		size_t n = strcspn(text, ";");

		snprintf(command, sizeof(command), "%.*s", (int)n, text);
		if (n > 0 && obey(feed, command) < 0) {
			return -1;
		}
		if (text[n] == '\0') {
			return 0;
		}
		text += n + 1;
	}
}

static int begin(
	const struct alm_source *source, struct alm_feed *feed, void *state, const char *name)
{
	return line(source, feed, state, name, strlen(name));
}

static int end(const struct alm_source *source, struct alm_feed *feed, void *state)
{
	(void)source;
	(void)state;
	return host.source->put_values(
		feed, &(struct alm_observation){ .day = 9999, .value = 1 }, 1);
}

static const struct plugin plugin = { .table = { .name = "obedient", .version = "1.2.3" } };

static const struct plugin_source obedient = { .plugin = &plugin,
	.source = { .name = "obedient",
		.elements = elements,
		.state_size = 8,
		.begin = begin,
		.line = line } };

static const struct plugin_source ending = { .plugin = &plugin,
	.source = { .name = "ending", .elements = elements, .line = line, .end = end } };

/* Parcels that were full. */
struct full {
	struct batch *batches[16];
	size_t count;
	bool refuse;
};

static bool take_full(void *arg, struct batch *batch)
{
	struct full *full = arg;

	if (full->refuse || full->count == 16) {
		return false;
	}
	full->batches[full->count++] = batch;
	return true;
}

/* Lines separated by LF; a NUL in one is written as '@'. */
static struct batch *run(const struct plugin_source *source, const struct feed_limits *limits,
	const char *name, const char *text, struct full *full)
{
	struct alm_feed *feed = feed_create(limits);
	int result = feed_open(feed, source, name, "file", take_full, full);
	struct batch *batch;
	struct line line = { 0 };

	while (result == 0 && *text != '\0') {
		char copy[256];
		size_t n = strcspn(text, "\n");

		snprintf(copy, sizeof(copy), "%.*s", (int)n, text);
		line = (struct line){
			.text = copy, .length = n, .held = n, .number = line.number + 1
		};
		line.problem = strchr(copy, '@') != NULL ? LINE_HAS_NUL : LINE_FINE;
		result = feed_line(feed, &line);
		text += n + (text[n] == '\n');
	}
	if (result == 0) {
		feed_close(feed);
	}
	batch = feed_finish(feed);
	feed_destroy(feed);
	assert_true(batch->last);
	return batch;
}

static const struct feed_limits limits = { .rejects = 3, .memory = 1 << 20 };

static struct batch *run_simply(const char *name, const char *text)
{
	return run(&obedient, &limits, name, text, NULL);
}

static void takes_an_object(void **state)
{
	struct batch *p =
		run_simply("s A", "o 0 5\no 1 6\ns B\no 0 7\nd B Bee\nd A Ay\nd B Be");

	(void)state;
	assert_int_equal(p->outcome, BATCH_TAKEN);
	assert_true(p->first);
	assert_string_equal(p->uri, "file");
	assert_string_equal(p->source, "obedient");
	assert_string_equal(p->source_version, "1.2.3");
	assert_int_equal(p->lines, 7);
	assert_int_equal(p->observations, 3);
	assert_int_equal(p->reject_count, 0);
	assert_int_equal(p->station_count, 2);
	assert_int_equal(p->stations[0].blocks[0]->values[1], 6);
	assert_int_equal(p->stations[1].blocks[0]->values[0], 7);
	assert_int_equal(p->description_count, 2);
	assert_string_equal(p->descriptions[0].id, "A");
	assert_string_equal(p->descriptions[0].name, "Ay");
	assert_string_equal(p->descriptions[1].name, "Be"); /* the last one counts */
	assert_null(p->descriptions[1].country);
	assert_true(p->memory >= p->arena.total);
	batch_destroy(p);
}

static void expect_failure(struct batch *p, const char *text)
{
	assert_int_equal(p->outcome, BATCH_FAILED);
	assert_string_equal(p->error.text, text);
	assert_int_equal(p->station_count, 0);
	assert_int_equal(p->description_count, 0);
	batch_destroy(p);
}

static void expect_reject(const struct batch *p, size_t i, int64_t line, const char *reason)
{
	assert_true(i < p->rejects_held);
	assert_int_equal(p->rejects[i].line, line);
	assert_string_equal(p->rejects[i].reason, reason);
}

static void drops_all_of_a_rejected_line(void **state)
{
	struct batch *p = run_simply("s A",
		"o 0 5\n"
		"o 1 5;d A x;r;o 2 5;d A y;s C;o 3 5\n" /* before and after the reject */
		"s A;o 1 6\n"
		"o 2 5;o 0 5");

	(void)state;
	assert_int_equal(p->outcome, BATCH_TAKEN);
	assert_int_equal(p->observations, 2);
	assert_int_equal(p->reject_count, 2);
	expect_reject(p, 0, 2, "told to, by 'r'");
	expect_reject(p, 1, 4, "TMAX of station A on 1970-01-01 was given before");
	assert_string_equal(p->rejects[1].content, "o 2 5;o 0 5");
	assert_int_equal(p->description_count, 0);
	assert_int_equal(p->station_count, 1);
	assert_int_equal(p->stations[0].blocks[0]->values[0], 5);
	assert_int_equal(p->stations[0].blocks[0]->values[1], 6);
	assert_int_equal(p->stations[0].blocks[0]->values[2], BLOCK_NOT_REPORTED);
	assert_int_equal(p->stations[0].blocks[0]->values[3], BLOCK_NOT_REPORTED);
	batch_destroy(p);
}

/* A line that says which station follows and is rejected must not leave its
 * followers to the station before. */
static void has_no_station_after_a_rejected_one(void **state)
{
	struct batch *p = run_simply("s A", "o 0 5\ns B C\no 1 5\ns B\no 1 7");

	(void)state;
	assert_int_equal(p->outcome, BATCH_TAKEN);
	expect_reject(
		p, 0, 2, "'B C' is no station id: 1 to 32 of A-Z, a-z, 0-9, '_', '-', '.'");
	expect_reject(p, 1, 3, "there is a value, but no station that it belongs to");
	assert_int_equal(p->stations[0].blocks[0]->values[1], BLOCK_NOT_REPORTED);
	assert_int_equal(p->stations[1].blocks[0]->values[1], 7);
	batch_destroy(p);
}

static void says_what_is_wrong_with_a_value(void **state)
{
	struct batch *p = run_simply("s A", "o 0 5\no 0 711\no 99999999 0\no -2147483648 0");

	(void)state;
	expect_reject(p, 0, 2, "TMAX 71.1 degC of 1970-01-01 is not within -90.0 to 60.0 degC");
	expect_reject(p, 1, 3, "the date day 99999999 is not within the years 1700 to 2199");
	expect_reject(p, 2, 4, "there is no such date");
	batch_destroy(p);
}

/* Bounds are for what is believed: a flag says that a check has found a value wrong. */
static void rejects_a_value_alone(void **state)
{
	struct batch *p = run_simply("s A", "o 0 5\n"
					    "o 1 6;o 2 711;o 3 7\n"
					    "o 4 711 X;o 5 -2147483646 X;o 6 -901;o 7 8\n"
					    "o 8 -2147483648 X\n"
					    "o 10 711;o 11 712;d B Bee\n");
	const struct batch_block *block = p->stations[0].blocks[0];

	(void)state;
	assert_int_equal(p->outcome, BATCH_TAKEN);
	assert_int_equal(p->observations, 6);
	assert_int_equal(p->rejected_lines, 0);
	assert_int_equal(p->rejected_values, 5);
	assert_int_equal(p->reject_count, 3);
	expect_reject(p, 0, 2, "TMAX 71.1 degC of 1970-01-03 is not within -90.0 to 60.0 degC");
	expect_reject(p, 1, 3,
		"TMAX -214748364.6 degC of 1970-01-06 is not within -90.0 to 60.0 degC; and 1 "
		"more of its values");
	expect_reject(p, 2, 5,
		"TMAX 71.1 degC of 1970-01-11 is not within -90.0 to 60.0 degC; and 1 more of "
		"its values");
	assert_int_equal(block->values[1], 6);
	assert_int_equal(block->values[2], BLOCK_NOT_REPORTED);
	assert_int_equal(block->values[3], 7);
	assert_int_equal(block->values[4], 711);
	assert_int_equal(block->flags[FLAG_QUALITY][4], 'X');
	assert_int_equal(block->values[5], BLOCK_NOT_REPORTED);
	assert_int_equal(block->values[8], BLOCK_MISSING);
	assert_int_equal(p->description_count, 1);
	batch_destroy(p);
}

/* A line that has nothing but values that cannot be is rejected: a file of another format or
 * unit must not look as if it had been read. */
static void rejects_a_line_without_a_good_value(void **state)
{
	struct batch *p = run_simply("s A", "o 0 5\no 1 711;o 2 712");

	(void)state;
	assert_int_equal(p->rejected_lines, 1);
	assert_int_equal(p->rejected_values, 0);
	expect_reject(p, 0, 2,
		"TMAX 71.1 degC of 1970-01-02 is not within -90.0 to 60.0 degC; and 1 more of its "
		"values");
	batch_destroy(p);
	expect_failure(run_simply("s A", "o 0 711\no 1 711"),
		"every line is rejected; line 1: TMAX 71.1 degC of 1970-01-01 is not within -90.0 "
		"to 60.0 degC");
	expect_failure(run_simply("s A",
			       "o 0 1\no 1 1;o 2 711\no 3 1;o 4 711\no 5 1;o 6 711\no 7 1;o 8 "
			       "711"),
		"of more than 3 lines something is rejected; the last is line 5: TMAX 71.1 degC of "
		"1970-01-09 is not within -90.0 to 60.0 degC");
}

/* Formats that are read as one piece store in end(). */
static void rejects_values_of_no_line(void **state)
{
	struct batch *p = run_simply("s A;o 0 711;o 1 712;o 2 7", "o 3 1");

	(void)state;
	assert_int_equal(p->outcome, BATCH_TAKEN);
	assert_int_equal(p->observations, 2);
	assert_int_equal(p->rejected_values, 2);
	assert_int_equal(p->reject_count, 1);
	expect_reject(p, 0, 0,
		"TMAX 71.1 degC of 1970-01-01 is not within -90.0 to 60.0 degC; and 1 more of "
		"its values");
	batch_destroy(p);
}

static void expect_whole(
	const struct plugin_source *source, const char *name, const char *text, bool whole)
{
	struct batch *p = run(source, &limits, name, text, NULL);

	assert_int_equal(p->outcome, BATCH_TAKEN);
	assert_int_equal(p->whole, whole);
	batch_destroy(p);
}

/* The flag is for every object of a source, whole() for one. */
static void learns_that_an_object_is_whole(void **state)
{
	struct plugin_source always_whole = obedient;

	(void)state;
	always_whole.source.flags = ALM_WHOLE_BLOCKS;
	expect_whole(&obedient, "s A", "o 0 1", false);
	expect_whole(&always_whole, "s A", "o 0 1", true);
	expect_whole(&obedient, "s A;w 1", "o 0 1", true);
	expect_whole(&obedient, "s A", "w 1\no 0 1", true);
	expect_whole(
		&obedient, "s A", "w 1;r\no 0 1", false); /* a rejected line says nothing */
	expect_failure(run_simply("s A", "o 0 1\nw 1"),
		"line 2: whole() must be called before the first value");
	expect_failure(
		run_simply("s A", "w 2"), "line 1: whole() got a scope that is not known");
}

/* As a format that is read as one piece may: in a time that grows with their number. */
static void takes_many_stations_in_one_call(void **state)
{
	enum { STATIONS = 300000, GIVEN = 30000, ID = 8 };
	char *text = malloc(STATIONS * (ID + 8) + 1), *to = text;
	struct batch *p;
	struct line line;
	struct alm_feed *feed =
		feed_create(&(struct feed_limits){ .rejects = 3, .memory = SIZE_MAX });

	(void)state;
	for (int i = 0; i < STATIONS; i++) {
		to += sprintf(to, i < GIVEN ? "s %06d;o 0 1;" : "s %06d;", i);
	}
	line = (struct line){
		.text = text, .length = (size_t)(to - text), .held = 10, .number = 1
	};
	assert_int_equal(feed_open(feed, &obedient, "", "file", NULL, NULL), 0);
	assert_int_equal(feed_line(feed, &line), 0);
	assert_int_equal(feed_close(feed), 0);
	p = feed_finish(feed);
	assert_int_equal(p->outcome, BATCH_TAKEN);
	assert_int_equal(p->station_count, GIVEN + 1); /* the last one is current */
	batch_destroy(p);
	feed_destroy(feed);
	free(text);
}

static void gives_up_an_object_of_bad_values(void **state)
{
	(void)state;
	expect_failure(run_simply("s A;o 0 711;o 1 712;o 2 713;o 3 714;o 4 1", "o 5 1"),
		"4 values are rejected; the first: TMAX 71.1 degC of 1970-01-01 is not within "
		"-90.0 to 60.0 degC; and 3 more of its values");
}

static void shows_rejected_lines_safely(void **state)
{
	struct batch *p = run_simply("s A", "o 0 5\na\x80\x1b[31m@\nr \xff\t");

	(void)state;
	expect_reject(p, 0, 2, "the line holds a NUL byte; is this a text file?");
	assert_string_equal(p->rejects[0].content, "a\\x80\\x1b[31m@");
	expect_reject(p, 1, 3, "told to, by 'r \\xff\\t'");
	batch_destroy(p);
}

static void fails_with_a_reason(void **state)
{
	(void)state;
	expect_failure(run_simply("x", "s A"), "told to");
	expect_failure(run_simply("r", "s A"), "told to, by 'r'");
	expect_failure(run_simply("s /", "o 0 1"),
		"'/' is no station id: 1 to 32 of A-Z, a-z, 0-9, '_', '-', '.'");
	expect_failure(run_simply("s ..", "o 0 1"),
		"'..' is no station id: clients take '.' and '..' out of a URL, so that nobody could ask "
		"for it");
	expect_failure(run_simply("s .", "o 0 1"),
		"'.' is no station id: clients take '.' and '..' out of a URL, so that nobody could ask "
		"for it");
	expect_failure(run_simply("s A", "o 0 1\nx;r\no 1 1"), "line 2: told to");
	expect_failure(run_simply("s A", "o 0 1\nf"),
		"line 2: line() of source 'obedient' failed and did not say why");
	expect_failure(
		run_simply("s A", "r\nr"), "every line is rejected; line 1: told to, by 'r'");
	expect_failure(run_simply("s A", "o 0 1\nr\nr\nr\nr\no 1 1"),
		"more than 3 lines are rejected; the last is line 5: told to, by 'r'");
	expect_failure(run(&ending, &limits, "", "d A x", NULL),
		"there is a value, but no station that it belongs to");
}

/* The idiom of other functions: it is the line that is given up, not the object. */
static void takes_a_failure_after_a_reject_for_the_line(void **state)
{
	struct batch *p = run_simply("s A", "o 0 1\no 1 1;r;f\no 2 1");

	(void)state;
	assert_int_equal(p->outcome, BATCH_TAKEN);
	assert_int_equal(p->observations, 2);
	expect_reject(p, 0, 2, "told to, by 'r'");
	batch_destroy(p);
}

static void calls_end(void **state)
{
	struct batch *p = run(&ending, &limits, "", "s A", NULL);

	(void)state;
	assert_int_equal(p->outcome, BATCH_TAKEN);
	assert_int_equal(p->observations, 1);
	batch_destroy(p);
}

/* Every year is a block, and two blocks are more than the limit. */
static void hands_over_full_batches(void **state)
{
	const struct feed_limits small = { .rejects = 3, .memory = 10000 };
	struct full full = { .count = 0 };
	struct batch *p = run(&obedient, &small, "s A",
		"o 0 1\no 1 2;r\no 400 2\nd A x\ns B;o 0 3\ns A;o 0 4\ns A;o 401 5", &full);
	int64_t values = 0, rejects = 0, descriptions = 0;

	(void)state;
	assert_int_equal(p->outcome, BATCH_TAKEN);
	assert_int_equal(p->observations, 4);
	assert_int_equal(p->reject_count, 2);
	assert_true(full.count >= 1);
	assert_false(p->first);
	assert_true(full.batches[0]->first);
	full.batches[full.count++] = p;
	for (size_t i = 0; i < full.count; i++) {
		const struct batch *part = full.batches[i];

		assert_string_equal(part->uri, "file");
		assert_true(part->last == (part == p) && part->first == (i == 0));
		for (size_t s = 0; s < part->station_count; s++) {
			values += (int64_t)part->stations[s].block_count;
		}
		rejects += (int64_t)part->rejects_held;
		descriptions += (int64_t)part->description_count;
		batch_destroy(full.batches[i]);
	}
	assert_true(values >= 3);
	assert_int_equal(rejects, 2);
	assert_int_equal(descriptions, 1);
}

/* -- Tables and states --------------------------------------------------- */

/* What a source can learn of itself: the table that it was declared with. */
static int released, released_with_state;

static int begin_with_state(
	const struct alm_source *source, struct alm_feed *feed, void *state, const char *name)
{
	*(char *)state = 's';
	return begin(source, feed, state, name);
}

static void count_release(const struct alm_source *source, void *state)
{
	released++;
	released_with_state += *(char *)state == 's';
	assert_string_equal(source->data, "mine");
}

static const struct alm_source holding_table = { .name = "holding",
	.elements = elements,
	.state_size = 1,
	.data = "mine",
	.begin = begin_with_state,
	.line = line,
	.release = count_release };

static void releases_every_state_once(void **state)
{
	static const char *const names[] = { "s A", "x", "s A", "f", "s A" };
	static const char *const texts[] = { "o 0 1", "", "o 0 1\nx\no 1 1", "", "r\nr" };
	const struct plugin_source holding = { &plugin, holding_table, &holding_table };

	(void)state;
	released = released_with_state = 0;
	for (int i = 0; i < 5; i++) {
		struct batch *p = run(&holding, &limits, names[i], texts[i], NULL);

		assert_int_equal(p->outcome, i == 0 ? BATCH_TAKEN : BATCH_FAILED);
		assert_int_equal(released, i + 1);
		assert_int_equal(released_with_state, i + 1);
		batch_destroy(p);
	}
}

/* -- Stations ------------------------------------------------------------ */

static struct alm_station given;

static int put_given(const struct alm_source *source, struct alm_feed *feed, void *state,
	const char *text, size_t length)
{
	(void)source;
	(void)state;
	(void)text;
	(void)length;
	return host.source->put_station(feed, &given);
}

static const struct plugin_source putting = { .plugin = &plugin,
	.source = { .name = "putting", .line = put_given } };

static struct batch *put(struct alm_station station)
{
	given = station;
	return run(&putting, &limits, "", "line", NULL);
}

static void knows_of_a_station_what_is_said_to_be_known(void **state)
{
	struct batch *p = put((struct alm_station)ALM_SIZED(alm_station, .id = "A"));

	(void)state;
	assert_true(isnan(p->descriptions[0].latitude) && isnan(p->descriptions[0].longitude));
	assert_true(isnan(p->descriptions[0].elevation));
	assert_int_equal(p->descriptions[0].has, 0);
	batch_destroy(p);
	p = put((struct alm_station)ALM_SIZED(
		alm_station, .id = "A", .has = ALM_HAS_POSITION, .elevation = 5));
	assert_true(p->descriptions[0].latitude == 0 && p->descriptions[0].longitude == 0);
	assert_true(isnan(p->descriptions[0].elevation));
	batch_destroy(p);
	p = put((struct alm_station)ALM_SIZED(alm_station, .id = "A", .has = ALM_HAS_ELEVATION,
		.latitude = 5, .elevation = 7));
	assert_true(isnan(p->descriptions[0].latitude));
	assert_true(p->descriptions[0].elevation == 7);
	batch_destroy(p);
}

static void refuses_a_station_that_is_not_filled_in(void **state)
{
	(void)state;
	expect_failure(put((struct alm_station){ .id = "A" }),
		"line 1: put_station() got a station of size 0: initialise it with "
		"ALM_SIZED(alm_station, ...)");
	expect_failure(put((struct alm_station){ .size = 100000, .id = "A" }),
		"line 1: put_station() got a station of size 100000: initialise it with "
		"ALM_SIZED(alm_station, ...)");
	expect_failure(put((struct alm_station)ALM_SIZED(alm_station, .id = "A", .has = 4)),
		"every line is rejected; line 1: the member 'has' of the station has bits that "
		"are not known");
	expect_failure(put((struct alm_station)ALM_SIZED(alm_station, .id = "A",
			       .has = ALM_HAS_POSITION, .latitude = (double)NAN)),
		"every line is rejected; line 1: the position or elevation is said to be known, "
		"but is not a number");
}

/* A plugin of a later minor version has a longer one, of which more is not known here. */
static void reads_as_much_of_a_station_as_it_knows(void **state)
{
	struct {
		struct alm_station station;
		double later;
	} longer = { ALM_SIZED(alm_station, .id = "A", .wmo_id = "12345"), 1 };
	struct batch *p;

	(void)state;
	longer.station.size = sizeof(longer);
	p = put(longer.station);
	assert_int_equal(p->outcome, BATCH_TAKEN);
	assert_string_equal(p->descriptions[0].wmo_id, "12345");
	assert_int_equal(p->descriptions[0].size, sizeof(struct alm_station));
	batch_destroy(p);
}

/* A feed is used for one object after another. */
static void forgets_a_failed_object(void **state)
{
	struct alm_feed *feed = feed_create(&limits);
	static const char *const texts[] = { "d A x;s S;o 0 5", "x" };
	struct batch *p;

	(void)state;
	assert_int_equal(feed_open(feed, &obedient, "s A", "one", NULL, NULL), 0);
	for (int i = 0; i < 2; i++) {
		const struct line line = { .text = texts[i],
			.length = strlen(texts[i]),
			.held = strlen(texts[i]),
			.number = i + 1 };

		assert_int_equal(feed_line(feed, &line), -i);
	}
	p = feed_finish(feed);
	assert_int_equal(p->outcome, BATCH_FAILED);
	batch_destroy(p);
	assert_int_equal(feed_open(feed, &obedient, "s B", "two", NULL, NULL), 0);
	assert_int_equal(feed_close(feed), 0);
	p = feed_finish(feed);
	assert_int_equal(p->outcome, BATCH_TAKEN);
	assert_int_equal(p->station_count, 1);
	assert_string_equal(p->stations[0].id, "B");
	assert_int_equal(p->description_count, 0);
	batch_destroy(p);
	feed_destroy(feed);
}

static void ends_when_nobody_wants_more(void **state)
{
	const struct feed_limits small = { .rejects = 3, .memory = 1 };
	struct full full = { .refuse = true };

	(void)state;
	expect_failure(run(&obedient, &small, "s A", "o 0 1\no 1 1", &full), "interrupted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_an_object),
		cmocka_unit_test(drops_all_of_a_rejected_line),
		cmocka_unit_test(has_no_station_after_a_rejected_one),
		cmocka_unit_test(says_what_is_wrong_with_a_value),
		cmocka_unit_test(rejects_a_value_alone),
		cmocka_unit_test(rejects_a_line_without_a_good_value),
		cmocka_unit_test(rejects_values_of_no_line),
		cmocka_unit_test(gives_up_an_object_of_bad_values),
		cmocka_unit_test(learns_that_an_object_is_whole),
		cmocka_unit_test(takes_many_stations_in_one_call),
		cmocka_unit_test(shows_rejected_lines_safely),
		cmocka_unit_test(fails_with_a_reason),
		cmocka_unit_test(takes_a_failure_after_a_reject_for_the_line),
		cmocka_unit_test(calls_end),
		cmocka_unit_test(hands_over_full_batches),
		cmocka_unit_test(releases_every_state_once),
		cmocka_unit_test(knows_of_a_station_what_is_said_to_be_known),
		cmocka_unit_test(refuses_a_station_that_is_not_filled_in),
		cmocka_unit_test(reads_as_much_of_a_station_as_it_knows),
		cmocka_unit_test(forgets_a_failed_object),
		cmocka_unit_test(ends_when_nobody_wants_more),
	};

	feed_host(&host);
	return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
