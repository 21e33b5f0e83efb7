#include "ingest/run/object_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "aws/download.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "ingest/input/digest.h"
#include "ingest/input/lines.h"
#include "ingest/input/magic.h"
#include "ingest/parse/sniff.h"
#include "plugin/current.h"

enum { REST_BYTES = 16 * 1024 }; /* read at a time */

enum {
	SEEN_SMALLEST = 64,    /* a power of two */
	FAILED_LABEL_MAX = 256 /* leaves room for the reason beside it */
};

/* Members of an archive that are listed in its ledger row. */
struct member_list {
	int64_t count;
	char labels[REJECT_CONTENT_MAX + 1]; /* as many as fit */
};

/* Results of the members of one archive. Zero at first. */
struct archive_summary {
	int64_t members; /* ingested, now or before */
	int64_t failed;
	char first_label[FAILED_LABEL_MAX]; /* of the first failed one, possibly cut */
	struct error first;
	struct member_list unread, repeated;
	uint64_t *seen; /* hash set of labels, by their hash; 0: free */
	size_t seen_count, seen_size;
};

static void add_failure(
	struct archive_summary *summary, const char *label, const struct error *err)
{
	if (summary->failed++ == 0) {
		size_t length = strlen(label);
		bool cut = length >= FAILED_LABEL_MAX;

		length = cut ? utf8_whole(label, FAILED_LABEL_MAX - 4) : length;
		snprintf(summary->first_label, sizeof(summary->first_label), "%.*s%s",
			(int)length, label, cut ? "..." : "");
		summary->first = *err;
	}
}

static void list_member(struct member_list *list, const char *label)
{
	size_t used = strlen(list->labels);
	const char *between = used > 0 ? ", " : "";

	list->count++;
	if (used + strlen(between) + strlen(label) < sizeof(list->labels)) {
		snprintf(list->labels + used, sizeof(list->labels) - used, "%s%s", between,
			label);
	}
}

static uint64_t *find_slot(const struct archive_summary *summary, uint64_t hash)
{
	size_t mask = summary->seen_size - 1, i = (size_t)hash & mask;

	while (summary->seen[i] != 0 && summary->seen[i] != hash) {
		i = (i + 1) & mask;
	}
	return &summary->seen[i];
}

/* Keeps the hash set at most half full. */
static void grow_seen(struct archive_summary *summary)
{
	size_t old_size = summary->seen_size;
	uint64_t *old = summary->seen;

	if (summary->seen_count < old_size / 2) {
		return;
	}
	summary->seen_size = old_size > 0 ? old_size * 2 : SEEN_SMALLEST;
	summary->seen = memory_array(summary->seen_size, sizeof(*summary->seen));
	for (size_t i = 0; i < old_size; i++) {
		if (old[i] != 0) {
			*find_slot(summary, old[i]) = old[i];
		}
	}
	free(old);
}

/* Whether the archive had a member of this name before, which this one replaces, as it does
 * when the archive is unpacked. By hash: a collision costs reading a known member again. */
static bool is_repeated(struct archive_summary *summary, const char *label)
{
	uint64_t hash = XXH3_64bits(label, strlen(label)), *slot;

	hash += hash == 0;
	grow_seen(summary);
	slot = find_slot(summary, hash);
	if (*slot == hash) {
		list_member(&summary->repeated, label);
		return true;
	}
	*slot = hash;
	summary->seen_count++;
	return false;
}

/* -1 unless the whole archive is stored now. */
static int check_summary(const struct archive_summary *summary, struct error *err)
{
	if (summary->failed > 0) {
		*err = summary->first;
		return error_prefix(err, "%lld of %lld members failed; the first is %s: ",
			(long long)summary->failed,
			(long long)(summary->failed + summary->members), summary->first_label);
	}
	return summary->members == 0 ? error_set(err, "there is no file in it") : 0;
}

/* The reason of the reject of line 0, for both lists. */
static const char *note_reason(const struct archive_summary *summary, struct arena *arena)
{
	const char *unread = "it holds links, devices or hidden files, which are not read";
	const char *repeated = "it holds files of the same name, of which the last counts";

	if (summary->unread.count == 0) {
		return arena_printf(
			arena, "%s: %lld", repeated, (long long)summary->repeated.count);
	}
	if (summary->repeated.count == 0) {
		return arena_printf(
			arena, "%s: %lld", unread, (long long)summary->unread.count);
	}
	return arena_printf(arena, "%s: %lld; %s: %lld", unread,
		(long long)summary->unread.count, repeated, (long long)summary->repeated.count);
}

