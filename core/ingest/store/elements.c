#include "ingest/store/elements.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ingest/store/array.h"
#include "plugin/registry.h"

static const char insert_elements[] =
	"insert into element (code, name, unit, decimals, minimum, maximum) "
	"select * from unnest($1::text[], $2::text[], $3::text[], $4::smallint[], "
	"$5::integer[], $6::integer[]) on conflict (code) do nothing";

static const char update_elements[] =
	"update element e set name = d.name, minimum = d.minimum, maximum = d.maximum "
	"from unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::integer[], "
	"$6::integer[]) as d (code, name, unit, decimals, minimum, maximum) "
	"where e.code = d.code and e.unit = d.unit and e.decimals = d.decimals and "
	"(e.name, e.minimum, e.maximum) is distinct from (d.name, d.minimum, d.maximum)";

static const char select_different[] =
	"select e.code, e.unit, e.decimals, d.unit, d.decimals from element e "
	"join unnest($1::text[], $2::text[], $3::smallint[]) as d (code, unit, decimals) "
	"on e.code = d.code where (e.unit, e.decimals) is distinct from (d.unit, d.decimals) "
	"order by e.code limit 1";

enum { COLUMNS = 6 };

enum state {
	UNKNOWN,
	PENDING, /* stored by the open transaction */
	STORED,
	REFUSED
};

struct elements {
	const struct registry *registry;
	enum state *states;     /* by source */
	struct error *refusals; /* by source: the reason */
};

struct elements *elements_create(const struct registry *registry)
{
	struct elements *elements = memory_new(struct elements);

	elements->registry = registry;
	elements->states = memory_array(registry->source_count, sizeof(*elements->states));
	elements->refusals = memory_array(registry->source_count, sizeof(*elements->refusals));
	return elements;
}

void elements_destroy(struct elements *elements)
{
	if (elements != NULL) {
		free(elements->states);
		free(elements->refusals);
		free(elements);
	}
}

/* Index of a source; the number of sources if none has the name, as "archive". */
static size_t find_source(const struct elements *elements, const char *name)
{
	size_t i = 0;

	while (i < elements->registry->source_count &&
		(name == NULL ||
			strcmp(elements->registry->sources[i].source.name, name) != 0)) {
		i++;
	}
	return i;
}

/* Name and bounds are those of the registry, so that sources that differ do not overwrite each
 * other in turn. */
static size_t list_elements(
	const struct elements *elements, size_t source, struct array columns[COLUMNS])
{
	const struct alm_element *list = elements->registry->sources[source].source.elements;
	size_t count = 0;

	for (; list != NULL && list[count].code != NULL; count++) {
		const struct alm_element *e =
			registry_element(elements->registry, list[count].code);

		array_text(&columns[0], e->code);
		array_text(&columns[1], e->name);
		array_text(&columns[2], e->unit);
		array_integer(&columns[3], e->decimals);
		array_integer(&columns[4], e->min);
		array_integer(&columns[5], e->max);
	}
	return count;
}

static void refuse(struct elements *elements, size_t source, const PGresult *different)
{
	struct error *err = &elements->refusals[source];

	elements->states[source] = REFUSED;
	error_set(err,
		"source '%s' gives element %s in %s with %s decimals, but it is stored in %s "
		"with %s",
		elements->registry->sources[source].source.name, PQgetvalue(different, 0, 0),
		PQgetvalue(different, 0, 3), PQgetvalue(different, 0, 4),
		PQgetvalue(different, 0, 1), PQgetvalue(different, 0, 2));
	error_hint(err, "use a source plugin that agrees with the stored data, or a new "
			"database");
}

int elements_store(struct elements *elements, struct session *session, const char *name,
	bool *changed, struct error *err)
{
	struct array columns[COLUMNS] = { 0 };
	size_t source = find_source(elements, name);
	const char *all[COLUMNS], *compared[3];
	const struct statement statements[] = {
		{ "storing elements", insert_elements, COLUMNS, all, 0 },
		{ "updating elements", update_elements, COLUMNS, all, 0 },
		{ "comparing elements", select_different, 3, compared, 0 },
	};
	PGresult *results[3];
	int status = 0;

	if (source == elements->registry->source_count || elements->states[source] != UNKNOWN) {
		return 0;
	}
	if (list_elements(elements, source, columns) > 0) {
		array_arguments(columns, COLUMNS, all);
		compared[0] = all[0];
		compared[1] = all[2];
		compared[2] = all[3];
		status = session_run(session, statements, 3, results, err);
		if (status == 0) {
			elements->states[source] = PENDING;
			*changed = *changed || strcmp(PQcmdTuples(results[0]), "0") != 0 ||
				   strcmp(PQcmdTuples(results[1]), "0") != 0;
			if (PQntuples(results[2]) > 0) {
				refuse(elements, source, results[2]);
			}
			session_clear(results, 3);
		}
	}
	arrays_finish(columns, COLUMNS);
	return status;
}

bool elements_refuse(const struct elements *elements, const char *name, struct error *err)
{
	size_t source = find_source(elements, name);

	if (source == elements->registry->source_count || elements->states[source] != REFUSED) {
		return false;
	}
	*err = elements->refusals[source];
	return true;
}

void elements_end(struct elements *elements, bool committed)
{
	for (size_t i = 0; i < elements->registry->source_count; i++) {
		if (elements->states[i] == PENDING) {
			elements->states[i] = committed ? STORED : UNKNOWN;
		}
	}
}
