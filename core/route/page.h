/* Pages: cursors, links and counts of a part of a longer answer. All [loop]. */
#ifndef ALMANAC_ROUTE_PAGE_H
#define ALMANAC_ROUTE_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "format/format.h"
#include "route/request.h"

enum { PAGE_STATION_MAX = 32 };

/* The row after which a walk goes on. */
struct cursor {
	char station[PAGE_STATION_MAX + 1];
	int32_t key; /* day, or key of the period */
};

/* What makes a request the one it is: path and canonical query, without page. */
struct page_query {
	/* As a reference relative to the request's URL: "weather?units=raw&". Ends with '?' or
	 * '&', ready for more. */
	const char *text;
	size_t length;
	uint64_t hash;
};
const struct page_query *page_query(struct alm_request *request);

/* Whether the answer is a page: of a route that has pages, unless the format gives all rows
 * when no page is asked for. */
bool page_is_wanted(const struct alm_request *request);

/* The request itself, of a route that has no pages. */
const char *page_link(struct alm_request *request, const struct page_query *query);

/* An opaque text, base64url (RFC 4648, 5): of the query, the row, and a checksum. NULL: the
 * station has an id that is too long. */
const char *page_cursor_write(
	struct arena *arena, const struct page_query *query, const char *station, int32_t key);

enum page_cursor_state {
	CURSOR_GOOD,
	CURSOR_MALFORMED, /* not one of ours */
	CURSOR_OF_ANOTHER /* query */
};
enum page_cursor_state page_cursor_read(
	const char *text, const struct page_query *query, struct cursor *cursor);

/* Replies to a request whose cursor is not CURSOR_GOOD. */
void page_reply_cursor(struct alm_request *request, enum page_cursor_state state);

/* The rows of a page among `total` rows (INT64_MAX: not known): none if it lies beyond the end.
 * A page by cursor begins at its cursor: first is 0. */
struct window {
	int64_t first, limit;
};
struct window page_window(const struct page_wish *wish, int64_t total);

/* Which rows a page has. */
struct page_place {
	int64_t first, count;
	int64_t total;                         /* -1: not known */
	bool more;                             /* rows come after these */
	const char *next_cursor, *prev_cursor; /* NULL: none */
};
void page_envelope(struct alm_request *request, const struct page_query *query,
	const struct page_place *place, struct envelope *envelope);

#endif
