/* PostgreSQL arrays as text arguments: {"a","b",NULL}. A statement takes many rows
 * at once by unnest() of one array a column. Every text of others goes to the database through
 * here, and is made what it takes. */
#ifndef ALMANAC_INGEST_STORE_ARRAY_H
#define ALMANAC_INGEST_STORE_ARRAY_H

#include <stdint.h>

#include "base/buffer.h"

/* Embedded by its owner; all zero is an empty array. */
struct array {
	struct buffer text;
};

void array_finish(struct array *array);

/* Empties it. */
void array_clear(struct array *array);

/* NULL: null. Of a text that is not plain what can be shown of it is stored (see utf8_show()).
 */
void array_text(struct array *array, const char *text);
void array_integer(struct array *array, int64_t value);
void array_double(struct array *array, double value); /* NAN: null */

/* The argument; good until the next change. */
const char *array_argument(struct array *array);

#endif
