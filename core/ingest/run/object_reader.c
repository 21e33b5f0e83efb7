#include "ingest/run/object_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/download.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "ingest/input/digest.h"
#include "ingest/input/lines.h"
#include "ingest/input/magic.h"
#include "ingest/parse/sniff.h"
#include "ingest/run/archive_summary.h"
#include "plugin/current.h"

struct object_reader {
	const struct object_reader_config *config;
	struct queue *queue;
	struct stream_run *run;
	struct downloader *downloader; /* NULL: nothing is to be fetched */
	size_t turn;                   /* the object's */
	struct lines *lines;
	struct alm_feed *feed;
};

/* What is read as lines: a file, compressed or not, or a member of an archive. */
struct item {
	const char *uri, *name;
	void *bytes; /* the first argument of both */
	lines_read_fn *read;
	int (*digest)(void *bytes, char *to, int64_t *size, struct error *err);
	int64_t size;     /* what the digest will say; -1: not known yet */
	bool piped;       /* standard input */
	bool nameless;    /* and without a name */
	bool near;        /* may be read twice */
	bool repeated;    /* by the same name as one before it: the ledger is of another run */
	const char *etag; /* NULL or "": none */
};

struct object_reader *object_reader_create(
	const struct object_reader_config *config, struct queue *queue, struct stream_run *run)
{
	struct object_reader *take = memory_new(struct object_reader);

	take->config = config;
	take->queue = queue;
	take->run = run;
	if (config->aws != NULL) {
		take->downloader = downloader_create(config->aws, &run->stop);
	}
	take->lines = lines_create(config->longest_line);
	take->feed = feed_create(&config->feed);
	return take;
}

void object_reader_destroy(struct object_reader *take)
{
	if (take != NULL) {
		lines_destroy(take->lines);
		feed_destroy(take->feed);
		downloader_destroy(take->downloader);
		free(take);
	}
}

/* -- What was taken in before -------------------------------------------- */

/* Whether it was taken in before, just as it would be now; entry NULL: never. */
static bool is_same(const struct ledger_entry *entry, int64_t size, const char *hash,
	const char *source, const char *version)
{
	return entry != NULL && entry->size == size && strcmp(entry->hash, hash) == 0 &&
	       strcmp(entry->source, source) == 0 &&
	       strcmp(entry->source_version, version) == 0;
}

static bool is_current(
	const struct object_reader_config *config, const struct ledger_entry *entry)
{
	if (strcmp(entry->source, BATCH_ARCHIVE) == 0) {
		return strcmp(entry->source_version, config->archive_version) == 0;
	}
	if (strcmp(entry->source, BATCH_EMPTY) == 0) {
		return strcmp(entry->source_version, config->empty_version) == 0;
	}
	for (size_t i = 0; i < config->registry->source_count; i++) {
		const struct plugin_source *source = &config->registry->sources[i];

		if (strcmp(source->source.name, entry->source) == 0) {
			return strcmp(source->plugin->table.version, entry->source_version) ==
				       0 &&
			       (config->source == NULL || config->source == source);
		}
	}
	return false;
}

/* Whether its tag says that it has not changed, and what read it then would read it now. */
static bool is_unchanged(const struct object_reader_config *config, const struct object *object,
	const struct ledger_entry *entry)
{
	return entry != NULL && object->etag != NULL && object->etag[0] != '\0' &&
	       strcmp(object->etag, entry->etag) == 0 && is_current(config, entry);
}

/* -- Parcels ------------------------------------------------------------ */

static bool push(void *arg, struct batch *batch)
{
	struct object_reader *take = arg;

	return queue_push(take->queue, take->turn, batch);
}

static void push_last(struct object_reader *take, struct batch *batch)
{
	batch->memory = sizeof(*batch) + batch->arena.total;
	if (!push(take, batch)) {
		batch_destroy(batch);
	}
}

/* Whether something with this name, of the object or the object itself, is for this shard. */
static bool is_mine(
	const struct object_reader *take, const struct object *object, const char *name)
{
	return !object->shared || shard_has(&take->config->shard, name);
}

static const struct ledger_entry *find_entry(const struct object_reader *take, const char *uri)
{
	const struct ledger *ledger = take->config->ledger;

	return ledger != NULL ? ledger_find(ledger, uri) : NULL;
}

