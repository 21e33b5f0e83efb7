/* almanac/table.h - tables whose first line names the columns, for sources. On top of
 * <almanac/text.h>, whose rules hold here: nothing is allocated, and nothing is read behind the
 * line.
 *
 *	static const char *const names[] = { "STATION|ID", "DATE", "Max Temp (*", NULL };
 *
 *	alm_table_head(&state->table, line, length, 0, names);        // for the header
 *	alm_table_row(&state->table, line, length, cells, 3);         // for each line after it
 *
 * A struct alm_table is plain data: it may be part of a source's state, which arrives zeroed.
 */
#ifndef ALMANAC_TABLE_H
#define ALMANAC_TABLE_H

#include <almanac/text.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ALM_TABLE_FIELDS 512  /* most fields that a line may have */
#define ALM_TABLE_COLUMNS 250 /* most columns that a source may name */

/* A header line, as a source sees it. */
struct alm_table {
	uint16_t fields;  /* that a line has; 0: no header yet */
	uint16_t unknown; /* of these, fields that are none of the source's columns */
	char separator;
	uint8_t column[ALM_TABLE_FIELDS]; /* by field: 1 + the column; 0: none of them */
};

/* A byte order mark is no part of a line. */
static inline struct alm_text alm_skip_bom(struct alm_text line)
{
	if (line.length >= 3 && memcmp(line.at, "\xEF\xBB\xBF", 3) == 0) {
		line.at += 3;
		line.length -= 3;
	}
	return line;
}

/* The separator of a line: of ',', ';' and tab the one that occurs most often outside
 * quotation marks; ',' if there is none. */
static inline char alm_separator(struct alm_text line)
{
	static const char candidates[] = { ',', ';', '\t' };
	size_t count[sizeof(candidates)] = { 0 };
	size_t best = 0;
	int quoted = 0;

	for (size_t i = 0; i < line.length; i++) {
		quoted ^= line.at[i] == '"';
		for (size_t c = 0; c < sizeof(candidates); c++) {
			count[c] += !quoted && line.at[i] == candidates[c];
		}
	}
	for (size_t c = 1; c < sizeof(candidates); c++) {
		best = count[c] > count[best] ? c : best;
	}
	return candidates[best];
}

/* A character of a column's name: letters without case, and '-', '_' and ' ' alike. */
static inline char alm_name_character(char c)
{
	if (c >= 'a' && c <= 'z') {
		return (char)(c - 'a' + 'A');
	}
	return c == '-' || c == '_' ? ' ' : c;
}

/* Whether a text is one of the names in "ID|STATION|Max Temp (*": alternatives, of which one
 * that ends with '*' stands for whatever begins like it. */
static inline int alm_is_named(struct alm_text text, const char *names)
{
	for (;; names++) {
		size_t i = 0;

		while (i < text.length && *names != '\0' && *names != '|' && *names != '*' &&
			alm_name_character(*names) == alm_name_character(text.at[i])) {
			names++;
			i++;
		}
		if (*names == '*' || (i == text.length && (*names == '\0' || *names == '|'))) {
			return 1;
		}
		while (*names != '\0' && *names != '|') {
			names++;
		}
		if (*names == '\0') {
			return 0;
		}
	}
}

/* The column of a field of the header, counted from 1; 0: none. */
static inline unsigned alm_find_column(struct alm_text field, const char *const *names)
{
	for (unsigned i = 0; i < ALM_TABLE_COLUMNS && names[i] != NULL; i++) {
		if (alm_is_named(field, names[i])) {
			return i + 1;
		}
	}
	return 0;
}

/* Reads a header: fields with or without quotation marks, in any order, separated as
 * `separator` says or, if it is 0, as alm_separator() finds. `names` ends with NULL. Returns
 * how many columns there are; ALM_TEXT_BAD: a quotation mark is not closed, or a column is
 * there twice; ALM_TEXT_RANGE: too many fields. */
static inline int alm_table_head(struct alm_table *table, const char *line, size_t length,
	char separator, const char *const *names)
{
	struct alm_text head = alm_skip_bom(alm_text(line, length)), field;
	struct alm_fields fields;
	uint8_t seen[ALM_TABLE_COLUMNS + 1] = { 0 };
	int more, found = 0;

	memset(table, 0, sizeof(*table));
	table->separator = separator != 0 ? separator : alm_separator(head);
	fields = alm_fields(head.at, head.length, table->separator);
	while ((more = alm_next_csv(&fields, &field)) > 0) {
		unsigned column = alm_find_column(alm_trim(field), names);

		if (table->fields == ALM_TABLE_FIELDS) {
			return ALM_TEXT_RANGE;
		}
		if (column != 0 && seen[column]++) {
			return ALM_TEXT_BAD;
		}
		table->column[table->fields++] = (uint8_t)column;
		table->unknown = (uint16_t)(table->unknown + (column == 0));
		found += column != 0;
	}
	return more < 0 ? more : found;
}

/* Whether the header has a column. */
static inline int alm_table_has(const struct alm_table *table, unsigned column)
{
	return memchr(table->column, (int)column + 1, table->fields) != NULL;
}

/* Cuts a line into the cells of `count` columns, each trimmed; what the table does not have is
 * empty. Returns the number of fields, which is to be compared with table->fields;
 * ALM_TEXT_BAD: a quotation mark is not closed, or does not end its field. */
static inline int alm_table_row(const struct alm_table *table, const char *line, size_t length,
	struct alm_text *cells, unsigned count)
{
	struct alm_fields fields = alm_fields(line, length, table->separator);
	struct alm_text field;
	int more, number = 0;

	for (unsigned i = 0; i < count; i++) {
		cells[i] = alm_text("", 0);
	}
	while ((more = alm_next_csv(&fields, &field)) > 0) {
		if (number < table->fields && table->column[number] != 0 &&
			table->column[number] <= count) {
			cells[table->column[number] - 1] = alm_trim(field);
		}
		number++;
	}
	return more < 0 ? more : number;
}

/* -- Units --------------------------------------------------------------- */

/* From a number of `places` decimals to the integers of an element:
 * (number * 10^places + offset) * times / over, rounded once, half away from zero. Fahrenheit
 * with a place to tenths of a degree Celsius: { 1, -320, 5, 9 }. */
struct alm_scale {
	int32_t places, offset, times, over;
};

/* Reads a number in another unit, exactly. As alm_decimal(); ALM_TEXT_INEXACT: more places than
 * the scale has. */
static inline int alm_scaled(struct alm_text text, struct alm_scale scale, int32_t *value)
{
	int32_t number;
	int64_t product, result;
	int status = alm_decimal(text, scale.places, &number);

	if (status < 0) {
		return status;
	}
	product = ((int64_t)number + scale.offset) * scale.times;
	result = product / scale.over;
	if (product % scale.over * 2 >= scale.over) {
		result++;
	} else if (product % scale.over * 2 <= -(int64_t)scale.over) {
		result--;
	}
	if (result > INT32_MAX || result < -INT32_MAX + 1) {
		return ALM_TEXT_RANGE;
	}
	*value = (int32_t)result;
	return 0;
}

#ifdef __cplusplus
}
#endif

#endif
