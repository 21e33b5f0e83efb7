/* PostgreSQL arrays as text arguments, {"a","b",NULL}: a statement takes many rows at once by
 * unnest() of an array a column. External texts reach the database through here, made valid. */
#ifndef ALMANAC_INGEST_STORE_ARRAY_H
#define ALMANAC_INGEST_STORE_ARRAY_H

#include <stdint.h>

#include "base/buffer.h"

/* Embedded by its owner; all zero is an empty array. */
struct array {
	struct buffer text;
};

void array_finish(struct array *array);

/* Empties the array. */
void array_clear(struct array *array);

/* Appends a text; NULL: null. Characters that cannot be stored are escaped (see utf8_show()).
 */
void array_text(struct array *array, const char *text);
void array_integer(struct array *array, int64_t value);
void array_double(struct array *array, double value); /* NAN: null */

/* The argument; valid until the next change. */
const char *array_argument(struct array *array);

/* The arguments of several arrays, and their end. */
void array_arguments(struct array *arrays, int count, const char **arguments);
void arrays_finish(struct array *arrays, int count);

#endif
