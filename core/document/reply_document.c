#include "document/reply_document.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/number.h"
#include "base/settings.h"
#include "document/file_name.h"
#include "document/response_cache.h"
#include "document/validator.h"
#include "http/client.h"
#include "http/connection.h"
#include "http/http.h"
#include "reply/encoding.h"
#include "reply/entity_tag.h"
#include "reply/problem.h"
#include "reply/range.h"
#include "reply/reply.h"
#include "route/page.h"
#include "route/route.h"
#include "route/services.h"

enum {
	RETRY_AFTER = 1,            /* s */
	ENCODED_AT_ONCE = 96 * 1024 /* bytes: a millisecond */
};

/* -- Heads -------------------------------------------------------------- */

static void put_link(
	struct buffer *out, const char *before, const char *url, const char *relation)
{
	buffer_puts(out, before);
	buffer_puts(out, url);
	buffer_puts(out, relation);
}

/* RFC 8288. */
static void put_links(struct buffer *out, const struct envelope *envelope)
{
	const char *before = "Link: <";

	if (envelope->next != NULL) {
		put_link(out, before, envelope->next, ">; rel=\"next\"");
		before = ", <";
	}
	if (envelope->prev != NULL) {
		put_link(out, before, envelope->prev, ">; rel=\"prev\"");
		before = ", <";
	}
	if (before[0] == ',') {
		buffer_puts(out, "\r\n");
	}
}

static void put_integer(struct buffer *out, int64_t value)
{
	out->length += number_write_integer(buffer_reserve(out, NUMBER_TEXT_MAX), value);
}

/* Header lines for caches (RFC 9111), which a 304 has too. ETag comes last, since it may differ
 * there. */
static void put_validators(struct alm_request *request, struct buffer *out)
{
	char etag[ENTITY_TAG_TEXT];
	bool has_tag = validator_write(request, etag);

	buffer_puts(out, "Vary: Accept, Accept-Encoding\r\nCache-Control: ");
	if (has_tag) {
		buffer_puts(out, "max-age=");
		put_integer(
			out, settings_integer(request->services->settings, SETTING_MAX_AGE));
		buffer_puts(out, ", must-revalidate\r\n");
	} else {
		buffer_puts(out, "no-store\r\n");
	}
	request->validators = out->length;
	if (has_tag) {
		buffer_puts(out, "ETag: ");
		buffer_puts(out, etag);
		buffer_puts(out, "\r\n");
	}
}

/* Header lines of a 304 (RFC 9110, 15.4.5). */
static const char *write_validators(struct alm_request *request)
{
	struct buffer *out = &request->services->http->headers;

	out->length = 0;
	put_validators(request, out);
	return buffer_text(out);
}

/* `whole`: the body is known, so that parts of it can be sent. */
static const char *write_headers(
	struct alm_request *request, const struct envelope *envelope, bool whole)
{
	struct buffer *out = &request->services->http->headers;
	bool has_tag;

	out->length = 0;
	put_validators(request, out);
	has_tag = out->length > request->validators;
	if (request->coding != NULL) {
		buffer_puts(out, "Content-Encoding: ");
		buffer_puts(out, request->coding);
		buffer_puts(out, "\r\n");
	}
	buffer_puts(out, whole && has_tag ? REPLY_RANGES : REPLY_NO_RANGES);
	if (request->format->extension != NULL) {
		buffer_puts(out, "Content-Disposition: inline; filename=\"");
		file_name_put(request, out);
		buffer_puts(out, "\"\r\n");
	}
	if (envelope->paged) {
		put_links(out, envelope);
	}
	return buffer_text(out);
}

/* -- Whole documents ---------------------------------------------------- */

static enum encoding choose_coding(const struct alm_request *request)
{
	return request->format->packed
		       ? ENCODING_IDENTITY
		       : encoding_negotiate(
				 request->http.header[HEADER_ACCEPT_ENCODING], ENCODING_ZSTD);
}

