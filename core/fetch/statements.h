/* Statements of a loop that are made at run time, each once: SQL of plugins, columns of
 * calculators. All [loop]. */
#ifndef ALMANAC_FETCH_STATEMENTS_H
#define ALMANAC_FETCH_STATEMENTS_H

#include "db/pool.h"

/* First member of the struct that is kept. */
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

/* The statement of that owner (any address) and name; NULL: there is none. */
struct kept_statement *statements_find(
	struct statements *statements, const void *owner, const char *name);

/* Adds `kept`, which belongs to the list from here on. */
void statements_keep(struct statements *statements, const void *owner, const char *name,
	struct kept_statement *kept);

#endif
