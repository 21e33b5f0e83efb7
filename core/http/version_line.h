/* Those who wait to hear the dataset version, and nothing else: everybody who comes while
 * the database is being asked is served by the next question. For fetch.c. All [loop]. */
#ifndef ALMANAC_HTTP_VERSION_LINE_H
#define ALMANAC_HTTP_VERSION_LINE_H

#include "http/fetch.h"

struct version_line;

struct version_line *version_line_create(struct loop *loop);
/* Nobody is in it. */
void version_line_destroy(struct version_line *line);

void version_line_join(struct version_line *line, struct fetch *fetch);

/* Once a turn of the loop. */
void version_line_send(struct version_line *line);

/* Tells those who were not asked for that the database is not there. */
void version_line_end(struct version_line *line);

#endif
