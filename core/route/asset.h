/* Files of plugins that are sent as they are. */
#ifndef ALMANAC_ROUTE_ASSET_H
#define ALMANAC_ROUTE_ASSET_H

#include <almanac/plugin.h>
#include <stdatomic.h>

#include "reply/encoding.h"

struct alm_request;

struct asset_bodies {
	struct buffer of[ENCODINGS];
};

/* The file of a route. Its codings are made by the first loop that is asked for them. */
struct route_asset {
	const struct alm_asset *declared;
	_Atomic(struct asset_bodies *) bodies; /* NULL: not made yet */
};

/* [loop] Replies with the file of the request's route. */
void asset_send(struct alm_request *request);

void asset_finish(struct route_asset *asset);

#endif
