#include "ingest/statistics/recompute.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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
	derive->count = registry->stat_count;
	derive->calculators = memory_array(derive->count, sizeof(*derive->calculators));
	for (size_t i = 0; i < derive->count; i++) {
		calculate_init(&derive->calculators[i], &registry->stats[i]);
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
		derive->calculators[i].row_count = 0;
		derive->calculators[i].staged = false;
	}
}

/* -- Fresh stations ----------------------------------------------------- */

int recompute_clear(struct derive *derive, struct array *stations, struct error *err)
{
	const char *ids = array_argument(stations);

	for (size_t i = 0; i < derive->count; i++) {
		const struct statement statement = { "clearing statistics",
			derive->calculators[i].sql.clear, 1, &ids, 0 };

		if (session_run(derive->session, &statement, 1, NULL, err) < 0) {
			return -1;
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
		calculate_end(&derive->calculators[i], NULL);
	}
}

/* The rows at hand by COPY: `sql` starts it. */
static int copy_rows(
	struct derive *derive, struct calculate *calculator, const char *sql, struct error *err)
{
	int status = session_copy_start(derive->session, sql, err);

	if (status == 0) {
		status = session_copy_end(derive->session, &calculator->rows, err);
	}
	calculator->row_count = 0;
	return status;
}

int recompute_write(struct derive *derive, int64_t *rows, struct error *err)
{
	for (size_t i = 0; i < derive->count; i++) {
		struct calculate *calculator = &derive->calculators[i];
		int64_t count = calculator->row_count;

		if (count > 0 && copy_rows(derive, calculator, calculator->sql.copy, err) < 0) {
			return -1;
		}
		*rows += count;
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

/* The years to read of a station, so that its touched periods are complete. */
static void find_range(const struct calculate *calculator, const struct dirty_station *station,
	int *first, int *last)
{
	dirty_range(station, first, last);
	if (period_kind(calculator->stat->stat.periods)->lead > 0) {
		(*first)--;
		(*last)++;
	}
	if (calculate_is_whole(calculator)) {
		*first = YEAR_MIN;
		*last = YEAR_MAX;
	}
}

static int read_chunk(struct derive *derive, struct calculate *calculator,
	const struct dirty_station *stations, size_t count, PGresult **results,
	struct error *err)
{
	struct array ids = { 0 }, firsts = { 0 }, lasts = { 0 };
	int status;

	for (size_t i = 0; i < count; i++) {
		int first, last;

		find_range(calculator, &stations[i], &first, &last);
		array_text(&ids, stations[i].id);
		array_integer(&firsts, first);
		array_integer(&lasts, last);
	}
	const char *arguments[] = { array_argument(&ids), array_argument(&firsts),
		array_argument(&lasts), array_argument(&calculator->inputs) };
	const struct statement statements[] = {
		{ "reading stations", select_stations, 1, arguments, 0 },
		{ "reading blocks for statistics", select_blocks, 4, arguments, 1 },
	};
	status = session_run(derive->session, statements, 2, results, err);
	array_finish(&ids);
	array_finish(&firsts);
	array_finish(&lasts);
	return status;
}

/* Rows `from` to `end` of the result are the blocks of one station. */
static int compute_blocks(struct calculate *calculator, const struct alm_station *station,
	const struct dirty_station *dirty, const PGresult *blocks, int from, int end,
	struct error *err)
{
	calculate_begin(calculator, station, stored_key(blocks, from).year,
		stored_key(blocks, end - 1).year);
	for (int row = from; row < end; row++) {
		struct merge block;
		struct merge_view view;

		if (stored_decode(blocks, row, &block, err) < 0) {
			return -1;
		}
		view = merge_view(&block);
		calculate_block(calculator, stored_key(blocks, row).element, &view);
	}
	calculate_end(calculator, dirty);
	return 0;
}

static int compute_chunk(struct derive *derive, struct calculate *calculator,
	const struct dirty_station *stations, size_t count, struct error *err)
{
	PGresult *results[2];
	int status = 0, row = 0, rows;

	if (read_chunk(derive, calculator, stations, count, results, err) < 0) {
		return -1;
	}
	rows = PQntuples(results[1]);
	for (size_t i = 0; i < count && status == 0; i++) {
		struct alm_station station = stations_parse(results[0], (int)i);
		int from = row;

		assert(strcmp(station.id, stations[i].id) == 0);
		while (row < rows &&
			strcmp(stored_key(results[1], row).station, station.id) == 0) {
			row++;
		}
		if (row > from) {
			status = compute_blocks(
				calculator, &station, &stations[i], results[1], from, row, err);
		}
	}
	PQclear(results[0]);
	PQclear(results[1]);
	return status;
}

/* -- Rows of stations that have some ------------------------------------ */

static int stage_rows(struct derive *derive, struct calculate *calculator, struct error *err)
{
	calculator->staged = true;
	return copy_rows(derive, calculator, calculator->sql.copy_stage, err);
}

static int open_stage(struct derive *derive, struct calculate *calculator, struct error *err)
{
	if (session_execute(derive->session, "making a temporary table", calculator->sql.stage,
		    err) < 0) {
		return -1;
	}
	if (calculator->staged && session_execute(derive->session, "emptying a temporary table",
					  calculator->sql.empty, err) < 0) {
		return -1;
	}
	calculator->staged = false;
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

static int merge_stage(struct derive *derive, struct calculate *calculator,
	const struct dirty *dirty, int64_t *rows, struct array *changed, struct error *err)
{
	struct array ids = { 0 }, firsts = { 0 }, lasts = { 0 };
	PGresult *results[2];
	int status;

	list_stretches(calculator, dirty, &ids, &firsts, &lasts);
	const char *arguments[] = { array_argument(&ids), array_argument(&firsts),
		array_argument(&lasts) };
	const struct statement statements[] = {
		{ "removing statistics", calculator->sql.remove, 3, arguments, 0 },
		{ "storing statistics", calculator->sql.merge, 0, NULL, 0 },
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

static int recompute_one(struct derive *derive, struct calculate *calculator,
	const struct dirty *dirty, int64_t *rows, struct array *changed, struct error *err)
{
	if (open_stage(derive, calculator, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < dirty->count; i += CHUNK_STATIONS) {
		size_t left = dirty->count - i;
		size_t count = left < CHUNK_STATIONS ? left : CHUNK_STATIONS;

		if (compute_chunk(derive, calculator, dirty->stations + i, count, err) < 0) {
			return -1;
		}
		if (calculator->rows.length >= STAGE_BYTES &&
			stage_rows(derive, calculator, err) < 0) {
			return -1;
		}
	}
	if (calculator->row_count > 0 && stage_rows(derive, calculator, err) < 0) {
		return -1;
	}
	return merge_stage(derive, calculator, dirty, rows, changed, err);
}

int recompute_touched(struct derive *derive, const char *only, struct dirty *dirty,
	int64_t *rows, struct array *changed, struct error *err)
{
	dirty_sort(dirty);
	for (size_t i = 0; i < derive->count && dirty->count > 0; i++) {
		struct calculate *calculator = &derive->calculators[i];
		const char *name = calculator->stat->stat.name;

		if ((only == NULL || strcmp(name, only) == 0) &&
			recompute_one(derive, calculator, dirty, rows, changed, err) < 0) {
			return error_prefix(err, "statistic '%s': ", name);
		}
	}
	return 0;
}
