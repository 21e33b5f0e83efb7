/* What all loops of a server share. Set up before they run; members that change are atomic. */
#ifndef ALMANAC_SERVER_SHARED_H
#define ALMANAC_SERVER_SHARED_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/buffer.h"
#include "http/http.h"
#include "reply/encoding.h"

struct value_cache;
struct catalog_watcher;
struct clients;
struct db_target;
struct loop;
struct response_cache;
struct router;
struct settings;
struct scan_cache;

enum server_phase {
	SERVER_SERVING,
	SERVER_DRAINING, /* not ready, but requests are taken; last answers say so */
	SERVER_ENDING,   /* what is under way is finished */
	SERVER_ABORTING  /* or not */
};

struct server_shared {
	const struct settings *settings;
	const struct db_target *target;
	struct router *router;
	struct clients *clients;
	struct http_capacity capacity;
	struct value_cache *cache;
	struct response_cache *response_cache;
	struct scan_cache *scan_cache;
	struct catalog_watcher *watcher; /* NULL before server_run() */
	uint64_t identity; /* of program and plugins: what makes one answer differ from another
			    * with the same data */
	struct buffer
		openapi[ENCODINGS]; /* the OpenAPI document of the routes, in each coding */
	int64_t started;            /* s since 1970 */
	struct loop **loops;
	size_t loop_count;
	atomic_int phase;           /* enum server_phase */
	atomic_size_t loops_ending; /* that want nothing of the database any more */
	_Atomic uint64_t ready;     /* when /readyz was last green, uv_hrtime(); 0: never */
};

#endif
