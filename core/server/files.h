/* File descriptors: how many connections and threads the system's limit allows. */
#ifndef ALMANAC_SERVER_FILES_H
#define ALMANAC_SERVER_FILES_H

#include <stddef.h>

#include "base/error.h"

struct files {
	size_t threads;        /* event loops */
	size_t db_connections; /* of each */
	size_t connections;    /* of clients */
	size_t refused;        /* connections that only get a 503 */
};

/* Raises the soft limit as needed, lowers `threads` and `connections` to the resulting limit,
 * and sets `refused`. -1: *err, the limit is too low for a server. */
int files_fit(struct files *files, struct error *err);

/* The same for a given limit. */
int files_divide(struct files *files, size_t most, struct error *err);

#endif
