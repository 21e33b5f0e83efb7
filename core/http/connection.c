#include "http/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/counter.h"
#include "base/memory.h"
#include "base/settings.h"
#include "http/client.h"
#include "http/connection_state.h"
#include "http/http.h"

enum {
	PIPELINE_MAX = 16,   /* requests under way on one connection */
	CROWDED = 1024,      /* requests of a loop; beyond, one on a connection at a time */
	READ_CROWDED = 2048, /* bytes of a read, */
	BACKLOG_CROWDED = 4 * 1024 * 1024, /* while the backlog of all connections is larger */
	REASON_MAX = 256,
	HELD_FREE = 2048, /* bytes that an incomplete request may have in any case, */
	HELD_MAX = 32 * 1024 * 1024, /* and more, while all of the process are within this */
	RETRY_AFTER_SECONDS = 1,
	OPERATORS_MAX = 32, /* connections of the listener of operators */
	LINGER_MS = 1000    /* for the client to close after the last answer */
};

/* -- End --------------------------------------------------------------------------- */

static void uncount(const struct connection *connection)
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
		http->operator_count--;
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
	uncount(connection);
	free(connection);
	http->connection_count--;
	listener_go_on(&http->listener);
	listener_go_on(&http->operation);
	http->handler->idle(http);
}

static void remove_from_dirty(struct connection *connection)
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

/* Closes the handle: by a reset if an answer to HTTP/1.0 was not sent whole, since there the
 * end of the connection is the end of the answer (RFC 9112, 6.3). */
static void close_handle(struct connection *connection)
{
	const struct exchange *first = connection->first;
	bool incomplete = first != NULL && first->http_1_0 && first->ready;

	if (!incomplete || uv_tcp_close_reset(&connection->tcp, on_closed) < 0) {
		uv_close((uv_handle_t *)&connection->tcp, on_closed);
	}
}

/* Sets the bytes of the connection's incomplete request. Returns those of the process. */
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
	remove_from_dirty(connection);
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

/* Shuts down the write side after the last answer. */
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

/* Copies a header. Field lines of one name are one list (RFC 9110, 5.3). */
static void copy_header(
	struct exchange *exchange, const char *text, const struct parser_header *header)
{
	const char **value = &exchange->header[header->header];

	*value = *value == NULL ? arena_copy(&exchange->arena, text, header->length)
				: arena_printf(&exchange->arena, "%s, %.*s", *value,
					  (int)header->length, text);
}

/* The client waits a moment for it before it sends the body (RFC 9110, 10.1.1); behind answers
 * that have not left it would have to wait as well, so it does without. */
static void say_continue(struct connection *connection)
{
	static char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	uv_buf_t buf = uv_buf_init(text, sizeof(text) - 1);

	if (connection->first == NULL && !connection->writing) {
		uv_try_write((uv_stream_t *)&connection->tcp, &buf, 1);
	}
}

static void on_head(struct connection *connection)
{
	const struct parser_head *head = &connection->parser.head;
	struct exchange *exchange = begin_exchange(connection);

	exchange->method = head->method;
	exchange->head_text = arena_copy(&exchange->arena, head->text, head->length);
	exchange->head_length = head->length;
	exchange->target = arena_copy(&exchange->arena, head->target, head->target_length);
	for (unsigned i = 0; i < head->header_count; i++) {
		copy_header(exchange, head->text + head->headers[i].at, &head->headers[i]);
	}
	exchange->keep_alive = head->keep_alive;
	exchange->tells_keep_alive = head->http_1_0 && head->keep_alive;
	exchange->http_1_0 = head->http_1_0;
	if (connection->parser.takes && head->expects) {
		say_continue(connection);
	}
}

static void on_request(struct connection *connection)
{
	struct exchange *exchange = connection->arriving;

	exchange->content = connection->parser.body;
	connection->parser.body = (struct buffer){ 0 };
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
	parser_finish(&connection->parser); /* the client may take long to close */
}

static void refuse_malformed(struct connection *connection)
{
	const struct parser *parser = &connection->parser;
	const struct parser_head *head = &parser->head;
	char why[REASON_MAX];

	if (connection->arriving == NULL && head->target != NULL) {
		struct exchange *exchange = begin_exchange(connection);

		exchange->bad_path =
			arena_copy(&exchange->arena, head->target, head->target_length);
	}
	if (parser->limit > 0) {
		snprintf(why, sizeof(why), "%s %zu bytes", parser->reason, parser->limit);
		connection_refuse(connection, parser->status, 0, why);
	} else {
		connection_refuse(connection, parser->status, 0, parser->reason);
	}
}

/* Back-pressure: whether the next request may be parsed. Not while answers wait for the client
 * to read, beyond the pipeline's limit, or after a request of HTTP/1.0, whose answer may end
 * with the connection. */
static bool has_room(const struct connection *connection)
{
	unsigned limit = connection->http->exchange_count < CROWDED ? PIPELINE_MAX : 1;

	return connection->count < limit && !connection->writing &&
	       (connection->last == NULL || !connection->last->http_1_0);
}

/* Adds bytes read, and counts them: the client decides how many they are. */
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

/* Limits the memory of incomplete requests, of which clients may begin one on each connection,
 * and have ten seconds to complete. Those received in one piece, or short, are never refused.
 */
static void limit_incomplete(struct connection *connection)
{
	const struct exchange *arriving = connection->arriving;
	size_t held = connection->parser.partial.capacity + connection->parser.body.capacity;
	size_t before = connection->held;

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

/* Parses and dispatches requests from the front of *data until there is no room for more. */
static void parse_requests(struct connection *connection, const char **data, size_t *length)
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
			refuse_malformed(connection);
		}
	}
	if (connection->state == OPEN) {
		limit_incomplete(connection);
	}
}

