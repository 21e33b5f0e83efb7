#include "ingest/parse/feed.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "ingest/parse/assemble.h"
#include "ingest/parse/descriptions.h"
#include "ingest/parse/rejection.h"
#include "plugin/current.h"

enum {
	REJECTS_SMALLEST = 16,
	ID_SHOWN = 64,
	SCATTER_SHARE = 2 /* of the memory: the parcel while it is not sorted, and the records,
			   * the days and the parcel when it is */
};

struct alm_feed {
	struct feed_limits limits;
	const struct plugin_source *source;
	void *state;
	char *uri;
	feed_full_fn *full;
	void *arg;
	struct batch *batch; /* the one being filled */
	bool handed_over;    /* others went before it */
	bool read;           /* all lines were read, and nothing but blocks follows */
	bool whole;          /* the object's blocks are whole */

	struct assemble *assemble;
	struct descriptions descriptions;
	struct batch_reject *rejects; /* of the parcel; texts are in its arena */
	size_t rejects_held, rejects_capacity;
	char first_reason[REASON_MAX];
	int64_t first_rejected;

	const struct line *line;    /* NULL in begin() and end() */
	bool rejected;              /* this line was */
	bool moved;                 /* this line named a station */
	bool unselected;            /* the station that was named last is not selected */
	bool says_whole;            /* this line says that the object's blocks are */
	size_t bad_values;          /* of this line, or of begin() or end() */
	char bad_value[REASON_MAX]; /* why the first of them was rejected */
	size_t outside;             /* bytes of the parcel that are not in its arena yet */

	bool *selected; /* elements, by index; NULL: all */
	unsigned element_count;
	char asked[STATION_ID_MAX + 1]; /* of this station it is known whether it is selected */
	bool has_asked;

	int64_t lines, kept, observations, reject_count, rejected_lines, rejected_values;
	bool object_rejects; /* an entry that is of no line is there */
	bool failed;
	struct error error; /* why */
};

struct alm_feed *feed_create(const struct feed_limits *limits)
{
	struct alm_feed *feed = memory_new(struct alm_feed);

	feed->limits = *limits;
	feed->assemble = assemble_create();
	return feed;
}

void feed_destroy(struct alm_feed *feed)
{
	if (feed != NULL) {
		assert(feed->batch == NULL);
		assemble_destroy(feed->assemble);
		descriptions_finish(&feed->descriptions);
		free(feed->rejects);
		free(feed->selected);
		free(feed);
	}
}

/* -- Failure ------------------------------------------------------------ */

void feed_fail(struct alm_feed *feed, const struct error *err)
{
	if (!feed->failed) {
		feed->failed = true;
		feed->error = *err;
	}
}

/* `reason` is shown with the line it is about. Returns -1. */
static int give_up(struct alm_feed *feed, const char *reason)
{
	struct error err = { 0 };

	if (feed->line != NULL) {
		error_set(&err, "line %lld: %s", (long long)feed->line->number, reason);
	} else {
		error_set(&err, "%s", reason);
	}
	feed_fail(feed, &err);
	return -1;
}

static int fail_rejects(struct alm_feed *feed, const char *reason)
{
	struct error err = { 0 };

	if (feed->rejected_values == 0) {
		error_set(&err, "more than %lld lines are rejected; the last is line %lld: %s",
			(long long)feed->limits.rejects, (long long)feed->line->number, reason);
	} else {
		error_set(&err,
			"of more than %lld lines something is rejected; the last is line %lld: %s",
			(long long)feed->limits.rejects, (long long)feed->line->number, reason);
	}
	error_hint(&err, "correct the file, or allow more with --max-rejects");
	feed_fail(feed, &err);
	return -1;
}

static int fail_all_rejected(struct alm_feed *feed)
{
	struct error err = { 0 };

	error_set(&err, "every line is rejected; line %lld: %s",
		(long long)feed->first_rejected, feed->first_reason);
	error_hint(&err,
		"source '%s' read it: name another one with --source if it is not the "
		"right one",
		feed->source->source.name);
	feed_fail(feed, &err);
	return -1;
}

/* -- Rejected lines ----------------------------------------------------- */

