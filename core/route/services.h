/* Services: what one loop of the server has for its requests. The server sets it up; each room
 * uses what it knows. All [loop]. */
#ifndef ALMANAC_ROUTE_SERVICES_H
#define ALMANAC_ROUTE_SERVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct admission;
struct alm_request;
struct buffer;
struct value_cache;
struct catalog;
struct catalog_watcher;
struct clients;
struct fetcher;
struct http;
struct pool;
struct response_cache;
struct router;
struct settings;
struct run_queue;
struct scan_cache;
struct work;

struct services {
	uv_loop_t *uv;
	/* of the process */
	const struct settings *settings;
	const struct router *router;
	const char *name_search; /* path that finds stations by name; NULL: there is none */
	struct clients *clients;
	struct catalog_watcher *watcher;
	struct value_cache *cache; /* of blocks and statistics */
	struct response_cache *response_cache;
	struct scan_cache *scan_cache;
	uint64_t identity; /* of program and plugins: their answers may differ from others' */
	/* of the loop */
	struct http *http;
	struct pool *pool; /* NULL once it is closed */
	struct fetcher *fetcher;
	struct run_queue *run_queue;
	struct admission *admission;
	struct work *work; /* of plugins: the first runs, the others wait; NULL: none */
	const struct catalog *catalog; /* the newest that the loop was told of; NULL: none */
	bool closing;                  /* nothing may be begun */
	/* Routes the request and answers it, also once more with a newer catalog. */
	void (*dispatch)(struct alm_request *request);
	/* The request has been answered, or given up: for metrics and log. */
	void (*finished)(struct alm_request *request);
	/* request.c: memory for the next requests */
	struct alm_request *spares;
	size_t spare_count;
	size_t busiest; /* most requests at a time since it was given back */
};

#endif
