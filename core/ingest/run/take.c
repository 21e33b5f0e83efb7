#include "ingest/run/take.h"

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
#include "ingest/run/tally.h"
#include "plugin/current.h"

struct take {
	const struct take_config *config;
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

struct take *take_create(
	const struct take_config *config, struct queue *queue, struct stream_run *run)
{
	struct take *take = memory_new(struct take);

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

void take_destroy(struct take *take)
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

static bool is_current(const struct take_config *config, const struct ledger_entry *entry)
{
	if (strcmp(entry->source, PARCEL_ARCHIVE) == 0) {
		return strcmp(entry->source_version, config->archive_version) == 0;
	}
	if (strcmp(entry->source, PARCEL_EMPTY) == 0) {
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
static bool is_unchanged(const struct take_config *config, const struct object *object,
	const struct ledger_entry *entry)
{
	return entry != NULL && object->etag != NULL && object->etag[0] != '\0' &&
	       strcmp(object->etag, entry->etag) == 0 && is_current(config, entry);
}

/* -- Parcels ------------------------------------------------------------ */

static bool push(void *arg, struct parcel *parcel)
{
	struct take *take = arg;

	return queue_push(take->queue, take->turn, parcel);
}

static void push_last(struct take *take, struct parcel *parcel)
{
	parcel->memory = sizeof(*parcel) + parcel->arena.total;
	if (!push(take, parcel)) {
		parcel_destroy(parcel);
	}
}

/* Whether something with this name, of the object or the object itself, is for this shard. */
static bool is_mine(const struct take *take, const struct object *object, const char *name)
{
	return !object->shared || shard_has(&take->config->shard, name);
}

static const struct ledger_entry *find_entry(const struct take *take, const char *uri)
{
	const struct ledger *ledger = take->config->ledger;

	return ledger != NULL ? ledger_find(ledger, uri) : NULL;
}

/* -- Lines -------------------------------------------------------------- */

/* Opens the lines and says which source reads them. NULL: none can, or without an error none
 * need, since there is no byte. Of standard input that is one: its program failed. */
static const struct plugin_source *choose(
	struct take *take, const struct item *item, struct error *err)
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
static struct parcel *parse(
	struct take *take, const struct item *item, const struct plugin_source *source)
{
	const struct plugin *before = current_enter(source->plugin);
	struct error err = { 0 };
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
	current_leave(before);
	return feed_finish(take->feed);
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
static struct parcel *seal(struct take *take, const struct item *item, struct parcel *parcel,
	const struct ledger_entry *entry)
{
	struct error err = { 0 };
	struct parcel *skipped;

	if (parcel->lines == 0) {
		error_set(&err, "it holds no line");
	} else if (item->digest(item->bytes, parcel->hash, &parcel->size, &err) == 0) {
		if (feed_has_handed_over(take->feed) ||
			!is_same(entry, parcel->size, parcel->hash, parcel->source,
				parcel->source_version)) {
			parcel_put_etag(parcel, item->etag);
			return parcel;
		}
		skipped = parcel_make_skipped(entry);
		parcel_put_etag(skipped, item->etag);
		parcel_destroy(parcel);
		return skipped;
	}
	parcel_fail(parcel, &err);
	return parcel;
}

/* Files for which there are no data yet are usual. They are known in the ledger, and say
 * nothing of what was stored before. */
static struct parcel *take_nothing(
	struct take *take, const struct item *item, const struct ledger_entry *entry)
{
	struct parcel *parcel = parcel_make(item->uri, PARCEL_TAKEN);
	struct error err = { 0 };

	parcel->source = PARCEL_EMPTY;
	parcel->source_version = take->config->empty_version;
	if (item->digest(item->bytes, parcel->hash, &parcel->size, &err) < 0) {
		parcel_fail(parcel, &err);
	} else if (is_same(entry, parcel->size, parcel->hash, PARCEL_EMPTY,
			   take->config->empty_version)) {
		parcel_destroy(parcel);
		parcel = parcel_make_skipped(entry);
	}
	parcel_put_etag(parcel, item->etag);
	return parcel;
}

static struct parcel *take_source(struct take *take, const struct item *item,
	const struct plugin_source *source, const struct ledger_entry *entry)
{
	struct parcel *parcel;

	if (is_known(item, source, entry)) {
		parcel = parcel_make_skipped(entry);
		parcel_put_etag(parcel, item->etag);
		return parcel;
	}
	parcel = parse(take, item, source);
	return parcel->outcome == PARCEL_TAKEN ? seal(take, item, parcel, entry) : parcel;
}

static enum parcel_outcome take_lines(
	struct take *take, const struct item *item, struct error *err)
{
	const struct ledger_entry *entry = item->repeated ? NULL : find_entry(take, item->uri);
	const struct plugin_source *source = choose(take, item, err);
	enum parcel_outcome outcome;
	struct parcel *parcel;

	if (source != NULL) {
		parcel = take_source(take, item, source, entry);
	} else if (error_is_set(err)) {
		parcel = parcel_make_failed(item->uri, err);
	} else {
		parcel = take_nothing(take, item, entry);
	}
	if (parcel->outcome == PARCEL_FAILED && item->nameless &&
		parcel->error.hint[0] == '\0') {
		error_hint(&parcel->error,
			"standard input has no name: give one with --stdin-name");
	}
	*err = parcel->error;
	outcome = parcel->outcome;
	push_last(take, parcel);
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

static void take_file(struct take *take, const struct object *object, struct stream *stream)
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
static void take_compressed(struct take *take, const struct object *object,
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

static void take_member(struct take *take, const struct object *object, struct unpack *unpack,
	const struct unpack_member *member, struct tally *tally)
{
	struct buffer uri = { 0 };
	struct error err = { 0 };
	enum parcel_outcome outcome = PARCEL_FAILED;

	if (member->kind == UNPACK_HIDDEN || member->kind == UNPACK_SPECIAL) {
		if (is_mine(take, object, object->name)) {
			tally_unread(tally, member->label);
		}
		return;
	}
	if (!is_mine(take, object, member->name)) {
		tally->members++; /* there is something in the archive */
		return;
	}
	buffer_printf(&uri, "%s!%s", object->uri, member->label);
	if (take->config->ledger != NULL) {
		ledger_see(take->config->ledger, buffer_text(&uri));
	}
	if (member->kind == UNPACK_ENCRYPTED) {
		error_set(&err, "it is encrypted");
		error_hint(&err, "unpack the archive with its password and name the files");
		push_last(take, parcel_make_failed(buffer_text(&uri), &err));
	} else {
		const struct item item = { .uri = buffer_text(&uri),
			.name = member->name,
			.bytes = unpack,
			.read = unpack_read,
			.digest = unpack_digest,
			.size = -1,
			.near = true, /* as its archive is read through */
			.repeated = tally_meet(tally, member->label) };

		outcome = take_lines(take, &item, &err);
	}
	if (outcome == PARCEL_FAILED) {
		tally_failed(tally, member->label, &err);
	} else {
		tally->members++;
	}
	buffer_finish(&uri);
}

/* Of an archive that is shared one shard keeps a row, which says that it was read, but not that
 * all of it is stored: whether the others have done their part is not known here. */
static void end_shared(struct take *take, const struct object *object,
	const struct tally *tally, struct error *failure)
{
	bool mine = is_mine(take, object, object->name);
	struct parcel *parcel = parcel_make_others(object->uri);

	if (mine) {
		tally_write(tally, parcel);
		parcel->members = 0;
		parcel->outcome = PARCEL_TAKEN;
	}
	parcel->read_through = !error_is_set(failure);
	if (error_is_set(failure) || (mine && tally_judge(tally, failure) < 0)) {
		parcel_fail(parcel, failure);
	}
	push_last(take, parcel);
}

/* The archive's own parcel. */
static void end_archive(struct take *take, const struct object *object, struct stream *stream,
	const struct tally *tally, struct error *failure)
{
	struct parcel *parcel = parcel_make(object->uri, PARCEL_TAKEN);
	const char *version = take->config->archive_version;

	parcel->source = PARCEL_ARCHIVE;
	parcel->source_version = arena_copy(&parcel->arena, version, strlen(version));
	tally_write(tally, parcel);
	parcel_put_etag(parcel, stream_etag(stream));
	parcel->read_through = !error_is_set(failure);
	if (error_is_set(failure) || tally_judge(tally, failure) < 0 ||
		stream_digest(stream, parcel->hash, &parcel->size, failure) < 0) {
		parcel_fail(parcel, failure);
	}
	push_last(take, parcel);
}

static void take_members(struct take *take, const struct object *object, struct stream *stream)
{
	struct tally tally = { 0 };
	struct error err = { 0 };
	struct unpack *unpack = unpack_open(stream, object->name, &take->config->unpack, &err);
	struct unpack_member member;

	while (unpack != NULL && unpack_next(unpack, &member, &err) > 0) {
		if (member.kind == UNPACK_ALONE && !is_mine(take, object, object->name)) {
			push_last(take, parcel_make_others(object->uri));
			unpack_close(unpack);
			return;
		}
		if (member.kind == UNPACK_ALONE) {
			take_compressed(take, object, stream, unpack, &member);
			unpack_close(unpack);
			return;
		}
		take_member(take, object, unpack, &member, &tally);
	}
	unpack_close(unpack);
	if (object->shared) {
		end_shared(take, object, &tally, &err);
	} else {
		end_archive(take, object, stream, &tally, &err);
	}
	tally_finish(&tally);
}

/* Without unpacking anything. */
static bool is_known_archive(
	const struct take *take, struct stream *stream, const struct ledger_entry *entry)
{
	struct error ignored = { 0 }; /* take_members() will find it too */
	char hash[DIGEST_TEXT + 1];
	int64_t size;

	return entry != NULL && stream_is_near(stream) && entry->size == stream_size(stream) &&
	       stream_digest(stream, hash, &size, &ignored) == 0 &&
	       is_same(entry, size, hash, PARCEL_ARCHIVE, take->config->archive_version);
}

static void take_archive(struct take *take, const struct object *object, struct stream *stream)
{
	const struct ledger_entry *entry = find_entry(take, object->uri);
	struct parcel *parcel;

	if (is_known_archive(take, stream, entry)) {
		parcel = parcel_make_skipped(entry);
		parcel_put_etag(parcel, stream_etag(stream));
		push_last(take, parcel);
	} else {
		take_members(take, object, stream);
	}
}

/* ----------------------------------------------------------------------- */

void take_object(struct take *take, const struct object *object, size_t turn)
{
	const struct ledger_entry *entry = find_entry(take, object->uri);
	struct error err = { 0 };
	struct stream *stream;
	const char *head;
	size_t length;

	take->turn = turn;
	if (is_unchanged(take->config, object, entry)) {
		push_last(take, parcel_make_skipped(entry));
		return;
	}
	stream = stream_open(object, take->run, take->downloader, &err);
	if (stream == NULL) {
		push_last(take, parcel_make_failed(object->uri, &err));
		return;
	}
	head = stream_head(stream, &length);
	if (magic_name(head, length) != NULL) {
		take_archive(take, object, stream);
	} else if (!is_mine(take, object, object->name)) {
		push_last(take, parcel_make_others(object->uri));
	} else {
		take_file(take, object, stream);
	}
	stream_close(stream);
}
