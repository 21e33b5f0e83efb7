/* Conversion of columns and cells from stored units to those of the request. [any thread] */
#ifndef ALMANAC_FORMAT_UNITS_H
#define ALMANAC_FORMAT_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "format/cell.h"

enum units { UNITS_METRIC, UNITS_IMPERIAL, UNITS_RAW };

/* value * multiplier / divisor + offset, in the new unit. */
struct conversion {
	enum { CONVERT_NOT, CONVERT_UNIT, CONVERT_TO_STORED } kind;
	int64_t multiplier, divisor, offset;
	int from_decimals, to_decimals;
};

/* Changes unit and decimals of the column, and sets the conversion of its cells. False: cells
 * need none, though their text may differ. */
bool units_column(enum units units, struct arena *arena, struct column *column,
	struct conversion *conversion);

/* Scaled integers are converted exactly, halves away from zero. */
void units_cell(const struct conversion *conversion, struct cell *cell);

#endif
