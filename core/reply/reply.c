#include "reply/reply.h"

#include <string.h>

#include "answer/validator.h"
#include "base/log.h"
#include "base/number.h"
#include "base/trace.h"
#include "http/connection.h"
#include "http/request_life.h"
#include "reply/cors.h"
#include "reply/problem.h"
#include "route/router.h"
#include "server/loop.h"
#include "server/responses.h"

/* The status line of problems comes from their table. */
static const char *reason(int status)
{
	size_t count;
	const struct problem_kind *kinds = problem_kinds(&count);

	switch (status) {
	case 200:
		return "OK";
	case 204:
		return "No Content";
	case 304:
		return "Not Modified";
	}
	for (size_t i = 0; i < count; i++) {
		if (kinds[i].status == status) {
			return kinds[i].title;
		}
	}
	return ""; /* the standard lets it be empty */
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

/* What the client has called its request is told back. */
static void put_request_id(const struct alm_request *request, struct buffer *out)
{
	const char *id = request->header[HEADER_REQUEST_ID];

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
	put_header(out, "Date: ", exchange->request.loop->date);
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
	cors_put(&exchange->request, out);
	put_request_id(&exchange->request, out);
	if (headers != NULL) {
		buffer_puts(out, headers);
	}
	if (!exchange->keep_alive) {
		buffer_puts(out, "Connection: close\r\n");
	} else if (exchange->says_keep_alive) {
		buffer_puts(out, "Connection: keep-alive\r\n");
	}
	buffer_append(out, "\r\n", 2);
}

bool reply_head(struct alm_request *request, int status, const char *content_type,
	const char *headers, size_t length)
{
	struct exchange *exchange = exchange_of(request);
	bool again = request->answered;

	if (again && request->connection != NULL) {
		log_write(LOG_WARN, "route %s: a second answer to %s is dropped",
			request->route->declared->path, request->target);
	}
	request->answered = true;
	if (again || request->connection == NULL) {
		return false;
	}
	exchange->keep_alive = connection_keeps(request->connection, exchange);
	exchange->status = status;
	if (length < REPLY_UNTIL_CLOSE) {
		exchange->request.loop->asked = uv_now(&exchange->request.loop->uv);
	}
	write_head(exchange, status, content_type, headers, length);
	exchange->bytes += exchange->head.length;
	exchange->ready = true;
	connection_answered(request->connection);
	return true;
}

static void reply_kept_304(
	struct alm_request *request, const struct response *response, enum encoding known)
{
	struct buffer nothing = { 0 }, *headers = &request->loop->headers;

	headers->length = 0;
	buffer_append(headers, response->headers, response->validators);
	put_header(headers, "ETag: ", response->tags.text[known]);
	reply_body(request, 304, NULL, buffer_text(headers), &nothing);
	response_release(response);
}

bool reply_kept(struct alm_request *request, const struct response *response)
{
	struct exchange *exchange = exchange_of(request);
	int known = validator_find(request, &response->tags, response->coding);

	if (response->body == NULL && (known < 0 || validator_is_any(request))) {
		response_release(response);
		return false;
	}
	request->route = response->route;
	if (known >= 0) {
		reply_kept_304(request, response, (enum encoding)known);
		return true;
	}
	request->row_count = response->row_count;
	if (!reply_head(
		    request, 200, response->media_type, response->headers, response->length) ||
		request->method == METHOD_HEAD) {
		response_release(response);
		return true;
	}
	exchange->kept = response;
	exchange->bytes += response->length;
	return true;
}

void reply_body(struct alm_request *request, int status, const char *content_type,
	const char *headers, struct buffer *body)
{
	struct exchange *exchange = exchange_of(request);

	if (!reply_head(request, status, content_type, headers, body->length)) {
		body->length = 0;
		return;
	}
	buffer_finish(&exchange->body);
	exchange->body = *body;
	*body = (struct buffer){ 0 };
	if (request->method == METHOD_HEAD) {
		exchange->body.length = 0;
	}
	exchange->bytes += exchange->body.length;
}
