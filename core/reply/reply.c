#include "reply/reply.h"

#include <string.h>

#include "base/log.h"
#include "base/number.h"
#include "base/trace.h"
#include "http/connection.h"
#include "http/http.h"
#include "reply/cors.h"
#include "reply/status.h"

/* Reason phrase: of problems, their title. */
static const char *reason(int status)
{
	const struct problem_kind *kind;

	switch (status) {
	case 200:
		return "OK";
	case 201:
		return "Created";
	case 202:
		return "Accepted";
	case 204:
		return "No Content";
	case 206:
		return "Partial Content";
	case 303:
		return "See Other";
	case 304:
		return "Not Modified";
	case 307:
		return "Temporary Redirect";
	case 308:
		return "Permanent Redirect";
	}
	kind = problem_kind_find(status);
	return kind != NULL ? kind->title : ""; /* may be empty (RFC 9112, 4) */
}

static void put_integer(struct buffer *out, int64_t value)
{
	char *to = buffer_reserve(out, NUMBER_TEXT_MAX);

	out->length += number_write_integer(to, value);
}

static void put_header(struct buffer *out, const char *name, const char *value)
{
	buffer_puts(out, name);
	buffer_puts(out, value);
	buffer_append(out, "\r\n", 2);
}

/* Echoes the client's request id. */
static void put_request_id(const struct exchange *exchange, struct buffer *out)
{
	const char *id = exchange->header[HEADER_REQUEST_ID];

	if (id != NULL && trace_is_request_id(id)) {
		put_header(out, "X-Request-Id: ", id);
	}
}

static void write_head(struct exchange *exchange, int status, const char *content_type,
	const char *headers, size_t length)
{
	struct buffer *out = &exchange->head;

	buffer_puts(out, "HTTP/1.1 ");
	put_integer(out, status);
	put_header(out, " ", reason(status));
	put_header(out, "Date: ", exchange->http->date);
	if (content_type != NULL) {
		put_header(out, "Content-Type: ", content_type);
	}
	if (length == REPLY_CHUNKED) {
		buffer_puts(out, "Transfer-Encoding: chunked\r\n");
	} else if (length != REPLY_UNTIL_CLOSE && status != 204 && status != 304) {
		buffer_puts(out, "Content-Length: ");
		put_integer(out, (int64_t)length);
		buffer_append(out, "\r\n", 2);
	}
	buffer_puts(out, "X-Content-Type-Options: nosniff\r\n");
	cors_put(exchange, out);
	put_request_id(exchange, out);
	if (headers != NULL) {
		buffer_puts(out, headers);
	}
	if (!exchange->keep_alive) {
		buffer_puts(out, "Connection: close\r\n");
	} else if (exchange->tells_keep_alive) {
		buffer_puts(out, "Connection: keep-alive\r\n");
	}
	buffer_append(out, "\r\n", 2);
}

bool reply_head(struct exchange *exchange, int status, const char *content_type,
	const char *headers, size_t length)
{
	bool again = exchange->answered;

	if (again && exchange->connection != NULL) {
		log_write(LOG_WARN, "a second answer to %s is dropped", exchange->target);
	}
	exchange->answered = true;
	if (again || exchange->connection == NULL) {
		return false;
	}
	exchange->keep_alive = connection_keeps(exchange->connection, exchange);
	exchange->status = status;
	if (length < REPLY_UNTIL_CLOSE) {
		exchange->http->short_answer_at = uv_now(exchange->http->uv);
	}
	write_head(exchange, status, content_type, headers, length);
	exchange->bytes += exchange->head.length;
	exchange->ready = true;
	connection_answered(exchange->connection);
	return true;
}

void reply_lasting(struct exchange *exchange, const char *content_type, const char *headers,
	const char *bytes, size_t length)
{
	if (reply_head(exchange, 200, content_type, headers, length) &&
		exchange->method != METHOD_HEAD) {
		exchange->shared = (struct shared_body){ .data = bytes, .length = length };
		exchange->bytes += length;
	}
}

void reply_body(struct exchange *exchange, int status, const char *content_type,
	const char *headers, struct buffer *body)
{
	if (!reply_head(exchange, status, content_type, headers, body->length)) {
		body->length = 0;
		return;
	}
	buffer_finish(&exchange->body);
	exchange->body = *body;
	*body = (struct buffer){ 0 };
	if (exchange->method == METHOD_HEAD) {
		exchange->body.length = 0;
	}
	exchange->bytes += exchange->body.length;
}
