#include "ingest/run/survey.h"

#include <stdint.h>
#include <string.h>

#include "base/settings.h"
#include "db/connect.h"
#include "ingest/parse/batch.h"
#include "ingest/run/object_reader.h"
#include "ingest/run/queue.h"
#include "ingest/store/stations.h"

enum { MEBI = 1024 * 1024 };

static const char select_stations[] = "select " STATIONS_COLUMNS " from station";

static int tell_stored(PGconn *conn, struct selection *selection, struct error *err)
{
	PGresult *result = PQexec(conn, select_stations);

	if (PQresultStatus(result) != PGRES_TUPLES_OK) {
		db_error(err, "reading stations", conn, result);
		PQclear(result);
		return -1;
	}
	for (int row = 0; row < PQntuples(result); row++) {
		const struct alm_station station = stations_parse(result, row);

		selection_tell(selection, &station);
	}
	PQclear(result);
	return 0;
}

/* Reads one list. One that cannot be read is told of when it is taken in. */
static void tell_list(const struct object_reader_config *config, struct stream_run *run,
	const struct object *object, struct selection *selection)
{
	struct queue *queue = queue_create(1, SIZE_MAX);
	struct object_reader *reader = object_reader_create(config, queue, run);
	struct batch *batch;

	object_reader_read(reader, object, 0);
	queue_end(queue, 0);
	while ((batch = queue_pop(queue, true)) != NULL) {
		for (size_t i = 0; i < batch->description_count; i++) {
			selection_tell(selection, &batch->descriptions[i]);
		}
		batch_destroy(batch);
	}
	object_reader_destroy(reader);
	queue_destroy(queue);
}

static bool is_list(const struct object *object)
{
	return strstr(object->name, "stations") != NULL && object->failure == NULL &&
	       (object->path != NULL || object->url != NULL);
}

int survey_run(const struct survey *survey, struct selection *selection, struct error *err)
{
	const struct settings *settings = survey->settings;
	const struct object_reader_config config = { .registry = survey->registry,
		.archive_version = "",
		.empty_version = "",
		.aws = survey->aws,
		.longest_line = (size_t)settings_integer(settings, SETTING_MAX_LINE_BYTES),
		.feed = { .rejects = INT64_MAX, .memory = 64 * (size_t)MEBI },
		.unpack = {
			.bytes = settings_integer(settings, SETTING_MAX_EXPANDED_BYTES) * MEBI,
			.expansion = settings_integer(settings, SETTING_MAX_EXPANSION) } };
	struct stream_run run = { .spool_max = settings_integer(settings, SETTING_MAX_SPOOL) *
					       MEBI };

	if (tell_stored(survey->conn, selection, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < survey->objects->count + survey->objects->others; i++) {
		if (is_list(&survey->objects->list[i])) {
			tell_list(&config, &run, &survey->objects->list[i], selection);
		}
	}
	return 0;
}
