#include "http/cors.h"

#include <string.h>

#include "base/settings.h"
#include "http/loop.h"
#include "http/request.h"

/* What a page may read beside what it always may. */
#define EXPOSED "Access-Control-Expose-Headers: ETag, Link, Retry-After, X-Request-Id\r\n"

static bool lists(const char *origins, const char *origin)
{
	size_t length = strlen(origin);

	for (const char *p = origins; *p != '\0';) {
		size_t item = strcspn(p, ", ");

		if (item == length && memcmp(p, origin, length) == 0) {
			return true;
		}
		p += item;
		p += strspn(p, ", ");
	}
	return false;
}

void cors_put(const struct alm_request *request, struct buffer *out)
{
	const char *origins = settings_text(request->loop->settings, SETTING_CORS_ORIGINS);
	const char *origin = request->header[HEADER_ORIGIN];

	if (origins[0] == '\0') {
		return;
	}
	if (strcmp(origins, "*") == 0) {
		buffer_puts(out, "Access-Control-Allow-Origin: *\r\n" EXPOSED);
		return;
	}
	buffer_puts(out, "Vary: Origin\r\n");
	if (origin != NULL && lists(origins, origin)) {
		buffer_puts(out, "Access-Control-Allow-Origin: ");
		buffer_puts(out, origin);
		buffer_puts(out, "\r\n" EXPOSED);
	}
}

void cors_put_preflight(const struct alm_request *request, struct buffer *out)
{
	const char *origins = settings_text(request->loop->settings, SETTING_CORS_ORIGINS);
	const char *origin = request->header[HEADER_ORIGIN];

	if (request->header[HEADER_REQUEST_METHOD] == NULL || origin == NULL ||
		!(strcmp(origins, "*") == 0 || lists(origins, origin))) {
		return;
	}
	buffer_puts(out, "Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n"
			 "Access-Control-Allow-Headers: Accept, If-None-Match, Traceparent, "
			 "X-Request-Id\r\n"
			 "Access-Control-Max-Age: 86400\r\n");
}
