/* A query of a pool, from when it is asked to when it is answered. For pool*.c. [loop] */
#ifndef ALMANAC_DB_POOL_QUERY_H
#define ALMANAC_DB_POOL_QUERY_H

#include "db/pool.h"

/* What goes before the statement, and has a result of its own. */
enum query_prelude {
	PRELUDE_NONE,
	PRELUDE_PREPARE, /* of the statement */
	PRELUDE_SETTINGS /* of the transaction: the session is not ours */
};

struct pool_query {
	struct pool_query *next;
	const struct statement *statement;
	struct statement_args args; /* its own copy: it may have to be sent again */
	pool_done_fn *done;         /* NULL once it was called, and of what nobody waits for */
	void *arg;
	struct pool_figures *figures;
	uint64_t deadline;          /* ms, uv_now() */
	PGresult *result;           /* the first failure, else the rows */
	enum query_prelude prelude; /* whose result is yet to come */
	unsigned prepared; /* number of the prepared statement it was sent with; 0: none */
	size_t losses;     /* connections that it was lost with */
	bool repeated;     /* it failed for a reason that was not its own */
};

/* `done` NULL: nobody waits for it. */
struct pool_query *query_create(
	const struct statement *statement, const struct statement_args *args);

/* As it was before it was sent. */
void query_rewind(struct pool_query *query);

/* Calls `done`, if that has not been done. */
void query_answer(struct pool_query *query, enum pool_outcome outcome, const PGresult *result);
void query_destroy(struct pool_query *query);

/* In order. All zero is empty. */
struct query_list {
	struct pool_query *first, *last;
};

void query_push(struct query_list *list, struct pool_query *query);
struct pool_query *query_pop(struct query_list *list); /* NULL: it is empty */

/* Both tell those whose time is over at `now`, who may ask anew meanwhile: nothing of a list is
 * held on to while they are told. */

/* They stay in the list: their results are yet to come. */
void query_tell_late(struct query_list *list, uint64_t now);
/* They leave it. */
void query_end_late(struct query_list *list, uint64_t now);

#endif
