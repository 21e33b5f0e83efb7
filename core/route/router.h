/* Which route a path belongs to. Built from the plugins at start-up, read-only
 * afterwards. */
#ifndef ALMANAC_ROUTE_ROUTER_H
#define ALMANAC_ROUTE_ROUTER_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "plugin/registry.h"
#include "route/host_params.h"

struct alm_request;
struct arena;
struct router;

/* A route that can be asked for. The host's own (/livez, /readyz, /openapi.json)
 * have no plugin. */
struct route {
	const struct alm_route *declared;
	const struct plugin *plugin;     /* NULL: the host's own */
	size_t param_count, field_count; /* as declared */
	size_t number;                   /* among the router's routes */
	/* Those the plugin declared, then the host's; `host` says where these are, -1:
	 * not there. */
	const struct alm_param *const *params;
	size_t all_count;
	short host[HOST_PARAMS];
	/* Only for the host's own: runs instead of declared->handle, without waiting
	 * for a catalog; only /metrics asks the database. */
	void (*builtin)(struct alm_request *request);
	const char *media_type;   /* of its answer; NULL: application/json */
	bool has_page;            /* the same for people, as HTML, if they ask for it */
	bool page;                /* for people; not in OpenAPI */
	bool operation, internal; /* as in struct builtin */
};

/* A route that the program itself has. */
struct builtin {
	struct alm_route declared;
	void (*run)(struct alm_request *request); /* [loop] */
	const char *media_type;                   /* NULL: application/json */
	bool has_page;                            /* the same for people, as HTML */
	bool page;      /* for people: not part of the API, so not in OpenAPI */
	bool operation; /* also told to operators, at an address of their own */
	bool internal;  /* to nobody else */
};

/* Fails on two routes that would match the same paths. `page_size_max` is the
 * server's setting. */
struct router *router_create(const struct registry *registry, const struct builtin *builtins,
	size_t builtin_count, int64_t page_size_max, struct error *err);
void router_destroy(struct router *router);

/* Sets `params`, `all_count` and `host` of a route whose other members are set. */
void router_list_params(struct route *route, struct arena *arena, int64_t page_size_max);

const struct route *router_routes(const struct router *router, size_t *count);

/* Finds the route of a path of `length` bytes as it was received: what is encoded in it counts
 * as what it stands for, but "%2F" parts no segments (RFC 3986, 2.2). The texts that stand for
 * {name} go to captures, `most` at the most, by position in the path. NULL: none. */
enum { ROUTER_CAPTURES_MAX = 8 };
struct capture {
	const char *name, *text; /* name ends before a '}', text after length */
	size_t length;
};
const struct route *router_find(const struct router *router, const char *path, size_t length,
	struct capture *captures, size_t most, size_t *count);

/* Decodes what was captured of a path that can be decoded. */
void router_decode(struct arena *arena, struct capture *captures, size_t count);

#endif
