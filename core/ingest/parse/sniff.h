/* Which source reads an object. [any] */
#ifndef ALMANAC_INGEST_PARSE_SNIFF_H
#define ALMANAC_INGEST_PARSE_SNIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "plugin/registry.h"

/* The source of that name. NULL: *err lists those that are loaded. */
const struct plugin_source *sniff_named(
	const struct registry *registry, const char *name, struct error *err);

/* The source that is surest of an object of that name and beginning (NUL-terminated
 * at head[length]). NULL if there is none or two are equally sure. If none would read
 * it and one knows that it is not to be read, that one is returned and *skip is true. */
const struct plugin_source *sniff_choose(const struct registry *registry, const char *name,
	const char *head, size_t length, bool *skip, struct error *err);

#endif