/* What begin() and end() do is of no line. */
static void keep_reject(struct alm_feed *feed, const char *reason)
{
	const struct line *line = feed->line;
	struct arena *arena = &feed->batch->arena;
	char content[REJECT_CONTENT_MAX + 1] = "";
	size_t length = 0;

	if (line != NULL) {
		length = utf8_show(content, sizeof(content), line->text, line->held);
	}

	if (feed->rejects_held == feed->rejects_capacity) {
		feed->rejects_capacity = feed->rejects_capacity * 2 + REJECTS_SMALLEST;
		feed->rejects = memory_resize(
			feed->rejects, feed->rejects_capacity, sizeof(*feed->rejects));
	}
	feed->outside += sizeof(*feed->rejects);
	feed->rejects[feed->rejects_held++] = (struct batch_reject){
		.line = line != NULL ? line->number : 0,
		.reason = arena_copy(arena, reason, strlen(reason)),
		.content = arena_copy(arena, content, length),
	};
}

/* The first reason counts. In begin() and end() there is no line to reject. */
static int reject_line(struct alm_feed *feed, const char *unsafe)
{
	char reason[REASON_MAX];

	if (feed->failed || feed->rejected) {
		return feed->failed ? -1 : 0;
	}
	utf8_show(reason, sizeof(reason), unsafe, strlen(unsafe));
	if (feed->line == NULL) {
		return give_up(feed, reason);
	}
	feed->rejected = true;
	feed->reject_count++;
	if (feed->rejected_lines++ == 0) {
		feed->first_rejected = feed->line->number;
		memcpy(feed->first_reason, reason, sizeof(reason));
	}
	keep_reject(feed, reason);
	return feed->reject_count > feed->limits.rejects ? fail_rejects(feed, reason) : 0;
}

/* -- Rejected values ---------------------------------------------------- */

static void reject_value(struct alm_feed *feed, const char *reason)
{
	if (feed->bad_values++ == 0) {
		snprintf(feed->bad_value, sizeof(feed->bad_value), "%s", reason);
	}
}

/* Says how many there are beside the first, where that fits. */
static void count_bad_values(struct alm_feed *feed)
{
	char more[ID_SHOWN];
	size_t length = strlen(feed->bad_value);
	int n = snprintf(
		more, sizeof(more), "; and %zu more of its values", feed->bad_values - 1);

	if (feed->bad_values > 1 && length + (size_t)n < sizeof(feed->bad_value)) {
		memcpy(feed->bad_value + length, more, (size_t)n + 1);
	}
}

static int fail_values(struct alm_feed *feed)
{
	struct error err = { 0 };

	error_set(&err, "%lld values are rejected; the first: %s",
		(long long)feed->rejected_values, feed->bad_value);
	error_hint(&err, "correct the file, or allow more with --max-rejects");
	feed_fail(feed, &err);
	return -1;
}

/* What begin() and end() gave is of no line: one entry is for all of it. */
static void settle_object_values(struct alm_feed *feed)
{
	feed->rejected_values += (int64_t)feed->bad_values;
	if (feed->rejected_values > feed->limits.rejects) {
		fail_values(feed);
		return;
	}
	if (!feed->object_rejects) {
		feed->object_rejects = true;
		feed->reject_count++;
		keep_reject(feed, feed->bad_value);
	}
}

/* The values that were rejected since the last call become an entry; of a line that has
 * nothing else, it is the line that is rejected. */
static void settle_values(struct alm_feed *feed)
{
	count_bad_values(feed);
	if (feed->line == NULL) {
		settle_object_values(feed);
		return;
	}
	if (!assemble_has_added(feed->assemble) &&
		!descriptions_has_added(&feed->descriptions)) {
		reject_line(feed, feed->bad_value);
		return;
	}
	feed->rejected_values += (int64_t)feed->bad_values;
	feed->reject_count++;
	keep_reject(feed, feed->bad_value);
	if (feed->reject_count > feed->limits.rejects) {
		fail_rejects(feed, feed->bad_value);
	}
}

/* -- Parcels ------------------------------------------------------------ */

static struct batch *start_batch(const struct alm_feed *feed)
{
	struct batch *batch = batch_create();

	batch->uri = arena_copy(&batch->arena, feed->uri, strlen(feed->uri));
	batch->source = feed->source->source.name;
	batch->source_version = feed->source->plugin->table.version;
	batch->first = !feed->handed_over;
	batch->whole = feed->whole;
	batch->selection = selection_text(feed->limits.selection);
	batch->read = feed->read;
	return batch;
}

