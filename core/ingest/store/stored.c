#include "ingest/store/stored.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/date.h"
#include "catalog/block.h"
#include "catalog/runs.h"
#include "ingest/store/array.h"
#include "ingest/store/origins.h"
#include "ingest/store/parts.h"
#include "ingest/store/session.h"

enum {
	STATION,
	YEAR,
	ELEMENT,
	BASE,
	VALUES,
	FIRST_FLAGS,
	TIMES = FIRST_FLAGS + FLAG_KINDS,
	REPORTED,
	ORIGIN
};

static const char select_parts[] =
	"select " STORED_COLUMNS ", " STORED_ORIGIN
	" from unnest($1::text[], $2::smallint[], $3::text[]) as t (id, year, element) "
	"join block_part b on b.station_id = t.id and b.year = t.year and "
	"b.element = t.element order by b.station_id, b.year, b.element, b.origin";

static int read_int16(const PGresult *result, int row, int column)
{
	uint16_t network;

	memcpy(&network, PQgetvalue(result, row, column), sizeof(network));
	return (int16_t)ntohs(network);
}

static int32_t read_int32(const PGresult *result, int row, int column)
{
	uint32_t network;

	memcpy(&network, PQgetvalue(result, row, column), sizeof(network));
	return (int32_t)ntohl(network);
}

struct stored_key stored_key(const PGresult *result, int row)
{
	return (struct stored_key){ .station = PQgetvalue(result, row, STATION),
		.element = PQgetvalue(result, row, ELEMENT),
		.year = read_int16(result, row, YEAR) };
}

static const unsigned char *bytes_of(const PGresult *result, int row, int column)
{
	return (const unsigned char *)PQgetvalue(result, row, column);
}

static int decode_symbols(
	const PGresult *result, int row, int column, int days, uint16_t *symbols)
{
	return runs_decode(bytes_of(result, row, column),
		(size_t)PQgetlength(result, row, column), days, symbols);
}

/* Days that are not reported have no flag, whatever is stored. */
static int decode_flags(
	const PGresult *result, int row, enum flag_kind kind, int days, struct merge *to)
{
	const int column = FIRST_FLAGS + (int)kind;
	uint16_t symbols[BLOCK_DAYS_MAX];

	to->flagged[kind] = !PQgetisnull(result, row, column);
	if (!to->flagged[kind]) {
		return 0;
	}
	if (decode_symbols(result, row, column, days, symbols) != 0) {
		return -1;
	}
	memset(to->flags[kind], ' ', BLOCK_DAYS_MAX);
	for (int i = 0; i < days; i++) {
		if (to->values[i] != BLOCK_NOT_REPORTED) {
			to->flags[kind][i] = (char)symbols[i];
		}
	}
	return 0;
}

static int decode_times(const PGresult *result, int row, int days, struct merge *to)
{
	to->timed = !PQgetisnull(result, row, TIMES);
	if (!to->timed) {
		return 0;
	}
	memset(to->times, 0, sizeof(to->times));
	if (decode_symbols(result, row, TIMES, days, to->times) != 0) {
		return -1;
	}
	for (int i = 0; i < days; i++) {
		if (to->values[i] == BLOCK_NOT_REPORTED) {
			to->times[i] = 0;
		}
	}
	return 0;
}

static int decode_values(const PGresult *result, int row, int days, struct merge *to)
{
	const bool all = PQgetisnull(result, row, REPORTED);

	if (!all && PQgetlength(result, row, REPORTED) != BLOCK_BITMAP) {
		return -1;
	}
	return block_decode(all ? NULL : bytes_of(result, row, REPORTED),
		bytes_of(result, row, VALUES), (size_t)PQgetlength(result, row, VALUES), days,
		read_int32(result, row, BASE), to->values);
}

int stored_decode(const PGresult *result, int row, struct merge *to, struct error *err)
{
	const struct stored_key key = stored_key(result, row);
	const int days = date_year_days(key.year);
	int status;

	merge_clear(to, key.year);
	status = decode_values(result, row, days, to);
	if (status == 0 && decode_times(result, row, days, to) < 0) {
		status = -1;
	}
	for (enum flag_kind kind = 0; kind < FLAG_KINDS; kind++) {
		if (status == 0 && decode_flags(result, row, kind, days, to) < 0) {
			status = -1;
		}
	}
	if (status < 0) {
		error_set(err, "the stored block of station %s, year %d, element %s is damaged",
			key.station, key.year, key.element);
		return error_hint(err, "restore the database, or delete that row of the table "
				       "block and ingest the station's files again");
	}
	return 0;
}

