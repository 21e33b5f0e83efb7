#include "http/stat_statement.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "db/wire.h"
#include "http/answer.h"
#include "http/fetch.h"
#include "http/loop.h"
#include "http/router.h"

/* A value in a result costs far more than a bit: small ones share an integer. */
enum {
	KEY_PARTS = 16, /* a key is year * 16 + month or season */
	PACK_BITS = 63, /* of int8, without its sign */
	COUNT_BITS = 9, /* days of a period, 0 to 366 */
	ARGS = 3
};

/* -- Which columns ------------------------------------------------------ */

struct packing {
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

/* What the host itself counts; see db/stat_table.h. */
static bool is_count(const struct alm_field *field)
{
	return field->type == ALM_INTEGER && (field->flags & ALM_NULLABLE) == 0 &&
	       (ends_with(field->name, "_days") || ends_with(field->name, "_missing") ||
		       ends_with(field->name, "_longest_gap"));
}

static bool is_flag(const struct alm_field *field)
{
	return field->type == ALM_BOOLEAN && (field->flags & ALM_NULLABLE) == 0;
}

static void put_column(struct packing *packing, const char *name, const char *type)
{
	buffer_printf(&packing->columns, ", \"%s\"::%s", name, type);
	packing->column++;
}

static void close_pack(struct packing *packing)
{
	if (packing->used == 0) {
		return;
	}
	buffer_printf(&packing->columns, ", %s", buffer_text(&packing->pack));
	packing->pack.length = 0;
	packing->used = 0;
	packing->column++;
}

/* Returns the shift. */
static int put_packed(struct packing *packing, const char *name, int bits)
{
	int shift = packing->used;

	/* Operators like these all bind alike in PostgreSQL. */
	buffer_printf(&packing->pack,
		bits == 1 ? "%s(\"%s\"::int4::int8 << %d)"
			  : "%s((\"%s\"::int8 & 511) << %d)",
		shift > 0 ? " | " : "", name, shift);
	packing->used += bits;
	return shift;
}

static void pack_fields(struct packing *packing, struct stat_statement *statement,
	const struct alm_field *fields)
{
	for (size_t i = 0; i < statement->field_count; i++) {
		struct stat_field *field = &statement->fields[i];
		bool count = is_count(&fields[i]);
		int bits = count ? COUNT_BITS : 1;

		if (!count && !is_flag(&fields[i])) {
			continue;
		}
		if (packing->used + bits > PACK_BITS) {
			close_pack(packing);
		}
		field->kind = count ? STAT_FIELD_PACKED_COUNT : STAT_FIELD_PACKED_FLAG;
		field->column = packing->column;
		field->shift = put_packed(packing, fields[i].name, bits);
	}
	close_pack(packing);
}

/* False: no column can be of that type. */
static bool put_plain(
	struct packing *packing, struct stat_field *to, const struct alm_field *field)
{
	to->column = packing->column;
	switch (field->type) {
	case ALM_STATION:
		to->kind = STAT_FIELD_STATION;
		return true;
	case ALM_NUMBER:
		to->kind = STAT_FIELD_NUMBER;
		put_column(packing, field->name, "float8");
		return true;
	case ALM_BOOLEAN:
		to->kind = STAT_FIELD_BOOLEAN;
		put_column(packing, field->name, "bool");
		return true;
	case ALM_INTEGER:
		to->kind = STAT_FIELD_INTEGER;
		put_column(packing, field->name, "int8");
		return true;
	default:
		return false;
	}
}

static bool put_fields(struct packing *packing, struct stat_statement *statement,
	const struct alm_field *fields, const char *period)
{
	for (size_t i = 0; i < statement->field_count; i++) {
		struct stat_field *to = &statement->fields[i];

		if (strcmp(fields[i].name, "year") == 0) {
			to->kind = STAT_FIELD_YEAR;
		} else if (strcmp(fields[i].name, period) == 0) {
			to->kind = STAT_FIELD_PART;
		} else if (!is_count(&fields[i]) && !is_flag(&fields[i]) &&
			   !put_plain(packing, to, &fields[i])) {
			return false;
		}
	}
	return true;
}

/* -- The statement ------------------------------------------------------ */

/* "offset 0" as in fetch_blocks.c. The range of years is what the primary key is
 * searched by; the range of keys leaves out what else these years have. */
static char *write_sql(
	const struct packing *packing, const struct catalog_calculator *calculator)
{
	bool whole_year = strcmp(calculator->period, "year") == 0;
	struct buffer sql = { 0 }, key = { 0 };

	buffer_printf(
		&key, "year::int4 * %d + %s", KEY_PARTS, whole_year ? "0" : calculator->period);
	buffer_text(&key);
	buffer_printf(&sql,
		"select v.version, s.* from dataset_version v left join ("
		"select k.n, s.* from unnest($1, $2, $3) with ordinality "
		"k (station, first, last, n) cross join lateral (select %s%.*s from \"stat_%s\" "
		"where station_id = k.station and year >= k.first / %d and year <= k.last / %d",
		key.data, (int)packing->columns.length, packing->columns.data, calculator->name,
		KEY_PARTS, KEY_PARTS);
	if (!whole_year) {
		buffer_printf(&sql, " and %s between k.first and k.last", key.data);
	}
	buffer_puts(&sql, " offset 0) s) s on true");
	buffer_text(&sql);
	buffer_finish(&key);
	return sql.data;
}

static void destroy(struct kept_statement *kept)
{
	free(((struct stat_statement *)kept)->sql);
	free(kept);
}

static struct stat_statement *make(
	struct alm_request *request, const struct catalog_calculator *calculator)
{
	static const Oid types[ARGS] = { WIRE_TEXT_ARRAY, WIRE_INT4_ARRAY, WIRE_INT4_ARRAY };
	const struct alm_field *fields = request->route->declared->fields;
	size_t count = request->route->field_count;
	struct packing packing = { .column = STAT_FETCH_FIRST };
	struct stat_statement *statement =
		memory_array(1, sizeof(*statement) + count * sizeof(statement->fields[0]));

