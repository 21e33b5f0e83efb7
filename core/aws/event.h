/* What an invocation of the function asks for: of a schedule, of S3, or of a person. */
#ifndef ALMANAC_AWS_EVENT_H
#define ALMANAC_AWS_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

enum { EVENT_URIS_MAX = 1000 };

/* Texts are the arena's. */
struct event {
	char *uris[EVENT_URIS_MAX];
	size_t uri_count;   /* 0: what is set up holds */
	bool exact;         /* they are credentials, no prefixes */
	const char *shard;  /* "i/n"; NULL: all */
	const char *source; /* what kind it is, for the log */
};

/* Understands
 *   {"job":"ingest","uri":"s3://...","shard":"0/4"} or "uris":[...]; all may be left out,
 *   notifications of S3 ("Records") and what EventBridge tells of S3 ("Object Created").
 * Anything else fails and *err says what is wrong. */
int event_read(struct event *event, struct arena *arena, const char *bytes, size_t length,
	struct error *err);

#endif
