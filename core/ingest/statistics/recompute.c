#include "ingest/statistics/recompute.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/memory.h"
#include "ingest/statistics/calculate.h"
#include "ingest/store/stations.h"
#include "ingest/store/stored.h"
#include "plugin/registry.h"

enum {
	CHUNK_STATIONS = 16,       /* read back together */
	STAGE_BYTES = 1024 * 1024, /* rows held before they go to the stage */
	YEAR_MIN = BATCH_YEAR_MIN, /* what can be stored */
	YEAR_MAX = BATCH_YEAR_MAX
};

struct derive {
	struct session *session;
	struct calculate *calculators;
	size_t count;
};

struct derive *recompute_create(const struct registry *registry, struct session *session)
{
	struct derive *derive = memory_new(struct derive);

	derive->session = session;
	derive->calculators = memory_array(registry->stat_count, sizeof(*derive->calculators));
	for (size_t i = 0; i < registry->stat_count; i++) {
		if (registry->stats[i].stored_count > 0) {
			calculate_init(
				&derive->calculators[derive->count++], &registry->stats[i]);
		}
	}
	return derive;
}

void recompute_destroy(struct derive *derive)
{
	if (derive == NULL) {
		return;
	}
	for (size_t i = 0; i < derive->count; i++) {
		calculate_finish(&derive->calculators[i]);
	}
	free(derive->calculators);
	free(derive);
}

void recompute_reset(struct derive *derive)
{
	for (size_t i = 0; i < derive->count; i++) {
		calculate_reset(&derive->calculators[i]);
	}
}

/* The rows at hand by COPY: `sql` starts it. */
static int copy_rows(struct derive *derive, struct calculate_table *table, const char *sql,
	struct error *err)
{
	int status = session_copy_start(derive->session, sql, err);

	if (status == 0) {
		status = session_copy_end(derive->session, &table->rows, err);
	}
	table->row_count = 0;
	return status;
}

/* In place of those that the stations had. */
static int store_bases(struct derive *derive, struct calculate *calculator, struct error *err)
{
	static const char copy[] =
		"copy statistic_base (station_id, statistic, definition, base) from stdin "
		"(format binary)";
	struct calculate_bases *bases = &calculator->bases;
	const char *arguments[] = { array_argument(&bases->ids), calculator->stat->stat.name };
	const struct statement statement = { "removing base periods",
		"delete from statistic_base where station_id = any ($1::text[]) and statistic = $2",
		2, arguments, 0 };
	int status;

	if (bases->count == 0) {
		return 0;
	}
	status = session_run(derive->session, &statement, 1, NULL, err);
	if (status == 0) {
		status = session_copy_start(derive->session, copy, err);
	}
	if (status == 0) {
		status = session_copy_end(derive->session, &bases->rows, err);
	}
	bases->count = 0;
	return status;
}

/* -- Fresh stations ----------------------------------------------------- */

int recompute_clear(struct derive *derive, struct array *stations, struct error *err)
{
	const char *ids = array_argument(stations);

	for (size_t i = 0; i < derive->count; i++) {
		const struct calculate *calculator = &derive->calculators[i];

		for (size_t k = 0; k < calculator->table_count; k++) {
			const struct statement statement = { "clearing statistics",
				calculator->tables[k].sql.clear, 1, &ids, 0 };

			if (session_run(derive->session, &statement, 1, NULL, err) < 0) {
				return -1;
			}
		}
	}
	return 0;
}

void recompute_begin(
	struct derive *derive, const struct alm_station *station, int first_year, int last_year)
{
	for (size_t i = 0; i < derive->count; i++) {
		calculate_begin(&derive->calculators[i], station, first_year, last_year);
	}
}

void recompute_block(struct derive *derive, const char *element, const struct merge_view *view)
{
	for (size_t i = 0; i < derive->count; i++) {
		calculate_block(&derive->calculators[i], element, view);
	}
}

void recompute_end(struct derive *derive)
{
	for (size_t i = 0; i < derive->count; i++) {
		calculate_base(&derive->calculators[i]);
		calculate_put_base(&derive->calculators[i]);
		calculate_end(&derive->calculators[i], NULL, NULL);
	}
}

