/* Lambda events: an EventBridge schedule, an S3 notification, or a manual invocation. */
#ifndef ALMANAC_AWS_EVENT_H
#define ALMANAC_AWS_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

enum { EVENT_URIS_MAX = 1000 };

/* The texts belong to the arena. */
struct event {
	char *uris[EVENT_URIS_MAX];
	size_t uri_count;   /* 0: those of the settings */
	bool exact;         /* the URIs are object keys, no prefixes */
	const char *shard;  /* "i/n"; NULL: all */
	const char *source; /* kind of event, for the log */
};

/* Parses {"job":"ingest","uri":"s3://...","shard":"0/4"}, or "uris":[...], all members
 * optional; S3 notifications ("Records"); EventBridge events of S3 ("Object Created") and
 * schedules. Anything else is an error. */
int event_read(struct event *event, struct arena *arena, const char *bytes, size_t length,
	struct error *err);

#endif
