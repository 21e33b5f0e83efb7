#include "http/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "base/counter.h"
#include "base/memory.h"
#include "base/settings.h"
#include "http/client.h"
#include "http/connection_state.h"
#include "http/http.h"

enum {
	PIPELINE_MAX = 16,   /* requests of one connection that are worked on */
	CROWDED = 1024,      /* requests of a loop; beyond, one of a connection at a time */
	READ_CROWDED = 2048, /* bytes that are read at a time, */
	BACKLOG_CROWDED = 4 * 1024 * 1024, /* once so many wait for room */
	REASON_MAX = 256,
	HELD_FREE = 2048, /* bytes of a request that has not come whole: in any case, */
	HELD_MAX = 32 * 1024 * 1024, /* and more, as long as all are within this */
	RETRY_AFTER_SECONDS = 1,
	LINGER_TIME = 1000 /* ms that the client has to close after the last answer */
};

/* -- End --------------------------------------------------------------------------- */

static void leave_count(const struct connection *connection)
{
	struct http *http = connection->http;

	switch (connection->kind) {
	case OF_CLIENT:
		atomic_fetch_sub(&http->capacity->open, 1);
		break;
	case OF_REFUSED:
		atomic_fetch_sub(&http->capacity->refused, 1);
		break;
	case OF_OPERATOR:
		http->operators--;
		break;
	}
}

static void on_closed(uv_handle_t *handle)
{
	struct connection *connection = handle->data;
	struct http *http = connection->http;

	if (connection->previous != NULL) {
		connection->previous->next = connection->next;
	} else {
		http->connections = connection->next;
	}
	if (connection->next != NULL) {
		connection->next->previous = connection->previous;
	}
	if (connection->counted) {
		clients_give(http->clients, &connection->peer, CLIENT_CONNECTION);
	}
	leave_count(connection);
	free(connection);
	http->connection_count--;
	listener_go_on(&http->listener);
	listener_go_on(&http->operation);
	http->handler->idle(http);
}

static void leave_dirty(struct connection *connection)
{
	struct connection **link = &connection->http->dirty;

	while (connection->dirty && *link != NULL) {
		if (*link == connection) {
			*link = connection->next_dirty;
			connection->dirty = false;
		} else {
			link = &(*link)->next_dirty;
		}
	}
}

/* An answer of HTTP/1.0 that has not left whole must not look as if it had: where the end of
 * the connection is its end, only a reset tells the two apart. */
static void close_handle(struct connection *connection)
{
	const struct exchange *first = connection->first;
	bool torn = first != NULL && first->old && first->ready;

	if (!torn || uv_tcp_close_reset(&connection->tcp, on_closed) < 0) {
		uv_close((uv_handle_t *)&connection->tcp, on_closed);
	}
}

/* Returns the bytes that requests which have not come whole take on all connections. */
static size_t set_held(struct connection *connection, size_t held)
{
	size_t more = held - connection->held; /* modulo SIZE_MAX + 1 */

	connection->held = held;
	return atomic_fetch_add(&connection->http->capacity->held, more) + more;
}

void connection_close(struct connection *connection)
{
	if (connection->state == CLOSED) {
		return;
	}
	connection->state = CLOSED;
	close_handle(connection);
	leave_dirty(connection);
	while (connection->first != NULL) {
		struct exchange *exchange = connection->first;

		connection->first = exchange->next;
		connection->http->handler->finish(exchange);
	}
	connection->last = NULL;
	if (connection->arriving != NULL) {
		connection->http->handler->finish(connection->arriving);
		connection->arriving = NULL;
	}
	parser_finish(&connection->parser);
	set_held(connection, 0);
	connection->http->backlog -= connection->backlog.capacity;
	buffer_finish(&connection->backlog);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
	struct connection *connection = shutdown->data;

	if (status < 0 || connection->peer_shutdown) {
		connection_close(connection);
	}
}

/* All is said. */
static void linger(struct connection *connection)
{
	connection->state = LINGERING;
	connection->since = uv_now(connection->http->uv);
	connection->work.shutdown.data = connection;
	connection_start_reading(connection);
	if (uv_shutdown(&connection->work.shutdown, (uv_stream_t *)&connection->tcp,
		    on_shutdown) < 0) {
		connection_close(connection);
	}
}

/* -- Requests ------------------------------------------------------------------------ */

static void enqueue(struct connection *connection, struct exchange *exchange)
{
	if (connection->last != NULL) {
		connection->last->next = exchange;
	} else {
		connection->first = exchange;
	}
	connection->last = exchange;
	connection->count++;
}

static struct exchange *begin_exchange(struct connection *connection)
{
	struct http *http = connection->http;
	struct exchange *exchange = http->handler->begin(http);

	exchange->http = http;
	exchange->connection = connection;
	exchange->peer = connection->peer;
	exchange->operation = connection->kind == OF_OPERATOR;
	exchange->begun = uv_hrtime();
	counter_add(&http->begun, 1);
	connection->arriving = exchange;
	return exchange;
}

