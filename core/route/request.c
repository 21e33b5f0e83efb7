#include "route/request.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "answer/conditional.h"
#include "answer/recheck.h"
#include "answer/shape.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/url.h"
#include "catalog/catalog.h"
#include "format/format.h"
#include "http/client.h"
#include "http/request_life.h"
#include "plugin/current.h"
#include "reply/cors.h"
#include "reply/encoding.h"
#include "reply/nearest.h"
#include "reply/problem.h"
#include "reply/reference.h"
#include "reply/reply.h"
#include "route/params.h"
#include "route/router.h"
#include "route/value_words.h"
#include "server/access_log.h"
#include "server/kept_answer.h"
#include "server/loop.h"
#include "server/metrics.h"
#include "server/responses.h"
#include "server/server.h"

enum {
	SPARES_MAX = 128,           /* requests whose memory a loop keeps */
	SPARE_BODY_MAX = 32 * 1024, /* larger bodies are not kept */
	RETRY_AFTER_SECONDS = 2,    /* the database may be back by then */
	ROUTES_TOLD = 64,           /* paths that a 404 lists */
	FORMATS_MAX = 8             /* media types that a 406 lists */
};

/* -- Life ----------------------------------------------------------------------- */

struct exchange *exchange_create(struct loop *loop, struct connection *connection)
{
	struct exchange *exchange = loop->spares;

	if (exchange != NULL) {
		loop->spares = exchange->next;
		loop->spare_count--;
	} else {
		exchange = memory_new(struct exchange);
		arena_init(&exchange->request.arena);
	}
	loop->exchange_count++;
	if (loop->busiest < loop->exchange_count) {
		loop->busiest = loop->exchange_count;
	}
	exchange->next = NULL;
	exchange->request.loop = loop;
	exchange->request.connection = connection;
	return exchange;
}

static void free_exchange(struct exchange *exchange)
{
	encoder_destroy(exchange->stream.encoder);
	buffer_finish(&exchange->stream.rest);
	response_release(exchange->kept);
	arena_finish(&exchange->request.arena);
	buffer_finish(&exchange->request.rows);
	buffer_finish(&exchange->head);
	buffer_finish(&exchange->body);
	free(exchange);
}

const struct in6_addr *exchange_client(struct exchange *exchange)
{
	struct alm_request *request = &exchange->request;

	if (!exchange->known) {
		struct in6_addr origin = clients_origin(server_clients(request->loop->server),
			&exchange->peer, request->header[HEADER_FORWARDED_FOR]);

		exchange->client = client_share(&origin);
		exchange->known = true;
	}
	return &exchange->client;
}

void request_wait(struct alm_request *request, struct turn *turn)
{
	turns_wait(request->loop->turns, turn, exchange_client(exchange_of(request)));
}

/* Back to how exchange_create() gives it out, with the memory it has gathered. */
static void wipe(struct exchange *exchange)
{
	struct alm_request *request = &exchange->request;
	struct arena arena;
	struct buffer head = exchange->head, rows = request->rows;

	if (rows.capacity == 0 && exchange->body.capacity <= SPARE_BODY_MAX) {
		rows = exchange->body;
	} else {
		buffer_finish(&exchange->body);
	}
	if (rows.capacity > SPARE_BODY_MAX) {
		buffer_finish(&rows);
	}
	encoder_destroy(exchange->stream.encoder);
	buffer_finish(&exchange->stream.rest);
	response_release(exchange->kept);
	arena_reset(&request->arena);
	arena = request->arena;
	head.length = rows.length = 0;
	*exchange =
		(struct exchange){ .head = head, .request = { .arena = arena, .rows = rows } };
}

static void recycle(struct exchange *exchange)
{
	struct loop *loop = exchange->request.loop;

	assert(loop->exchange_count > 0);
	loop->exchange_count--;
	admission_leave(&exchange->request);
	catalog_release(exchange->request.catalog);
	if (loop->spare_count == SPARES_MAX) {
		free_exchange(exchange);
	} else {
		wipe(exchange);
		exchange->next = loop->spares;
		loop->spares = exchange;
		loop->spare_count++;
	}
	loop_end_if_idle(loop);
}

