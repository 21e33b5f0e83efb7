/* What a command names - files, directories, patterns, standard input, objects in S3 or on a
 * server - as a list of objects to read. Blocks on the file system and the network. */
#ifndef ALMANAC_INGEST_INPUT_OBJECTS_H
#define ALMANAC_INGEST_INPUT_OBJECTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/input/shard.h"

struct aws;

enum {
	OBJECTS_MAX = 1000000,
	OBJECTS_DEPTH_MAX = 64 /* directories below one that was named */
};

struct object {
	/* UTF-8: the absolute path without "." and "..", "-:NAME", "s3://BUCKET/KEY" or a URL
	 */
	char *uri;
	char *path;      /* to be opened; NULL: standard input, or a URL */
	char *url;       /* to be fetched; NULL: it is here */
	char *region;    /* of S3, for the signature; NULL: none is needed */
	bool s3;         /* the URL is of S3 */
	char *etag;      /* of a URL: what says whether it has changed; "": nothing does */
	bool whole;      /* the URL's server answers no ranges */
	bool shared;     /* every shard has it, and takes what is its own in it */
	char *name;      /* last part of the path; "-" for a nameless standard input */
	int64_t size;    /* bytes; -1: not known */
	char *failure;   /* why it cannot be read, known already; NULL: it may be */
	size_t number;   /* in the list of all parts */
	size_t argument; /* number of the argument that stands for it */
};

/* A directory or prefix of which everything is in the list. */
struct object_root {
	char *uri; /* what the URIs of all that is below it begin with */
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
	/* Set before objects_expand(). */
	struct aws *aws; /* NULL: there is no network here */
	bool s3_unsigned;
	const atomic_bool *stop; /* set by [any]: it fails, "interrupted"; NULL: never */
	bool exact;              /* URIs of S3 are keys, no prefixes */
	struct shard shard;
	size_t others; /* objects that are of other parts: they follow those of the list */
	struct object_root *roots;
	size_t root_count, root_capacity;
	size_t unread; /* directories and the like that could not be looked into */
};

/* Adds what the arguments stand for, each object once. A directory stands for all
 * files in it and below, without hidden ones. An argument that stands for nothing
 * fails; what is there but cannot be read becomes an object with a failure. What is not of the
 * shard is left out.
 * `stdin_name` is the name of "-"; "" if it has none. */
int objects_expand(struct objects *objects, char *const *arguments, size_t count,
	const char *stdin_name, struct error *err);

void objects_finish(struct objects *objects);

#endif
