/* Adding to a list of objects. For objects*.c. */
#ifndef ALMANAC_INGEST_INPUT_OBJECTS_LIST_H
#define ALMANAC_INGEST_INPUT_OBJECTS_LIST_H

#include "ingest/input/objects.h"

/* An empty object at the end of the list; NULL: there are too many. */
struct object *objects_add(struct objects *objects, struct error *err);

void objects_note(struct objects *objects, const char *path, const char *reason);

/* Everything whose URI begins so is in the list, as long as nothing is added to `unread`. */
void objects_add_root(struct objects *objects, const char *uri);

/* The same of a path, if it is a directory and nothing was added to `unread` since it was so
 * many. */
void objects_root_directory(struct objects *objects, const char *path, size_t unread);

bool objects_is_stopped(const struct objects *objects);

/* A path or the like, whatever its bytes, as UTF-8 that can be stored and shown; the caller's
 * to free. */
char *objects_show(const char *path);

/* What the arguments beginning with these stand for. */
int objects_expand_s3(struct objects *objects, const char *uri, struct error *err);
int objects_expand_https(struct objects *objects, const char *uri, struct error *err);

#endif
