#include "ingest/statistics/definitions.h"

#include <stdio.h>

#include "plugin/registry.h"
#include "schema/stat_table.h"

enum { DEFINITION_SIZE = 33 };

/* What it waited for is looked at again: the rows are those of now. */
static const char hold[] =
	"with held as (select name, definition from calculator where name = any ($1::text[]) "
	"order by name for key share) "
	"select own.name from unnest($1::text[], $2::text[]) as own (name, definition) "
	"left join held on held.name = own.name "
	"where held.definition is distinct from own.definition";

/* "object not in prerequisite state": no failure of the objects at hand. */
static const char state[] = "55000";

void definitions_init(struct definitions *definitions, const struct registry *registry)
{
	*definitions = (struct definitions){ 0 };
	for (size_t i = 0; i < registry->stored_count; i++) {
		const struct stat_view *view = registry->stored[i];
		char definition[DEFINITION_SIZE];

		stat_table_definition(&view->stat, view->of->plugin->table.version, definition);
		array_text(&definitions->names, view->name);
		array_text(&definitions->definitions, definition);
	}
}

void definitions_finish(struct definitions *definitions)
{
	array_finish(&definitions->names);
	array_finish(&definitions->definitions);
}

int definitions_hold(
	struct definitions *definitions, struct session *session, struct error *err)
{
	const char *arguments[] = { array_argument(&definitions->names),
		array_argument(&definitions->definitions) };
	const struct statement statement = { "comparing definitions", hold, 2, arguments, 0 };
	PGresult *others;
	int failed = 0;

	if (session_run(session, &statement, 1, &others, err) < 0) {
		return -1;
	}
	if (PQntuples(others) > 0) {
		error_set(err,
			"the database was migrated while this ran: it has another version of the "
			"statistic '%s' than this program's plugin",
			PQgetvalue(others, 0, 0));
		failed = error_hint(err,
			"ingest with the plugins that it was migrated with; what this run has "
			"stored until then stays");
		snprintf(session->state, sizeof(session->state), "%s", state);
	}
	PQclear(others);
	return failed;
}
