#include "ingest/store/missing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/block.h"
#include "ingest/store/copy.h"
#include "ingest/store/origins.h"

enum {
	BITS = BLOCK_BITMAP * 8,
	COLUMN_ORIGIN = 0,
	COLUMN_STATION,
	COLUMN_YEAR,
	COLUMN_ELEMENT,
	COLUMN_DAYS
};

/* Keys of stored data of origins; a null element stands for the description of the station. */
#define STORED_OF(condition) \
	"select origin, station_id, year, element from block where " condition \
	" union all select origin, station_id, year, element from block_part where " condition \
	" union all select origin, station_id, null, null from station_part where " condition

static const char select_stored[] =
	STORED_OF("origin = any ($1::integer[])") " order by origin";

static const char select_next[] = STORED_OF("origin = any ($1::integer[])") " limit 5000";

static const char select_any[] = STORED_OF("origin = $1::integer") " limit 1";

static const char make_noted[] =
	"create temporary table if not exists noted (station_id text collate \"C\", "
	"year smallint, element text collate \"C\", days bit(368)) on commit drop";

static const char copy_noted[] =
	"copy pg_temp.noted (station_id, year, element, days) from stdin (format binary)";

/* Noted days are stored: where their number is that of the stored days, all of them were noted.
 * It is null for parts, whose number of days is not known, and for blocks that were not noted
 * at all. */
static const char select_rest[] =
	"with n as (select station_id, year, element, bit_or(days) as days from pg_temp.noted "
	"group by station_id, year, element) "
	"select b.origin, b.station_id, b.year, b.element, n.days from ("
	"select origin, station_id, year, element, reported_days from block where "
	"origin = $1::integer union all select origin, station_id, year, element, null "
	"from block_part where origin = $1::integer) b "
	"left join n on n.station_id = b.station_id and n.year = b.year and "
	"n.element = b.element where n.days is null or b.reported_days is distinct from "
	"length(replace(n.days::text, '0', '')) "
	"union all select p.origin, p.station_id, null, null, null from station_part p "
	"where p.origin = $1::integer and not exists (select from n where "
	"n.station_id = p.station_id and n.year = 0)";

static const char select_shared[] =
	"select distinct null::integer, station_id, year, element from block_part where "
	"origin = any ($1::integer[]) and (station_id, year, element) > "
	"($2::text collate \"C\", $3::smallint, $4::text collate \"C\") "
	"order by station_id, year, element limit 5000";

/* -- Whole objects ------------------------------------------------------- */

static int compare_station(const void *id, const void *station)
{
	return strcmp(id, ((const struct batch_station *)station)->id);
}

static int compare_description(const void *id, const void *station)
{
	return strcmp(id, ((const struct alm_station *)station)->id);
}

static int compare_block(const void *key, const void *block)
{
	const struct revision *a = key;
	const struct batch_block *b = *(struct batch_block *const *)block;
	int order = (a->year > b->year) - (a->year < b->year);

	return order != 0 ? order : strcmp(a->element, b->element->code);
}

static bool reports(const struct batch *batch, const struct revision *revision)
{
	const struct batch_station *station = NULL;

	if (batch->station_count > 0) {
		station = bsearch(revision->station, batch->stations, batch->station_count,
			sizeof(*batch->stations), compare_station);
	}
	if (revision->element != NULL) {
		return station != NULL && station->block_count > 0 &&
		       bsearch(revision, station->blocks, station->block_count,
			       sizeof(*station->blocks), compare_block) != NULL;
	}
	if (station != NULL && station->block_count == 0) {
		return true;
	}
	return batch->description_count > 0 &&
	       bsearch(revision->station, batch->descriptions, batch->description_count,
		       sizeof(*batch->descriptions), compare_description) != NULL;
}

/* The texts belong to the result. */
static struct revision read_revision(const PGresult *rows, int row)
{
	struct revision revision = { .origin = REVISE_NONE,
		.station = PQgetvalue(rows, row, COLUMN_STATION) };

	if (!PQgetisnull(rows, row, COLUMN_ORIGIN)) {
		revision.origin =
			(int32_t)strtol(PQgetvalue(rows, row, COLUMN_ORIGIN), NULL, 10);
	}
	if (!PQgetisnull(rows, row, COLUMN_ELEMENT)) {
		revision.element = PQgetvalue(rows, row, COLUMN_ELEMENT);
		revision.year = (int)strtol(PQgetvalue(rows, row, COLUMN_YEAR), NULL, 10);
	}
	return revision;
}

/* Whether data of the object may be withdrawn: not if it only adds. */
static bool can_withdraw(const struct batch *batch)
{
	return batch->origin != NULL && !batch->adds;
}

static void compare_stored(
	struct batch *const *batches, size_t count, const PGresult *rows, struct revise *revise)
{
	size_t i = count;

	for (int row = 0; row < PQntuples(rows); row++) {
		const struct revision revision = read_revision(rows, row);

		if (i == count || batches[i]->origin->id != revision.origin) {
			for (i = 0; !can_withdraw(batches[i]) ||
				    batches[i]->origin->id != revision.origin;) {
				i++;
			}
		}
		if (!reports(batches[i], &revision)) {
			revise_add(revise, &revision);
		}
	}
}

