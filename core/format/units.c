#include "format/units.h"

#include <string.h>

/* UDUNITS symbols. The new unit has enough decimals for no two stored values to read the same:
 * a tenth of a millimetre is 0.0039 in, a tenth of a degree 0.18 degF. The factors are exact
 * (NIST SP 811, appendix B). */
static const struct {
	const char *from, *to;
	int multiplier, divisor, offset;
	int more_decimals;
} table[] = {
	{ "degC", "degF", 9, 5, 32, 0 },
	{ "mm", "in", 5, 127, 0, 2 },
	{ "cm", "in", 50, 127, 0, 1 },
	{ "m", "ft", 1250, 381, 0, 0 },
	{ "km", "mi", 15625, 25146, 0, 1 },
	{ "m s-1", "mi h-1", 3125, 1397, 0, 0 },
};

static const int64_t powers[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000,
	100000000 };

/* Raw values: observations as the integers stored, in "0.1 degC"; computed values unrounded. */
static bool make_raw(struct arena *arena, struct column *column, struct conversion *conversion)
{
	static const char zeros[] = "0.00000";

	if (column->type == ALM_NUMBER && !column->stored) {
		column->decimals = FORMAT_EXACT;
	}
	if (!column->stored) {
		return false;
	}
	if (column->unit != NULL && column->decimals > 0) {
		column->unit = arena_printf(
			arena, "%.*s1 %s", column->decimals + 1, zeros, column->unit);
	}
	column->type = ALM_INTEGER;
	column->decimals = 0;
	conversion->kind = CONVERT_TO_STORED;
	return true;
}

bool units_column(enum units units, struct arena *arena, struct column *column,
	struct conversion *conversion)
{
	*conversion = (struct conversion){ .from_decimals = column->decimals };
	if (units == UNITS_METRIC) {
		return false;
	}
	if (units == UNITS_RAW) {
		return make_raw(arena, column, conversion);
	}
	/* Integers of a route have no places for another unit. */
	if (column->type != ALM_NUMBER || column->unit == NULL) {
		return false;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(column->unit, table[i].from) == 0) {
			column->unit = table[i].to;
			column->decimals += table[i].more_decimals;
			conversion->kind = CONVERT_UNIT;
			conversion->multiplier = table[i].multiplier;
			conversion->divisor = table[i].divisor;
			conversion->offset = table[i].offset;
			conversion->to_decimals = column->decimals;
			return true;
		}
	}
	return false;
}

/* A value of 31 bits, a factor of 14 and eight decimals do not fit 64 bits. */
__extension__ typedef __int128 wide;

static int64_t convert_scaled(const struct conversion *c, int64_t value)
{
	wide to = powers[c->to_decimals], divisor = c->divisor * powers[c->from_decimals];
	wide dividend = value * c->multiplier * to + c->offset * divisor * to;

	dividend = 2 * dividend + (dividend < 0 ? -divisor : divisor);
	return (int64_t)(dividend / (2 * divisor));
}

void units_cell(const struct conversion *conversion, struct cell *cell)
{
	if (conversion->kind == CONVERT_TO_STORED && cell->kind == CELL_SCALED) {
		cell->kind = CELL_INTEGER;
	}
	if (conversion->kind != CONVERT_UNIT) {
		return;
	}
	if (cell->kind == CELL_SCALED) {
		cell->integer = convert_scaled(conversion, cell->integer);
	} else if (cell->kind == CELL_NUMBER) {
		cell->number = cell->number * (double)conversion->multiplier /
				       (double)conversion->divisor +
			       (double)conversion->offset;
	}
}
