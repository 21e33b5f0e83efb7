#include "answer/sql_cell.h"

#include "base/date.h"
#include "db/wire.h"

/* Which fields a type of the database can be, as bits 1 << enum alm_type. */
enum {
	AS_INTEGER = 1 << ALM_INTEGER | 1 << ALM_NUMBER,
	AS_TEXT = 1 << ALM_TEXT | 1 << ALM_STATION | 1 << ALM_ELEMENT
};

static const struct {
	Oid type;
	unsigned fields;
	const char *name;
} types[] = {
	{ WIRE_BOOL, 1 << ALM_BOOLEAN, "boolean" },
	{ WIRE_INT2, AS_INTEGER, "smallint" },
	{ WIRE_INT4, AS_INTEGER, "integer" },
	{ WIRE_INT8, AS_INTEGER, "bigint" },
	{ WIRE_FLOAT4, 1 << ALM_NUMBER, "real" },
	{ WIRE_FLOAT8, 1 << ALM_NUMBER, "double precision" },
	{ WIRE_TEXT, AS_TEXT, "text" },
	{ WIRE_VARCHAR, AS_TEXT, "character varying" },
	{ WIRE_BPCHAR, AS_TEXT, "character" },
	{ WIRE_NAME, AS_TEXT, "name" },
	{ WIRE_DATE, 1 << ALM_DATE, "date" },
};

static const char *const casts[] = { [ALM_TEXT] = "text",
	[ALM_INTEGER] = "bigint",
	[ALM_NUMBER] = "double precision",
	[ALM_BOOLEAN] = "boolean",
	[ALM_DATE] = "date",
	[ALM_STATION] = "text",
	[ALM_ELEMENT] = "text" };

static bool can_be(Oid type, enum alm_type field)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].type == type) {
			return (types[i].fields & 1u << field) != 0;
		}
	}
	return false;
}

int sql_cell_check(struct alm_request *request, const struct member *members, size_t count,
	const PGresult *result, int first)
{
	if ((size_t)(PQnfields(result) - first) != count) {
		return answer_broken(request,
			"the statement has %d columns, but the route declares %zu fields",
			PQnfields(result) - first, count);
	}
	for (size_t i = 0; i < count; i++) {
		if (!can_be(PQftype(result, first + (int)i), members[i].column.type)) {
			return answer_broken(request,
				"column %zu of the statement cannot be field %s; cast it to %s",
				i + 1, members[i].column.name, casts[members[i].column.type]);
		}
	}
	return 0;
}

static void set_integer(struct cell *cell, int64_t value)
{
	cell->kind = CELL_INTEGER;
	cell->integer = value;
	cell->number = (double)value;
}

static void set_number(struct cell *cell, double value)
{
	cell->kind = CELL_NUMBER;
	cell->number = value;
}

/* Days before and after all others are PostgreSQL's infinity. */
static void set_date(struct cell *cell, int32_t value)
{
	cell->kind = value == INT32_MIN || value == INT32_MAX ? CELL_NULL : CELL_DATE;
	cell->integer = (int64_t)value + WIRE_DATE_EPOCH;
}

void sql_cell_read(const PGresult *result, int row, int column, struct cell *cell)
{
	const char *value = PQgetvalue(result, row, column);

	if (PQgetisnull(result, row, column)) {
		cell->kind = CELL_NULL;
		return;
	}
	switch (PQftype(result, column)) {
	case WIRE_BOOL:
		set_integer(cell, *value);
		cell->kind = CELL_BOOLEAN;
		break;
	case WIRE_INT2:
		set_integer(cell, wire_int2(value));
		break;
	case WIRE_INT4:
		set_integer(cell, wire_int4(value));
		break;
	case WIRE_INT8:
		set_integer(cell, wire_int8(value));
		break;
	case WIRE_FLOAT4:
		set_number(cell, (double)wire_float4(value));
		break;
	case WIRE_FLOAT8:
		set_number(cell, wire_float8(value));
		break;
	case WIRE_DATE:
		set_date(cell, wire_int4(value));
		break;
	default:
		cell->kind = CELL_TEXT;
		cell->text = value;
		cell->length = (size_t)PQgetlength(result, row, column);
	}
}
