/* HTTP server: loop threads that share a router, a catalog and an address. */
#ifndef ALMANAC_SERVER_SERVER_H
#define ALMANAC_SERVER_SERVER_H

#include "base/error.h"

struct db_target;
struct registry;
struct server;
struct settings;

/* Arguments of a server; they must outlive it. */
struct server_parts {
	const struct settings *settings;
	const struct registry *registry;
	const struct db_target *target;
};

/* Binds and listens. NULL: *err. */
struct server *server_create(const struct server_parts *parts, struct error *err);

/* Serves until SIGTERM or SIGINT, then finishes requests under way. A second signal ends the
 * process. -1: *err, it could not start. */
int server_run(struct server *server, struct error *err);

void server_destroy(struct server *server);

#endif
