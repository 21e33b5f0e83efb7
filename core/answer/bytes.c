/* bytes(): an answer of any media type, whole. */
#include <string.h>
#include <strings.h>

#include "answer/host.h"
#include "base/http_field.h"
#include "document/answer.h"
#include "reply/html.h"
#include "reply/reply_static.h"
#include "route/route.h"

enum {
	BYTES_MAX = 4096,              /* of a struct alm_bytes of any ABI 1 */
	CODED_MAX = 4 * 1024 * 1024,   /* bytes that the loop compresses at once */
	LENGTH_MAX = 256 * 1024 * 1024 /* bytes of an answer */
};

/* As ABI 1.0 has it. */
static const size_t bytes_min =
	offsetof(struct alm_bytes, headers) + sizeof(const struct alm_header *);

/* -- Headers ------------------------------------------------------------ */

/* The host's own, for every answer. */
static bool is_of_host(const char *name)
{
	static const char *const names[] = { "Accept-Ranges", "Connection", "Content-Encoding",
		"Content-Length", "Content-Range", "Content-Type", "Date", "ETag", "Keep-Alive",
		"Trailer", "Transfer-Encoding", "Upgrade", "X-Content-Type-Options",
		"X-Request-Id" };
	static const char cors[] = "Access-Control-";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(names[i], name) == 0) {
			return true;
		}
	}
	return strncasecmp(name, cors, strlen(cors)) == 0;
}

static bool is_of(const struct alm_bytes *bytes, const char *name)
{
	const struct alm_header *header = bytes->headers;

	while (header != NULL && header->name != NULL) {
		if (strcasecmp(header->name, name) == 0) {
			return true;
		}
		header++;
	}
	return false;
}

/* -1: one of them cannot be; replied. */
static int put_headers(
	struct alm_request *request, const struct alm_bytes *bytes, struct buffer *out)
{
	for (const struct alm_header *h = bytes->headers; h != NULL && h->name != NULL; h++) {
		if (!http_field_is_token(h->name, strlen(h->name)) || is_of_host(h->name)) {
			return answer_broken(request,
				"plugin %s: bytes() has a header '%s', which %s",
				request->route->plugin->path, h->name,
				is_of_host(h->name) ? "is the host's to say"
						    : "is no name of a header");
		}
		if (h->value == NULL || !http_field_is_value(h->value)) {
			return answer_broken(request,
				"plugin %s: bytes() has a header '%s' whose value is NULL or has "
				"control characters",
				request->route->plugin->path, h->name);
		}
		buffer_printf(out, "%s: %s\r\n", h->name, h->value);
	}
	if (!is_of(bytes, "Cache-Control")) {
		buffer_puts(out, "Cache-Control: no-cache\r\n");
	}
	if (bytes->media_type != NULL &&
		strncasecmp(bytes->media_type, "text/html", strlen("text/html")) == 0) {
		buffer_puts(out, HTML_SECURITY);
		buffer_puts(out, is_of(bytes, "Content-Security-Policy") ? "" : HTML_POLICY);
	}
	return 0;
}

/* -- The answer --------------------------------------------------------- */

/* The media type is that of alm_route.media_type, if the route has one: clients rely on it. */
static int check_declared(struct alm_request *request, const struct alm_bytes *bytes)
{
	const char *declared = request->route->declared->media_type;
	size_t length;

	if (declared == NULL || bytes->length == 0 || bytes->status != 200) {
		return 0;
	}
	length = strcspn(declared, "; ");
	if (strcspn(bytes->media_type, "; ") == length &&
		strncasecmp(bytes->media_type, declared, length) == 0) {
		return 0;
	}
	return answer_broken(request,
		"plugin %s: bytes() has the media type '%s', and the route declares '%s'",
		request->route->plugin->path, bytes->media_type, declared);
}

static int check(struct alm_request *request, const struct alm_bytes *bytes)
{
	const char *plugin = request->route->plugin->path;
	bool empty = bytes->status == 204 || bytes->status == 304;

	if (bytes->status < 200 || bytes->status > 599 || bytes->status == 206 ||
		bytes->status == 304) {
		return answer_broken(request,
			"plugin %s: bytes() has status %u, which is none of 200 to 599 that a "
			"plugin may send",
			plugin, (unsigned)bytes->status);
	}
	if ((bytes->flags & ~(uint32_t)ALM_LASTING) != 0 || bytes->reserved != 0) {
		return answer_broken(request,
			"plugin %s: bytes() has unknown flags, or a reserved member that is not 0",
			plugin);
	}
	if (bytes->length > LENGTH_MAX ||
		(bytes->length > 0 && (bytes->data == NULL || empty))) {
		return answer_broken(request, "plugin %s: bytes() has %zu bytes, and %s",
			plugin, bytes->length,
			bytes->data == NULL ? "NULL for them"
			: empty             ? "a status that has none"
					    : "an answer has at most 256 MiB");
	}
	if (bytes->length > 0 &&
		(bytes->media_type == NULL || !http_field_is_media_type(bytes->media_type))) {
		return answer_broken(request, "plugin %s: bytes() has no media type, or '%s'",
			plugin, bytes->media_type != NULL ? bytes->media_type : "");
	}
	return check_declared(request, bytes);
}

static int read_bytes(
	struct alm_request *request, const struct alm_bytes *from, struct alm_bytes *to)
{
	if (from == NULL || from->size < bytes_min || from->size > BYTES_MAX) {
		return answer_broken(request,
			"plugin %s: bytes() got %s; begin it with ALM_SIZED(alm_bytes, ...)",
			request->route->plugin->path,
			from == NULL ? "NULL" : "a struct without its size");
	}
	*to = (struct alm_bytes){ .size = 0 };
	memcpy(to, from, from->size < sizeof(*to) ? from->size : sizeof(*to));
	to->status = to->status == 0 ? 200 : to->status;
	return check(request, to);
}

static void send_bytes(
	struct alm_request *request, const struct alm_bytes *bytes, const char *headers)
{
	struct exchange *exchange = &request->http;
	bool is_content =
		bytes->status == 200 && (METHOD_BIT(exchange->method) & METHODS_READING) != 0;
	bool lasts = (bytes->flags & ALM_LASTING) != 0;
	bool coded = bytes->length <= CODED_MAX && encoding_suits(bytes->media_type);
	struct buffer body = { 0 };

	if (is_content && lasts && !coded) {
		reply_static_as_is(
			exchange, bytes->media_type, headers, bytes->data, bytes->length);
		return;
	}
	if (bytes->length > 0) {
		buffer_append(&body, bytes->data, bytes->length);
	}
	if (is_content) {
		reply_static(exchange, bytes->media_type, headers, "", &body);
	} else {
		reply_body(exchange, (int)bytes->status, bytes->media_type, headers, &body);
		buffer_finish(&body);
	}
}

int bytes_send(struct alm_request *request, const struct alm_bytes *from)
{
	struct alm_bytes bytes = { .size = 0 };
	struct buffer headers = { 0 };
	int result = -1;

	if (answer_claim(request, "bytes()", ALM_BYTES) != 0 ||
		read_bytes(request, from, &bytes) != 0) {
		return -1;
	}
	if (put_headers(request, &bytes, &headers) == 0) {
		send_bytes(request, &bytes, buffer_text(&headers));
		result = 0;
	}
	buffer_finish(&headers);
	return result;
}
