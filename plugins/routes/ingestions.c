/* GET /api/ingestions: where the stored data come from. */
#include <almanac/plugin.h>
#include <stddef.h>

enum { RUN, ARGUMENTS };

static const struct alm_param params[] = {
	[RUN] = { .name = "run",
		.type = ALM_INTEGER,
		.help = "Number of a run: its objects alone",
		.example = "1",
		.min = 1,
		.max = INT32_MAX },
	{ .name = NULL },
};

#define NULLABLE(field, kind, text) \
	{ \
		.name = field, .type = kind, .flags = ALM_NULLABLE, .help = text \
	}

static const struct alm_field fields[] = {
	{ .name = "run_id", .type = ALM_INTEGER, .help = "Number of the run" },
	{ .name = "started_at", .type = ALM_TEXT, .help = "Its begin, UTC (RFC 3339)" },
	NULLABLE("finished_at", ALM_TEXT,
		"Its end, likewise; null: it has not finished, or was ended from outside"),
	NULLABLE("outcome", ALM_TEXT,
		"Of the run: success, partial or failure; null: as of finished_at"),
	NULLABLE("uri", ALM_TEXT,
		"An object that it took in, without credentials; a member of an archive is "
		"archive!member. Null, as all that follows: it took in none, or later runs took in "
		"other states of all of them"),
	NULLABLE("taken_at", ALM_TEXT, "When the object was taken in, UTC (RFC 3339)"),
	NULLABLE("size", ALM_INTEGER,
		"Bytes of the object; of a member of an archive, after decompression; null: it was "
		"not read to its end"),
	NULLABLE("hash", ALM_TEXT, "XXH3-128 of these bytes, hexadecimal"),
	NULLABLE("source", ALM_TEXT,
		"Source that read it; null also of an object that none recognised"),
	NULLABLE("source_version", ALM_TEXT, "Version of the source"),
	NULLABLE("lines", ALM_INTEGER, "Lines that it has"),
	NULLABLE("observations", ALM_INTEGER, "Observations that were read"),
	NULLABLE("rejects", ALM_INTEGER, "Lines or values that were not taken in"),
	NULLABLE("object_outcome", ALM_TEXT,
		"Of the object: taken, or failed: what an earlier state of it said stays"),
	{ .name = NULL },
};

#define UTC(column) "to_char(" column " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
#define CHOSEN "from ingestion where $1::bigint is null or run_id = $1::bigint"

static const char rows[] =
	"select run_id, " UTC("started_at") ", " UTC("finished_at") ", outcome, uri, " UTC(
		"taken_at") ", size, hash, source, source_version, lines, observations, rejects, "
			    "object_outcome " CHOSEN
			    " order by run_id desc, uri limit $2::bigint offset $3::bigint";
static const char total[] = "select count(*) " CHOSEN;

static int handle(const struct alm_route *route, struct alm_request *request)
{
	const char *arguments[ARGUMENTS] = { NULL };

	(void)route;
	if (alm->param->count(request, RUN) > 0) {
		arguments[RUN] = alm->param->text(request, RUN, 0);
	}
	return alm->answer->sql(request, rows, total, ARGUMENTS, arguments);
}

/* Runs that change no data are runs, too: its rows do not follow from the stored data. */
static const struct alm_route ingestions = {
	.path = "/api/ingestions",
	.summary = "Runs of the ingestion and their objects",
	.help = "Provenance: of every object the run that took in its present state, the last run "
		"first. Objects whose content was the same as before stay with the run that took "
		"them in.",
	.params = params,
	.fields = fields,
	.flags = ALM_PAGED,
	.answer = ALM_SQL,
	.handle = handle,
};

static const struct alm_route *const routes[] = { &ingestions, NULL };

ALM_PLUGIN(.name = "ingestions", .version = "1.0.0", .routes = routes);
