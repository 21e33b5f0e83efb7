#include "http/connection.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "base/memory.h"
#include "base/settings.h"
#include "http/client.h"
#include "http/connection_state.h"
#include "http/request_life.h"
#include "reply/reply.h"
#include "server/loop.h"
#include "server/metrics.h"
#include "server/server.h"

enum {
	PIPELINE_MAX = 16,   /* requests of one connection that are worked on */
	CROWDED = 1024,      /* requests of a loop; beyond, one of a connection at a time */
	READ_CROWDED = 2048, /* bytes that are read at a time, */
	BACKLOG_CROWDED = 4 * 1024 * 1024, /* once so many wait for room */
	LINGER_TIME = 1000 /* ms that the client has to close after the last answer */
};

/* -- End --------------------------------------------------------------------------- */

static void leave_count(const struct connection *connection)
{
	struct loop *loop = connection->loop;

	switch (connection->kind) {
	case OF_CLIENT:
		server_connection_closed(loop->server);
		break;
	case OF_REFUSED:
		server_refusal_closed(loop->server);
		break;
	case OF_OPERATOR:
		loop->operators--;
		break;
	}
}

static void on_closed(uv_handle_t *handle)
{
	struct connection *connection = handle->data;
	struct loop *loop = connection->loop;

	if (connection->previous != NULL) {
		connection->previous->next = connection->next;
	} else {
		loop->connections = connection->next;
	}
	if (connection->next != NULL) {
		connection->next->previous = connection->previous;
	}
	if (connection->counted) {
		clients_give(
			server_clients(loop->server), &connection->peer, CLIENT_CONNECTION);
	}
	leave_count(connection);
	free(connection);
	loop->connection_count--;
	listener_go_on(&loop->listener);
	listener_go_on(&loop->operation);
	loop_end_if_idle(loop);
}

static void leave_dirty(struct connection *connection)
{
	struct connection **link = &connection->loop->dirty;

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
		exchange_finish(exchange);
	}
	connection->last = NULL;
	if (connection->arriving != NULL) {
		exchange_finish(connection->arriving);
		connection->arriving = NULL;
	}
	parser_finish(&connection->parser);
	connection->loop->backlog -= connection->backlog.capacity;
	buffer_finish(&connection->backlog);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
	struct connection *connection = shutdown->data;

	if (status < 0 || connection->half) {
		connection_close(connection);
	}
}

