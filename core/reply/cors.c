#include "reply/cors.h"

#include <string.h>

#include "base/settings.h"
#include "http/http.h"

/* Response headers that a page may read besides the safelisted ones. */
#define EXPOSED \
	"Access-Control-Expose-Headers: Content-Range, ETag, Link, Retry-After, X-Request-Id\r\n"

/* Request headers that answers depend on. */
#define READ "Accept, If-None-Match, Traceparent, X-Request-Id"

enum { NAMES_MAX = 2048 /* bytes of header names that are echoed */ };

/* Whether the list is one of header names: tokens (RFC 9110, 5.6.2). */
static bool is_names(const char *list)
{
	static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789!#$%&'*+-.^_`|~";

	if (list == NULL || strlen(list) > NAMES_MAX) {
		return false;
	}
	for (;;) {
		size_t length;

		list += strspn(list, " \t");
		length = strspn(list, token);
		list += length;
		list += strspn(list, " \t");
		if (length == 0 || (*list != ',' && *list != '\0')) {
			return false;
		}
		if (*list++ == '\0') {
			return true;
		}
	}
}

/* Whether the text is an origin as browsers serialize it (RFC 6454, 6.1): scheme://host or
 * scheme://host:port, in lower case. */
static bool is_origin(const char *text, size_t length)
{
	static const char host[] = "abcdefghijklmnopqrstuvwxyz0123456789-._[]:";
	size_t scheme = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789+.-");
	size_t begin = scheme + strlen("://");

	if (length == strlen("null") && memcmp(text, "null", length) == 0) {
		return true;
	}
	return scheme > 0 && begin < length && memcmp(text + scheme, "://", 3) == 0 &&
	       strspn(text + begin, host) >= length - begin;
}

int cors_check(const char *origins, struct error *err)
{
	if (strcmp(origins, "*") == 0) {
		return 0;
	}
	for (const char *p = origins + strspn(origins, ", "); *p != '\0';
		p += strspn(p, ", ")) {
		size_t length = strcspn(p, ", ");

		if (!is_origin(p, length)) {
			error_set(err, "origins of other pages: '%.*s' is no origin",
				(int)length, p);
			return error_hint(err,
				"give --cors-origins * alone, or what browsers send, in lower "
				"case and without a path: "
				"https://example.org,http://localhost:3000");
		}
		p += length;
	}
	return 0;
}

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

void cors_put(const struct exchange *exchange, struct buffer *out)
{
	const char *origins = settings_text(exchange->http->settings, SETTING_CORS_ORIGINS);
	const char *origin = exchange->header[HEADER_ORIGIN];

	if (origins[0] == '\0' || exchange->operation) {
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

/* Front ends add headers to every request (Content-Type, Authorization, X-Requested-With). The
 * server does not read them, so all requested headers are allowed; "*" would not cover
 * Authorization (Fetch, 4.8). */
void cors_put_preflight(const struct exchange *exchange, uint32_t methods, struct buffer *out)
{
	const char *origins = settings_text(exchange->http->settings, SETTING_CORS_ORIGINS);
	const char *origin = exchange->header[HEADER_ORIGIN];
	const char *asked = exchange->header[HEADER_REQUEST_HEADERS];

	if (exchange->header[HEADER_REQUEST_METHOD] == NULL || origin == NULL ||
		exchange->operation || !(strcmp(origins, "*") == 0 || lists(origins, origin))) {
		return;
	}
	buffer_puts(out, "Vary: Access-Control-Request-Headers\r\n"
			 "Access-Control-Allow-Methods: ");
	method_list(methods, out);
	buffer_puts(out, "\r\nAccess-Control-Max-Age: 86400\r\n"
			 "Access-Control-Allow-Headers: ");
	buffer_puts(out, is_names(asked) ? asked : READ);
	buffer_puts(out, "\r\n");
}
