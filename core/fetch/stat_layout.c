#include "fetch/stat_layout.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "base/memory.h"
#include "db/wire.h"
#include "fetch/pending.h"
#include "stat/rule.h"

/* A value in a result costs far more than a few bits: small ones share an integer. */
enum {
	PACK_BITS = 63, /* of int8, without its sign */
	COUNTS = 2,     /* of each input: days, longest gap */
	ARGS = 3
};

/* -- The statement ------------------------------------------------------ */

struct packing {
	struct buffer columns; /* the select list */
	struct buffer pack;    /* expression of the integer being packed */
	int column;            /* next of the result */
	int used;              /* bits of the integer */
};

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

/* `bits` of an expression that has the name twice, once as its factor. Products, sums and
 * cases, since they cost the database less than conversions and shifts. */
static void put_bits(struct packing *packing, int bits, const char *stem, const char *suffix)
{
	if (packing->used + bits > PACK_BITS) {
		close_pack(packing);
	}
	buffer_printf(&packing->pack, "%s\"%s%s\" * %lld::int8", packing->used > 0 ? " + " : "",
		stem, suffix, 1LL << packing->used);
	packing->used += bits;
}

static void put_verdict(struct packing *packing, const char *column, const char *rule)
{
	if (packing->used == PACK_BITS) {
		close_pack(packing);
	}
	buffer_printf(&packing->pack, "%scase when \"%s_%s\" then %lld::int8 else 0 end",
		packing->used > 0 ? " + " : "", column, rule, 1LL << packing->used);
	packing->used++;
}

/* In the order in which stat_layout_read() takes them apart. */
static void put_columns(struct packing *packing, const struct catalog_calculator *calculator)
{
	for (size_t i = 0; i < calculator->column_count; i++) {
		bool date = calculator->columns[i].type == ALM_DATE;

		buffer_printf(&packing->columns, ", (\"%s\"%s)::float8 as c%d",
			calculator->columns[i].name, date ? " - date '1970-01-01'" : "",
			packing->column);
		packing->column++;
	}
	for (size_t i = 0; i < calculator->input_count; i++) {
		put_bits(packing, STAT_COUNT_BITS, calculator->inputs[i], "_days");
		put_bits(packing, STAT_COUNT_BITS, calculator->inputs[i], "_longest_gap");
	}
	for (size_t i = 0; i < calculator->column_count; i++) {
		for (size_t rule = 0; rule < stat_rule_count; rule++) {
			if ((calculator->columns[i].rules >> rule & 1) != 0) {
				put_verdict(packing, calculator->columns[i].name,
					stat_rules[rule].name);
			}
		}
	}
	close_pack(packing);
	buffer_text(&packing->columns);
}

/* "offset 0" as in fetch.c. The range of years is what the primary key is
 * searched by; the range of keys leaves out what else these years have. */
static char *write_sql(
	const struct packing *packing, const struct catalog_calculator *calculator)
{
	bool whole_year = calculator->period->parts == 0;
	struct buffer sql = { 0 }, key = { 0 };

	buffer_printf(&key, "year * %d", PERIOD_KEY_PARTS); /* integer, year being smallint */
	if (!whole_year) {
		buffer_printf(&key, " + %s", calculator->period->name);
	}
	buffer_text(&key);
	buffer_printf(&sql, "select " BATCH_SELECT_IDENTITY ", (k.n << %d) + s.key",
		BATCH_DETAIL_BITS);
	for (int column = BATCH_FIRST; column < packing->column; column++) {
		buffer_printf(&sql, ", s.c%d", column);
	}
	buffer_printf(&sql,
		" from unnest($1, $2, $3) with ordinality k (station, first, last, n) "
		"left join lateral (select %s as key%s from \"%s\" "
		"where station_id = k.station and year >= k.first / %d and year <= k.last / %d",
		key.data, packing->columns.data,
		calculator->table != NULL ? calculator->table : "", PERIOD_KEY_PARTS,
		PERIOD_KEY_PARTS);
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
	struct stat_layout *layout = container_of(kept, struct stat_layout, kept);

	free(layout->sql);
	free(layout->rules);
	free(kept);
}

size_t stat_layout_size(size_t columns, size_t inputs, bool wide)
{
	size_t count = wide ? sizeof(uint32_t) : sizeof(uint16_t);
	size_t size = sizeof(struct stat_head) + columns * sizeof(double) +
		      inputs * COUNTS * count + columns;

	return (size + 7) / 8 * 8;
}

