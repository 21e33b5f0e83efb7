#include "ingest/run/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/thread.h"
#include "ingest/input/digest.h"
#include "ingest/input/stream.h"
#include "ingest/parse/sniff.h"
#include "ingest/run/object_reader.h"

enum { DOWNLOAD_WORKERS_MIN = 4 };

struct reader {
	struct object_reader_config config;
	const struct objects *objects;
	struct queue *queue;
	struct stream_run run;
	char archive_version[DIGEST_TEXT + 1];
	pthread_t *threads;
	unsigned count;
};

/* Writes the version under which archives are recorded. It changes with the sources, their
 * versions and the handling of empty files, so that archives are read again then. */
static void write_archive_version(const struct registry *registry,
	const struct plugin_source *only, bool empty_goes, char *to)
{
	struct digest *digest = digest_create();

	for (size_t i = 0; i < registry->source_count; i++) {
		const struct plugin_source *source = &registry->sources[i];
		const char *version = source->plugin->table.version;

		if (only == NULL || only == source) {
			digest_add(
				digest, source->source.name, strlen(source->source.name) + 1);
			digest_add(digest, version, strlen(version) + 1);
		}
	}
	if (empty_goes) {
		digest_add(digest, BATCH_EMPTY_GOES, sizeof(BATCH_EMPTY_GOES));
	}
	digest_write(digest, to);
	digest_destroy(digest);
}

/* Downloads are I/O bound: more workers than CPUs pay. */
static bool any_remote(const struct objects *objects)
{
	for (size_t i = 0; i < objects->count; i++) {
		if (objects->list[i].url != NULL) {
			return true;
		}
	}
	return false;
}

static unsigned count_workers(unsigned wanted, const struct objects *objects)
{
	unsigned workers = wanted > 0 ? wanted : (unsigned)thread_cpus();

	if (wanted == 0 && workers < DOWNLOAD_WORKERS_MIN && any_remote(objects)) {
		workers = DOWNLOAD_WORKERS_MIN;
	}
	return workers < objects->count ? workers : (unsigned)objects->count;
}

static void *work(void *arg)
{
	struct reader *reader = arg;
	struct object_reader *object_reader =
		object_reader_create(&reader->config, reader->queue, &reader->run);
	size_t number;

	while ((number = queue_next_object(reader->queue)) < reader->objects->count) {
		object_reader_read(object_reader, &reader->objects->list[number], number);
		queue_end(reader->queue, number);
	}
	object_reader_destroy(object_reader);
	return NULL;
}

static int start_threads(struct reader *reader, unsigned workers, struct error *err)
{
	reader->threads = memory_array(workers, sizeof(*reader->threads));
	while (reader->count < workers) {
		if (thread_start(&reader->threads[reader->count], work, reader, err) < 0) {
			return -1;
		}
		reader->count++;
	}
	return 0;
}

struct reader *reader_start(const struct reader_config *config, const struct registry *registry,
	const struct objects *objects, struct queue *queue, const struct ledger *ledger,
	struct error *err)
{
	unsigned workers = count_workers(config->workers, objects);
	const struct plugin_source *source = NULL;
	struct reader *reader;

	if (config->source != NULL && config->source[0] != '\0') {
		source = sniff_named(registry, config->source, err);
		if (source == NULL) {
			return NULL;
		}
	}
	reader = memory_new(struct reader);
	reader->objects = objects;
	reader->queue = queue;
	reader->run.spool_max = config->max_spool_bytes;
	write_archive_version(registry, source, config->empty_goes, reader->archive_version);
	reader->config = (struct object_reader_config){ .registry = registry,
		.source = source,
		.ledger = ledger,
		.archive_version = reader->archive_version,
		.empty_version = config->empty_goes ? BATCH_EMPTY_GOES : BATCH_EMPTY_STAYS,
		.aws = any_remote(objects) ? config->aws : NULL,
		.shard = objects->shard,
		.longest_line = config->max_line_bytes,
		.feed = { .rejects = config->max_rejects,
			.memory = config->memory / (workers > 0 ? workers : 1),
			.spool = config->max_spool_bytes,
			.selection = config->selection },
		.unpack = { .bytes = config->max_expanded_bytes,
			.expansion = config->max_expansion } };
	if (start_threads(reader, workers, err) < 0) {
		reader_stop(reader);
		reader_join(reader);
		return NULL;
	}
	return reader;
}

int64_t reader_bytes(const struct reader *reader)
{
	return atomic_load_explicit(&reader->run.bytes_read, memory_order_relaxed);
}

void reader_stop(struct reader *reader)
{
	/* Closed first: failures caused by the stop are not passed on. */
	queue_close(reader->queue);
	atomic_store(&reader->run.stop, true);
}

void reader_join(struct reader *reader)
{
	if (reader == NULL) {
		return;
	}
	for (unsigned i = 0; i < reader->count; i++) {
		pthread_join(reader->threads[i], NULL);
	}
	free(reader->threads);
	free(reader);
}
