/* The server: loop threads that share a router, a catalog and one address. */
#ifndef ALMANAC_SERVER_SERVER_H
#define ALMANAC_SERVER_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct buffer;
struct cache;
struct catalog_feed;
struct clients;
struct db_target;
struct http_capacity;
struct loop;
struct registry;
struct responses;
struct router;
struct server;
struct settings;
struct walk_cache;

enum server_phase {
	SERVER_SERVING,
	SERVER_DRAINING, /* not ready, but requests are taken; last answers say so */
	SERVER_ENDING,   /* what is under way is finished */
	SERVER_ABORTING  /* or not */
};

/* What a server is made from; must outlive it. */
struct server_parts {
	const struct settings *settings;
	const struct registry *registry;
	const struct db_target *target;
};

/* Listens. NULL: *err says why not. */
struct server *server_create(const struct server_parts *parts, struct error *err);

/* Serves until SIGTERM or SIGINT, then ends what is under way. A second signal ends
 * the process. -1: it could not start. */
int server_run(struct server *server, struct error *err);

void server_destroy(struct server *server);

/* -- For the loops, [any thread] -------------------------------------------------- */

/* What all loops share. */
struct server_shared {
	const struct settings *settings;
	const struct db_target *target;
	struct router *router;
	struct clients *clients;
	struct http_capacity *capacity;
	struct cache *cache;
	struct responses *responses;
	struct walk_cache *walk_cache;
	struct catalog_feed *feed; /* NULL before server_run() */
	uint64_t identity; /* of program and plugins: what makes one answer differ from another
			    * with the same data */
	const struct buffer *openapi; /* the OpenAPI document of the routes */
	int64_t started;              /* s since 1970 */
};
const struct server_shared *server_shared(const struct server *server);

size_t server_loop_count(const struct server *server);
const struct loop *server_loop(const struct server *server, size_t i);
size_t server_connections(const struct server *server);
enum server_phase server_phase(const struct server *server);

/* [any] Whether the server is ready, or was so little time ago (SETTING_READY_GRACE) that it
 * may be taken for a passing trouble, or waits for a login that is being replaced. `now`: it
 * is. */
bool server_was_ready(struct server *server, bool now);

/* Whether every loop thread has come round within the last seconds. */
bool server_turns(const struct server *server);

/* Whether every loop has the database. */
bool server_is_connected(const struct server *server);

/* A loop has ended what it had under way. */
void server_loop_ended(struct server *server);

/* A loop has answered all and wants nothing of the database any more. */
void server_loop_ending(struct server *server);

#endif