/* -- Lines -------------------------------------------------------------- */

/* Opens the lines and says which source reads them. NULL: none can, or without an error none
 * need, since there is no byte. Of standard input that is one: its program failed. */
static const struct plugin_source *choose(
	struct object_reader *take, const struct item *item, struct error *err)
{
	const char *head, *magic;
	size_t length;

	lines_open(take->lines, item->read, item->bytes);
	if (lines_head(take->lines, &head, &length, err) < 0) {
		return NULL;
	}
	if (length == 0) {
		if (item->piped) {
			error_set(err, "it is empty");
		}
		return NULL;
	}
	magic = magic_name(head, length);
	if (magic != NULL) {
		error_set(err, "it is packed again (%s), or damaged", magic);
		error_hint(err, "an archive in an archive is not read: unpack the outer one");
		return NULL;
	}
	if (take->config->source != NULL) {
		return take->config->source;
	}
	return sniff_choose(take->config->registry, item->name, head, length, err);
}

/* Sends all lines through the source. Returns the last parcel. */
static struct batch *parse(
	struct object_reader *take, const struct item *item, const struct plugin_source *source)
{
	const struct plugin *before = current_enter(source->plugin);
	struct error err = { 0 };
	struct batch *batch;
	struct line line;
	int more = 1;

	if (feed_open(take->feed, source, item->name, item->uri, push, take) < 0) {
		more = -1;
	}
	while (more > 0) {
		more = lines_next(take->lines, &line, &err);
		if (more < 0) {
			feed_fail(take->feed, &err);
		} else if (more > 0 && feed_line(take->feed, &line) < 0) {
			more = -1;
		}
	}
	if (more == 0) {
		feed_close(take->feed);
	}
	batch = feed_finish(take->feed);
	current_leave(before);
	return batch;
}

/* A file of which the ledger has the size may be known: it is hashed first, since
 * that is much faster than parsing it. */
static bool is_known(const struct item *item, const struct plugin_source *source,
	const struct ledger_entry *entry)
{
	struct error ignored = { 0 }; /* parse() will find it too */
	char hash[DIGEST_TEXT + 1];
	int64_t size;

	return entry != NULL && item->near && entry->size == item->size &&
	       item->digest(item->bytes, hash, &size, &ignored) == 0 &&
	       is_same(entry, size, hash, source->source.name, source->plugin->table.version);
}

/* Adds size and hash to what was read to its end. */
static struct batch *seal(struct object_reader *take, const struct item *item,
	struct batch *batch, const struct ledger_entry *entry)
{
	struct error err = { 0 };
	struct batch *skipped;

	if (batch->lines == 0) {
		error_set(&err, "it holds no line");
	} else if (item->digest(item->bytes, batch->hash, &batch->size, &err) == 0) {
		if (feed_has_handed_over(take->feed) ||
			!is_same(entry, batch->size, batch->hash, batch->source,
				batch->source_version)) {
			batch_put_etag(batch, item->etag);
			return batch;
		}
		skipped = batch_make_skipped(entry);
		batch_put_etag(skipped, item->etag);
		batch_destroy(batch);
		return skipped;
	}
	batch_fail(batch, &err);
	return batch;
}

/* Files for which there are no data yet are usual. They are known in the ledger, and say
 * nothing of what was stored before. */
static struct batch *take_nothing(
	struct object_reader *take, const struct item *item, const struct ledger_entry *entry)
{
	struct batch *batch = batch_make(item->uri, BATCH_TAKEN);
	struct error err = { 0 };

	batch->source = BATCH_EMPTY;
	batch->source_version = take->config->empty_version;
	if (item->digest(item->bytes, batch->hash, &batch->size, &err) < 0) {
		batch_fail(batch, &err);
	} else if (is_same(entry, batch->size, batch->hash, BATCH_EMPTY,
			   take->config->empty_version)) {
		batch_destroy(batch);
		batch = batch_make_skipped(entry);
	}
	batch_put_etag(batch, item->etag);
	return batch;
}

