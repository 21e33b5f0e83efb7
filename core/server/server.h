/* The server: loop threads that share a router, a catalog and one address. */
#ifndef ALMANAC_SERVER_SERVER_H
#define ALMANAC_SERVER_SERVER_H

#include "base/error.h"

struct db_target;
struct registry;
struct server;
struct settings;

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

#endif