static struct stat_layout *make(const struct catalog_calculator *calculator)
{
	static const Oid types[ARGS] = { WIRE_TEXT_ARRAY, WIRE_INT4_ARRAY, WIRE_INT4_ARRAY };
	struct stat_layout *layout = memory_new(struct stat_layout);
	struct packing packing = { .column = BATCH_FIRST };

	layout->kept.destroy = destroy;
	layout->period = calculator->period;
	layout->column_count = calculator->column_count;
	layout->input_count = calculator->input_count;
	layout->size = stat_layout_size(layout->column_count, layout->input_count, false);
	layout->rules = memory_array(layout->column_count, sizeof(*layout->rules));
	for (size_t i = 0; i < layout->column_count; i++) {
		layout->rules[i] = calculator->columns[i].rules;
	}
	put_columns(&packing, calculator);
	layout->fields = packing.column;
	layout->sql = write_sql(&packing, calculator);
	layout->kept.statement = (struct statement){ layout->sql, ARGS, types, true };
	buffer_finish(&packing.columns);
	buffer_finish(&packing.pack);
	return layout;
}

const struct stat_layout *stat_layout_get(
	struct statements *statements, const struct catalog_calculator *calculator)
{
	static const char owner[] = "layouts";
	struct kept_statement *kept = statements_find(statements, owner, calculator->layout);

	if (kept == NULL) {
		kept = &make(calculator)->kept;
		statements_keep(statements, owner, calculator->layout, kept);
	}
	return container_of(kept, struct stat_layout, kept);
}

/* -- Rows --------------------------------------------------------------- */

/* Integers that were packed, in order. */
struct unpacking {
	const PGresult *result;
	int row, column;
	int64_t held;
	int used;
};

static unsigned take_bits(struct unpacking *unpacking, int bits)
{
	unsigned value;

	if (unpacking->used + bits > PACK_BITS) {
		unpacking->column++;
		unpacking->used = 0;
	}
	if (unpacking->used == 0) {
		unpacking->held =
			PQgetisnull(unpacking->result, unpacking->row, unpacking->column)
				? 0
				: wire_int8(PQgetvalue(unpacking->result, unpacking->row,
					  unpacking->column));
	}
	value = (unsigned)(unpacking->held >> unpacking->used & ((1 << bits) - 1));
	unpacking->used += bits;
	return value;
}

static double *row_values(void *row)
{
	return (double *)((char *)row + sizeof(struct stat_head));
}

static uint16_t *row_counts(const struct stat_layout *layout, void *row)
{
	return (uint16_t *)(row_values(row) + layout->column_count);
}

static uint8_t *row_verdicts(const struct stat_layout *layout, void *row)
{
	return (uint8_t *)(row_counts(layout, row) + COUNTS * layout->input_count);
}

static uint8_t take_verdicts(struct unpacking *unpacking, uint8_t rules)
{
	uint8_t verdicts = 0;

	for (size_t rule = 0; rule < stat_rule_count; rule++) {
		if ((rules >> rule & 1) != 0) {
			verdicts |= (uint8_t)(take_bits(unpacking, 1) << rule);
		}
	}
	return verdicts;
}

bool stat_layout_read(const struct stat_layout *layout, const PGresult *result, int row,
	int32_t key, void *to)
{
	struct unpacking unpacking = { result, row, BATCH_FIRST + (int)layout->column_count, 0,
		0 };
	struct stat_head *head = to;
	double *values = row_values(to);
	uint16_t *counts = row_counts(layout, to);

	if (PQnfields(result) != layout->fields) {
		return false;
	}
	*head = (struct stat_head){ .key = key };
	for (size_t i = 0; i < layout->column_count; i++) {
		int column = BATCH_FIRST + (int)i;

		values[i] = PQgetisnull(result, row, column)
				    ? NAN
				    : wire_float8(PQgetvalue(result, row, column));
	}
	for (size_t i = 0; i < COUNTS * layout->input_count; i++) {
		counts[i] = (uint16_t)take_bits(&unpacking, STAT_COUNT_BITS);
	}
	for (size_t i = 0; i < layout->column_count; i++) {
		row_verdicts(layout, to)[i] = take_verdicts(&unpacking, layout->rules[i]);
	}
	return true;
}