static struct batch *take_source(struct object_reader *take, const struct item *item,
	const struct plugin_source *source, const struct ledger_entry *entry)
{
	struct batch *batch;

	if (is_known(item, source, entry)) {
		batch = batch_make_skipped(entry);
		batch_put_etag(batch, item->etag);
		return batch;
	}
	batch = parse(take, item, source);
	return batch->outcome == BATCH_TAKEN ? seal(take, item, batch, entry) : batch;
}

static enum batch_outcome take_lines(
	struct object_reader *take, const struct item *item, struct error *err)
{
	const struct ledger_entry *entry = item->repeated ? NULL : find_entry(take, item->uri);
	const struct plugin_source *source = choose(take, item, err);
	enum batch_outcome outcome;
	struct batch *batch;

	if (source != NULL) {
		batch = take_source(take, item, source, entry);
	} else if (error_is_set(err)) {
		batch = batch_make_failed(item->uri, err);
	} else {
		batch = take_nothing(take, item, entry);
	}
	if (batch->outcome == BATCH_FAILED && item->nameless && batch->error.hint[0] == '\0') {
		error_hint(&batch->error,
			"standard input has no name: give one with --stdin-name");
	}
	*err = batch->error;
	outcome = batch->outcome;
	push_last(take, batch);
	return outcome;
}

static bool is_piped(const struct object *object)
{
	return object->path == NULL && object->url == NULL;
}

static bool is_nameless(const struct object *object)
{
	return strcmp(object->uri, "-") == 0;
}

static void take_file(
	struct object_reader *take, const struct object *object, struct stream *stream)
{
	const struct item item = { .uri = object->uri,
		.name = object->name,
		.bytes = stream,
		.read = stream_read,
		.digest = stream_digest,
		.size = stream_size(stream),
		.piped = is_piped(object),
		.nameless = is_nameless(object),
		.near = stream_is_near(stream),
		.etag = stream_etag(stream) };
	struct error err = { 0 };

	take_lines(take, &item, &err);
}

/* -- Archives ----------------------------------------------------------- */

/* A file that is compressed is what it holds, and has no parcel of its own. */
static void take_compressed(struct object_reader *take, const struct object *object,
	struct stream *stream, struct unpack *unpack, const struct unpack_member *member)
{
	const struct item item = { .uri = object->uri,
		.name = member->name,
		.bytes = unpack,
		.read = unpack_read,
		.digest = unpack_digest,
		.size = stream_size(stream),
		.piped = is_piped(object),
		.nameless = is_nameless(object),
		.near = stream_is_near(stream),
		.etag = stream_etag(stream) };
	struct error err = { 0 };

	take_lines(take, &item, &err);
}

static void take_member(struct object_reader *take, const struct object *object,
	struct unpack *unpack, const struct unpack_member *member,
	struct archive_summary *summary)
{
	struct buffer uri = { 0 };
	struct error err = { 0 };
	enum batch_outcome outcome = BATCH_FAILED;

	if (member->kind == UNPACK_HIDDEN || member->kind == UNPACK_SPECIAL) {
		if (is_mine(take, object, object->name)) {
			archive_summary_unread(summary, member->label);
		}
		return;
	}
	if (!is_mine(take, object, member->name)) {
		summary->members++; /* there is something in the archive */
		return;
	}
	buffer_printf(&uri, "%s!%s", object->uri, member->label);
	if (take->config->ledger != NULL) {
		ledger_see(take->config->ledger, buffer_text(&uri));
	}
	if (member->kind == UNPACK_ENCRYPTED) {
		error_set(&err, "it is encrypted");
		error_hint(&err, "unpack the archive with its password and name the files");
		push_last(take, batch_make_failed(buffer_text(&uri), &err));
	} else {
		const struct item item = { .uri = buffer_text(&uri),
			.name = member->name,
			.bytes = unpack,
			.read = unpack_read,
			.digest = unpack_digest,
			.size = -1,
			.near = true, /* as its archive is read through */
			.repeated = archive_summary_meet(summary, member->label) };

		outcome = take_lines(take, &item, &err);
	}
	if (outcome == BATCH_FAILED) {
		archive_summary_failed(summary, member->label, &err);
	} else {
		summary->members++;
	}
	buffer_finish(&uri);
}

/* Of an archive that is shared one shard keeps a row, which says that it was read, but not that
 * all of it is stored: whether the others have done their part is not known here. */