	statement->kept.destroy = destroy;
	statement->field_count = count;
	if (put_fields(&packing, statement, fields, calculator->period)) {
		pack_fields(&packing, statement, fields);
		buffer_text(&packing.columns);
		statement->sql = write_sql(&packing, calculator);
		statement->kept.statement =
			(struct statement){ statement->sql, ARGS, types, true };
	}
	buffer_finish(&packing.columns);
	buffer_finish(&packing.pack);
	return statement;
}

const struct stat_statement *stat_statement_get(
	struct alm_request *request, const struct catalog_calculator *calculator)
{
	struct statements *statements = fetcher_statements(request->loop->fetcher);
	struct stat_statement *statement = (struct stat_statement *)statements_find(
		statements, request->route, calculator->name);

	if (statement == NULL) {
		statement = make(request, calculator);
		statements_keep(statements, request->route, calculator->name, &statement->kept);
	}
	if (statement->sql == NULL) {
		answer_broken(request,
			"a field is of a type that no column of stat_%s can have",
			calculator->name);
		return NULL;
	}
	return statement;
}

/* -- Reading ------------------------------------------------------------ */

static void read_value(const struct stat_field *field, const char *value, struct cell *cell)
{
	switch (field->kind) {
	case STAT_FIELD_NUMBER:
		cell->kind = CELL_NUMBER;
		cell->number = wire_float8(value);
		break;
	case STAT_FIELD_INTEGER:
		cell->kind = CELL_INTEGER;
		cell->integer = wire_int8(value);
		break;
	case STAT_FIELD_BOOLEAN:
		cell->kind = CELL_BOOLEAN;
		cell->integer = *value;
		break;
	case STAT_FIELD_PACKED_COUNT:
		cell->kind = CELL_INTEGER;
		cell->integer = wire_int8(value) >> field->shift & ((1 << COUNT_BITS) - 1);
		break;
	default:
		cell->kind = CELL_BOOLEAN;
		cell->integer = wire_int8(value) >> field->shift & 1;
	}
}

static void read_key(const struct stat_field *field, const struct catalog_station *station,
	int32_t key, struct cell *cell)
{
	if (field->kind == STAT_FIELD_STATION) {
		cell->kind = CELL_TEXT;
		cell->text = station->id;
		cell->length = strlen(station->id);
		return;
	}
	cell->kind = CELL_INTEGER;
	cell->integer = field->kind == STAT_FIELD_YEAR ? key >> 4 : key & (KEY_PARTS - 1);
}

void stat_statement_read(const struct stat_statement *statement, const PGresult *result,
	int row, const struct catalog_station *station, int32_t key, struct cell *cells)
{
	for (size_t i = 0; i < statement->field_count; i++) {
		const struct stat_field *field = &statement->fields[i];

		if (field->kind <= STAT_FIELD_PART) {
			read_key(field, station, key, &cells[i]);
		} else if (PQgetisnull(result, row, field->column)) {
			cells[i].kind = CELL_NULL;
		} else {
			read_value(field, PQgetvalue(result, row, field->column), &cells[i]);
		}
	}
}
