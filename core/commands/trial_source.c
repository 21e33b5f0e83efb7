#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/date.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/utf8.h"
#include "commands/command.h"
#include "commands/trial.h"
#include "ingest/input/objects.h"
#include "ingest/parse/batch.h"
#include "ingest/run/queue.h"
#include "ingest/run/reader.h"

enum { MEMORY = 64 * 1024 * 1024, MEBI = 1024 * 1024 };

/* What was observed of one element at one station. */
struct line {
	struct line *next; /* in the order in which they came up */
	char station[STATION_ID_MAX + 1];
	const struct alm_element *element;
	int32_t first_day, last_day;
	int64_t reported, present, flagged, sum; /* present: without a quality flag */
};

struct trial {
	struct line *first, **end;
	void *tree; /* the same, by station and element; see <search.h> */
	int64_t rejects;
	int code;
};

static void print_scaled(int64_t value, int decimals)
{
	char text[NUMBER_TEXT_MAX];
	double scale = 1;

	for (int i = 0; i < decimals; i++) {
		scale *= 10;
	}
	fwrite(text, 1, number_write(text, (double)value / scale, decimals), stdout);
}

static int compare_lines(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int order = strcmp(x->station, y->station);

	return order != 0 ? order : strcmp(x->element->code, y->element->code);
}

static struct line *find_line(
	struct trial *trial, const char *station, const struct alm_element *element)
{
	struct line wanted = {
		.element = element, .first_day = INT32_MAX, .last_day = INT32_MIN
	};
	struct line **found, *line;

	snprintf(wanted.station, sizeof(wanted.station), "%s", station);
	found = tfind(&wanted, &trial->tree, compare_lines);
	if (found != NULL) {
		return *found;
	}
	line = memory_new(struct line);
	*line = wanted;
	if (tsearch(line, &trial->tree, compare_lines) == NULL) {
		abort(); /* out of memory, as memory_new() does */
	}
	*trial->end = line;
	trial->end = &line->next;
	return line;
}

static void add_block(struct line *line, const struct batch_block *block)
{
	const char *quality = block->flags[FLAG_QUALITY];
	int32_t start = date_year_start(block->year);

	for (int i = 0; i < date_year_days(block->year); i++) {
		int32_t value = block->values[i], day = start + i;

		if (value == BLOCK_NOT_REPORTED || value == BLOCK_WITHDRAWN) {
			continue;
		}
		line->first_day = day < line->first_day ? day : line->first_day;
		line->last_day = day > line->last_day ? day : line->last_day;
		line->reported++;
		if (quality != NULL && quality[i] != ' ') {
			line->flagged++;
		} else if (value != BLOCK_MISSING) {
			line->present++;
			line->sum += value;
		}
	}
}

static void print_description(const struct alm_station *station)
{
	printf("station %s: %s, ", station->id,
		station->name != NULL ? station->name : "(no name)");
	if ((station->has & ALM_HAS_POSITION) != 0) {
		printf("%.4f, %.4f, ", station->latitude, station->longitude);
	} else {
		printf("position not known, ");
	}
	if ((station->has & ALM_HAS_ELEVATION) != 0) {
		printf("%.1f m\n", station->elevation);
	} else {
		puts("elevation not known");
	}
}

static void print_reject(const struct batch *batch, const struct batch_reject *reject)
{
	printf("%s:%lld: %s\n  %s\n", batch->uri, (long long)reject->line, reject->reason,
		reject->content);
}

/* Texts of others may be in it. */
static void print_failure(const struct batch *batch)
{
	struct buffer out = { 0 };

	utf8_put(&out, batch->uri);
	buffer_puts(&out, ": failed: ");
	utf8_put(&out, batch->error.text);
	if (batch->error.hint[0] != '\0') {
		buffer_puts(&out, "; ");
		utf8_put(&out, batch->error.hint);
	}
	puts(buffer_text(&out));
	buffer_finish(&out);
}

