#include "http/connection_state.h"
#include "http/http.h"

#include <string.h>

enum {
	ANSWERS_AT_ONCE = 32, /* written with one call */
	PARTS_EACH = 5        /* head; size, content and end of a chunk */
};

static void on_writer(uv_idle_t *writer);
static void write_ready(struct connection *connection);

bool connection_keeps(struct connection *connection, const struct exchange *exchange)
{
	if (exchange->keep_alive && exchange == connection->last &&
		(connection->http->draining || connection->peer_shutdown)) {
		connection->ending = true;
	}
	return exchange->keep_alive && (exchange != connection->last || !connection->ending);
}

void connection_end_after(struct connection *connection, struct exchange *exchange)
{
	exchange->keep_alive = false;
	connection->ending = true;
}

void connection_answered(struct connection *connection)
{
	struct http *http = connection->http;

	if (connection->dirty || connection->state != OPEN) {
		return;
	}
	connection->dirty = true;
	connection->next_dirty = http->dirty;
	http->dirty = connection;
	if (connection->next_dirty == NULL) {
		uv_idle_start(&http->writer, on_writer);
	}
}

void connection_cut(struct connection *connection)
{
	if (connection->first != NULL) {
		connection->first->cut = true;
	}
	connection_close(connection);
}

static void release(struct connection *connection, unsigned count)
{
	while (count-- > 0) {
		struct exchange *exchange = connection->first;

		connection->first = exchange->next;
		connection->count--;
		connection->http->handler->finish(exchange);
	}
	if (connection->first == NULL) {
		connection->last = NULL;
	}
}

/* Answers to be written with one call. */
struct batch {
	uv_buf_t parts[PARTS_EACH * ANSWERS_AT_ONCE];
	unsigned part_count, answers;
	size_t bytes;
};

static void add_part(struct batch *batch, const char *data, size_t length)
{
	union {
		const char *data;
		char *base;
	} cast = { .data = data };

	if (length > 0) {
		batch->parts[batch->part_count++] = uv_buf_init(cast.base, (unsigned)length);
		batch->bytes += length;
	}
}

static void add_answer(struct batch *batch, const struct exchange *exchange)
{
	const struct stream *stream = &exchange->stream;

	add_part(batch, exchange->head.data, exchange->head.length);
	if (exchange->body.length > 0) {
		add_part(batch, stream->size, strlen(stream->size));
	}
	add_part(batch, exchange->shared.data, exchange->shared.length);
	add_part(batch, exchange->body.data, exchange->body.length);
	if (stream->after != NULL) {
		add_part(batch, stream->after, strlen(stream->after));
	}
}

/* Collects answers that are ready, up to the first open stream. */
static void gather(const struct connection *connection, struct batch *batch)
{
	batch->part_count = batch->answers = 0;
	batch->bytes = 0;
	for (const struct exchange *x = connection->first;
		x != NULL && x->ready && batch->answers < ANSWERS_AT_ONCE; x = x->next) {
		add_answer(batch, x);
		if (x->stream.open) {
			break;
		}
		batch->answers++;
	}
}

/* Finishes the answers written, and lets an open stream continue. */
static void complete_write(struct connection *connection, unsigned answers)
{
	struct exchange *first;

	release(connection, answers);
	first = connection->first;
	if (first == NULL || !first->stream.open) {
		return;
	}
	first->head.length = first->body.length = 0;
	first->stream.after = NULL;
	connection->http->handler->chunk_sent(first);
}

static void on_written(uv_write_t *write, int status)
{
	struct connection *connection = write->data;

	if (connection->state == CLOSED) {
		return;
	}
	if (status < 0) {
		connection_close(connection);
		return;
	}
	connection->writing = false;
	complete_write(connection, connection->complete);
	write_ready(connection);
}

/* Has libuv write the bytes that the socket did not take at once. */
static void write_later(struct connection *connection, struct batch *batch, size_t sent)
{
	unsigned i = 0;

	while (sent >= batch->parts[i].len) {
		sent -= batch->parts[i++].len;
	}
	batch->parts[i].base += sent;
	batch->parts[i].len -= sent;
	connection->writing = true;
	connection->complete = batch->answers;
	connection->unsent = 0;
	connection->work.write.data = connection;
	if (uv_write(&connection->work.write, (uv_stream_t *)&connection->tcp, batch->parts + i,
		    batch->part_count - i, on_written) < 0) {
		connection_close(connection);
	}
}

static void write_ready(struct connection *connection)
{
	struct batch batch;

	while (connection->state == OPEN && !connection->writing) {
		int sent;

		gather(connection, &batch);
		if (batch.part_count == 0 && batch.answers == 0) {
			break;
		}
		if (batch.part_count == 0) {
			complete_write(
				connection, batch.answers); /* end of a stream without chunks */
			continue;
		}
		sent = uv_try_write(
			(uv_stream_t *)&connection->tcp, batch.parts, batch.part_count);
		connection->since = uv_now(connection->http->uv);
		if (sent < 0 && sent != UV_EAGAIN) {
			connection_close(connection);
		} else if (sent > 0 && (size_t)sent == batch.bytes) {
			complete_write(connection, batch.answers);
		} else {
			write_later(connection, &batch, sent > 0 ? (size_t)sent : 0);
		}
	}
	connection_go_on(connection);
}

static void write_all(struct http *http)
{
	struct connection *list = http->dirty;

	http->dirty = NULL;
	while (list != NULL) {
		struct connection *connection = list;

		list = connection->next_dirty;
		connection->next_dirty = NULL;
		connection->dirty = false;
		write_ready(connection);
	}
	if (http->dirty == NULL) {
		uv_idle_stop(&http->writer);
	}
}

/* Runs before the loop polls for events; active, it keeps the loop from waiting. */
static void on_writer(uv_idle_t *writer)
{
	write_all(writer->data);
}
