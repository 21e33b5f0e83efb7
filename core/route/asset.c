#include "route/asset.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "reply/html.h"
#include "reply/reply_static.h"
#include "route/request.h"
#include "route/route.h"

/* A page may load what is the server's own, and nothing else. */
static const char own_policy[] =
	"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

static struct asset_bodies *make_bodies(const struct alm_asset *asset)
{
	struct asset_bodies *bodies = memory_new(struct asset_bodies);

	for (enum encoding e = 0; e < ENCODINGS; e++) {
		buffer_append(&bodies->of[e], asset->data, asset->length);
		if (e != ENCODING_IDENTITY) {
			encoding_encode(e, &bodies->of[e]);
		}
	}
	return bodies;
}

static void free_bodies(struct asset_bodies *bodies)
{
	for (enum encoding e = 0; bodies != NULL && e < ENCODINGS; e++) {
		buffer_finish(&bodies->of[e]);
	}
	free(bodies);
}

static const struct buffer *bodies_of(struct route_asset *asset)
{
	struct asset_bodies *bodies = atomic_load(&asset->bodies), *other = NULL;

	if (bodies == NULL) {
		bodies = make_bodies(asset->declared);
		if (!atomic_compare_exchange_strong(&asset->bodies, &other, bodies)) {
			free_bodies(bodies);
			bodies = other;
		}
	}
	return bodies->of;
}

static bool begins(const char *media_type, const char *with)
{
	return strncasecmp(media_type, with, strlen(with)) == 0;
}

static void put_headers(const struct alm_asset *asset, struct buffer *out)
{
	bool html = begins(asset->media_type, "text/html");
	bool page = html || begins(asset->media_type, "image/svg+xml");

	buffer_puts(out, "Cache-Control: no-cache\r\n");
	buffer_puts(out, html ? HTML_SECURITY : "");
	if (page || asset->content_policy != NULL) {
		buffer_printf(out, "Content-Security-Policy: %s\r\n",
			asset->content_policy != NULL ? asset->content_policy : own_policy);
	}
}

void asset_send(struct alm_request *request)
{
	struct route_asset *asset = request->route->asset;
	const struct alm_asset *declared = asset->declared;
	struct buffer headers = { 0 };

	put_headers(declared, &headers);
	if (encoding_suits(declared->media_type) && encoding_worth(declared->length)) {
		reply_static_lasting(&request->http, declared->media_type,
			buffer_text(&headers), bodies_of(asset));
	} else {
		reply_static_as_is(&request->http, declared->media_type, buffer_text(&headers),
			declared->data, declared->length);
	}
	buffer_finish(&headers);
}

void asset_finish(struct route_asset *asset)
{
	free_bodies(atomic_load(&asset->bodies));
}