/* Puts into the parcel what was kept for it. */
static void fill_batch(struct alm_feed *feed, struct batch *next)
{
	struct batch *batch = feed->batch;
	size_t size = feed->rejects_held * sizeof(*feed->rejects);

	if (size > 0) {
		batch->rejects = arena_alloc(&batch->arena, size);
		memcpy(batch->rejects, feed->rejects, size);
		batch->rejects_held = feed->rejects_held;
		feed->rejects_held = 0;
	}
	feed->outside = 0;
	if (!feed->failed) {
		descriptions_hand_over(&feed->descriptions, batch);
		assemble_hand_over(feed->assemble, next);
	}
	batch->memory = sizeof(*batch) + batch->arena.total;
}

/* Days that were handed over are remembered as long as there is memory. */
static void limit_memory(struct alm_feed *feed)
{
	if (!assemble_scatters(feed->assemble) &&
		assemble_memory(feed->assemble) > feed->limits.memory) {
		assemble_forget(feed->assemble);
	}
}

static int hand_over(struct alm_feed *feed)
{
	struct batch *full = feed->batch, *next;

	feed->handed_over = true;
	next = start_batch(feed);
	fill_batch(feed, next);
	feed->batch = next;
	if (!feed->full(feed->arg, full)) {
		batch_destroy(full);
		return give_up(feed, "interrupted");
	}
	limit_memory(feed);
	return 0;
}

/* -- Objects that go from station to station ------------------------------ */

static size_t parcel_memory(const struct alm_feed *feed)
{
	return feed->batch->arena.total + feed->outside;
}

/* Values that were given twice without being found at once: the first ones count. */
static void reject_twice(struct alm_feed *feed)
{
	const struct assemble_twice *twice = assemble_found_twice(feed->assemble);
	char reason[REASON_MAX];

	if (twice->count == 0) {
		return;
	}
	reason_write(reason, sizeof(reason), ASSEMBLE_TWICE, &feed->source->source,
		&twice->first, twice->station);
	reject_value(feed, reason);
	feed->bad_values = twice->count;
	feed->observations -= (int64_t)twice->count;
	settle_values(feed);
	feed->bad_values = 0;
}

/* Makes blocks of all that was spooled. */
static int gather(struct alm_feed *feed)
{
	struct error err = { 0 };
	int more = assemble_sort(feed->assemble, &err) < 0 ? -1 : 1;

	while (more > 0) {
		more = assemble_gather(
			feed->assemble, feed->limits.memory / SCATTER_SHARE, &err);
		if (more > 0 && hand_over(feed) < 0) {
			return -1;
		}
	}
	if (more < 0) {
		feed_fail(feed, &err);
		return -1;
	}
	feed->line = NULL;
	reject_twice(feed);
	return feed->failed ? -1 : 0;
}

/* The parcel has no blocks any more; what else it carries goes ahead. */
static int scatter(struct alm_feed *feed)
{
	const struct spool_limits limits = { .memory = feed->limits.memory / SCATTER_SHARE,
		.disk = feed->limits.spool };
	struct batch *next;

	assemble_scatter(feed->assemble, &limits);
	if (feed->rejects_held > 0 || descriptions_hold(&feed->descriptions)) {
		return hand_over(feed);
	}
	next = start_batch(feed);
	assemble_hand_over(feed->assemble, next);
	batch_destroy(feed->batch);
	feed->batch = next;
	feed->outside = 0;
	return 0;
}

static int settle_scattered(struct alm_feed *feed)
{
	struct error err = { 0 };

	if (assemble_settle(feed->assemble, feed->limits.memory / SCATTER_SHARE, &err) < 0) {
		feed_fail(feed, &err);
		return -1;
	}
	if (assemble_is_crowded(feed->assemble, feed->limits.memory)) {
		return gather(feed);
	}
	return parcel_memory(feed) > feed->limits.memory ? hand_over(feed) : 0;
}

/* Keeps the memory of the object within its limit. */
static int make_room(struct alm_feed *feed)
{
	if (assemble_scatters(feed->assemble)) {
		return settle_scattered(feed);
	}
	if (feed->limits.spool > 0 &&
		parcel_memory(feed) > feed->limits.memory / SCATTER_SHARE &&
		assemble_is_scattered(feed->assemble)) {
		return scatter(feed);
	}
	return parcel_memory(feed) > feed->limits.memory ? hand_over(feed) : 0;
}