void exchange_finish(struct exchange *exchange)
{
	struct stream *stream = &exchange->stream;
	struct loop *loop = exchange->request.loop;

	exchange->cut |= stream->open;
	metrics_count(loop->metrics, exchange);
	access_log_add(loop->access_log, exchange);
	if (stream->counted) {
		clients_give(
			server_clients(loop->server), exchange_client(exchange), CLIENT_STREAM);
		stream->counted = false;
	}
	exchange->request.connection = NULL;
	exchange->finished = true;
	admission_abandon(&exchange->request);
	if (stream->turn != NULL) {
		request_wait(&exchange->request, stream->turn);
		stream->turn = NULL;
	}
	if (exchange->request.pending == 0) {
		recycle(exchange);
	}
}

void exchange_trim(struct loop *loop, size_t keep)
{
	while (loop->spare_count > keep) {
		struct exchange *exchange = loop->spares;

		loop->spares = exchange->next;
		loop->spare_count--;
		free_exchange(exchange);
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
	if (exchange_of(request)->finished) {
		recycle(exchange_of(request));
	} else if (!request->answered) {
		log_write(LOG_ERROR, "route %s of %s: returned without an answer to %s",
			request->route->declared->path, request->route->plugin->path,
			request->target);
		reply_problem(request, &(struct problem){ .status = 500 },
			"the route did not answer");
	}
}

/* -- Where to ------------------------------------------------------------------- */

static int fail(struct alm_request *request, int status, const char *why)
{
	reply_problem(request, &(struct problem){ .status = status }, "%s", why);
	return -1;
}

/* Sets path and query. -1: answered. */
static int split_target(struct alm_request *request)
{
	size_t length;
	const char *raw = reference_path(request->target, &length);
	struct url_text path;
	const char *flaw;

	if (raw == NULL) {
		return fail(request, 400, "the URL has no path: it must begin with '/'");
	}
	if (strchr(raw, '#') != NULL) {
		return fail(request, 400,
			"the URL has a '#': leave it and what follows out, or write it %23");
	}
	request->raw_path = raw;
	request->raw_length = length;
	request->query = raw[length] == '?' ? raw + length + 1 : "";
	flaw = url_decode(&request->arena, URL_PATH, raw, length, &path);
	if (flaw != NULL) {
		reply_problem(request, &(struct problem){ .status = 400 },
			"the path cannot be read: %s", flaw);
		return -1;
	}
	request->path = path.text;
	return 0;
}

/* Each of the two addresses has its own. */
static bool is_there(const struct alm_request *request, const struct route *route)
{
	return request->operation ? route->operation : !route->internal;
}

static void reply_not_found(struct alm_request *request)
{
	const char *paths[ROUTES_TOLD + 1];
	size_t count;
	const struct route *routes = router_routes(request->loop->router, &count);
	const char *near;
	size_t told = 0;

	for (size_t i = 0; i < count && told < ROUTES_TOLD; i++) {
		if (is_there(request, &routes[i])) {
			paths[told++] = routes[i].declared->path;
		}
	}
	paths[told] = NULL;
	near = nearest_text(request->path, paths, told);
	reply_problem(request, &(struct problem){ .status = 404, .allowed = paths },
		"there is nothing at %s%s%s%s", request->path,
		near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
}

static void reply_options(struct alm_request *request)
{
	struct buffer nothing = { 0 }, *headers = &request->loop->headers;

	headers->length = 0;
	buffer_puts(headers, REPLY_ALLOW);
	cors_put_preflight(request, headers);
	reply_body(request, 204, NULL, buffer_text(headers), &nothing);
}

/* -- What ------------------------------------------------------------------------ */

/* -1: there is none, and that was answered. */
static int take_catalog(struct alm_request *request)
{
	struct loop *loop = request->loop;
	struct problem problem = { .status = 503, .retry_after = RETRY_AFTER_SECONDS };

	catalog_release(request->catalog); /* recheck.c: one that knew too little */
	request->catalog = loop->catalog != NULL && request->rechecks == 0
				   ? catalog_hold(loop->catalog)
				   : catalog_feed_newest(loop->feed);
	if (request->catalog != NULL) {
		return 0;
	}
	reply_problem(request, &problem,
		"the stored data is not available at the moment; the log of the server says why");
	return -1;
}

static void call_plugin(struct alm_request *request)
{
	const struct plugin *before = current_enter(request->route->plugin);

	request_hold(request);
	request->route->declared->handle(request);
	current_leave(before);
	request_drop(request);
}

/* Media types of the formats that fit the route's fields. */
static int reply_unacceptable(
	struct alm_request *request, const struct column *columns, size_t count)
{
	const char *types[FORMATS_MAX + 1];
	size_t told = 0;

	for (size_t i = 0; format_list[i] != NULL && told < FORMATS_MAX; i++) {
		const struct format *format = format_list[i];

		if (format->fits == NULL || format->fits(columns, count)) {
			types[told++] = format->accepts[0];
		}
	}
	types[told] = NULL;
	reply_problem(request, &(struct problem){ .status = 406, .allowed = types },
		"nothing that the Accept header asks for is available here; leave it out, or ask for "
		"one of %s, or take the parameter format",
		words_list(&request->arena, types));
	return -1;
}

/* -1: the client takes none that there is; replied. */
static int choose_format(struct alm_request *request)
{
	const struct values *wanted = params_host(request, HOST_FORMAT);
	const char *accept = request->header[HEADER_ACCEPT];
	const struct member *members;
	struct column *columns;

	request->format = wanted->count > 0 ? format_find(wanted->texts[0]) : format_list[0];
	if (wanted->count > 0 || accept == NULL || strcmp(accept, "*/*") == 0) {
		return 0;
	}
	members = shape_declared(request);
	columns = arena_alloc(&request->arena, request->route->field_count * sizeof(*columns));
	for (size_t i = 0; i < request->route->field_count; i++) {
		columns[i] = members[i].column;
	}
	request->format = format_negotiate(accept, columns, request->route->field_count);
	return request->format != NULL
		       ? 0
		       : reply_unacceptable(request, columns, request->route->field_count);
}

static void run_route(
	struct alm_request *request, const struct capture *captures, size_t capture_count)
{
	struct flaws flaws;

	if (request->route->builtin != NULL) {
		request->route->builtin(request);
		return;
	}
	if (take_catalog(request) < 0) {
		return;
	}
	flaws.count = 0;
	flaws.by_catalog = false;
	params_parse(request, captures, capture_count, &flaws);
	if (flaws.count > 0 && flaws.by_catalog) {
		recheck_flaws(request, &flaws);
	} else if (flaws.count > 0) {
		reply_flaws(request, &flaws);
	} else if (choose_format(request) == 0 && !conditional_answer(request, call_plugin)) {
		call_plugin(request);
	}
}

/* Routes the request and answers it without the response cache. */
static void dispatch_anew(struct alm_request *request)
{
	struct capture captures[ROUTER_CAPTURES_MAX];
	size_t count;

	if (split_target(request) < 0) {
		return;
	}
	request->route = router_find(request->loop->router, request->raw_path,
		request->raw_length, captures, ROUTER_CAPTURES_MAX, &count);
	if (request->route != NULL && !is_there(request, request->route)) {
		request->route = NULL;
	}
	if (request->route == NULL) {
		reply_not_found(request);
	} else if (request->method == METHOD_OPTIONS) {
		reply_options(request);
	} else {
		router_decode(&request->arena, captures, count);
		run_route(request, captures, count);
	}
}

void request_dispatch(struct alm_request *request)
{
	if (request->method == METHOD_OTHER) {
		reply_problem(request, &(struct problem){ .status = 405 },
			"nothing here can be changed: only GET, HEAD and OPTIONS are possible");
	} else if (request->method == METHOD_OPTIONS && strcmp(request->target, "*") == 0) {
		reply_options(request);
	} else if (request->method == METHOD_OPTIONS || request->operation ||
		   !kept_answer(request, dispatch_anew)) {
		dispatch_anew(request);
	}
}
