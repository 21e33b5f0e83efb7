/* One HTTP request, from its last header to the last byte of its answer. Lives on
 * the loop thread that accepted its connection; everything here is [loop]. */
#ifndef ALMANAC_ROUTE_REQUEST_H
#define ALMANAC_ROUTE_REQUEST_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "catalog/dataset.h"
#include "http/exchange.h"
#include "route/host_params.h"
#include "schedule/admission.h"
#include "schedule/run_queue.h"

struct catalog;
struct format;
struct page_query;
struct route;
struct services;
struct station_filter;

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
	bool fallback; /* of the parameter: the request has none */
	bool all;      /* "*": all stored elements */
};

/* What the parameters page, page_size and cursor of an ALM_PAGED route say. */
struct page_wish {
	int64_t page;       /* from 1; 0 when walking by cursor */
	int64_t page_size;  /* 1 to SETTING_PAGE_SIZE_MAX */
	const char *cursor; /* as given; NULL: none; "*": from the beginning */
	bool asked;         /* the request says at least one of them */
};

/* Stations and period of an answer's rows. */
struct subject {
	const char *const *stations; /* in the arena */
	size_t station_count;        /* 0: all */
	bool since, until;           /* there is a first, a last day */
	int32_t first_day, last_day;
};

struct alm_request {
	struct exchange http; /* first: one is cast to the other */
	struct services *services;
	struct alm_request *next; /* of the spares */

	/* routing */
	const char *raw_path; /* of the target the path, `raw_length` bytes */
	size_t raw_length;
	const char *path;          /* decoded; what was a slash in it is not to be seen */
	const char *query;         /* as received, after '?'; "" if there is none */
	const struct route *route; /* NULL until routed */

	/* parameters */
	struct values *params; /* by index into route->params */
	struct page_wish page;
	const struct station_filter *filter; /* in the arena; NULL: no station is left out */
	struct page_query *canonical;        /* page.h's; NULL until it was asked for */

	/* negotiation */
	const struct format *format; /* of the answer */
	const char *coding;          /* of its content (RFC 9110, 8.4); NULL: none */

	/* The stored data's shape that this request is answered from; a reference is
	 * held until it is answered. NULL if the route needs none. */
	const struct catalog *catalog;
	unsigned
		catalog_retries; /* revalidate.c: times that it was judged by another catalog */

	/* Identity of the data that statements of a plugin have read; `mixed`: they, or what
	 * else the answer is made of, were of different data, so that it is no version's. */
	struct dataset_id read;
	bool has_read, planned, mixed;
	struct subject subject; /* of the answer; all zero: not known */
	/* station_record.c: records that are read or wait, and what those read so far hold. */
	void *reads;
	int64_t read_bytes;
	int64_t computed_years; /* station-years that were computed for it */

	/* the answer being made */
	struct claim claim; /* on memory and rows */
	struct buffer rows; /* see format.h */
	void *answer;       /* its state, in the arena */
	size_t row_count;   /* once it is complete */
	size_t validators;  /* of its header lines, bytes that a 304 has too */
	bool claimed;       /* the plugin has begun to answer: answer.h */
	unsigned pending;   /* database answers under way; freed only at 0 */
};

static inline struct alm_request *request_of(struct exchange *exchange)
{
	return (struct alm_request *)exchange;
}

/* The values of a parameter of the host; none if the route has no such parameter. */
const struct values *request_values(const struct alm_request *request, enum host_param param);

/* A request with nothing known of it. */
struct alm_request *request_create(struct services *services);

/* The answer has left, or the client has: frees the request now, or as soon as
 * nothing is under way for it. */
void request_finish(struct alm_request *request);

/* Frees the memory that is kept for the next requests, but for `keep` of them. */
void request_trim(struct services *services, size_t keep);

/* Something is under way for the request, such as a query: it stays, whatever
 * happens. Counted in request->pending. */
void request_hold(struct alm_request *request);

/* The last thing to do when it is through: the request may be gone afterwards. If
 * nothing else is under way and there is no answer, it is a logged 500. */
void request_drop(struct alm_request *request);

/* Asks for memory and rows to look at; see admission_ask(). */
enum admitted request_admit(
	struct alm_request *request, const struct client_need *need, struct task *then);

/* The answer is there: gives back what it does not take itself. */
void request_settle(struct alm_request *request);

/* Takes the turn when its time has come among those of the loop. */
void request_wait(struct alm_request *request, struct task *task);

#endif
