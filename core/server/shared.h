/* State shared by the loops of a server: constant once they run, except for atomic members. */
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
	SERVER_DRAINING, /* not ready; requests are accepted, and answered with Connection:
			    close */
	SERVER_ENDING,   /* requests under way are finished */
	SERVER_ABORTING  /* connections are cut */
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
	struct catalog_watcher *watcher;  /* NULL before server_run() */
	uint64_t fingerprint;             /* hash of the files of program and plugins */
	struct buffer openapi[ENCODINGS]; /* the OpenAPI document in each content coding */
	int64_t started;                  /* s since 1970 */
	struct loop **loops;
	size_t loop_count;
	atomic_int phase;           /* enum server_phase */
	atomic_size_t loops_ending; /* loops without requests that need the database */
	_Atomic uint64_t ready;     /* last time ready, uv_hrtime(); 0: never */
};

#endif
