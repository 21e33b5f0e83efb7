/* What the answers of a loop know of statements that are made at run time: SQL of
 * plugins, columns of calculators. Each is made once. All [loop]. */
#ifndef ALMANAC_FETCH_STATEMENTS_H
#define ALMANAC_FETCH_STATEMENTS_H

#include "db/pool.h"

/* The first member of whatever is kept. */
struct kept_statement {
	struct statement statement;
	void (*destroy)(struct kept_statement *kept);
	/* the list's */
	const void *owner;
	char *name;
	struct kept_statement *next;
};

struct statements;

struct statements *statements_create(void);
void statements_destroy(struct statements *statements);

/* NULL: none is kept under that owner (any address) and name. */
struct kept_statement *statements_find(
	struct statements *statements, const void *owner, const char *name);

/* Takes `kept` over. */
void statements_keep(struct statements *statements, const void *owner, const char *name,
	struct kept_statement *kept);

#endif
