/* Which source reads an object. [any] */
#ifndef ALMANAC_INGEST_PARSE_SNIFF_H
#define ALMANAC_INGEST_PARSE_SNIFF_H

#include <stddef.h>

#include "base/error.h"
#include "plugin/registry.h"

/* The source of that name. NULL: *err lists those that are loaded. */
const struct plugin_source *sniff_named(
	const struct registry *registry, const char *name, struct error *err);

/* The source that is surest of an object of that name and beginning (NUL-terminated
 * at head[length]). NULL if there is none or two are equally sure. */
const struct plugin_source *sniff_choose(const struct registry *registry, const char *name,
	const char *head, size_t length, struct error *err);

#endif
