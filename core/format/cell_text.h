/* Text of cells, for all formats. Hot: small numbers are written once for the process, dates
 * once for each month. [any thread] */
#ifndef ALMANAC_FORMAT_CELL_TEXT_H
#define ALMANAC_FORMAT_CELL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
#include "base/date.h"
#include "format/cell.h"

enum {
	CELL_ROOM = 48,          /* of any value but a text */
	CELL_TABLE_DECIMALS = 2, /* and fewer */
	CELL_TABLE_MIN =
		-4096, /* twice as many as temperatures need: means have a digit more */
	CELL_TABLE_MAX = 4095
};

/* Text, and its length in the last byte. Filled by cell_text_prepare(). */
extern char cell_table[CELL_TABLE_DECIMALS + 1][CELL_TABLE_MAX - CELL_TABLE_MIN + 1][8];

/* The numbers that clients read from these texts. */
extern double cell_numbers[CELL_TABLE_DECIMALS + 1][CELL_TABLE_MAX - CELL_TABLE_MIN + 1];

/* To be called before the other functions; cheap after the first call. */
void cell_text_prepare(void);

/* The cell_put functions write to `p`, which has CELL_ROOM bytes, and return the end of the
 * text. */

char *cell_put_large(char *p, int64_t value, int decimals);

static inline char *cell_put_scaled(char *p, int64_t value, int decimals)
{
	if (decimals <= CELL_TABLE_DECIMALS && value >= CELL_TABLE_MIN &&
		value <= CELL_TABLE_MAX) {
		const char *entry = cell_table[decimals][value - CELL_TABLE_MIN];

		memcpy(p, entry, 8);
		return p + entry[7];
	}
	return cell_put_large(p, value, decimals);
}

/* NULL: the value is not finite. Decimal halves are rounded away from zero, as by
 * number_write(). */
char *cell_put_number(char *p, double value, int decimals);

/* The displayed value: the number that a client parses from the text. NAN: there is no text. */
double cell_shown_number(double value, int decimals);

static inline char *cell_put_boolean(char *p, bool value)
{
	memcpy(p, value ? "true" : "false", 5);
	return p + (value ? 4 : 5);
}

/* Month of the last date written. Zeroed: none. */
struct cell_month {
	int32_t first, end;
	char text[8]; /* "2014-12-" */
};

/* Sets the month of the day. False: the day cannot be written. */
bool cell_find_month(struct cell_month *month, int64_t day);

/* NULL: the day cannot be written. */
static inline char *cell_put_date(struct cell_month *month, char *p, int64_t day)
{
	static const char digits[] = "00010203040506070809101112131415"
				     "16171819202122232425262728293031";

	if ((day < month->first || day >= month->end) && !cell_find_month(month, day)) {
		return NULL;
	}
	memcpy(p, month->text, 8);
	memcpy(p + 8, digits + 2 * (day - month->first + 1), 2);
	return p + DATE_TEXT;
}

/* Writes a value other than a text, without quotes. NULL: null. */
static inline char *cell_put(
	struct cell_month *month, char *p, const struct column *column, const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_INTEGER:
		return cell_put_scaled(p, cell->integer, 0);
	case CELL_BOOLEAN:
		return cell_put_boolean(p, cell->integer != 0);
	case CELL_SCALED:
		return cell_put_scaled(p, cell->integer, column->decimals);
	case CELL_NUMBER:
		return cell_put_number(p, cell->number, column->decimals);
	case CELL_DATE:
		return cell_put_date(month, p, cell->integer);
	default:
		return NULL;
	}
}

/* Whether the text needs no escapes in JSON. */
static inline bool cell_is_plain(const char *text, size_t length)
{
	const uint64_t ones = UINT64_MAX / 0xFF, high = ones << 7;
	unsigned special = 0;
	size_t i = 0;

	/* Eight bytes at a time: the high bits of special bytes are set; others only beside
	 * one. */
	for (uint64_t word; i + sizeof(word) <= length; i += sizeof(word)) {
		memcpy(&word, text + i, sizeof(word));
		special |= (((word - ones * 0x20) | ((word ^ ones * '"') - ones) |
				    ((word ^ ones * '\\') - ones) | (word + ones) | word) &
				   high) != 0;
	}
	for (; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		special |= (c < 0x20) | (c >= 0x7F) | (c == '"') | (c == '\\');
	}
	return special == 0;
}

#endif