/* Puts the counts into the batch of the archive; unread and repeated members become a reject of
 * line 0. */
static void put_summary(const struct archive_summary *summary, struct batch *batch)
{
	struct arena *arena = &batch->arena;
	const struct member_list *listed =
		summary->unread.count > 0 ? &summary->unread : &summary->repeated;

	batch->members = summary->members;
	if (listed->count > 0) {
		batch->rejects = arena_alloc(arena, sizeof(*batch->rejects));
		batch->rejects->reason = note_reason(summary, arena);
		batch->rejects->content =
			arena_copy(arena, listed->labels, strlen(listed->labels));
		batch->rejects_held = 1;
		batch->reject_count = 1;
	}
}

struct object_reader {
	const struct object_reader_config *config;
	struct queue *queue;
	struct stream_run *run;
	struct downloader *downloader; /* NULL: nothing is to be fetched */
	size_t number;                 /* the object's number in the queue */
	struct lines *lines;
	struct alm_feed *feed;
};

/* A text to be read: a file, compressed or not, or a member of an archive. */
struct item {
	const char *uri, *name;
	void *bytes; /* first argument of both functions */
	lines_read_fn *read;
	int (*digest)(void *bytes, char *to, int64_t *size, struct error *err);
	int64_t size;     /* bytes that the digest will cover; -1: not known yet */
	bool piped;       /* standard input */
	bool nameless;    /* and without a name */
	bool near;        /* cheap to read twice */
	bool repeated;    /* a member of this name was read before in this run */
	const char *etag; /* NULL or "": none */
};

struct object_reader *object_reader_create(
	const struct object_reader_config *config, struct queue *queue, struct stream_run *run)
{
	struct object_reader *reader = memory_new(struct object_reader);

	reader->config = config;
	reader->queue = queue;
	reader->run = run;
	if (config->aws != NULL) {
		reader->downloader = downloader_create(config->aws, &run->stop);
	}
	reader->lines = lines_create(config->longest_line);
	reader->feed = feed_create(&config->feed);
	return reader;
}

void object_reader_destroy(struct object_reader *reader)
{
	if (reader != NULL) {
		lines_destroy(reader->lines);
		feed_destroy(reader->feed);
		downloader_destroy(reader->downloader);
		free(reader);
	}
}

/* -- Known objects -------------------------------------------------------- */

/* Whether the entry (NULL: none) is of the same content, read by the same version of the
 * source. */
static bool matches_entry(const struct ledger_entry *entry, int64_t size, const char *hash,
	const char *source, const char *version)
{
	return entry != NULL && entry->size == size && strcmp(entry->hash, hash) == 0 &&
	       strcmp(entry->source, source) == 0 &&
	       strcmp(entry->source_version, version) == 0;
}

