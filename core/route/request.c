#include "route/request.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "catalog/catalog.h"
#include "http/client.h"
#include "http/http.h"
#include "reply/encoding.h"
#include "reply/problem.h"
#include "reply/reply.h"
#include "route/route.h"
#include "route/services.h"

enum {
	SPARES_MAX = 128,          /* requests whose memory a loop keeps */
	SPARE_BODY_MAX = 32 * 1024 /* larger bodies are not kept */
};

struct alm_request *request_create(struct services *services)
{
	struct alm_request *request = services->spares;
	struct http *http = services->http;

	if (request != NULL) {
		services->spares = request->next;
		services->spare_count--;
	} else {
		request = memory_new(struct alm_request);
		arena_init(&request->http.arena);
	}
	http->exchange_count++;
	if (services->busiest < http->exchange_count) {
		services->busiest = http->exchange_count;
	}
	request->next = NULL;
	request->services = services;
	request->claim.exchange = &request->http;
	return request;
}

static void free_request(struct alm_request *request)
{
	encoder_destroy(request->http.stream.encoder);
	buffer_finish(&request->rows);
	exchange_free(&request->http);
	free(request);
}

/* Back to how request_create() gives it out, with the memory it has gathered: that of the body
 * is the next request's for rows, which become its body. */
static void wipe(struct alm_request *request)
{
	struct exchange http;
	struct buffer rows = request->rows, *body = &request->http.body;

	if (rows.capacity == 0 && body->capacity <= SPARE_BODY_MAX) {
		rows = *body;
		*body = (struct buffer){ 0 };
	} else {
		buffer_finish(body);
	}
	if (rows.capacity > SPARE_BODY_MAX) {
		buffer_finish(&rows);
	}
	rows.length = 0;
	encoder_destroy(request->http.stream.encoder);
	exchange_wipe(&request->http);
	http = request->http;
	*request = (struct alm_request){ .http = http, .rows = rows };
}

static void recycle(struct alm_request *request)
{
	struct services *services = request->services;
	struct http *http = services->http;

	assert(http->exchange_count > 0);
	http->exchange_count--;
	admission_release(services->admission, &request->claim);
	catalog_release(request->catalog);
	if (services->spare_count == SPARES_MAX) {
		free_request(request);
	} else {
		wipe(request);
		request->next = services->spares;
		services->spares = request;
		services->spare_count++;
	}
	http->handler->idle(http);
}

void request_finish(struct alm_request *request)
{
	struct services *services = request->services;
	struct stream *stream = &request->http.stream;

	request->http.cut |= stream->open;
	services->finished(request);
	if (stream->counted) {
		clients_give(services->clients, http_client(&request->http), CLIENT_STREAM);
		stream->counted = false;
	}
	request->http.connection = NULL;
	request->http.finished = true;
	admission_abandon(services->admission, &request->claim);
	if (stream->task != NULL) {
		request_wait(request, stream->task);
		stream->task = NULL;
	}
	if (request->pending == 0) {
		recycle(request);
	}
}

void request_trim(struct services *services, size_t keep)
{
	while (services->spare_count > keep) {
		struct alm_request *request = services->spares;

		services->spares = request->next;
		services->spare_count--;
		free_request(request);
	}
}

void request_hold(struct alm_request *request)
{
	request->pending++;
}

void request_drop(struct alm_request *request)
{
	assert(request->pending > 0);
	if (--request->pending > 0) {
		return;
	}
	if (request->http.finished) {
		recycle(request);
	} else if (!request->http.answered) {
		log_write(LOG_ERROR, "route %s of %s: returned without an answer to %s",
			request->route->declared->path, request->route->plugin->path,
			request->http.target);
		reply_problem(&request->http, &(struct problem){ .status = 500 },
			"the route did not answer");
	}
}

enum admitted request_admit(
	struct alm_request *request, const struct client_need *need, struct task *then)
{
	return admission_ask(request->services->admission, &request->claim, need, then);
}

void request_settle(struct alm_request *request)
{
	const struct exchange *exchange = &request->http;

	admission_reduce(request->services->admission, &request->claim,
		exchange->arena.total + request->rows.capacity + exchange->body.capacity +
			exchange->stream.rest.capacity);
}

void request_wait(struct alm_request *request, struct task *task)
{
	run_queue_push(request->services->run_queue, task, http_client(&request->http));
}

const struct values *request_values(const struct alm_request *request, enum host_param param)
{
	static const struct values none = { 0 };
	int at = request->route->host[param];

	return at >= 0 && request->params != NULL ? &request->params[at] : &none;
}