/* All is said. */
static void linger(struct connection *connection)
{
	connection->state = LINGERING;
	connection->since = uv_now(&connection->loop->uv);
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

/* A field that is sent several times is a list in parts (RFC 9110, 5.3). */
static void keep_header(
	struct alm_request *request, const char *text, const struct parser_header *header)
{
	const char **kept = &request->header[header->header];

	*kept = *kept == NULL ? arena_copy(&request->arena, text, header->length)
			      : arena_printf(&request->arena, "%s, %.*s", *kept,
					(int)header->length, text);
}

static void on_head(struct connection *connection)
{
	const struct parser_head *head = &connection->parser.head;
	struct exchange *exchange = exchange_create(connection->loop, connection);
	struct alm_request *request = &exchange->request;

	request->method = head->method;
	request->target = arena_copy(&request->arena, head->target, head->target_length);
	for (unsigned i = 0; i < head->kept_count; i++) {
		keep_header(request, head->text + head->kept[i].at, &head->kept[i]);
	}
	exchange->keep_alive = head->keep_alive;
	exchange->says_keep_alive = head->old && head->keep_alive;
	exchange->old = head->old;
	exchange->begun = uv_hrtime();
	exchange->peer = connection->peer;
	request->operation = connection->kind == OF_OPERATOR;
	metrics_add(&connection->loop->metrics->begun, 1);
	connection->arriving = exchange;
}

static void on_request(struct connection *connection)
{
	struct exchange *exchange = connection->arriving;

	connection->arriving = NULL;
	connection->begun = uv_now(&connection->loop->uv);
	connection->ending |= !exchange->keep_alive;
	enqueue(connection, exchange);
	request_dispatch(&exchange->request);
}

/* A request of which no head has come that could be read. */
static void begin_unreadable(struct connection *connection)
{
	struct exchange *exchange = exchange_create(connection->loop, connection);

	exchange->begun = uv_hrtime();
	exchange->peer = connection->peer;
	metrics_add(&connection->loop->metrics->begun, 1);
	connection->arriving = exchange;
}

void connection_refuse(
	struct connection *connection, const struct problem *problem, const char *format, ...)
{
	struct exchange *exchange;
	va_list args;

	if (connection->arriving == NULL) {
		begin_unreadable(connection);
	}
	exchange = connection->arriving;
	connection->arriving = NULL;
	connection->ending = true;
	exchange->keep_alive = false;
	enqueue(connection, exchange);
	va_start(args, format);
	reply_problemv(&exchange->request, problem, format, args);
	va_end(args);
}

static void refuse_bad(struct connection *connection)
{
	const struct parser *parser = &connection->parser;
	const struct parser_head *head = &parser->head;
	struct problem problem = { .status = parser->status };

	if (connection->arriving == NULL) {
		begin_unreadable(connection);
		if (head->target != NULL) {
			struct alm_request *request = &connection->arriving->request;

			request->place =
				arena_copy(&request->arena, head->target, head->target_length);
		}
	}
	if (parser->limit > 0) {
		connection_refuse(
			connection, &problem, "%s %zu bytes", parser->reason, parser->limit);
	} else {
		connection_refuse(connection, &problem, "%s", parser->reason);
	}
}

/* Back-pressure: a client that does not read answers, or asks for many at once, waits. So does
 * what follows a request of HTTP/1.0, whose answer may end with the connection. */
static bool has_room(const struct connection *connection)
{
	unsigned most = connection->loop->exchange_count < CROWDED ? PIPELINE_MAX : 1;

	return connection->count < most && !connection->writing &&
	       (connection->last == NULL || !connection->last->old);
}

/* What was read while there was no room is counted: it is the client's to say how much. */
static void add_backlog(struct connection *connection, const char *data, size_t length)
{
	size_t before = connection->backlog.capacity;

	buffer_append(&connection->backlog, data, length);
	connection->loop->backlog += connection->backlog.capacity - before;
}

static void drop_backlog(struct connection *connection)
{
	connection->loop->backlog -= connection->backlog.capacity;
	buffer_finish(&connection->backlog);
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
	return connection->ending || connection->half ||
	       (connection->loop->ending && connection->backlog.length == 0 &&
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
	struct loop *loop = connection->loop;
	size_t length = loop->backlog < BACKLOG_CROWDED ? sizeof(loop->input) : READ_CROWDED;

	(void)suggested;
	*buf = uv_buf_init(loop->input, (unsigned)length);
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
	connection->half = true;
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
		connection->begun = uv_now(&connection->loop->uv);
	}
	take_requests(connection, &data, &length);
	if (length > 0 && connection->state == OPEN && !connection->ending) {
		add_backlog(connection, data, length);
		stop_reading(connection);
	}
}

void connection_start_reading(struct connection *connection)
{
	if (!connection->reading && !connection->half) {
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
	const struct settings *settings = connection->loop->settings;
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
		connection_refuse(connection, &(struct problem){ .status = 408 },
			"the request did not come to its end in time");
	} else {
		connection_close(connection);
	}
}

void connection_check_times(struct loop *loop)
{
	uint64_t now = uv_now(&loop->uv);

	for (struct connection *c = loop->connections; c != NULL; c = c->next) {
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

void connection_close_idle(struct loop *loop)
{
	for (struct connection *c = loop->connections; c != NULL; c = c->next) {
		if (c->state == OPEN && is_idle(c) && !has_input(c)) {
			connection_close(c);
		}
	}
}

void connection_close_all(struct loop *loop)
{
	for (struct connection *c = loop->connections; c != NULL; c = c->next) {
		connection_close(c);
	}
}