/* -- Lines ---------------------------------------------------------------- */

/* Takes back what the plugin did since the last call. */
static void undo(struct alm_feed *feed)
{
	assemble_undo(feed->assemble);
	descriptions_undo(&feed->descriptions);
	if (feed->moved) {
		/* Better no station than the wrong one. */
		assemble_no_station(feed->assemble);
		feed->unselected = false;
	}
	feed->rejected = false;
}

/* Keeps or takes back what the plugin did since the last call. */
static int settle(struct alm_feed *feed)
{
	if (feed->bad_values > 0 && !feed->failed && !feed->rejected) {
		settle_values(feed);
	}
	feed->bad_values = 0;
	if (feed->failed || feed->rejected) {
		undo(feed);
	} else {
		feed->observations += (int64_t)assemble_keep(feed->assemble);
		feed->kept += feed->line != NULL;
		descriptions_keep(&feed->descriptions);
		feed->whole = feed->whole || feed->says_whole;
		feed->batch->whole = feed->whole;
	}
	feed->moved = feed->says_whole = false;
	if (!feed->failed) {
		make_room(feed);
	}
	feed->line = NULL;
	return feed->failed ? -1 : 0;
}

/* -- An object ---------------------------------------------------------- */

/* A plugin must have said why. If that was by a reject(), -1 means the line as well. */
static void check_answer(struct alm_feed *feed, int answer, const char *function)
{
	char reason[REASON_MAX];

	if (answer != 0 && !feed->failed && !feed->rejected) {
		snprintf(reason, sizeof(reason),
			"%s() of source '%s' failed and did not say why", function,
			feed->source->source.name);
		give_up(feed, reason);
	}
}

static void clear(struct alm_feed *feed)
{
	feed->handed_over = feed->failed = feed->rejected = feed->moved = feed->says_whole =
		false;
	feed->lines = feed->kept = feed->observations = feed->reject_count = 0;
	feed->rejected_lines = feed->rejected_values = 0;
	feed->object_rejects = feed->unselected = feed->read = false;
	feed->bad_values = 0;
	feed->error = (struct error){ 0 };
	feed->line = NULL;
	feed->rejects_held = feed->outside = 0;
	descriptions_clear(&feed->descriptions);
}

/* Finds out which elements of the source are selected. */
static void select_elements(struct alm_feed *feed)
{
	const struct alm_element *elements = feed->source->source.elements;
	unsigned count = 0;

	free(feed->selected);
	feed->selected = NULL;
	while (elements != NULL && elements[count].code != NULL) {
		count++;
	}
	feed->element_count = count;
	if (feed->limits.selection != NULL) {
		feed->selected = memory_array(count, sizeof(*feed->selected));
	}
	for (unsigned i = 0; feed->selected != NULL && i < count; i++) {
		feed->selected[i] =
			selection_has_element(feed->limits.selection, elements[i].code);
	}
}

int feed_open(struct alm_feed *feed, const struct plugin_source *source, const char *name,
	const char *uri, feed_full_fn *full, void *arg)
{
	int answer;

	assert(feed->batch == NULL);
	clear(feed);
	feed->source = source;
	feed->whole = (source->source.flags & ALM_WHOLE_BLOCKS) != 0;
	feed->full = full;
	feed->arg = arg;
	feed->uri = memory_copy_text(uri, strlen(uri));
	feed->state = memory_array(1, source->source.state_size);
	select_elements(feed);
	feed->batch = start_batch(feed);
	assemble_open(feed->assemble, &source->source, feed->batch);
	if (source->source.begin != NULL) {
		current_begin("begin()", 0);
		answer = source->source.begin(source->declared, feed, feed->state, name);
		current_end();
		check_answer(feed, answer, "begin");
	}
	return settle(feed);
}

