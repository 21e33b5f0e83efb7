#include "http/stat_statement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "db/wire.h"
#include "http/answer.h"
#include "http/fetch_batch.h"
#include "http/loop.h"
#include "http/router.h"

/* What the host itself counts of each input; see db/stat_table.h. */
static const char DAYS[] = "_days", MISSING[] = "_missing", LONGEST_GAP[] = "_longest_gap";

/* A value in a result costs far more than a few bits: small ones share an integer. */
enum {
	PACK_BITS = 63, /* of int8, without its sign */
	NAME_MAX_BYTES = 64 + sizeof(DAYS),
	ARGS = 3
};

/* -- Which columns ------------------------------------------------------ */

struct packing {
	struct stat_statement *statement;
	const struct alm_field *fields;
	struct buffer columns; /* the select list */
	struct buffer pack;    /* expression of the integer being packed */
	int column;            /* next of the result */
	int used;              /* bits of the integer */
};

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && strcmp(text + length - end_length, end) == 0;
}

static enum stat_field_kind kind_of(const struct alm_field *field, const char *period)
{
	bool has_value = (field->flags & ALM_NULLABLE) == 0;

	if (strcmp(field->name, "year") == 0 || strcmp(field->name, period) == 0) {
		return strcmp(field->name, "year") == 0 ? STAT_FIELD_YEAR : STAT_FIELD_PART;
	}
	switch (field->type) {
	case ALM_STATION:
		return STAT_FIELD_STATION;
	case ALM_BOOLEAN:
		return has_value ? STAT_FIELD_FLAG : STAT_FIELD_BOOLEAN;
	case ALM_INTEGER:
		if (has_value && ends_with(field->name, MISSING)) {
			return STAT_FIELD_MISSING;
		}
		return has_value && (ends_with(field->name, DAYS) ||
					    ends_with(field->name, LONGEST_GAP))
			       ? STAT_FIELD_COUNT
			       : STAT_FIELD_INTEGER;
	default:
		return STAT_FIELD_NUMBER;
	}
}

static void put_column(struct packing *packing, struct stat_field *field, const char *name)
{
	static const char *const types[] = { [STAT_FIELD_NUMBER] = "float8",
		[STAT_FIELD_INTEGER] = "int8",
		[STAT_FIELD_BOOLEAN] = "bool" };

	buffer_printf(&packing->columns, ", \"%s\"::%s as c%d", name, types[field->kind],
		packing->column);
	field->column = packing->column++;
}

static void close_pack(struct packing *packing)
{
	if (packing->used > 0) {
		buffer_printf(&packing->columns, ", %s as c%d", buffer_text(&packing->pack),
			packing->column);
		packing->pack.length = 0;
		packing->used = 0;
		packing->column++;
	}
}

/* Products, sums and cases, since they cost the database less than conversions and
 * shifts. A verdict that was not passed yet counts as a bad one. */
static void put_bits(struct packing *packing, struct stat_field *field, const char *name)
{
	bool flag = field->kind == STAT_FIELD_FLAG;
	int bits = flag ? 1 : STAT_COUNT_BITS;

	if (packing->used + bits > PACK_BITS) {
		close_pack(packing);
	}
	buffer_printf(&packing->pack,
		flag ? "%scase when \"%s\" then %lld::int8 else 0 end"
		     : "%s\"%s\" * %lld::int8",
		packing->used > 0 ? " + " : "", name, 1LL << packing->used);
	field->column = packing->column;
	field->shift = packing->used;
	packing->used += bits;
}

/* <input>_missing is what <input>_days leaves of the period, which may be there. */
static void put_missing(struct packing *packing, struct stat_field *field, const char *name)
{
	char days[NAME_MAX_BYTES];

	snprintf(days, sizeof(days), "%.*s%s", (int)(strlen(name) - strlen(MISSING)), name,
		DAYS);
	for (size_t i = 0; i < packing->statement->field_count; i++) {
		const struct stat_field *other = &packing->statement->fields[i];

		if (other->kind == STAT_FIELD_COUNT &&
			strcmp(packing->fields[i].name, days) == 0) {
			field->column = other->column;
			field->shift = other->shift;
			return;
		}
	}
	put_bits(packing, field, days);
}

static void put_fields(struct packing *packing, enum stat_field_kind first,
	enum stat_field_kind last,
	void (*put)(struct packing *packing, struct stat_field *field, const char *name))
{
	for (size_t i = 0; i < packing->statement->field_count; i++) {
		struct stat_field *field = &packing->statement->fields[i];

		if (field->kind >= first && field->kind <= last) {
			put(packing, field, packing->fields[i].name);
		}
	}
}