/* Begins to encode, unless the body is short or the client accepts no coding. */
static bool begin_encoding(struct alm_request *request, const struct buffer *body)
{
	enum encoding encoding = choose_coding(request);

	request->coding = NULL;
	if (request->http.connection == NULL || request->http.answered ||
		encoding == ENCODING_IDENTITY || !encoding_worth(body->length)) {
		return false;
	}
	request->http.stream.encoder = encoder_create(encoding);
	request->coding = encoding_name(encoding);
	return true;
}

bool reply_encode(struct alm_request *request, struct buffer *body)
{
	struct stream *stream = &request->http.stream;
	size_t left, length;

	if (stream->encoder == NULL && !begin_encoding(request, body)) {
		return true;
	}
	left = body->length - stream->encoded;
	length = left < ENCODED_AT_ONCE ? left : ENCODED_AT_ONCE;
	encoder_feed(stream->encoder, body->data + stream->encoded, length, length == left,
		&stream->rest);
	stream->encoded += length;
	if (length < left) {
		return false;
	}
	encoder_destroy(stream->encoder);
	stream->encoder = NULL;
	buffer_finish(body);
	*body = stream->rest;
	stream->rest = (struct buffer){ 0 };
	return true;
}

static enum encoding coding_of(const struct alm_request *request)
{
	enum encoding coding = ENCODING_IDENTITY;

	while (request->coding != NULL && coding + 1 < ENCODINGS &&
		request->coding != encoding_name(coding)) {
		coding++;
	}
	return coding;
}

/* Whether the response may be stored: not if it is of older data by now. */
static bool may_store(const struct alm_request *request)
{
	return request->http.connection != NULL && !request->http.answered &&
	       request->http.method == METHOD_GET &&
	       request->catalog == request->services->catalog;
}

/* Stores the response in the response cache; `body` without data: the 304 alone. */
static void store(struct alm_request *request, const char *media_type, const char *headers,
	enum encoding coding, const struct buffer *body)
{
	struct response response = { .route = request->route,
		.media_type = media_type,
		.headers = headers,
		.validators = request->validators,
		.coding = coding,
		.body = body->data,
		.length = body->length,
		.row_count = request->row_count };

	if (validator_data(request, &response.id) &&
		validator_write_all(request, &response.tags)) {
		response_cache_store(request->services->response_cache, request, &response);
	}
}

/* Replies with a range of the body, with the header lines that are written already. */
static void reply_part(struct alm_request *request, const char *media_type,
	const struct range *range, struct buffer *body)
{
	struct buffer *headers = &request->services->http->headers;

	range_put(headers, range, body->length);
	buffer_consume(body, range->first);
	body->length = range->length;
	reply_body(&request->http, 206, media_type, buffer_text(headers), body);
}

void reply_document(struct alm_request *request, const char *media_type,
	const struct envelope *envelope, struct buffer *body)
{
	const char *headers = write_headers(request, envelope, true);
	char etag[ENTITY_TAG_TEXT];
	struct range range;

	if (may_store(request)) {
		store(request, media_type, headers, coding_of(request), body);
	}
	if (if_none_match_is_any(&request->http)) {
		body->length = 0;
		reply_body(&request->http, 304, NULL, write_validators(request), body);
	} else if (validator_write(request, etag) &&
		   range_find(&request->http, etag, body->length, &range)) {
		reply_part(request, media_type, &range, body);
	} else {
		reply_body(&request->http, 200, media_type, headers, body);
	}
}

void reply_not_modified(struct alm_request *request)
{
	struct buffer nothing = { 0 };
	const char *headers = write_validators(request);

	if (may_store(request)) {
		store(request, NULL, headers, ENCODING_IDENTITY, &nothing);
	}
	reply_body(&request->http, 304, NULL, headers, &nothing);
}

/* -- Streams ------------------------------------------------------------ */

/* Whether chunks are to be sent: not for HEAD. */
static bool is_wanted(const struct alm_request *request)
{
	return request->http.connection != NULL && request->http.method != METHOD_HEAD;
}

static const char last_chunk[] = "0\r\n\r\n", after_last[] = "\r\n0\r\n\r\n";