int recompute_write(struct derive *derive, int64_t *rows, struct error *err)
{
	for (size_t i = 0; i < derive->count; i++) {
		struct calculate *calculator = &derive->calculators[i];

		if (store_bases(derive, calculator, err) < 0) {
			return -1;
		}
		for (size_t k = 0; k < calculator->table_count; k++) {
			struct calculate_table *table = &calculator->tables[k];
			int64_t count = table->row_count;

			if (count > 0 && copy_rows(derive, table, table->sql.copy, err) < 0) {
				return -1;
			}
			*rows += count;
		}
	}
	return 0;
}

/* -- Stations that are read back ---------------------------------------- */

static const char select_stations[] = "select " STATIONS_COLUMNS " from station "
				      "where station_id = any ($1::text[]) order by station_id";

static const char select_blocks[] =
	"select " STORED_COLUMNS " from unnest($1::text[], $2::smallint[], $3::smallint[]) "
	"as t (id, first, last) join block b on b.station_id = t.id and "
	"b.year between t.first and t.last "
	"where b.element = any ($4::text[]) order by b.station_id, b.year";

/* Years to read. */
struct years {
	int first, last;
};

static int year_of(int32_t day)
{
	return date_from_day(day).year;
}

/* The years to read of a station, so that its dirty periods of that kind are complete, and the
 * days before them that they depend on are there. */
static void extend_range(
	uint32_t kind, int32_t lead, const struct years *dirty, struct years *range)
{
	struct period first = period_of(kind, date_year_start(dirty->first));
	struct period last = period_of(kind, date_year_start(dirty->last + 1) - 1 + lead);
	struct years of = { year_of(first.first_day - lead),
		year_of(last.first_day + last.days - 1) };

	range->first = of.first < range->first ? of.first : range->first;
	range->last = of.last > range->last ? of.last : range->last;
}

static struct years find_range(
	const struct calculate *calculator, const struct dirty_station *station)
{
	struct years dirty, range;

	if (calculate_is_whole(calculator)) {
		return (struct years){ YEAR_MIN, YEAR_MAX };
	}
	dirty_range(station, &dirty.first, &dirty.last);
	range = dirty;
	for (size_t i = 0; i < calculator->table_count; i++) {
		extend_range(calculator->tables[i].view->stat.periods,
			(int32_t)calculator->stat->stat.lead_days, &dirty, &range);
	}
	return range;
}

/* Some of the dirty stations, read back together. */
struct chunk {
	struct dirty_station
		stations[CHUNK_STATIONS]; /* a copy: a new base dirties all years */
	size_t count;
	struct years ranges[CHUNK_STATIONS];
	PGresult *described, *blocks; /* of these years */
	PGresult *bases;              /* kept ones; NULL: the statistic has none */
	bool based[CHUNK_STATIONS];   /* new_bases has the station's */
	char *new_bases;              /* base_size bytes a station */
};

static int read_chunk(struct derive *derive, struct calculate *calculator, struct chunk *chunk,
	struct error *err)
{
	struct array ids = { 0 }, firsts = { 0 }, lasts = { 0 };
	PGresult *results[2];
	int status;

	for (size_t i = 0; i < chunk->count; i++) {
		array_text(&ids, chunk->stations[i].id);
		array_integer(&firsts, chunk->ranges[i].first);
		array_integer(&lasts, chunk->ranges[i].last);
	}
	const char *arguments[] = { array_argument(&ids), array_argument(&firsts),
		array_argument(&lasts), array_argument(&calculator->inputs) };
	const struct statement statements[] = {
		{ "reading stations", select_stations, 1, arguments, 0 },
		{ "reading blocks for statistics", select_blocks, 4, arguments, 1 },
	};
	status = session_run(derive->session, statements, 2, results, err);
	if (status == 0) {
		chunk->described = results[0];
		chunk->blocks = results[1];
	}
	array_finish(&ids);
	array_finish(&firsts);
	array_finish(&lasts);
	return status;
}

static void clear_chunk(struct chunk *chunk)
{
	PQclear(chunk->described);
	PQclear(chunk->blocks);
	chunk->described = chunk->blocks = NULL;
}