int feed_line(struct alm_feed *feed, const struct line *line)
{
	char reason[REASON_MAX];
	int answer;

	assert(!feed->failed);
	feed->line = line;
	feed->lines = line->number;
	switch (line->problem) {
	case LINE_FINE:
		current_begin("line()", line->number);
		answer = feed->source->source.line(
			feed->source->declared, feed, feed->state, line->text, line->length);
		current_end();
		check_answer(feed, answer, "line");
		break;
	case LINE_TOO_LONG:
		snprintf(reason, sizeof(reason),
			"the line has %zu bytes, more than --max-line-bytes allows",
			line->length);
		reject_line(feed, reason);
		break;
	case LINE_HAS_NUL:
		reject_line(feed, "the line holds a NUL byte; is this a text file?");
		break;
	case LINE_HAS_CR:
		reject_line(feed,
			"the line holds another line's end (CR, or LF where lines end with "
			"CR): are there several lines in it?");
		break;
	}
	return settle(feed);
}

int feed_close(struct alm_feed *feed)
{
	const struct alm_source *source = &feed->source->source;
	int answer;

	assert(!feed->failed);
	if (feed->kept == 0 && feed->rejected_lines > 0) {
		return fail_all_rejected(feed);
	}
	if (source->end != NULL) {
		current_begin("end()", 0);
		answer = source->end(feed->source->declared, feed, feed->state);
		current_end();
		check_answer(feed, answer, "end");
	}
	if (settle(feed) < 0) {
		return -1;
	}
	/* Nothing went before: the object is stored as a whole, or else not begun. */
	feed->read = !feed->handed_over;
	feed->batch->read = feed->read;
	return assemble_scatters(feed->assemble) ? gather(feed) : 0;
}

static void release_state(struct alm_feed *feed)
{
	const struct plugin_source *source = feed->source;

	if (source->source.release != NULL) {
		current_begin("release()", 0);
		source->source.release(source->declared, feed->state);
		current_end();
	}
	free(feed->state);
	feed->state = NULL;
}

struct batch *feed_finish(struct alm_feed *feed)
{
	struct batch *batch = feed->batch;

	fill_batch(feed, NULL);
	batch->last = true;
	batch->outcome = feed->failed ? BATCH_FAILED : BATCH_TAKEN;
	batch->error = feed->error;
	batch->lines = feed->lines;
	batch->observations = feed->observations;
	batch->reject_count = feed->reject_count;
	batch->rejected_lines = feed->rejected_lines;
	batch->rejected_values = feed->rejected_values;
	feed->batch = NULL;
	release_state(feed);
	free(feed->uri);
	return batch;
}

bool feed_has_handed_over(const struct alm_feed *feed)
{
	return feed->handed_over;
}

/* -- What the host offers ----------------------------------------------- */

/* Whether a station is selected. Most lines are of the one that was asked for last. */
static bool is_selected(struct alm_feed *feed, const char *id, size_t length)
{
	if (feed->limits.selection == NULL) {
		return true;
	}
	if (strlen(feed->asked) != length || memcmp(feed->asked, id, length) != 0) {
		snprintf(feed->asked, sizeof(feed->asked), "%.*s", (int)length, id);
		feed->has_asked = selection_has_station(feed->limits.selection, id, length);
	}
	return feed->has_asked;
}

static int host_station(struct alm_feed *feed, const char *id, size_t length)
{
	char reason[REASON_MAX];
	const char *flaw;

	feed->moved = true;
	if (feed->failed || feed->rejected) {
		return feed->failed ? -1 : 0;
	}
	if (id == NULL) {
		return give_up(feed, "station() got NULL for the id");
	}
	flaw = descriptions_id_flaw(id, length);
	if (flaw != NULL) {
		snprintf(reason, sizeof(reason), "'%.*s' is no station id: %s",
			(int)(length < ID_SHOWN ? length : utf8_whole(id, ID_SHOWN)), id, flaw);
		return reject_line(feed, reason);
	}
	feed->unselected = !is_selected(feed, id, length);
	if (feed->unselected) {
		assemble_no_station(feed->assemble);
	} else {
		assemble_station(feed->assemble, id, length);
	}
	return 0;
}

static int host_put_station(struct alm_feed *feed, const struct alm_station *station)
{
	const char *reason;
	char size[REASON_MAX];

	if (feed->failed || feed->rejected) {
		return feed->failed ? -1 : 0;
	}
	if (station == NULL) {
		return give_up(feed, "put_station() got NULL for the station");
	}
	if (!descriptions_is_sized(station)) {
		snprintf(size, sizeof(size),
			"put_station() got a station of size %lu: initialise it with "
			"ALM_SIZED(alm_station, ...)",
			(unsigned long)station->size);
		return give_up(feed, size);
	}
	if (station->id != NULL && strlen(station->id) <= STATION_ID_MAX &&
		!is_selected(feed, station->id, strlen(station->id))) {
		return 0;
	}
	reason = descriptions_add(&feed->descriptions, &feed->batch->arena, station);
	feed->outside += sizeof(*station);
	return reason != NULL ? reject_line(feed, reason) : 0;
}