/* A field that is sent several times is a list in parts (RFC 9110, 5.3). */
static void keep_header(
	struct exchange *exchange, const char *text, const struct parser_header *header)
{
	const char **kept = &exchange->header[header->header];

	*kept = *kept == NULL ? arena_copy(&exchange->arena, text, header->length)
			      : arena_printf(&exchange->arena, "%s, %.*s", *kept,
					(int)header->length, text);
}

static void on_head(struct connection *connection)
{
	const struct parser_head *head = &connection->parser.head;
	struct exchange *exchange = begin_exchange(connection);

	exchange->method = head->method;
	exchange->target = arena_copy(&exchange->arena, head->target, head->target_length);
	for (unsigned i = 0; i < head->kept_count; i++) {
		keep_header(exchange, head->text + head->kept[i].at, &head->kept[i]);
	}
	exchange->keep_alive = head->keep_alive;
	exchange->says_keep_alive = head->old && head->keep_alive;
	exchange->old = head->old;
}

static void on_request(struct connection *connection)
{
	struct exchange *exchange = connection->arriving;

	connection->arriving = NULL;
	connection->begun = uv_now(connection->http->uv);
	connection->ending |= !exchange->keep_alive;
	enqueue(connection, exchange);
	connection->http->handler->answer(exchange);
}

void connection_refuse(
	struct connection *connection, int status, int retry_after, const char *why)
{
	struct exchange *exchange = connection->arriving != NULL ? connection->arriving
								 : begin_exchange(connection);

	connection->arriving = NULL;
	connection->ending = true;
	exchange->keep_alive = false;
	enqueue(connection, exchange);
	connection->http->handler->refuse(exchange, status, retry_after, why);
	parser_finish(&connection->parser); /* it may be long until the client has closed */
}

static void refuse_bad(struct connection *connection)
{
	const struct parser *parser = &connection->parser;
	const struct parser_head *head = &parser->head;
	char why[REASON_MAX];

	if (connection->arriving == NULL && head->target != NULL) {
		struct exchange *exchange = begin_exchange(connection);

		exchange->place =
			arena_copy(&exchange->arena, head->target, head->target_length);
	}
	if (parser->limit > 0) {
		snprintf(why, sizeof(why), "%s %zu bytes", parser->reason, parser->limit);
		connection_refuse(connection, parser->status, 0, why);
	} else {
		connection_refuse(connection, parser->status, 0, parser->reason);
	}
}

/* Back-pressure: a client that does not read answers, or asks for many at once, waits. So does
 * what follows a request of HTTP/1.0, whose answer may end with the connection. */
static bool has_room(const struct connection *connection)
{
	unsigned most = connection->http->exchange_count < CROWDED ? PIPELINE_MAX : 1;

	return connection->count < most && !connection->writing &&
	       (connection->last == NULL || !connection->last->old);
}

/* What was read while there was no room is counted: it is the client's to say how much. */
static void add_backlog(struct connection *connection, const char *data, size_t length)
{
	size_t before = connection->backlog.capacity;

	buffer_append(&connection->backlog, data, length);
	connection->http->backlog += connection->backlog.capacity - before;
}

static void drop_backlog(struct connection *connection)
{
	connection->http->backlog -= connection->backlog.capacity;
	buffer_finish(&connection->backlog);
}

/* Requests that have not come whole: clients may begin as many as there are connections, and
 * have ten seconds to end them. Those that come in one piece, or are short, never wait for
 * others. */
static void hold(struct connection *connection)
{
	const struct exchange *arriving = connection->arriving;
	size_t held = connection->parser.partial.capacity, before = connection->held;

	if (arriving != NULL) {
		held += sizeof(*arriving) + arriving->arena.total;
	}
	if (held != before && set_held(connection, held) > HELD_MAX && held > before &&
		held > HELD_FREE) {
		connection_refuse(connection, 503, RETRY_AFTER_SECONDS,
			"too many requests are coming in pieces: send yours whole, or again");
		set_held(connection, 0);
	}
}

/* Takes requests from the front of *data until there is no room for more. */
static void take_requests(struct connection *connection, const char **data, size_t *length)
{
	struct parser *parser = &connection->parser;
	enum parser_event event = PARSER_END;

	while (event != PARSER_MORE && connection->state == OPEN && !connection->ending &&
		has_room(connection)) {
		event = parser_feed(parser, data, length);
		if (event == PARSER_HEAD) {
			on_head(connection);
		} else if (event == PARSER_END) {
			on_request(connection);
		} else if (event == PARSER_BAD) {
			refuse_bad(connection);
		}
	}
	if (connection->state == OPEN) {
		hold(connection);
	}
}

static void take_backlog(struct connection *connection)
{
	struct buffer *backlog = &connection->backlog;
	const char *data = backlog->data;
	size_t length = backlog->length;

	take_requests(connection, &data, &length);
	if (connection->state != OPEN) {
		return; /* and the backlog is gone */
	}
	buffer_consume(backlog, backlog->length - length);
	if (length == 0 || connection->ending) {
		drop_backlog(connection);
	}
}