/* Makes the record of station i, from row *at of the blocks on. 1: it has none in these years,
 * and no record; -1: *err. */
static int make_record(struct calculate *calculator, const struct chunk *chunk, size_t i,
	struct alm_station *station, int *at, struct error *err)
{
	const PGresult *blocks = chunk->blocks;
	int from = *at, rows = PQntuples(blocks);

	*station = stations_parse(chunk->described, (int)i);
	assert(strcmp(station->id, chunk->stations[i].id) == 0);
	while (*at < rows && strcmp(stored_key(blocks, *at).station, station->id) == 0) {
		(*at)++;
	}
	if (*at == from) {
		return 1;
	}
	calculate_begin(calculator, station, stored_key(blocks, from).year,
		stored_key(blocks, *at - 1).year);
	for (int row = from; row < *at; row++) {
		struct merge block;
		struct merge_view view;

		if (stored_decode(blocks, row, &block, err) < 0) {
			return -1;
		}
		view = merge_view(&block);
		calculate_block(calculator, stored_key(blocks, row).element, &view);
	}
	return 0;
}

/* -- Base periods ---------------------------------------------------------- */

static const char select_bases[] =
	"select station_id, base from statistic_base where station_id = any ($1::text[]) "
	"and statistic = $2 and definition = $3";

static int read_bases(struct derive *derive, struct calculate *calculator, struct chunk *chunk,
	struct error *err)
{
	struct array ids = { 0 };
	int status;

	for (size_t i = 0; i < chunk->count; i++) {
		array_text(&ids, chunk->stations[i].id);
	}
	const char *arguments[] = { array_argument(&ids), calculator->stat->stat.name,
		calculator->definition };
	const struct statement statement = { "reading base periods", select_bases, 3, arguments,
		1 };
	status = session_run(derive->session, &statement, 1, &chunk->bases, err);
	array_finish(&ids);
	return status;
}

/* The kept base of a station; NULL: there is none of this definition. */
static const void *find_base(
	const struct calculate *calculator, const struct chunk *chunk, const char *station)
{
	for (int row = 0; row < PQntuples(chunk->bases); row++) {
		if (strcmp(PQgetvalue(chunk->bases, row, 0), station) == 0 &&
			(size_t)PQgetlength(chunk->bases, row, 1) ==
				calculator->stat->stat.base_size) {
			return PQgetvalue(chunk->bases, row, 1);
		}
	}
	return NULL;
}

static bool is_base_dirty(const struct dirty_station *station, const struct years *years)
{
	for (int year = years->first; year <= years->last; year++) {
		if (dirty_has_year(station, year)) {
			return true;
		}
	}
	return false;
}

/* Makes the base of station i, whose blocks of the base period are at hand. One that differs
 * from what is kept is stored or removed, and all rows of the station depend on it. */
static int renew_base(struct calculate *calculator, const struct chunk *renewed, size_t i,
	struct chunk *chunk, size_t to, int *at, struct error *err)
{
	const size_t size = calculator->stat->stat.base_size;
	struct dirty_station *dirty = &chunk->stations[to];
	const void *kept = find_base(calculator, chunk, dirty->id);
	struct alm_station station;
	int status = make_record(calculator, renewed, i, &station, at, err);

	if (status < 0) {
		return -1;
	}
	if (status > 0) { /* a base period without blocks */
		int year = calculator->bases.first_year;

		calculate_begin(calculator, &station, year, year);
	}
	calculate_base(calculator);
	memcpy(chunk->new_bases + to * size, calculator->bases.bytes, size);
	chunk->based[to] = true;
	if (kept != NULL && calculator->bases.filled &&
		memcmp(kept, calculator->bases.bytes, size) == 0) {
		return 0;
	}
	calculate_put_base(calculator);
	dirty->all = dirty->all || kept != NULL || calculator->bases.filled;
	return 0;
}

/* Makes the bases of the stations that have none, or of whose base period days have changed. */
static int renew_bases(struct derive *derive, struct calculate *calculator, struct chunk *chunk,
	struct error *err)
{
	const struct years years = { calculator->bases.first_year,
		calculator->bases.last_year };
	struct chunk renewed = { .count = 0 };
	size_t places[CHUNK_STATIONS] = { 0 };
	int status, at = 0;

