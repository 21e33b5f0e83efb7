/* Open files: how many connections and threads the system's limit of them has room for. */
#ifndef ALMANAC_SERVER_FILES_H
#define ALMANAC_SERVER_FILES_H

#include <stddef.h>

#include "base/error.h"

struct files {
	size_t threads;        /* event loops */
	size_t db_connections; /* of each */
	size_t connections;    /* of clients */
	size_t refused;        /* connections that are only told to come back later */
};

/* Raises the limit to what is wanted, as far as that goes, and lowers `threads` and
 * `connections` to what it allows; sets `refused`. -1: there is too little for a server. */
int files_fit(struct files *files, struct error *err);

/* The same for a limit of `most` files, without touching the limit. */
int files_divide(struct files *files, size_t most, struct error *err);

#endif