static bool is_current_source(
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

/* Whether the entity tag is that of the entry, and the same source would read it now. */
static bool is_unchanged(const struct object_reader_config *config, const struct object *object,
	const struct ledger_entry *entry)
{
	return entry != NULL && object->etag != NULL && object->etag[0] != '\0' &&
	       strcmp(object->etag, entry->etag) == 0 && is_current_source(config, entry);
}

/* -- Batches -------------------------------------------------------------- */

static bool push_batch(void *arg, struct batch *batch)
{
	struct object_reader *reader = arg;

	return queue_push(reader->queue, reader->number, batch);
}

static void push_last(struct object_reader *reader, struct batch *batch)
{
	batch->memory = sizeof(*batch) + batch->arena.total;
	batch->selection = selection_text(reader->config->feed.selection);
	if (!push_batch(reader, batch)) {
		batch_destroy(batch);
	}
}

static struct batch *make_skipped(const struct ledger_entry *entry, const char *etag)
{
	struct batch *batch = batch_make_skipped(entry);

	batch_put_etag(batch, etag);
	return batch;
}

/* Whether a name, of the object or a member, is of this shard. */
static bool is_mine(
	const struct object_reader *reader, const struct object *object, const char *name)
{
	return !object->shared || shard_has(&reader->config->shard, name);
}

/* Whether all that is selected now was selected when the entry was written. */
static bool covers(const struct ledger_entry *entry, const char *selection)
{
	return entry->selection[0] == '\0' ||
	       (selection != NULL && strcmp(entry->selection, selection) == 0);
}

/* NULL: the object has to be read. */
static const struct ledger_entry *find_entry(
	const struct object_reader *reader, const char *uri)
{
	const struct ledger *ledger = reader->config->ledger;
	const struct ledger_entry *entry = ledger != NULL ? ledger_find(ledger, uri) : NULL;

	return entry != NULL && covers(entry, selection_text(reader->config->feed.selection))
		       ? entry
		       : NULL;
}

/* Whether an object or member need not be looked at: it is a station's that is not selected. */
static bool is_left_out(const struct object_reader *reader, const char *name)
{
	return !selection_has_file(reader->config->feed.selection, name);
}

/* -- Lines -------------------------------------------------------------- */

/* Opens the lines and chooses the source that reads them or, *skip, knows that they are not to
 * be read. NULL with *err: no source fits, or standard input is empty, since its program
 * failed; NULL without: it is empty. */
static const struct plugin_source *choose_source(
	struct object_reader *reader, const struct item *item, bool *skip, struct error *err)
{
	const char *head, *magic;
	size_t length;

	lines_open(reader->lines, item->read, item->bytes);
	if (lines_head(reader->lines, &head, &length, err) < 0) {
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
	if (reader->config->source != NULL) {
		return reader->config->source;
	}
	return sniff_choose(reader->config->registry, item->name, head, length, skip, err);
}

/* Passes all lines to the source. Returns the last batch. */
static struct batch *parse(struct object_reader *reader, const struct item *item,
	const struct plugin_source *source)
{
	struct current_call call = {
		.name = source->plugin->table.name, .kind = "object", .subject = item->uri
	};
	struct error err = { 0 };
	struct batch *batch;
	struct line line;
	int more = 1;

	current_enter(&call);
	if (feed_open(reader->feed, source, item->name, item->uri, push_batch, reader) < 0) {
		more = -1;
	}
	while (more > 0) {
		more = lines_next(reader->lines, &line, &err);
		if (more < 0) {
			feed_fail(reader->feed, &err);
		} else if (more > 0 && feed_line(reader->feed, &line) < 0) {
			more = -1;
		}
	}
	if (more == 0) {
		feed_close(reader->feed);
	}
	batch = feed_finish(reader->feed);
	current_leave(&call);
	return batch;
}

/* Whether the content of a file is in the ledger. It is hashed only if the size is equal, which
 * is much faster than parsing. */
static bool is_ingested(const struct item *item, const struct plugin_source *source,
	const struct ledger_entry *entry)
{
	struct error ignored = { 0 }; /* parse() reports it */
	char hash[DIGEST_TEXT + 1];
	int64_t size;

	return entry != NULL && item->near && entry->size == item->size &&
	       item->digest(item->bytes, hash, &size, &ignored) == 0 &&
	       matches_entry(
		       entry, size, hash, source->source.name, source->plugin->table.version);
}

/* Adds size and hash to a batch that was read completely; one that is known after all becomes a
 * skipped one. */
static struct batch *complete_batch(struct object_reader *reader, const struct item *item,
	struct batch *batch, const struct ledger_entry *entry)
{
	struct error err = { 0 };

	if (batch->lines == 0) {
		error_set(&err, "it holds no line");
	} else if (item->digest(item->bytes, batch->hash, &batch->size, &err) == 0) {
		if (feed_has_handed_over(reader->feed) ||
			!matches_entry(entry, batch->size, batch->hash, batch->source,
				batch->source_version)) {
			batch_put_etag(batch, item->etag);
			return batch;
		}
		batch_destroy(batch);
		return make_skipped(entry, item->etag);
	}
	batch_fail(batch, &err);
	return batch;
}

/* Reads the rest of the input: the digest of an archive member covers the bytes read. */
static int read_rest(const struct item *item, struct error *err)
{
	char bytes[REST_BYTES];
	ssize_t n;

	do {
		n = item->read(item->bytes, bytes, sizeof(bytes), err);
	} while (n > 0);
	return n < 0 ? -1 : 0;
}

/* The batch of a file without data, an empty one or an `unread` one that its source ignores: it
 * is recorded in the ledger, so that it is skipped in the next run. */
static struct batch *record_without_data(const struct item *item, const char *source,
	const char *version, bool unread, const struct ledger_entry *entry)
{
	struct batch *batch = batch_make(item->uri, BATCH_TAKEN);
	struct error err = { 0 };

	batch->source = source;
	batch->source_version = version;
	batch->unread = unread;
	if ((unread && read_rest(item, &err) < 0) ||
		item->digest(item->bytes, batch->hash, &batch->size, &err) < 0) {
		batch_fail(batch, &err);
	} else if (matches_entry(entry, batch->size, batch->hash, source, version)) {
		batch_destroy(batch);
		batch = batch_make_skipped(entry);
	}
	batch_put_etag(batch, item->etag);
	return batch;
}

static struct batch *read_with_source(struct object_reader *reader, const struct item *item,
	const struct plugin_source *source, const struct ledger_entry *entry)
{
	struct batch *batch;

	if (is_ingested(item, source, entry)) {
		return make_skipped(entry, item->etag);
	}
	batch = parse(reader, item, source);
	return batch->outcome == BATCH_TAKEN ? complete_batch(reader, item, batch, entry)
					     : batch;
}

static enum batch_outcome read_item(
	struct object_reader *reader, const struct item *item, struct error *err)
{
	const struct ledger_entry *entry =
		item->repeated ? NULL : find_entry(reader, item->uri);
	bool skip = false;
	const struct plugin_source *source = choose_source(reader, item, &skip, err);
	enum batch_outcome outcome;
	struct batch *batch;

	if (skip) {
		batch = is_ingested(item, source, entry)
				? make_skipped(entry, item->etag)
				: record_without_data(item, source->source.name,
					  source->plugin->table.version, true, entry);
	} else if (source != NULL) {
		batch = read_with_source(reader, item, source, entry);
	} else if (error_is_set(err)) {
		batch = batch_make_failed(item->uri, err);
	} else {
		batch = record_without_data(
			item, BATCH_EMPTY, reader->config->empty_version, false, entry);
	}
	if (batch->outcome == BATCH_FAILED && item->nameless && batch->error.hint[0] == '\0') {
		error_hint(&batch->error,
			"standard input has no name: give one with --stdin-name");
	}
	*err = batch->error;
	outcome = batch->outcome;
	push_last(reader, batch);
	return outcome;
}

/* Reads an object that is one text: a file, or a compressed file through `unpack`. */
static void read_whole(struct object_reader *reader, const struct object *object,
	struct stream *stream, struct unpack *unpack, const char *name)
{
	const struct item item = { .uri = object->uri,
		.name = name,
		.bytes = unpack != NULL ? (void *)unpack : (void *)stream,
		.read = unpack != NULL ? unpack_read : stream_read,
		.digest = unpack != NULL ? unpack_digest : stream_digest,
		.size = stream_size(stream),
		.piped = object->path == NULL && object->url == NULL,
		.nameless = strcmp(object->uri, "-") == 0,
		.near = stream_is_near(stream),
		.etag = stream_etag(stream) };
	struct error err = { 0 };

	read_item(reader, &item, &err);
}

/* -- Archives ----------------------------------------------------------- */

static void read_member(struct object_reader *reader, const struct object *object,
	struct unpack *unpack, const struct unpack_member *member,
	struct archive_summary *summary)
{
	struct buffer uri = { 0 };
	struct error err = { 0 };
	enum batch_outcome outcome = BATCH_FAILED;

	if (member->kind == UNPACK_HIDDEN || member->kind == UNPACK_SPECIAL) {
		if (is_mine(reader, object, object->name)) {
			list_member(&summary->unread, member->label);
		}
		return;
	}
	if (!is_mine(reader, object, member->name)) {
		summary->members++; /* the archive is not empty */
		return;
	}
	buffer_printf(&uri, "%s!%s", object->uri, member->label);
	if (reader->config->ledger != NULL) {
		ledger_mark_seen(reader->config->ledger, buffer_text(&uri));
	}
	if (is_left_out(reader, member->name)) {
		summary->members++;
		buffer_finish(&uri);
		return;
	}
	if (member->kind == UNPACK_ENCRYPTED) {
		error_set(&err, "it is encrypted");
		error_hint(&err, "unpack the archive with its password and name the files");
		push_last(reader, batch_make_failed(buffer_text(&uri), &err));
	} else {
		const struct item item = { .uri = buffer_text(&uri),
			.name = member->name,
			.bytes = unpack,
			.read = unpack_read,
			.digest = unpack_digest,
			.size = -1,
			.near = true, /* the archive is read through anyway */
			.repeated = is_repeated(summary, member->label) };

		outcome = read_item(reader, &item, &err);
	}
	if (outcome == BATCH_FAILED) {
		add_failure(summary, member->label, &err);
	} else {
		summary->members++;
	}
	buffer_finish(&uri);
}

/* The batch of an archive that all shards read. The shard of its name stores a row that it was
 * read, but not that it is complete: other shards may have failed. */
static void end_shared_archive(struct object_reader *reader, const struct object *object,
	const struct archive_summary *summary, struct error *failure)
{
	bool mine = is_mine(reader, object, object->name);
	struct batch *batch = batch_make_others(object->uri);

	if (mine) {
		put_summary(summary, batch);
		batch->members = 0;
		batch->outcome = BATCH_TAKEN;
	}
	batch->read_through = !error_is_set(failure);
	if (error_is_set(failure) || (mine && check_summary(summary, failure) < 0)) {
		batch_fail(batch, failure);
	}
	push_last(reader, batch);
}

/* The batch of the archive itself. */
static void end_archive(struct object_reader *reader, const struct object *object,
	struct stream *stream, const struct archive_summary *summary, struct error *failure)
{
	struct batch *batch = batch_make(object->uri, BATCH_TAKEN);
	const char *version = reader->config->archive_version;

	batch->source = BATCH_ARCHIVE;
	batch->source_version = arena_copy(&batch->arena, version, strlen(version));
	put_summary(summary, batch);
	batch_put_etag(batch, stream_etag(stream));
	batch->read_through = !error_is_set(failure);
	if (error_is_set(failure) || check_summary(summary, failure) < 0 ||
		stream_digest(stream, batch->hash, &batch->size, failure) < 0) {
		batch_fail(batch, failure);
	}
	push_last(reader, batch);
}

static void read_members(
	struct object_reader *reader, const struct object *object, struct stream *stream)
{
	struct archive_summary summary = { 0 };
	struct error err = { 0 };
	struct unpack *unpack =
		unpack_open(stream, object->name, &reader->config->unpack, &err);
	struct unpack_member member;

	while (unpack != NULL && unpack_next(unpack, &member, &err) > 0) {
		if (member.kind == UNPACK_SINGLE && !is_mine(reader, object, object->name)) {
			push_last(reader, batch_make_others(object->uri));
			unpack_close(unpack);
			return;
		}
		if (member.kind == UNPACK_SINGLE) {
			read_whole(reader, object, stream, unpack, member.name);
			unpack_close(unpack);
			return;
		}
		read_member(reader, object, unpack, &member, &summary);
	}
	unpack_close(unpack);
	if (object->shared) {
		end_shared_archive(reader, object, &summary, &err);
	} else {
		end_archive(reader, object, stream, &summary, &err);
	}
	free(summary.seen);
}

/* Whether the archive is in the ledger, by its hash. */
static bool is_ingested_archive(const struct object_reader *reader, struct stream *stream,
	const struct ledger_entry *entry)
{
	struct error ignored = { 0 }; /* read_members() reports it */
	char hash[DIGEST_TEXT + 1];
	int64_t size;

	return entry != NULL && stream_is_near(stream) && entry->size == stream_size(stream) &&
	       stream_digest(stream, hash, &size, &ignored) == 0 &&
	       matches_entry(entry, size, hash, BATCH_ARCHIVE, reader->config->archive_version);
}

static void read_archive(
	struct object_reader *reader, const struct object *object, struct stream *stream)
{
	const struct ledger_entry *entry = find_entry(reader, object->uri);

	if (is_ingested_archive(reader, stream, entry)) {
		push_last(reader, make_skipped(entry, stream_etag(stream)));
	} else {
		read_members(reader, object, stream);
	}
}

/* -- Objects ------------------------------------------------------------ */

void object_reader_read(
	struct object_reader *reader, const struct object *object, size_t number)
{
	const struct ledger_entry *entry = find_entry(reader, object->uri);
	struct error err = { 0 };
	struct stream *stream;
	const char *head;
	size_t length;

	reader->number = number;
	if (is_left_out(reader, object->name)) {
		push_last(reader, batch_make_others(object->uri));
		return;
	}
	if (is_unchanged(reader->config, object, entry)) {
		push_last(reader, batch_make_skipped(entry));
		return;
	}
	stream = stream_open(object, reader->run, reader->downloader, &err);
	if (stream == NULL) {
		push_last(reader, batch_make_failed(object->uri, &err));
		return;
	}
	head = stream_head(stream, &length);
	if (magic_name(head, length) != NULL) {
		read_archive(reader, object, stream);
	} else if (!is_mine(reader, object, object->name)) {
		push_last(reader, batch_make_others(object->uri));
	} else {
		read_whole(reader, object, stream, NULL, object->name);
	}
	stream_close(stream);
}