	for (size_t i = 0; i < chunk->count; i++) {
		if (find_base(calculator, chunk, chunk->stations[i].id) == NULL ||
			is_base_dirty(&chunk->stations[i], &years)) {
			places[renewed.count] = i;
			renewed.stations[renewed.count] = chunk->stations[i];
			renewed.ranges[renewed.count++] = years;
		}
	}
	if (renewed.count == 0) {
		return 0;
	}
	status = read_chunk(derive, calculator, &renewed, err);
	for (size_t i = 0; status == 0 && i < renewed.count; i++) {
		status = renew_base(calculator, &renewed, i, chunk, places[i], &at, err);
	}
	clear_chunk(&renewed);
	return status;
}

static int prepare_bases(struct derive *derive, struct calculate *calculator,
	struct chunk *chunk, struct error *err)
{
	if (calculator->bases.bytes == NULL) {
		return 0;
	}
	chunk->new_bases = memory_array(chunk->count, calculator->stat->stat.base_size);
	if (read_bases(derive, calculator, chunk, err) < 0 ||
		renew_bases(derive, calculator, chunk, err) < 0) {
		return -1;
	}
	return store_bases(derive, calculator, err);
}

static void use_base(struct calculate *calculator, const struct chunk *chunk, size_t i)
{
	const size_t size = calculator->stat->stat.base_size;

	if (calculator->bases.bytes != NULL) {
		memcpy(calculator->bases.bytes,
			chunk->based[i] ? chunk->new_bases + i * size
					: find_base(calculator, chunk, chunk->stations[i].id),
			size);
	}
}

/* -- Some stations ------------------------------------------------------------ */

static int compute_stations(
	struct calculate *calculator, struct chunk *chunk, const char *only, struct error *err)
{
	int at = 0, status = 0;

	for (size_t i = 0; i < chunk->count && status >= 0; i++) {
		struct alm_station station;

		status = make_record(calculator, chunk, i, &station, &at, err);
		if (status == 0) {
			use_base(calculator, chunk, i);
			calculate_end(calculator, &chunk->stations[i], only);
		}
	}
	return status < 0 ? -1 : 0;
}

static int compute_chunk(struct derive *derive, struct calculate *calculator,
	const struct dirty_station *stations, size_t count, const char *only, struct error *err)
{
	struct chunk chunk = { .count = count };
	int status;

	memcpy(chunk.stations, stations, count * sizeof(*stations));
	status = prepare_bases(derive, calculator, &chunk, err);
	for (size_t i = 0; i < count; i++) {
		chunk.ranges[i] = find_range(calculator, &chunk.stations[i]);
	}
	if (status == 0) {
		status = read_chunk(derive, calculator, &chunk, err);
	}
	if (status == 0) {
		status = compute_stations(calculator, &chunk, only, err);
	}
	clear_chunk(&chunk);
	PQclear(chunk.bases);
	free(chunk.new_bases);
	return status;
}

/* -- Rows of stations that have some ------------------------------------ */

static int stage_rows(struct derive *derive, struct calculate_table *table, struct error *err)
{
	table->staged = true;
	return copy_rows(derive, table, table->sql.copy_stage, err);
}

static int open_stage(struct derive *derive, struct calculate_table *table, struct error *err)
{
	if (session_execute(
		    derive->session, "making a temporary table", table->sql.stage, err) < 0) {
		return -1;
	}
	if (table->staged && session_execute(derive->session, "emptying a temporary table",
				     table->sql.empty, err) < 0) {
		return -1;
	}
	table->staged = false;
	return 0;
}

/* Stretches of touched years, as merge.remove wants them. */
static void list_stretches(const struct calculate *calculator, const struct dirty *dirty,
	struct array *ids, struct array *firsts, struct array *lasts)
{
	for (size_t i = 0; i < dirty->count; i++) {
		const struct dirty_station *station = &dirty->stations[i];
		bool all = station->all || calculate_is_whole(calculator);

		for (int year = YEAR_MIN, first; year <= YEAR_MAX; year++) {
			if (!all && !dirty_has_year(station, year)) {
				continue;
			}
			first = year;
			while (year < YEAR_MAX && (all || dirty_has_year(station, year + 1))) {
				year++;
			}
			array_text(ids, station->id);
			array_integer(firsts, first);
			array_integer(lasts, year);
		}
	}
}

