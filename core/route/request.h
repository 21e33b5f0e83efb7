/* One HTTP request, from its last header to the last byte of its answer. Lives on
 * the loop thread that accepted its connection; everything here is [loop]. */
#ifndef ALMANAC_ROUTE_REQUEST_H
#define ALMANAC_ROUTE_REQUEST_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "catalog/dataset.h"

struct catalog;
struct format;
struct page_query;
struct connection;
struct loop;
struct route;
struct station_filter;

/* Headers of requests that answers depend on. */
enum request_header {
	HEADER_ACCEPT,
	HEADER_ACCEPT_ENCODING,
	HEADER_IF_NONE_MATCH,
	HEADER_ORIGIN,
	HEADER_REQUEST_METHOD, /* Access-Control-Request-... */
	HEADER_REQUEST_HEADERS,
	HEADER_TRACEPARENT,
	HEADER_AMZN_TRACE_ID,
	HEADER_REQUEST_ID,
	HEADER_FORWARDED_FOR,
	HEADER_USER_AGENT,
	REQUEST_HEADERS
};

enum method { METHOD_GET, METHOD_HEAD, METHOD_OPTIONS, METHOD_OTHER };

/* A parameter's values after parsing. */
struct value {
	const char *text; /* as written and decoded; stations and elements as stored */
	int64_t integer;
	double number;
};
struct values {
	const struct value *list;
	const char *const *texts; /* the same texts */
	size_t count;
};

/* What the parameters page, page_size and cursor of an ALM_PAGED route say. */
struct page_wish {
	int64_t page;       /* from 1; 0 when walking by cursor */
	int64_t page_size;  /* 1 to SETTING_PAGE_SIZE_MAX */
	const char *cursor; /* as given; NULL: none; "*": from the beginning */
	bool asked;         /* the request says at least one of them */
};

struct alm_request {
	struct connection *connection; /* NULL once the client has gone */
	struct loop *loop;
	struct arena arena; /* for everything that belongs to the request */

	enum method method;
	bool operation;       /* came to the address for operators */
	const char *target;   /* as received: path and query */
	const char *raw_path; /* of it the path, `raw_length` bytes */
	size_t raw_length;
	const char *path;  /* decoded; what was a slash in it is not to be seen */
	const char *place; /* path of a request that cannot be read and has no target; NULL: not
			      known */
	const char *query; /* as received, after '?'; "" if there is none */
	const char *header[REQUEST_HEADERS]; /* NULL: not sent; several: joined by ", " */
	const struct route *route;           /* NULL until routed */

	struct values *params; /* by index into route->params */
	struct page_wish page;
	const struct station_filter *filter; /* in the arena; NULL: no station is left out */

	/* The stored data's shape that this request is answered from; a reference is
	 * held until it is answered. NULL if the route needs none. */
	const struct catalog *catalog;

	/* Identity of the data that statements of a plugin have read; `mixed`: they, or what
	 * else the answer is made of, were of different data, so that it is no version's. */
	struct dataset_id read;
	bool has_read, planned, mixed;

	const struct format *format;  /* of the answer */
	const char *coding;           /* of its content (RFC 9110, 8.4); NULL: none */
	struct page_query *canonical; /* page.h's; NULL until it was asked for */
	size_t row_count;             /* rows of the answer, once it is complete */

	struct buffer rows; /* for answers being written; see format.h */
	void *answer;       /* state of the answer being made, in the arena */
	bool claimed;       /* the plugin has begun to answer: answer.h */
	bool narrowed;      /* stations were chosen by `filter` */
	unsigned pending;   /* database answers under way; freed only at 0 */
	bool answered;      /* exactly one reply_*() was called */
	unsigned rechecks;  /* recheck.c: times that it was judged by another catalog */
};

#endif