static int put_values(struct alm_feed *feed, const struct alm_observation *values, size_t count)
{
	char reason[REASON_MAX];
	enum assemble_problem problem;
	size_t at = 0;

	while (count > 0) {
		problem = assemble_add(feed->assemble, values, count, &at);
		if (problem == ASSEMBLE_FINE) {
			return 0;
		}
		reason_write(reason, sizeof(reason), problem, &feed->source->source,
			&values[at], assemble_current(feed->assemble));
		if (problem != ASSEMBLE_BAD_VALUE) {
			return reject_line(feed, reason);
		}
		reject_value(feed, reason);
		values += at + 1;
		count -= at + 1;
	}
	return 0;
}

static bool is_selected_value(const struct alm_feed *feed, const struct alm_observation *value)
{
	return (value->element >= feed->element_count || feed->selected[value->element]) &&
	       selection_has_day(feed->limits.selection, value->day);
}

/* Passes on runs of values that are selected. */
static int put_selected(
	struct alm_feed *feed, const struct alm_observation *values, size_t count)
{
	int result = 0;

	for (size_t i = 0, end; i < count && result == 0 && !feed->rejected; i = end + 1) {
		for (end = i; end < count && is_selected_value(feed, &values[end]);) {
			end++;
		}
		result = put_values(feed, values + i, end - i);
	}
	return result;
}

static int host_put_values(
	struct alm_feed *feed, const struct alm_observation *values, size_t count)
{
	if (feed->failed || feed->rejected) {
		return feed->failed ? -1 : 0;
	}
	if (values == NULL && count > 0) {
		return give_up(feed, "put_values() got NULL for the values");
	}
	if (feed->unselected) {
		return 0;
	}
	return feed->limits.selection == NULL ? put_values(feed, values, count)
					      : put_selected(feed, values, count);
}

/* Blocks that were handed over are stored as what they were then. */
static int host_whole(struct alm_feed *feed, uint32_t scope)
{
	if (feed->failed || feed->rejected) {
		return feed->failed ? -1 : 0;
	}
	if (scope != ALM_WHOLE_OBJECT) {
		return give_up(feed, "whole() got a scope that is not known");
	}
	if (feed->observations > 0 || assemble_has_added(feed->assemble)) {
		return give_up(feed, "whole() must be called before the first value");
	}
	feed->says_whole = true;
	return 0;
}

static int host_reject_line(struct alm_feed *feed, const char *format, ...) ALM_PRINTF(2, 3);
static int host_abort_object(struct alm_feed *feed, const char *format, ...) ALM_PRINTF(2, 3);

/* What a plugin says, cut where no character is. */
static void write_reason(char *reason, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void write_reason(char *reason, const char *format, va_list args)
{
	if (format == NULL || utf8_format(reason, REASON_MAX, format, args) != 0) {
		snprintf(reason, REASON_MAX, "the source gave no reason that can be read");
	}
}

static int host_reject_line(struct alm_feed *feed, const char *format, ...)
{
	char reason[REASON_MAX];
	va_list args;

	va_start(args, format);
	write_reason(reason, format, args);
	va_end(args);
	return reject_line(feed, reason);
}

static int host_abort_object(struct alm_feed *feed, const char *format, ...)
{
	char unsafe[REASON_MAX], reason[REASON_MAX];
	va_list args;

	va_start(args, format);
	write_reason(unsafe, format, args);
	va_end(args);
	utf8_show(reason, sizeof(reason), unsafe, strlen(unsafe));
	return give_up(feed, reason);
}

void feed_host(struct alm_host *host)
{
	static const struct alm_source_functions functions = {
		.station = host_station,
		.put_station = host_put_station,
		.put_values = host_put_values,
		.whole = host_whole,
		.reject_line = host_reject_line,
		.abort_object = host_abort_object,
	};

	host->source = &functions;
}
