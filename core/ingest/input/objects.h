/* Input objects: files, directories, patterns, standard input, objects in S3 or on an HTTPS
 * server. Blocks on the file system and the network. */
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
	OBJECTS_DEPTH_MAX = 64 /* levels below an argument */
};

struct object {
	/* UTF-8: the absolute path without "." and "..", "-:NAME", "s3://BUCKET/KEY" or a URL
	 */
	char *uri;
	char *path;      /* local file; NULL: standard input, or a URL */
	char *url;       /* to be downloaded; NULL: local */
	char *region;    /* of S3, for the signature; NULL: unsigned */
	bool s3;         /* the URL is of S3 */
	char *etag;      /* strong entity tag of a URL; "": none */
	bool whole;      /* no ranges: downloaded in one piece */
	bool shared;     /* an archive that every shard reads, each its own members */
	char *name;      /* file name; "-" for a nameless standard input */
	int64_t size;    /* bytes; -1: not known */
	char *failure;   /* why it cannot be read; NULL: not known to fail */
	size_t number;   /* index in the list of all shards */
	size_t argument; /* index of the argument it comes from */
};

/* A directory or prefix whose whole content is in the list. */
struct object_root {
	char *uri; /* prefix of the URIs below it */
};

/* A directory entry that is not read, and the reason. */
struct object_note {
	char *uri;
	const char *reason;
};

/* The list of objects. Zero at first; owns its texts. */
struct objects {
	struct object *list; /* in order of arguments, then of names' bytes */
	size_t count, capacity;
	struct object_note *notes;
	size_t note_count, note_capacity;
	int64_t bytes; /* sum of the known sizes */
	const char *stdin_name;
	/* Set before objects_expand(). */
	struct aws *aws; /* NULL: local objects only */
	bool s3_unsigned;
	const atomic_bool *stop; /* set by [any]: fails, "interrupted"; NULL: never */
	bool exact;              /* URIs of S3 are keys, not prefixes */
	struct shard shard;
	size_t others; /* objects of other shards, behind those of the list */
	struct object_root *roots;
	size_t root_count, root_capacity;
	size_t unread; /* unreadable directories and files */
};

/* Expands the arguments, each object once. A directory stands for all files in and below it,
 * without hidden ones. An argument that matches nothing is an error; an existing but unreadable
 * file becomes an object with a failure. `stdin_name` is the name of "-"; "": none. */
int objects_expand(struct objects *objects, char *const *arguments, size_t count,
	const char *stdin_name, struct error *err);

void objects_finish(struct objects *objects);

#endif
