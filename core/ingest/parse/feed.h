/* One object on its way through a source plugin: lines go in, the plugin calls the
 * host (<almanac/plugin.h>, "Sources"), parcels come out. A line takes effect as a
 * whole or, when it is rejected, not at all; a value that cannot be is rejected alone.
 * [worker] */
#ifndef ALMANAC_INGEST_PARSE_FEED_H
#define ALMANAC_INGEST_PARSE_FEED_H

#include <almanac/plugin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ingest/input/lines.h"
#include "ingest/parse/batch.h"
#include "ingest/parse/selection.h"
#include "plugin/registry.h"

struct feed_limits {
	int64_t rejects; /* lines with something rejected after which the object fails */
	size_t memory;   /* bytes of a parcel; what goes beyond begins another */
	int64_t spool;   /* bytes of TMPDIR in which values are sorted that do not come in
			  * the order of stations; 0: they are not */
	const struct selection *selection; /* NULL: everything */
};

/* Takes over a parcel that is full, and is not the object's last. False: nobody
 * wants the object any more. */
typedef bool feed_full_fn(void *arg, struct batch *batch);

/* May be used for one object after another. The calls from feed_open() to
 * feed_finish() run functions of the plugin: put them between current_enter() and
 * current_leave(). */
struct alm_feed *feed_create(const struct feed_limits *limits);
void feed_destroy(struct alm_feed *feed); /* NULL is fine */

/* Starts on an object. `name` is what the plugin is told, `uri` what parcels say;
 * both are copied. Returns -1 if the object has failed, as all of these do. */
int feed_open(struct alm_feed *feed, const struct plugin_source *source, const char *name,
	const char *uri, feed_full_fn *full, void *arg);

int feed_line(struct alm_feed *feed, const struct line *line);

/* After the last line. */
int feed_close(struct alm_feed *feed);

/* The object has failed for a reason that the feed does not know. */
void feed_fail(struct alm_feed *feed, const struct error *err);

/* The last parcel; the caller owns it and adds size and hash. Ends what
 * feed_open() began. */
struct batch *feed_finish(struct alm_feed *feed);

/* Whether a parcel was handed to feed_full_fn since feed_open(). */
bool feed_has_handed_over(const struct alm_feed *feed);

/* Fills in what sources call. */
void feed_host(struct alm_host *host);

#endif
