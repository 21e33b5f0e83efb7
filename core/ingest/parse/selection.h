/* Selection: which stations, elements and days a run takes in. Objects are read by several
 * threads when it is complete. */
#ifndef ALMANAC_INGEST_PARSE_SELECTION_H
#define ALMANAC_INGEST_PARSE_SELECTION_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct registry;
struct selection;
struct settings;

/* Reads the settings; *selection is NULL if they select everything. Elements must be those of a
 * source of the registry. */
int selection_read(const struct settings *settings, const struct registry *registry,
	struct selection **selection, struct error *err);
void selection_destroy(struct selection *selection); /* NULL is fine */

/* Whether places of stations decide: those that are known have to be told. */
bool selection_needs_places(const struct selection *selection);

/* Tells of a station. The last description counts. */
void selection_tell(struct selection *selection, const struct alm_station *station);

/* Ends the telling. */
int selection_complete(struct selection *selection, struct error *err);

/* What is selected, in one form for equal selections: two that differ read an object anew.
 * NULL for a selection that is NULL. */
const char *selection_text(const struct selection *selection);

/* The following select all for a selection that is NULL. */

bool selection_has_station(const struct selection *selection, const char *id, size_t length);
bool selection_has_element(const struct selection *selection, const char *code);
bool selection_has_day(const struct selection *selection, int32_t day);

/* False if the name of a file is that of a station that is not selected: a station id as in
 * GHCN, and .dly, .csv or .txt, perhaps with more behind it; or that of a year before the days
 * that are: 1999.csv. */
bool selection_has_file(const struct selection *selection, const char *name);

#endif