/* Counts the stream. False: the client has too many; replied. */
static bool admit(struct alm_request *request)
{
	struct exchange *exchange = &request->http;
	struct clients *clients = request->services->clients;
	struct stream *stream = &exchange->stream;

	stream->counted = clients_take(clients, http_client(exchange), CLIENT_STREAM);
	if (!stream->counted) {
		reply_problem(&request->http,
			&(struct problem){ .status = 429, .retry_after = RETRY_AFTER },
			"this client is receiving as many long answers as it may at a time");
	}
	return stream->counted;
}

/* Replies with the head. HTTP/1.0 has no chunks: the answer ends with the connection. */
static bool begin(struct exchange *exchange, const char *media_type, const char *headers)
{
	if (exchange->http_1_0 && exchange->connection != NULL && !exchange->answered) {
		connection_end_after(exchange->connection, exchange);
	}
	if (!reply_head(exchange, 200, media_type, headers,
		    exchange->http_1_0 ? REPLY_UNTIL_CLOSE : REPLY_CHUNKED)) {
		return false;
	}
	exchange->stream.open = exchange->method != METHOD_HEAD;
	return true;
}

bool reply_stream_begin(
	struct alm_request *request, const char *media_type, const struct envelope *envelope)
{
	struct exchange *exchange = &request->http;
	enum encoding encoding = choose_coding(request);

	request->coding = encoding != ENCODING_IDENTITY ? encoding_name(encoding) : NULL;
	if (if_none_match_is_any(&request->http)) {
		reply_not_modified(request);
		return false;
	}
	if (!admit(request)) {
		return false;
	}
	if (encoding != ENCODING_IDENTITY && request->http.method != METHOD_HEAD) {
		exchange->stream.encoder = encoder_create(encoding);
	}
	return begin(exchange, media_type, write_headers(request, envelope, false));
}

static void frame(struct stream *stream, size_t length, bool last)
{
	snprintf(stream->size, sizeof(stream->size), "%zx\r\n", length);
	stream->after = length == 0 ? (last ? last_chunk : NULL) : last ? after_last : "\r\n";
}

/* Makes the rows the next chunk. */
static void set_chunk(struct exchange *exchange, struct buffer *rows, bool last)
{
	struct stream *stream = &exchange->stream;
	struct buffer empty = exchange->body;

	empty.length = 0;
	if (stream->encoder != NULL) {
		encoder_feed(stream->encoder, rows->data, rows->length, last, &exchange->body);
		rows->length = 0;
	} else {
		exchange->body = *rows;
		*rows = empty;
	}
	exchange->bytes += exchange->body.length;
	if (!exchange->http_1_0) {
		frame(stream, exchange->body.length, last);
	}
	stream->open = !last;
	connection_answered(exchange->connection);
}

bool reply_is_streaming(struct alm_request *request)
{
	return request->http.connection != NULL && request->http.stream.open;
}

bool reply_stream_write(struct alm_request *request, struct buffer *rows, struct task *task)
{
	struct exchange *exchange = &request->http;

	if (!is_wanted(request) || rows->length == 0) {
		rows->length = 0;
		return true;
	}
	if (exchange->body.length > 0) {
		exchange->stream.task = task;
		return false;
	}
	set_chunk(exchange, rows, false);
	return true;
}

void reply_stream_end(struct alm_request *request, struct buffer *rows)
{
	struct exchange *exchange = &request->http;

	if (!is_wanted(request)) {
		return;
	}
	if (exchange->body.length == 0) {
		set_chunk(exchange, rows, true);
		return;
	}
	exchange->stream.ending = true;
	exchange->stream.rest = *rows;
	*rows = (struct buffer){ 0 };
}

void reply_chunk_sent(struct exchange *exchange)
{
	struct stream *stream = &exchange->stream;

	if (stream->ending) {
		stream->ending = false;
		set_chunk(exchange, &stream->rest, true);
	} else if (stream->task != NULL) {
		request_wait(request_of(exchange), stream->task);
		stream->task = NULL;
	}
}

void reply_cut(struct alm_request *request, const char *why)
{
	if (request->http.connection != NULL) {
		log_write(LOG_WARN, "route %s: the answer to %s is cut off: %s",
			request->route->declared->path, request->http.target, why);
		connection_cut(request->http.connection);
	}
}
