#include "http/version_line.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "db/catalog.h"
#include "db/wire.h"
#include "http/loop.h"

static const struct statement statement = { .sql = "select version from dataset_version",
	.binary_result = true };

struct version_line {
	struct loop *loop;
	struct fetch *waiting; /* newest first */
	struct fetch *asking;  /* whom the question under way is for */
};

struct version_line *version_line_create(struct loop *loop)
{
	struct version_line *line = memory_new(struct version_line);

	line->loop = loop;
	return line;
}

void version_line_destroy(struct version_line *line)
{
	assert(line->waiting == NULL && line->asking == NULL);
	free(line);
}

void version_line_join(struct version_line *line, struct fetch *fetch)
{
	fetch->next = line->waiting;
	line->waiting = fetch;
}

static void tell(
	struct fetch *fetch, enum pool_outcome outcome, int64_t version, const PGresult *result)
{
	while (fetch != NULL) {
		struct fetch *next = fetch->next; /* done() may free it */

		fetch->version = version;
		fetch->done(fetch, outcome, outcome == POOL_FAILED ? result : NULL);
		fetch = next;
	}
}

static void on_version(void *arg, enum pool_outcome outcome, const PGresult *result)
{
	struct version_line *line = arg;
	struct fetch *asking = line->asking;
	int64_t version = -1;

	line->asking = NULL;
	if (outcome == POOL_OK && PQntuples(result) == 1) {
		version = wire_int8(PQgetvalue(result, 0, 0));
	}
	tell(asking, outcome, version, result);
}

/* Whoever came before this moment can be told what is the newest at this moment. */
static bool knows(const struct version_line *line, int64_t *version)
{
	return catalog_feed_lease(line->loop->feed, version);
}

void version_line_send(struct version_line *line)
{
	static const struct statement_args none = { 0 };
	struct fetch *waiting = line->waiting;
	int64_t version;

	if (waiting != NULL && knows(line, &version)) {
		line->waiting = NULL;
		tell(waiting, POOL_OK, version, NULL);
		return;
	}

	if (line->asking == NULL && line->waiting != NULL) {
		line->asking = line->waiting;
		line->waiting = NULL;
		pool_query(line->loop->pool, &statement, &none, on_version, line);
	}
}

void version_line_end(struct version_line *line)
{
	struct fetch *waiting = line->waiting;

	line->waiting = NULL;
	tell(waiting, POOL_UNAVAILABLE, -1, NULL);
}