/* -- The statement ------------------------------------------------------ */

/* "offset 0" as in fetch_blocks.c. The range of years is what the primary key is
 * searched by; the range of keys leaves out what else these years have. */
static char *write_sql(
	const struct packing *packing, const struct catalog_calculator *calculator)
{
	bool whole_year = strcmp(calculator->period, "year") == 0;
	struct buffer sql = { 0 }, key = { 0 };

	buffer_printf(&key, "year * %d", STAT_KEY_PARTS); /* integer, year being smallint */
	if (!whole_year) {
		buffer_printf(&key, " + %s", calculator->period);
	}
	buffer_text(&key);
	buffer_printf(&sql, "select " BATCH_SELECT_VERSION ", (k.n << %d) + s.key",
		BATCH_DETAIL_BITS);
	for (int column = BATCH_FIRST; column < packing->column; column++) {
		buffer_printf(&sql, ", s.c%d", column);
	}
	buffer_printf(&sql,
		" from unnest($1, $2, $3) with ordinality k (station, first, last, n) "
		"left join lateral (select %s as key%.*s from \"stat_%s\" "
		"where station_id = k.station and year >= k.first / %d and year <= k.last / %d",
		key.data, (int)packing->columns.length, packing->columns.data, calculator->name,
		STAT_KEY_PARTS, STAT_KEY_PARTS);
	if (!whole_year) {
		buffer_printf(&sql, " and %s between k.first and k.last", key.data);
	}
	buffer_puts(&sql, " offset 0) s on true");
	buffer_text(&sql);
	buffer_finish(&key);
	return sql.data;
}

static void destroy(struct kept_statement *kept)
{
	free(((struct stat_statement *)kept)->sql);
	free(kept);
}

static enum alm_period period_of_name(const char *name)
{
	return strcmp(name, "month") == 0    ? ALM_MONTH
	       : strcmp(name, "season") == 0 ? ALM_SEASON
					     : ALM_YEAR;
}

static struct stat_statement *make(
	struct alm_request *request, const struct catalog_calculator *calculator)
{
	static const Oid types[ARGS] = { WIRE_TEXT_ARRAY, WIRE_INT4_ARRAY, WIRE_INT4_ARRAY };
	const struct alm_field *fields = request->route->declared->fields;
	size_t count = request->route->field_count;
	struct stat_statement *statement =
		memory_array(1, sizeof(*statement) + count * sizeof(statement->fields[0]));
	struct packing packing = {
		.statement = statement, .fields = fields, .column = BATCH_FIRST
	};

	statement->kept.destroy = destroy;
	statement->period = period_of_name(calculator->period);
	statement->field_count = count;
	for (size_t i = 0; i < count; i++) {
		statement->fields[i].kind = kind_of(&fields[i], calculator->period);
	}
	put_fields(&packing, STAT_FIELD_NUMBER, STAT_FIELD_BOOLEAN, put_column);
	put_fields(&packing, STAT_FIELD_COUNT, STAT_FIELD_COUNT, put_bits);
	put_fields(&packing, STAT_FIELD_MISSING, STAT_FIELD_MISSING, put_missing);
	put_fields(&packing, STAT_FIELD_FLAG, STAT_FIELD_FLAG, put_bits);
	close_pack(&packing);
	buffer_text(&packing.columns);
	statement->column_count = packing.column - BATCH_FIRST;
	statement->sql = write_sql(&packing, calculator);
	statement->kept.statement = (struct statement){ statement->sql, ARGS, types, true };
	buffer_finish(&packing.columns);
	buffer_finish(&packing.pack);
	return statement;
}

/* Fields that no column of a calculator's table can be. */
static bool fits(const struct alm_request *request)
{
	const struct alm_field *fields = request->route->declared->fields;

	for (size_t i = 0; i < request->route->field_count; i++) {
		if (fields[i].type != ALM_STATION && fields[i].type != ALM_NUMBER &&
			fields[i].type != ALM_INTEGER && fields[i].type != ALM_BOOLEAN) {
			return false;
		}
	}
	return true;
}

const struct stat_statement *stat_statement_get(
	struct alm_request *request, const struct catalog_calculator *calculator)
{
	struct statements *statements = fetcher_statements(request->loop->fetcher);
	struct stat_statement *statement = (struct stat_statement *)statements_find(
		statements, request->route, calculator->name);

	if (statement != NULL) {
		return statement;
	}
	if (!fits(request)) {
		answer_broken(request,
			"the fields of statistics are a STATION, and NUMBER, INTEGER and BOOLEAN");
		return NULL;
	}
	statement = make(request, calculator);
	statements_keep(statements, request->route, calculator->name, &statement->kept);
	return statement;
}