/* Origin of a row with ORIGIN; PARTS_SEVERAL: null. */
static int32_t row_origin(const PGresult *result, int row)
{
	return PQgetisnull(result, row, ORIGIN) ? PARTS_SEVERAL
						: read_int32(result, row, ORIGIN);
}

/* Whether the part is equal to the block. */
static bool is_same(const PGresult *result, int row)
{
	return PQgetisnull(result, row, VALUES);
}

int stored_compare(const struct stored_key *a, const struct stored_key *b)
{
	int order = strcmp(a->station, b->station);

	if (order == 0) {
		order = (a->year > b->year) - (a->year < b->year);
	}
	return order != 0 ? order : strcmp(a->element, b->element);
}

/* -- Blocks and their parts ---------------------------------------------- */

void stored_finish(struct stored_blocks *stored)
{
	PQclear(stored->blocks);
	PQclear(stored->parts);
	stored->blocks = stored->parts = NULL;
}

static void add_unknown_origin(const struct origins *origins, struct array *ids, int32_t id)
{
	if (!origins_has(origins, id)) {
		array_integer(ids, id);
	}
}

/* Lists the keys of blocks with parts, and the origins of others. */
static void list_missing(const PGresult *blocks, const struct origins *origins,
	struct array keys[3], struct array *ids)
{
	for (int row = 0; row < PQntuples(blocks); row++) {
		const struct stored_key key = stored_key(blocks, row);
		int32_t origin = row_origin(blocks, row);

		if (origin != PARTS_SEVERAL) {
			add_unknown_origin(origins, ids, origin);
			continue;
		}
		array_text(&keys[0], key.station);
		array_integer(&keys[1], key.year);
		array_text(&keys[2], key.element);
	}
}

int stored_read_parts(struct stored_blocks *stored, struct session *session,
	struct origins *origins, struct error *err)
{
	struct array keys[3] = { 0 }, ids = { 0 };
	const char *arguments[3];
	const struct statement statement = { "reading parts of blocks", select_parts, 3,
		arguments, 1 };
	int status = 0;

	if (stored->blocks == NULL) {
		return 0;
	}
	list_missing(stored->blocks, origins, keys, &ids);
	if (keys[0].text.length > 0) {
		array_arguments(keys, 3, arguments);
		status = session_run(session, &statement, 1, &stored->parts, err);
	}
	for (int row = 0; status == 0 && row < PQntuples(stored->parts); row++) {
		add_unknown_origin(origins, &ids, row_origin(stored->parts, row));
	}
	if (status == 0) {
		status = origins_load(origins, session, &ids, err);
	}
	arrays_finish(keys, 3);
	array_finish(&ids);
	return status;
}

/* Advances to the first row that is not before the key. Returns whether it has the key. */
static bool seek(const PGresult *rows, int *row, const struct stored_key *key)
{
	for (; *row < PQntuples(rows); (*row)++) {
		const struct stored_key here = stored_key(rows, *row);
		int order = stored_compare(&here, key);

		if (order >= 0) {
			return order == 0;
		}
	}
	return false;
}

/* The origin of an id, which may have been deleted by hand: its data stay. */
static const struct origin *find_origin(const struct origins *origins, int32_t id)
{
	return origins_find(origins, origins_has(origins, id) ? id : ORIGIN_UNKNOWN);
}

static int find_parts(struct stored_blocks *stored, const struct stored_key *key,
	const struct origins *origins, struct parts *parts, struct error *err)
{
	const struct merge_view block = merge_view(&stored->merge);

	for (; seek(stored->parts, &stored->part, key); stored->part++) {
		int32_t id = row_origin(stored->parts, stored->part);
		struct merge *memory = parts_memory(parts);
		struct merge_view view;

		if (is_same(stored->parts, stored->part)) {
			merge_clear(memory, key->year);
			merge_overlay(memory, &block);
		} else if (stored_decode(stored->parts, stored->part, memory, err) < 0) {
			return -1;
		}
		view = merge_view(memory);
		parts_add(parts, find_origin(origins, id), &view);
	}
	return 0;
}

int stored_find(struct stored_blocks *stored, const struct stored_key *key,
	const struct origins *origins, struct parts *parts, int32_t *origin, struct error *err)
{
	struct merge_view view;

	parts_clear(parts, key->year);
	if (!seek(stored->blocks, &stored->block, key)) {
		return 0;
	}
	if (stored_decode(stored->blocks, stored->block, &stored->merge, err) < 0) {
		return -1;
	}
	*origin = row_origin(stored->blocks, stored->block);
	if (*origin == PARTS_SEVERAL) {
		return find_parts(stored, key, origins, parts, err) < 0 ? -1 : 1;
	}
	view = merge_view(&stored->merge);
	parts_add(parts, find_origin(origins, *origin), &view);
	return 1;
}