static void count_changes(PGresult *const *results, int64_t *rows, struct array *changed)
{
	const PGresult *removed = results[0], *written = results[1];

	for (int row = 0; row < PQntuples(removed); row++) {
		array_text(changed, PQgetvalue(removed, row, 0));
	}
	*rows += PQntuples(removed);
	for (int row = 0; row < PQntuples(written); row++) {
		array_text(changed, PQgetvalue(written, row, 0));
		*rows += strtoll(PQgetvalue(written, row, 1), NULL, 10);
	}
}

static int merge_stage(struct derive *derive, const struct calculate *calculator,
	const struct calculate_table *table, const struct dirty *dirty, int64_t *rows,
	struct array *changed, struct error *err)
{
	struct array ids = { 0 }, firsts = { 0 }, lasts = { 0 };
	PGresult *results[2];
	int status;

	list_stretches(calculator, dirty, &ids, &firsts, &lasts);
	const char *arguments[] = { array_argument(&ids), array_argument(&firsts),
		array_argument(&lasts) };
	const struct statement statements[] = {
		{ "removing statistics", table->sql.remove, 3, arguments, 0 },
		{ "storing statistics", table->sql.merge, 0, NULL, 0 },
	};
	status = session_run(derive->session, statements, 2, results, err);
	if (status == 0) {
		count_changes(results, rows, changed);
		PQclear(results[0]);
		PQclear(results[1]);
	}
	array_finish(&ids);
	array_finish(&firsts);
	array_finish(&lasts);
	return status;
}

static bool is_wanted(const struct calculate_table *table, const char *only)
{
	return only == NULL || strcmp(table->view->name, only) == 0;
}

/* Rows at hand of `least` bytes or more go to their stages. */
static int stage_all(
	struct derive *derive, struct calculate *calculator, size_t least, struct error *err)
{
	for (size_t i = 0; i < calculator->table_count; i++) {
		struct calculate_table *table = &calculator->tables[i];

		if (table->row_count > 0 && table->rows.length >= least &&
			stage_rows(derive, table, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int recompute_one(struct derive *derive, struct calculate *calculator, const char *only,
	const struct dirty *dirty, int64_t *rows, struct array *changed, struct error *err)
{
	for (size_t i = 0; i < calculator->table_count; i++) {
		if (is_wanted(&calculator->tables[i], only) &&
			open_stage(derive, &calculator->tables[i], err) < 0) {
			return -1;
		}
	}
	for (size_t i = 0; i < dirty->count; i += CHUNK_STATIONS) {
		size_t left = dirty->count - i;
		size_t count = left < CHUNK_STATIONS ? left : CHUNK_STATIONS;

		if (compute_chunk(derive, calculator, dirty->stations + i, count, only, err) <
				0 ||
			stage_all(derive, calculator, STAGE_BYTES, err) < 0) {
			return -1;
		}
	}
	if (stage_all(derive, calculator, 0, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < calculator->table_count; i++) {
		if (is_wanted(&calculator->tables[i], only) &&
			merge_stage(derive, calculator, &calculator->tables[i], dirty, rows,
				changed, err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* Whether a statistic has the table of that name. */
static bool has_table(const struct calculate *calculator, const char *only)
{
	bool found = only == NULL;

	for (size_t i = 0; i < calculator->table_count; i++) {
		found = found || is_wanted(&calculator->tables[i], only);
	}
	return found;
}

int recompute_touched(struct derive *derive, const char *only, struct dirty *dirty,
	int64_t *rows, struct array *changed, struct error *err)
{
	dirty_sort(dirty);
	for (size_t i = 0; i < derive->count && dirty->count > 0; i++) {
		struct calculate *calculator = &derive->calculators[i];

		if (has_table(calculator, only) && recompute_one(derive, calculator, only,
							   dirty, rows, changed, err) < 0) {
			return error_prefix(
				err, "statistic '%s': ", calculator->stat->stat.name);
		}
	}
	return 0;
}
