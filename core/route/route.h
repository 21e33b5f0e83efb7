/* Routes: what is declared, by a plugin or by the program itself. Read-only after start-up. */
#ifndef ALMANAC_ROUTE_ROUTE_H
#define ALMANAC_ROUTE_ROUTE_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "plugin/current.h"
#include "plugin/registry.h"
#include "route/host_params.h"

struct alm_request;
struct route_asset;

/* A route that can be asked for. The host's own (/livez, /readyz, /openapi.json)
 * have no plugin. */
struct route {
	const struct alm_route *declared; /* the host's copy */
	const struct alm_route *table;    /* the plugin's own, for its callbacks */
	const struct plugin *plugin;      /* NULL: the host's own */
	size_t param_count, field_count;  /* as declared */
	size_t number;                    /* among the router's routes */
	/* Of ALM_COMPUTED with a statistic in its path: which, and the index of the first of
	 * its parameters, which follow the plugin's. NULL: of any, or of none. */
	const struct plugin_stat *stat;
	size_t stat_params;
	/* Those the plugin declared, then the host's; `host` says where these are, -1:
	 * not there. */
	const struct alm_param *const *params;
	size_t all_count;
	short host[HOST_PARAMS];
	/* Only for the host's own: runs instead of declared->handle, without waiting
	 * for a catalog; only /metrics asks the database. */
	void (*builtin)(struct alm_request *request);
	const char *media_type;    /* of its answer; NULL: application/json */
	bool has_page;             /* the same for people, as HTML, if they ask for it */
	bool page;                 /* for people; not in OpenAPI */
	bool operation, internal;  /* as in struct builtin */
	struct route_asset *asset; /* its file; NULL: none */
	bool hidden;               /* another route stands for it in OpenAPI */
};

/* For current_enter(), around calls of its plugin's functions. */
static inline struct current_call route_call(const struct route *route)
{
	return (struct current_call){ .name = route->plugin != NULL ? route->plugin->table.name
								    : NULL,
		.kind = "route",
		.subject = route->declared->path };
}

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

/* Texts that stand for the {names} of a path. */
enum { ROUTER_CAPTURES_MAX = 8 };
struct capture {
	const char *name, *text; /* name ends before a '}', text after length */
	size_t length;
};

/* Mask of METHOD_BIT(): those that the route takes, but for OPTIONS. */
uint32_t route_methods(const struct route *route);

/* Whether parameter i of the route is part of its path. */
bool route_is_of_path(const struct route *route, size_t i);

/* Whether a request must have parameter i: it is declared so, or is the station of a statistic
 * without stored rows. */
bool route_requires(const struct route *route, size_t i);

/* Whether a path holds {name}. */
bool route_path_names(const struct alm_route *declared, const char *name);

#endif
