/* What all loops of a server share. Set up before they run; members that change are atomic. */
#ifndef ALMANAC_SERVER_SHARED_H
#define ALMANAC_SERVER_SHARED_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/buffer.h"
#include "http/http.h"
#include "reply/encoding.h"

struct cache;
struct catalog_feed;
struct clients;
struct db_target;
struct loop;
struct responses;
struct router;
struct settings;
struct walk_cache;

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
	struct cache *cache;
	struct responses *responses;
	struct walk_cache *walk_cache;
	struct catalog_feed *feed; /* NULL before server_run() */
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