static void parse_backlog(struct connection *connection)
{
	struct buffer *backlog = &connection->backlog;
	const char *data = backlog->data;
	size_t length = backlog->length;

	parse_requests(connection, &data, &length);
	if (connection->state != OPEN) {
		return; /* the backlog is freed */
	}
	buffer_consume(backlog, backlog->length - length);
	if (length == 0 || connection->ending) {
		drop_backlog(connection);
	}
}

/* Whether it waits for the first byte of a request. */
static bool is_idle(const struct connection *connection)
{
	return connection->first == NULL && connection->arriving == NULL &&
	       !parser_is_within_request(&connection->parser);
}

/* Whether the connection is to be ended once all answers are sent. */
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
		parse_backlog(connection);
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

/* The client has shut down its side, as it may after its last request: requests under way are
 * still answered. */
static void on_peer_shutdown(struct connection *connection)
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
		on_peer_shutdown(connection);
		return;
	}
	if (n < 0) {
		connection_close(connection);
		return;
	}
	if (n == 0 || connection->state != OPEN || connection->ending) {
		return; /* nothing, or input behind the last request */
	}
	if (!parser_is_within_request(&connection->parser)) {
		connection->begun = uv_now(connection->http->uv);
	}
	parse_requests(connection, &data, &length);
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

/* uv_now() of the last progress of the client. */
static uint64_t waiting_since(struct connection *connection, uint64_t now)
{
	size_t unsent = uv_stream_get_write_queue_size((uv_stream_t *)&connection->tcp);

	if (connection->writing && unsent != connection->unsent) {
		connection->unsent = unsent;
		connection->since = now;
	}
	if (!connection->writing && connection->first != NULL) {
		return now; /* the server's turn; queries have a timeout of their own */
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

	return connection->state == LINGERING ? LINGER_MS
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

/* Whether the socket has input that was not read yet. */
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

/* -- Beginning ---------------------------------------------------------------------- */

/* Reply to a connection beyond a limit. */
struct refusal {
	int status;
	const char *why;
};

/* How a connection is counted, and whether it is refused. */
struct entry {
	enum connection_kind kind;
	bool counted; /* among the client's connections */
	const struct refusal *refusal;
};

static bool count_up(atomic_size_t *number, size_t limit)
{
	if (atomic_fetch_add(number, 1) < limit) {
		return true;
	}
	atomic_fetch_sub(number, 1);
	return false;
}

/* Counts a client's connection. Returns the limit that it is beyond, NULL: none. */
static const struct refusal *check_limits(
	struct http *http, const struct in6_addr *peer, bool *counted)
{
	static const struct refusal full = { 503,
		"the server has no room for more connections" };
	static const struct refusal many = { 429, "this client has too many connections" };
	struct http_capacity *capacity = http->capacity;

	if (!count_up(&capacity->open, capacity->open_max)) {
		return &full;
	}
	if (clients_trust(http->clients, peer)) {
		return NULL;
	}
	*counted = clients_take(http->clients, peer, CLIENT_CONNECTION);
	if (!*counted) {
		atomic_fetch_sub(&capacity->open, 1);
	}
	return *counted ? NULL : &many;
}

/* Counts the connection. False: there is no capacity to answer it, not even with a refusal. */
static bool admit(
	const struct listener *listener, const struct in6_addr *peer, struct entry *entry)
{
	struct http *http = listener->http;

	*entry = (struct entry){ .kind = OF_OPERATOR };
	if (listener->operation) {
		if (http->operator_count == OPERATORS_MAX) {
			return false;
		}
		http->operator_count++;
		return true;
	}
	entry->refusal = check_limits(http, peer, &entry->counted);
	entry->kind = entry->refusal == NULL ? OF_CLIENT : OF_REFUSED;
	return entry->refusal == NULL ||
	       count_up(&http->capacity->refused, http->capacity->refused_max);
}

static struct connection *create(
	struct http *http, const struct in6_addr *peer, const struct entry *entry)
{
	struct connection *connection = memory_new(struct connection);

	connection->http = http;
	connection->since = uv_now(http->uv);
	connection->peer = *peer;
	connection->kind = entry->kind;
	connection->counted = entry->counted;
	parser_init(&connection->parser, &http->limits);
	uv_tcp_init(http->uv, &connection->tcp);
	connection->tcp.data = connection;
	connection->next = http->connections;
	if (connection->next != NULL) {
		connection->next->previous = connection;
	}
	http->connections = connection;
	http->connection_count++;
	return connection;
}

void connection_accept(
	const struct listener *listener, int socket, const struct sockaddr *address)
{
	struct http *http = listener->http;
	struct entry entry;
	struct in6_addr peer = { 0 };
	struct connection *connection;
	bool admitted;

	client_from_socket(address, &peer);
	admitted = admit(listener, &peer, &entry);
	counter_add(admitted && entry.refusal == NULL ? &http->accepted : &http->refused, 1);
	if (!admitted) {
		close(socket);
		return;
	}
	connection = create(http, &peer, &entry);
	if (uv_tcp_open(&connection->tcp, socket) < 0) {
		close(socket);
		connection_close(connection);
		return;
	}
	uv_tcp_nodelay(&connection->tcp, 1);
	if (entry.refusal != NULL) {
		connection_refuse(connection, entry.refusal->status, RETRY_AFTER_SECONDS,
			entry.refusal->why);
	}
	connection_start_reading(connection);
}
