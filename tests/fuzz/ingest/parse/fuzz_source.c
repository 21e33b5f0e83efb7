/* Files for the source plugins, which are loaded from the build that this program is
 * in. The first line says which source reads the rest and what it is called: "wx_data x.txt".
 * However the bytes come in, the result must be the same, and sound. */
#include <assert.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/date.h"
#include "base/utf8.h"
#include "ingest/input/digest.h"
#include "ingest/parse/feed.h"
#include "plugin/registry.h"

enum { NAME_MOST = 64, LONGEST = 400, REJECTS = 50, BATCH_MEMORY = 16 * 1024 };

static struct alm_host host;
static struct registry *registry;
static struct lines *lines;
static struct alm_feed *feed;
static struct digest *digest;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct feed_limits limits = { .rejects = REJECTS, .memory = BATCH_MEMORY };
	struct buffer self = { 0 }, path = { 0 };
	struct error err = { 0 };

	(void)argc;
	buffer_puts(&self, (*argv)[0]);
	buffer_text(&self);
	buffer_printf(&path, "%s/../../plugins/sources", dirname(self.data));
	host.day = date_day;
	feed_host(&host);
	registry = registry_load(buffer_text(&path), &host, &err);
	if (registry == NULL || registry->source_count == 0) {
		fprintf(stderr, "no sources: %s; %s\n", err.text, err.hint);
		exit(EXIT_FAILURE);
	}
	buffer_finish(&self);
	buffer_finish(&path);
	lines = lines_create(LONGEST);
	feed = feed_create(&limits);
	digest = digest_create();
	return 0;
}

/* -- Soundness ---------------------------------------------------------- */

/* What the parcels of one object add up to. */
struct sum {
	int64_t observations, rejects, last_line;
	bool first_seen;
};

static void check_text(const char *text, size_t most)
{
	assert(strlen(text) <= most && utf8_is_plain(text, strlen(text)));
}

static void add_text(const char *text)
{
	if (text != NULL) {
		digest_add(digest, text, strlen(text) + 1);
	}
}

static void check_block(const struct batch_block *block, struct sum *sum)
{
	int days = date_year_days(block->year);

	assert(block->year >= BATCH_YEAR_MIN && block->year <= BATCH_YEAR_MAX);
	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		int32_t value = block->values[i];

		assert(value == BLOCK_NOT_REPORTED || i < days);
		assert(value == BLOCK_NOT_REPORTED || value == BLOCK_MISSING ||
			value == BLOCK_WITHDRAWN ||
			(block->flags[FLAG_QUALITY] != NULL &&
				block->flags[FLAG_QUALITY][i] != ' ') ||
			(value >= block->element->min && value <= block->element->max));
		sum->observations += value != BLOCK_NOT_REPORTED;
	}
	digest_add(digest, block->values, sizeof(block->values));
	digest_add(digest, &block->year, sizeof(block->year));
	add_text(block->element->code);
}

static void check_station(const struct batch_station *station, struct sum *sum)
{
	add_text(station->id);
	for (size_t i = 0; i < station->block_count; i++) {
		const struct batch_block *block = station->blocks[i];

		if (i > 0) {
			const struct batch_block *before = station->blocks[i - 1];

			assert(before->year < block->year ||
				(before->year == block->year &&
					strcmp(before->element->code, block->element->code) <
						0));
		}
		check_block(block, sum);
	}
}

static void check_description(const struct alm_station *station)
{
	assert(!(station->latitude < -90) && !(station->latitude > 90));
	assert(!(station->longitude < -180) && !(station->longitude > 180));
	assert(station->name == NULL || utf8_is_plain(station->name, strlen(station->name)));
	add_text(station->id);
	add_text(station->name);
	add_text(station->country);
	add_text(station->state);
	add_text(station->wmo_id);
}

static void check_rejects(const struct batch *batch, struct sum *sum)
{
	for (size_t i = 0; i < batch->rejects_held; i++) {
		const struct batch_reject *reject = &batch->rejects[i];

		assert(reject->line > sum->last_line || reject->line == 0);
		sum->last_line = reject->line > 0 ? reject->line : sum->last_line;
		check_text(reject->reason, 400);
		check_text(reject->content, REJECT_CONTENT_MAX);
		add_text(reject->reason);
		add_text(reject->content);
	}
	sum->rejects += (int64_t)batch->rejects_held;
}

