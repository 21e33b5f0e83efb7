/* A query of a pool, from when it is asked to when it is answered. For pool*.c. [loop] */
#ifndef ALMANAC_DB_POOL_QUERY_H
#define ALMANAC_DB_POOL_QUERY_H

#include "db/pool.h"

struct pool_query {
	struct pool_query *next;
	const struct statement *statement;
	struct statement_args args; /* its own copy: it may have to be sent again */
	pool_done_fn *done;         /* NULL once it was called */
	void *arg;
	struct pool_figures *figures;
	uint64_t deadline; /* ms, uv_now() */
	PGresult *result;  /* the first failure, else the rows */
	bool prepares;     /* its first result is that of PREPARE */
	size_t losses;     /* connections that it was lost with */
};

struct pool_query *query_create(
	const struct statement *statement, const struct statement_args *args);

/* Calls `done`, if that has not been done. */
void query_answer(struct pool_query *query, enum pool_outcome outcome, const PGresult *result);
void query_destroy(struct pool_query *query);

/* In order. All zero is empty. */
struct query_list {
	struct pool_query *first, *last;
};

void query_push(struct query_list *list, struct pool_query *query);
struct pool_query *query_pop(struct query_list *list); /* NULL: it is empty */

#endif
