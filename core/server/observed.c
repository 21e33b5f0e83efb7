#include "server/observed.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/number.h"
#include "db/pool.h"

static const char files[] = "/proc/self/fd";

void observed_init(struct observed *observed)
{
	memset(observed, 0, sizeof(*observed));
	observed->files = -1;
}

/* -- The last ingestion ------------------------------------------------- */

static const struct statement last_run = {
	.sql = "select outcome, extract(epoch from finished_at)::int8::text "
	       "from ingest_run where outcome is not null order by run_id desc limit 1",
};

static void on_last_run(void *arg, enum pool_outcome outcome, const PGresult *result)
{
	struct observed *observed = arg;
	const char *finished;

	observed->querying = false;
	if (outcome != POOL_OK || PQntuples(result) != 1) {
		return;
	}
	finished = PQgetvalue(result, 0, 1);
	snprintf(observed->run.outcome, sizeof(observed->run.outcome), "%s",
		PQgetvalue(result, 0, 0));
	observed->run.known =
		number_parse_integer(finished, strlen(finished), &observed->run.finished);
}

static void query_run(struct observed *observed, struct pool *pool)
{
	static const struct statement_args none = { 0 };

	if (!observed->querying && pool_is_ready(pool, NULL)) {
		observed->querying = true;
		pool_query(pool, &last_run, &none, on_last_run, observed);
	}
}

/* -- Open files --------------------------------------------------------- */

/* [worker] Takes milliseconds for thousands of files. */
static void count_entries(uv_work_t *work)
{
	struct observed *observed = work->data;
	DIR *directory = opendir(files);
	int64_t count = -3; /* ".", "..", and the directory itself */

	while (directory != NULL && readdir(directory) != NULL) {
		count++;
	}
	if (directory != NULL) {
		closedir(directory);
	}
	observed->counted = count;
}

static void on_counted(uv_work_t *work, int status)
{
	struct observed *observed = work->data;

	observed->counting = false;
	if (status == 0 && observed->counted >= 0) {
		observed->files = observed->counted;
	}
}

/* Since Linux 6.2 the size of the directory is the number of files. */
static void count_files(struct observed *observed, uv_loop_t *uv)
{
	struct stat status;

	if (stat(files, &status) == 0 && status.st_size > 0) {
		observed->files = status.st_size;
	} else if (!observed->counting) {
		observed->work.data = observed;
		observed->counting =
			uv_queue_work(uv, &observed->work, count_entries, on_counted) == 0;
	}
}

void observed_refresh(struct observed *observed, uv_loop_t *uv, struct pool *pool)
{
	query_run(observed, pool);
	count_files(observed, uv);
}