static void check_batch(const struct batch *batch, struct sum *sum)
{
	assert(batch->first != sum->first_seen);
	sum->first_seen = true;
	for (size_t i = 0; i < batch->station_count; i++) {
		assert(i == 0 || strcmp(batch->stations[i - 1].id, batch->stations[i].id) < 0);
		check_station(&batch->stations[i], sum);
	}
	for (size_t i = 0; i < batch->description_count; i++) {
		assert(i == 0 ||
			strcmp(batch->descriptions[i - 1].id, batch->descriptions[i].id) < 0);
		check_description(&batch->descriptions[i]);
	}
	check_rejects(batch, sum);
}

static void check_last(const struct batch *batch, const struct sum *sum)
{
	assert(batch->last && sum->rejects == batch->reject_count);
	assert(sum->last_line <= batch->lines);
	assert(error_is_set(&batch->error) == (batch->outcome == BATCH_FAILED));
	assert(batch->reject_count <= REJECTS || batch->outcome == BATCH_FAILED);
	if (batch->outcome == BATCH_TAKEN) {
		assert(sum->observations == batch->observations);
	}
	add_text(batch->error.text);
	digest_add(digest, &batch->lines, sizeof(batch->lines));
}

/* -- Reading ------------------------------------------------------------ */

struct input {
	const uint8_t *bytes;
	size_t left, piece;
};

static ssize_t read_input(void *arg, char *to, size_t room, struct error *err)
{
	struct input *input = arg;
	size_t n = input->left < input->piece ? input->left : input->piece;

	(void)err;
	n = n < room ? n : room;
	if (n > 0) {
		memcpy(to, input->bytes, n);
	}
	input->bytes += n;
	input->left -= n;
	return (ssize_t)n;
}

static bool take_full(void *arg, struct batch *batch)
{
	check_batch(batch, arg);
	batch_destroy(batch);
	return true;
}

/* Writes a digest of all that came out. */
static void run(
	const struct plugin_source *source, const char *name, struct input *input, char *to)
{
	struct sum sum = { 0 };
	struct error err = { 0 };
	struct line line;
	struct batch *batch;
	const char *head;
	size_t length;
	int sure, result;

	digest_reset(digest);
	lines_open(lines, read_input, input);
	result = lines_head(lines, &head, &length, &err);
	assert(result == 0);
	sure = source->source.sniff(source->declared, name, head, length);
	assert((sure >= 0 && sure <= 100) || sure == ALM_SNIFF_SKIP);
	result = feed_open(feed, source, name, "fuzz", take_full, &sum);
	while (result == 0 && lines_next(lines, &line, &err) > 0) {
		result = feed_line(feed, &line);
	}
	if (result == 0) {
		feed_close(feed);
	}
	batch = feed_finish(feed);
	check_batch(batch, &sum);
	check_last(batch, &sum);
	batch_destroy(batch);
	digest_add(digest, &sure, sizeof(sure));
	digest_write(digest, to);
}

/* The source of a first line; one by the line's length where none has that name. */
static const struct plugin_source *choose_source(const char *line, size_t length)
{
	size_t name = 0;

	while (name < length && line[name] != ' ') {
		name++;
	}
	for (size_t i = 0; i < registry->source_count; i++) {
		const char *known = registry->sources[i].source.name;

		if (strlen(known) == name && memcmp(known, line, name) == 0) {
			return &registry->sources[i];
		}
	}
	return &registry->sources[length % registry->source_count];
}

/* What follows the first blank of a line, as a file name. */
static void copy_name(const char *line, size_t length, char to[NAME_MOST])
{
	size_t at = 0, used = 0;

	while (at < length && line[at] != ' ') {
		at++;
	}
	for (at++; at < length && used + 1 < NAME_MOST; at++) {
		to[used++] = line[at] == '\0' || line[at] == '/' ? '_' : line[at];
	}
	to[used] = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	const struct plugin_source *source;
	char first[DIGEST_TEXT + 1], second[DIGEST_TEXT + 1], name[NAME_MOST];
	size_t head;

	if (end == NULL) {
		return 0;
	}
	head = (size_t)(end - data);
	source = choose_source((const char *)data, head);
	copy_name((const char *)data, head, name);
	data += head + 1;
	size -= head + 1;
	run(source, name, &(struct input){ .bytes = data, .left = size, .piece = SIZE_MAX },
		first);
	run(source, name, &(struct input){ .bytes = data, .left = size, .piece = 7 }, second);
	assert(strcmp(first, second) == 0);
	return 0;
}
