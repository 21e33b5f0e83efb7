/* Survey: where stations are, as it is stored or said by lists of stations among the input,
 * before anything is taken in. [writer] */
#ifndef ALMANAC_INGEST_RUN_SURVEY_H
#define ALMANAC_INGEST_RUN_SURVEY_H

#include <libpq-fe.h>

#include "base/error.h"
#include "ingest/input/objects.h"
#include "ingest/parse/selection.h"
#include "plugin/registry.h"

struct aws;
struct settings;

struct survey {
	const struct registry *registry;
	const struct objects *objects;
	PGconn *conn;
	struct aws *aws; /* NULL: no downloads */
	const struct settings *settings;
};

/* Tells the selection of all stations. Lists are files with "stations" in their names. Blocks.
 */
int survey_run(const struct survey *survey, struct selection *selection, struct error *err);

#endif
