/* Listening sockets: one for each loop, all of one address (SO_REUSEPORT), so that
 * the kernel spreads connections over the loops. */
#ifndef ALMANAC_HTTP_LISTEN_H
#define ALMANAC_HTTP_LISTEN_H

#include <stddef.h>

#include "base/error.h"

enum { LISTEN_TEXT_MAX = 128 };

/* Binds `count` sockets to "HOST:PORT" and writes the address they got, which tells
 * the port if 0 was asked for, to `text` as it stands in a URL. On failure none is
 * open. `flag` is the one that gave the address. Looks names up, so it blocks. */
int listen_bind(const char *flag, const char *address, int *sockets, size_t count,
	char text[LISTEN_TEXT_MAX], struct error *err);

#endif
