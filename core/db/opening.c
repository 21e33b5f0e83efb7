#include "db/opening.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/thread.h"

struct db_opening {
	const struct db_target *target;
	const atomic_bool *cancel;
	bool started;
	pthread_t thread;
	PGconn *conn; /* of the thread until it is joined, as is the next */
	struct error err;
};

static void *open_connection(void *arg)
{
	struct db_opening *opening = arg;

	opening->conn = db_connect_patiently(opening->target, opening->cancel, &opening->err);
	return NULL;
}

struct db_opening *db_opening_start(const struct db_target *target, const atomic_bool *cancel)
{
	struct db_opening *opening = memory_new(struct db_opening);
	struct error ignored = { 0 }; /* then it is opened when it is wanted */

	opening->target = target;
	opening->cancel = cancel;
	opening->started =
		thread_start(&opening->thread, open_connection, opening, &ignored) == 0;
	return opening;
}

PGconn *db_opening_finish(struct db_opening *opening, struct error *err)
{
	PGconn *conn;

	if (opening->started) {
		pthread_join(opening->thread, NULL);
	} else {
		open_connection(opening);
	}
	conn = opening->conn;
	if (conn == NULL) {
		*err = opening->err;
	}
	free(opening);
	return conn;
}
