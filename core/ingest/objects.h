/* What a command names - files, directories, patterns, standard input - as a list
 * of objects to read. Blocks on the file system. */
#ifndef ALMANAC_INGEST_OBJECTS_H
#define ALMANAC_INGEST_OBJECTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
	OBJECTS_MAX = 1000000,
	OBJECTS_DEPTH_MAX = 64 /* directories below one that was named */
};

struct object {
	char *uri;     /* UTF-8: the absolute path without "." and "..", or "-:NAME" */
	char *path;    /* to be opened; NULL: standard input */
	char *name;    /* last part of the path; "-" for a nameless standard input */
	int64_t size;  /* bytes; -1: not known */
	char *failure; /* why it cannot be read, known already; NULL: it may be */
};

/* Something in a directory that is not taken, and why. */
struct object_note {
	char *uri;
	const char *reason;
};

/* Starts as zero. Lists own their texts. */
struct objects {
	struct object *list; /* in order of the arguments, then of the names' bytes */
	size_t count, capacity;
	struct object_note *notes;
	size_t note_count, note_capacity;
	int64_t bytes; /* sum of the sizes that are known */
	const char *stdin_name;
};

/* Adds what the arguments stand for, each object once. A directory stands for all
 * files in it and below, without hidden ones. An argument that stands for nothing
 * fails; what is there but cannot be read becomes an object with a failure.
 * `stdin_name` is the name of "-"; "" if it has none. */
int objects_expand(struct objects *objects, char *const *arguments, size_t count,
	const char *stdin_name, struct error *err);

void objects_finish(struct objects *objects);

#endif