/* Waiting for the first byte of a request. */
static bool is_idle(const struct connection *connection)
{
	return connection->first == NULL && connection->arriving == NULL &&
	       !parser_is_amid(&connection->parser);
}

/* Whether nothing more is to be read, once all answers have left. */
static bool is_over(const struct connection *connection)
{
	return connection->ending || connection->peer_shutdown ||
	       (connection->http->ending && connection->backlog.length == 0 &&
		       is_idle(connection));
}

void connection_go_on(struct connection *connection)
{
	if (connection->state != OPEN) {
		return;
	}
	if (connection->backlog.length > 0 && has_room(connection)) {
		take_backlog(connection);
	}
	if (connection->state != OPEN) {
		return;
	}
	if (connection->first == NULL && is_over(connection)) {
		linger(connection);
	} else if (connection->backlog.length == 0) {
		connection_start_reading(connection);
	}
}

/* -- Reading ----------------------------------------------------------------------------- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct connection *connection = handle->data;
	struct http *http = connection->http;
	size_t length = http->backlog < BACKLOG_CROWDED ? sizeof(http->input) : READ_CROWDED;

	(void)suggested;
	*buf = uv_buf_init(http->input, (unsigned)length);
}

static void stop_reading(struct connection *connection)
{
	if (connection->reading) {
		uv_read_stop((uv_stream_t *)&connection->tcp);
		connection->reading = false;
	}
}

/* The client has closed its side, which it may do as soon as it has asked: what is
 * under way is still answered. */
static void on_half(struct connection *connection)
{
	connection->peer_shutdown = true;
	stop_reading(connection);
	if (connection->state == LINGERING || connection->first == NULL) {
		connection_close(connection);
	}
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct connection *connection = stream->data;
	const char *data = buf->base;
	size_t length = n > 0 ? (size_t)n : 0;

	if (n == UV_EOF) {
		on_half(connection);
		return;
	}
	if (n < 0) {
		connection_close(connection);
		return;
	}
	if (n == 0 || connection->state != OPEN || connection->ending) {
		return; /* nothing, or nothing that will be looked at */
	}
	if (!parser_is_amid(&connection->parser)) {
		connection->begun = uv_now(connection->http->uv);
	}
	take_requests(connection, &data, &length);
	if (length > 0 && connection->state == OPEN && !connection->ending) {
		add_backlog(connection, data, length);
		stop_reading(connection);
	}
}

void connection_start_reading(struct connection *connection)
{
	if (!connection->reading && !connection->peer_shutdown) {
		connection->reading = true;
		uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_read);
	}
}

/* -- Time ---------------------------------------------------------------------------------- */

/* Since when nothing has happened that should; UINT64_MAX: nothing should. */
static uint64_t waiting_since(struct connection *connection, uint64_t now)
{
	size_t unsent = uv_stream_get_write_queue_size((uv_stream_t *)&connection->tcp);

	if (connection->writing && unsent != connection->unsent) {
		connection->unsent = unsent;
		connection->since = now;
	}
	if (!connection->writing && connection->first != NULL) {
		return now; /* our turn; queries have a limit of their own */
	}
	if (connection->writing || is_idle(connection)) {
		return connection->since;
	}
	return connection->begun > connection->since ? connection->begun : connection->since;
}

static uint64_t time_limit(const struct connection *connection)
{
	const struct settings *settings = connection->http->settings;
	enum setting setting = connection->writing   ? SETTING_WRITE_TIMEOUT
			       : is_idle(connection) ? SETTING_IDLE_TIMEOUT
						     : SETTING_HEADER_TIMEOUT;

	return connection->state == LINGERING ? LINGER_TIME
					      : (uint64_t)settings_integer(settings, setting);
}

static void check_time(struct connection *connection, uint64_t now)
{
	if (connection->state == CLOSED ||
		now - waiting_since(connection, now) < time_limit(connection)) {
		return;
	}
	if (connection->state == OPEN && !connection->writing && !is_idle(connection)) {
		connection_refuse(
			connection, 408, 0, "the request did not come to its end in time");
	} else {
		connection_close(connection);
	}
}

void connection_check_times(struct http *http)
{
	uint64_t now = uv_now(http->uv);

	for (struct connection *c = http->connections; c != NULL; c = c->next) {
		check_time(c, now);
	}
}

/* Whether a request has arrived that was not read yet. */
static bool has_input(const struct connection *connection)
{
	uv_os_fd_t fd;
	int bytes = 0;

	return uv_fileno((const uv_handle_t *)&connection->tcp, &fd) == 0 &&
	       ioctl(fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

void connection_close_idle(struct http *http)
{
	for (struct connection *c = http->connections; c != NULL; c = c->next) {
		if (c->state == OPEN && is_idle(c) && !has_input(c)) {
			connection_close(c);
		}
	}
}

void connection_close_all(struct http *http)
{
	for (struct connection *c = http->connections; c != NULL; c = c->next) {
		connection_close(c);
	}
}
