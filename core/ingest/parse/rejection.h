/* Why an observation cannot be taken in, for a person to read. */
#ifndef ALMANAC_INGEST_PARSE_REJECTION_H
#define ALMANAC_INGEST_PARSE_REJECTION_H

#include <almanac/plugin.h>
#include <stddef.h>

#include "ingest/parse/assemble.h"

enum { REASON_MAX = 400 }; /* bytes of a reason, with its NUL */

/* Writes at most `room` bytes: "TMAX 71.1 degC of 1985-01-01 is not within -90.0 to
 * 60.0 degC". `station` is the current one's id, or NULL. */
void reason_write(char *to, size_t room, enum assemble_problem problem,
	const struct alm_source *source, const struct alm_observation *value,
	const char *station);

#endif
