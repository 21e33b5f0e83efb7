/* The routes that the program itself has. */
#ifndef ALMANAC_SERVER_BUILTIN_H
#define ALMANAC_SERVER_BUILTIN_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

struct builtin {
	struct alm_route declared;
	void (*run)(struct alm_request *request); /* [loop] */
	const char *media_type;                   /* NULL: application/json */
	bool has_page;                            /* the same for people, as HTML */
	bool page;      /* for people: not part of the API, so not in OpenAPI */
	bool operation; /* also told to operators, at an address of their own */
	bool internal;  /* to nobody else */
};

/* In order of path. */
const struct builtin *builtin_list(size_t *count);

#endif
