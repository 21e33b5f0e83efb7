/* Which route a path belongs to. Built from the plugins at start-up, read-only
 * afterwards. */
#ifndef ALMANAC_ROUTE_ROUTER_H
#define ALMANAC_ROUTE_ROUTER_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "plugin/registry.h"
#include "route/route.h"

struct alm_request;
struct arena;
struct router;

/* Fails on two routes that would match the same paths. `page_size_max` is the
 * server's setting. */
struct router *router_create(const struct registry *registry, const struct builtin *builtins,
	size_t builtin_count, int64_t page_size_max, struct error *err);
void router_destroy(struct router *router);

/* Sets `params`, `all_count` and `host` of a route whose other members are set. */
void router_list_params(struct route *route, struct arena *arena, int64_t page_size_max);

/* The plugins whose routes it has. */
const struct registry *router_registry(const struct router *router);

const struct route *router_routes(const struct router *router, size_t *count);

/* Finds the route of a path of `length` bytes as it was received: what is encoded in it counts
 * as what it stands for, but "%2F" parts no segments (RFC 3986, 2.2). The texts that stand for
 * {name} go to captures, `most` at the most, by position in the path. NULL: none. */
const struct route *router_find(const struct router *router, const char *path, size_t length,
	struct capture *captures, size_t most, size_t *count);

/* Whether stations can be searched by name under that path. */
bool router_searches_names(const struct router *router, const char *path);

/* Decodes what was captured of a path that can be decoded. */
void router_decode(struct arena *arena, struct capture *captures, size_t count);

#endif
