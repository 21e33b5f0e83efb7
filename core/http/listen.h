/* Listening sockets, one for each loop, of one address (SO_REUSEPORT): the kernel distributes
 * connections to the loops. */
#ifndef ALMANAC_HTTP_LISTEN_H
#define ALMANAC_HTTP_LISTEN_H

#include <stddef.h>

#include "base/error.h"

enum { LISTEN_TEXT_MAX = 128 };

/* Binds `count` sockets to "HOST:PORT" and writes their address, with the actual port for 0, to
 * `text` as in a URL. On failure none is open. `flag`: the command-line flag of the address.
 * Blocks, since it looks names up. */
int listen_bind(const char *flag, const char *address, int *sockets, size_t count,
	char text[LISTEN_TEXT_MAX], struct error *err);

#endif