static void print_object(struct trial *trial, const struct batch *batch)
{
	if (batch->outcome == BATCH_FAILED) {
		print_failure(batch);
		trial->code = EXIT_CODE_FAILURE;
		return;
	}
	if (batch->unread) {
		printf("%s: not read, source %s %s knows that it holds no data\n", batch->uri,
			batch->source, batch->source_version);
		return;
	}
	printf("%s: %lld lines, %lld observations, ", batch->uri, (long long)batch->lines,
		(long long)batch->observations);
	if (batch->rejected_values > 0) {
		printf("%lld lines and %lld value%s rejected", (long long)batch->rejected_lines,
			(long long)batch->rejected_values,
			batch->rejected_values == 1 ? "" : "s");
	} else {
		printf("%lld rejected", (long long)batch->rejected_lines);
	}
	printf(", source %s %s\n", batch->source, batch->source_version);
	trial->rejects += batch->reject_count;
}

static void add_batch(struct trial *trial, const struct batch *batch)
{
	for (size_t i = 0; i < batch->description_count; i++) {
		print_description(&batch->descriptions[i]);
	}
	for (size_t i = 0; i < batch->station_count; i++) {
		const struct batch_station *station = &batch->stations[i];

		for (size_t b = 0; b < station->block_count; b++) {
			const struct batch_block *block = station->blocks[b];

			add_block(find_line(trial, station->id, block->element), block);
		}
	}
	for (size_t i = 0; i < batch->rejects_held; i++) {
		print_reject(batch, &batch->rejects[i]);
	}
	if (batch->last) {
		print_object(trial, batch);
	}
}

static void print_lines(const struct trial *trial)
{
	for (const struct line *line = trial->first; line != NULL; line = line->next) {
		char first[DATE_TEXT], last[DATE_TEXT];

		if (line->reported == 0) {
			continue;
		}
		date_write(first, line->first_day);
		date_write(last, line->last_day);
		printf("%s %s %.*s to %.*s: %lld days reported, %lld with a value, ",
			line->station, line->element->code, DATE_TEXT, first, DATE_TEXT, last,
			(long long)line->reported, (long long)line->present);
		if (line->flagged > 0) {
			printf("%lld with a quality flag, ", (long long)line->flagged);
		}
		printf("sum ");
		print_scaled(line->sum, line->element->decimals);
		printf(" %s\n", line->element->unit);
	}
}

static int run(const struct settings *settings, const struct registry *registry,
	const struct objects *objects, struct trial *trial, struct error *err)
{
	const struct reader_config config = {
		.source = settings_text(settings, SETTING_SOURCE),
		.workers = 1,
		.memory = MEMORY,
		.max_rejects = settings_integer(settings, SETTING_MAX_REJECTS),
		.max_line_bytes = (size_t)settings_integer(settings, SETTING_MAX_LINE_BYTES),
		.max_expanded_bytes =
			settings_integer(settings, SETTING_MAX_EXPANDED_BYTES) * MEBI,
		.max_expansion = settings_integer(settings, SETTING_MAX_EXPANSION),
	};
	struct queue *queue = queue_create(objects->count, MEMORY);
	struct reader *reader = reader_start(&config, registry, objects, queue, NULL, err);
	struct batch *batch;

	if (reader == NULL) {
		queue_destroy(queue);
		return -1;
	}
	while ((batch = queue_pop(queue, true)) != NULL) {
		add_batch(trial, batch);
		batch_destroy(batch);
	}
	reader_join(reader);
	queue_destroy(queue);
	return 0;
}

int trial_source(const struct settings *settings, const struct registry *registry, char *uri,
	struct error *err)
{
	struct trial trial = { .code = EXIT_CODE_SUCCESS, .end = &trial.first };
	struct objects objects = { 0 };

	if (objects_expand(&objects, &uri, 1, "", err) < 0 ||
		run(settings, registry, &objects, &trial, err) < 0) {
		trial.code = EXIT_CODE_FAILURE;
	}
	print_lines(&trial);
	if (trial.code == EXIT_CODE_SUCCESS && trial.rejects > 0) {
		trial.code = EXIT_CODE_PARTIAL;
	}
	tdestroy(trial.tree, free);
	objects_finish(&objects);
	return trial.code;
}
