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
	enum state *states;     /* by source: its elements are compared with the stored ones */
	struct error *refusals; /* by source: the reason */
	enum state **stored;    /* by source and index of its elements; NULL: no block yet */
};

struct elements *elements_create(const struct registry *registry)
{
	struct elements *elements = memory_new(struct elements);

	elements->registry = registry;
	elements->states = memory_array(registry->source_count, sizeof(*elements->states));
	elements->refusals = memory_array(registry->source_count, sizeof(*elements->refusals));
	elements->stored = memory_array(registry->source_count, sizeof(*elements->stored));
	return elements;
}

void elements_destroy(struct elements *elements)
{
	if (elements != NULL) {
		for (size_t i = 0; i < elements->registry->source_count; i++) {
			free(elements->stored[i]);
		}
		free(elements->stored);
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

static size_t count_elements(const struct elements *elements, size_t source)
{
	const struct alm_element *list = elements->registry->sources[source].source.elements;
	size_t count = 0;

	while (list != NULL && list[count].code != NULL) {
		count++;
	}
	return count;
}

/* Adds an element. Name and bounds are those of the registry, so that sources that differ do
 * not overwrite each other in turn. */
static void list_element(
	const struct elements *elements, const char *code, struct array columns[COLUMNS])
{
	const struct alm_element *e = registry_element(elements->registry, code);

	array_text(&columns[0], e->code);
	array_text(&columns[1], e->name);
	array_text(&columns[2], e->unit);
	array_integer(&columns[3], e->decimals);
	array_integer(&columns[4], e->min);
	array_integer(&columns[5], e->max);
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

/* Brings names and bounds of stored elements up to date, and compares units: with all that the
 * source declares, once. */
static int compare_source(struct elements *elements, struct session *session, size_t source,
	bool *changed, struct error *err)
{
	const struct alm_element *list = elements->registry->sources[source].source.elements;
	const size_t count = count_elements(elements, source);
	struct array columns[COLUMNS] = { 0 };
	const char *all[COLUMNS], *compared[3];
	const struct statement statements[] = {
		{ "updating elements", update_elements, COLUMNS, all, 0 },
		{ "comparing elements", select_different, 3, compared, 0 },
	};
	PGresult *results[2];
	int status = 0;

	for (size_t i = 0; i < count; i++) {
		list_element(elements, list[i].code, columns);
	}
	if (count > 0) {
		array_arguments(columns, COLUMNS, all);
		compared[0] = all[0];
		compared[1] = all[2];
		compared[2] = all[3];
		status = session_run(session, statements, 2, results, err);
		if (status == 0) {
			elements->states[source] = PENDING;
			*changed = *changed || strcmp(PQcmdTuples(results[0]), "0") != 0;
			if (PQntuples(results[1]) > 0) {
				refuse(elements, source, results[1]);
			}
			session_clear(results, 2);
		}
	}
	arrays_finish(columns, COLUMNS);
	return status;
}

/* Lists elements of a batch that no batch before it had; how many. */
static size_t list_new(struct elements *elements, size_t source, const struct batch *batch,
	struct array columns[COLUMNS])
{
	const struct alm_element *list = elements->registry->sources[source].source.elements;
	enum state **stored = &elements->stored[source];
	size_t count = 0;

	if (*stored == NULL) {
		*stored = memory_array(count_elements(elements, source) + 1, sizeof(**stored));
	}
	for (size_t i = 0; i < batch->station_count; i++) {
		for (size_t j = 0; j < batch->stations[i].block_count; j++) {
			const struct alm_element *element =
				batch->stations[i].blocks[j]->element;

			if ((*stored)[element - list] == UNKNOWN) {
				(*stored)[element - list] = PENDING;
				list_element(elements, element->code, columns);
				count++;
			}
		}
	}
	return count;
}

static int store_new(struct elements *elements, struct session *session, size_t source,
	const struct batch *batch, bool *changed, struct error *err)
{
	struct array columns[COLUMNS] = { 0 };
	const char *arguments[COLUMNS];
	const struct statement statement = { "storing elements", insert_elements, COLUMNS,
		arguments, 0 };
	PGresult *result;
	int status = 0;

	if (list_new(elements, source, batch, columns) > 0) {
		array_arguments(columns, COLUMNS, arguments);
		status = session_run(session, &statement, 1, &result, err);
		if (status == 0) {
			*changed = *changed || strcmp(PQcmdTuples(result), "0") != 0;
			session_clear(&result, 1);
		}
	}
	arrays_finish(columns, COLUMNS);
	return status;
}

int elements_store(struct elements *elements, struct session *session,
	const struct batch *batch, bool *changed, struct error *err)
{
	size_t source = find_source(elements, batch->source);

	if (source == elements->registry->source_count) {
		return 0;
	}
	if (elements->states[source] == UNKNOWN &&
		compare_source(elements, session, source, changed, err) < 0) {
		return -1;
	}
	return elements->states[source] == REFUSED
		       ? 0
		       : store_new(elements, session, source, batch, changed, err);
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

static void end_state(enum state *state, bool committed)
{
	if (*state == PENDING) {
		*state = committed ? STORED : UNKNOWN;
	}
}

void elements_end(struct elements *elements, bool committed)
{
	for (size_t i = 0; i < elements->registry->source_count; i++) {
		size_t count = elements->stored[i] != NULL ? count_elements(elements, i) : 0;

		end_state(&elements->states[i], committed);
		for (size_t j = 0; j < count; j++) {
			end_state(&elements->stored[i][j], committed);
		}
	}
}