static void end_shared(struct object_reader *take, const struct object *object,
	const struct archive_summary *summary, struct error *failure)
{
	bool mine = is_mine(take, object, object->name);
	struct batch *batch = batch_make_others(object->uri);

	if (mine) {
		archive_summary_write(summary, batch);
		batch->members = 0;
		batch->outcome = BATCH_TAKEN;
	}
	batch->read_through = !error_is_set(failure);
	if (error_is_set(failure) || (mine && archive_summary_judge(summary, failure) < 0)) {
		batch_fail(batch, failure);
	}
	push_last(take, batch);
}

/* The archive's own parcel. */
static void end_archive(struct object_reader *take, const struct object *object,
	struct stream *stream, const struct archive_summary *summary, struct error *failure)
{
	struct batch *batch = batch_make(object->uri, BATCH_TAKEN);
	const char *version = take->config->archive_version;

	batch->source = BATCH_ARCHIVE;
	batch->source_version = arena_copy(&batch->arena, version, strlen(version));
	archive_summary_write(summary, batch);
	batch_put_etag(batch, stream_etag(stream));
	batch->read_through = !error_is_set(failure);
	if (error_is_set(failure) || archive_summary_judge(summary, failure) < 0 ||
		stream_digest(stream, batch->hash, &batch->size, failure) < 0) {
		batch_fail(batch, failure);
	}
	push_last(take, batch);
}

static void take_members(
	struct object_reader *take, const struct object *object, struct stream *stream)
{
	struct archive_summary summary = { 0 };
	struct error err = { 0 };
	struct unpack *unpack = unpack_open(stream, object->name, &take->config->unpack, &err);
	struct unpack_member member;

	while (unpack != NULL && unpack_next(unpack, &member, &err) > 0) {
		if (member.kind == UNPACK_ALONE && !is_mine(take, object, object->name)) {
			push_last(take, batch_make_others(object->uri));
			unpack_close(unpack);
			return;
		}
		if (member.kind == UNPACK_ALONE) {
			take_compressed(take, object, stream, unpack, &member);
			unpack_close(unpack);
			return;
		}
		take_member(take, object, unpack, &member, &summary);
	}
	unpack_close(unpack);
	if (object->shared) {
		end_shared(take, object, &summary, &err);
	} else {
		end_archive(take, object, stream, &summary, &err);
	}
	archive_summary_finish(&summary);
}

/* Without unpacking anything. */
static bool is_known_archive(const struct object_reader *take, struct stream *stream,
	const struct ledger_entry *entry)
{
	struct error ignored = { 0 }; /* take_members() will find it too */
	char hash[DIGEST_TEXT + 1];
	int64_t size;

	return entry != NULL && stream_is_near(stream) && entry->size == stream_size(stream) &&
	       stream_digest(stream, hash, &size, &ignored) == 0 &&
	       is_same(entry, size, hash, BATCH_ARCHIVE, take->config->archive_version);
}

static void take_archive(
	struct object_reader *take, const struct object *object, struct stream *stream)
{
	const struct ledger_entry *entry = find_entry(take, object->uri);
	struct batch *batch;

	if (is_known_archive(take, stream, entry)) {
		batch = batch_make_skipped(entry);
		batch_put_etag(batch, stream_etag(stream));
		push_last(take, batch);
	} else {
		take_members(take, object, stream);
	}
}

/* ----------------------------------------------------------------------- */

void object_reader_object(struct object_reader *take, const struct object *object, size_t turn)
{
	const struct ledger_entry *entry = find_entry(take, object->uri);
	struct error err = { 0 };
	struct stream *stream;
	const char *head;
	size_t length;

	take->turn = turn;
	if (is_unchanged(take->config, object, entry)) {
		push_last(take, batch_make_skipped(entry));
		return;
	}
	stream = stream_open(object, take->run, take->downloader, &err);
	if (stream == NULL) {
		push_last(take, batch_make_failed(object->uri, &err));
		return;
	}
	head = stream_head(stream, &length);
	if (magic_name(head, length) != NULL) {
		take_archive(take, object, stream);
	} else if (!is_mine(take, object, object->name)) {
		push_last(take, batch_make_others(object->uri));
	} else {
		take_file(take, object, stream);
	}
	stream_close(stream);
}