int missing_find(struct session *session, struct batch *const *batches, size_t count,
	struct revise *revise, struct error *err)
{
	struct array ids = { 0 };
	PGresult *rows;
	int status = 0;

	for (size_t i = 0; i < count; i++) {
		if (can_withdraw(batches[i])) {
			array_integer(&ids, batches[i]->origin->id);
		}
	}
	if (ids.text.length > 0) {
		const char *argument = array_argument(&ids);

		status = session_query(session, "reading what objects reported", select_stored,
			1, &argument, &rows, err);
		if (status == 0) {
			compare_stored(batches, count, rows, revise);
			PQclear(rows);
		}
	}
	array_finish(&ids);
	return status;
}

/* -- Objects of several batches ------------------------------------------ */

static void write_id(const struct origin *origin, char text[12])
{
	snprintf(text, 12, "%" PRId32, origin->id);
}

int missing_is_stored(
	struct session *session, const struct origin *origin, bool *stored, struct error *err)
{
	char id[12];
	const char *argument = id;
	const struct statement statements[] = {
		{ "reading what an object reported", select_any, 1, &argument, 0 },
		{ "making a temporary table", make_noted, 0, NULL, 0 },
	};
	PGresult *results[2];

	write_id(origin, id);
	if (session_run(session, statements, 2, results, err) < 0) {
		return -1;
	}
	*stored = PQntuples(results[0]) > 0;
	session_clear(results, 2);
	return 0;
}

static void put_noted(struct buffer *rows, const char *station, const struct batch_block *block)
{
	uint8_t days[BLOCK_BITMAP] = { 0 };

	copy_row(rows, 4);
	copy_text(rows, station);
	copy_int16(rows, block != NULL ? block->year : 0);
	copy_text(rows, block != NULL ? block->element->code : "");
	if (block == NULL) {
		copy_null(rows);
		return;
	}
	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		bool reported = block->values[i] != BLOCK_NOT_REPORTED;

		days[i / 8] |= (uint8_t)(reported << (7 - i % 8));
	}
	copy_bits(rows, days, BITS);
}

int missing_note(struct session *session, const struct batch *batch, struct error *err)
{
	struct buffer rows = { 0 };
	int status = session_copy_start(session, copy_noted, err);

	copy_header(&rows);
	for (size_t i = 0; i < batch->station_count; i++) {
		const struct batch_station *station = &batch->stations[i];

		if (station->block_count == 0) {
			put_noted(&rows, station->id, NULL);
		}
		for (size_t k = 0; k < station->block_count; k++) {
			put_noted(&rows, station->id, station->blocks[k]);
		}
	}
	for (size_t i = 0; i < batch->description_count; i++) {
		put_noted(&rows, batch->descriptions[i].id, NULL);
	}
	if (status == 0) {
		status = session_copy_end(session, &rows, err);
	}
	buffer_finish(&rows);
	return status;
}

static void read_days(const char *text, uint8_t days[BLOCK_BITMAP])
{
	memset(days, 0, BLOCK_BITMAP);
	for (int i = 0; i < BITS && text[i] != '\0'; i++) {
		days[i / 8] |= (uint8_t)((text[i] == '1') << (i % 8));
	}
}

int missing_rest(struct session *session, const struct origin *origin, struct revise *revise,
	struct error *err)
{
	char id[12];
	const char *argument = id;
	uint8_t days[BLOCK_BITMAP];
	PGresult *rows;

	write_id(origin, id);
	if (session_query(session, "comparing what an object reported", select_rest, 1,
		    &argument, &rows, err) < 0) {
		return -1;
	}
	for (int row = 0; row < PQntuples(rows); row++) {
		struct revision revision = read_revision(rows, row);

		read_days(PQgetvalue(rows, row, COLUMN_DAYS), days);
		revision.stays = days;
		revise_add(revise, &revision);
	}
	PQclear(rows);
	return 0;
}

/* -- Objects that are gone or have moved --------------------------------- */

/* Adds the rows of a statement; *last, if not NULL, becomes the last of them. Returns how many.
 */
static int add_rows(struct session *session, const char *sql, int argc, const char *const *argv,
	struct missing_place *last, struct revise *revise, struct error *err)
{
	PGresult *rows;
	int count;

	if (session_query(session, "reading what objects reported", sql, argc, argv, &rows,
		    err) < 0) {
		return -1;
	}
	count = PQntuples(rows);
	for (int row = 0; row < count; row++) {
		const struct revision revision = read_revision(rows, row);

		revise_add(revise, &revision);
		if (last != NULL) {
			snprintf(last->station, sizeof(last->station), "%s", revision.station);
			snprintf(last->element, sizeof(last->element), "%s", revision.element);
			last->year = revision.year;
		}
	}
	PQclear(rows);
	return count;
}

int missing_all(struct session *session, struct array *origins, struct revise *revise,
	struct error *err)
{
	const char *argument = array_argument(origins);

	return add_rows(session, select_next, 1, &argument, NULL, revise, err);
}

int missing_shared(struct session *session, struct array *origins, struct missing_place *last,
	struct revise *revise, struct error *err)
{
	char year[12];
	const char *arguments[] = { array_argument(origins), last->station, year,
		last->element };

	snprintf(year, sizeof(year), "%d", last->year);
	return add_rows(session, select_shared, 4, arguments, last, revise, err);
}
