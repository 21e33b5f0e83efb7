#include "server/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "answer/host.h"
#include "base/memory.h"
#include "base/url.h"
#include "catalog/catalog.h"
#include "document/member.h"
#include "document/revalidate.h"
#include "document/row_params.h"
#include "format/format.h"
#include "http/http.h"
#include "reply/cors.h"
#include "reply/problem.h"
#include "reply/reference.h"
#include "reply/reply.h"
#include "route/hints.h"
#include "route/params.h"
#include "route/request.h"
#include "route/router.h"
#include "route/services.h"
#include "route/value_words.h"

enum {
	RETRY_AFTER_SECONDS = 2, /* while the database is away */
	ROUTES_LISTED = 64       /* by a 404 */
};

/* -- Target and routing ---------------------------------------------------------- */

static int fail(struct alm_request *request, int status, const char *why)
{
	reply_problem(&request->http, &(struct problem){ .status = status }, "%s", why);
	return -1;
}

/* Sets path and query. -1: replied with a problem. */
static int split_target(struct alm_request *request)
{
	size_t length;
	const char *raw = reference_path(request->http.target, &length);
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
	flaw = url_decode(&request->http.arena, URL_PATH, raw, length, &path);
	if (flaw != NULL) {
		reply_problem(&request->http, &(struct problem){ .status = 400 },
			"the path cannot be read: %s", flaw);
		return -1;
	}
	request->path = path.text;
	return 0;
}

/* Whether the route is served at the address of the request: public, or of operators. */
static bool is_there(const struct alm_request *request, const struct route *route)
{
	return request->http.operation ? route->operation : !route->internal;
}

/* The path for messages: decoded, unless it has a "%2F", which would look like a separator. */
static const char *shown_path(struct alm_request *request)
{
	const char *raw =
		arena_copy(&request->http.arena, request->raw_path, request->raw_length);

	return strcasestr(raw, "%2F") != NULL ? raw : request->path;
}

static void reply_not_found(struct alm_request *request)
{
	const char *paths[ROUTES_LISTED + 1];
	size_t count;
	const struct route *routes = router_routes(request->services->router, &count);
	size_t told = 0;

	for (size_t i = 0; i < count && told < ROUTES_LISTED; i++) {
		if (is_there(request, &routes[i])) {
			paths[told++] = routes[i].declared->path;
		}
	}
	paths[told] = NULL;
	reply_problem(&request->http, &(struct problem){ .status = 404, .allowed = paths },
		"there is nothing at %s%s", shown_path(request),
		hint_path(&request->http.arena, request->path, paths));
}

/* `methods`: of what is there. */
static void reply_options(struct alm_request *request, uint32_t methods)
{
	struct buffer nothing = { 0 }, *headers = &request->services->http->headers;

	headers->length = 0;
	buffer_puts(headers, "Allow: ");
	method_list(methods, headers);
	buffer_puts(headers, "\r\n");
	cors_put_preflight(&request->http, methods, headers);
	reply_body(&request->http, 204, NULL, buffer_text(headers), &nothing);
}

/* Finds the route of a target, as received. NULL: there is none. */
static const struct route *find_route(
	const struct services *services, const char *target, size_t target_length)
{
	struct capture captures[ROUTER_CAPTURES_MAX];
	char *copy = memory_copy_text(target, target_length);
	size_t length, count;
	const char *raw = reference_path(copy, &length);
	const struct route *route = raw != NULL ? router_find(services->router, raw, length,
							  captures, ROUTER_CAPTURES_MAX, &count)
						: NULL;

	free(copy);
	return route;
}

bool dispatch_takes(
	const struct services *services, enum method method, const char *target, size_t length)
{
	const struct route *route = find_route(services, target, length);

	return route != NULL && (route_methods(route) & METHOD_BIT(method)) != 0;
}

static void reply_not_allowed(struct alm_request *request, const struct route *route)
{
	struct problem problem = { .status = 405,
		.methods = route != NULL ? route_methods(route) : METHODS_READING };
	struct buffer list = { 0 };

	if (problem.methods == METHODS_READING) {
		reply_problem(&request->http, &problem,
			"nothing here can be changed: only GET, HEAD and OPTIONS are possible");
		return;
	}
	method_list(problem.methods, &list);
	reply_problem(&request->http, &problem, "%s is not possible here, only %s",
		method_name(request->http.method), buffer_text(&list));
	buffer_finish(&list);
}

/* -- Running the route ------------------------------------------------------------- */

/* Sets the request's catalog. -1: there is none; replied. */
static int take_catalog(struct alm_request *request)
{
	struct services *services = request->services;
	struct problem problem = { .status = 503, .retry_after = RETRY_AFTER_SECONDS };

	catalog_release(request->catalog); /* an older one, after revalidate.c */
	request->catalog = services->catalog != NULL && request->catalog_retries == 0
				   ? catalog_hold(services->catalog)
				   : catalog_watcher_newest(services->watcher);
	if (request->catalog != NULL) {
		return 0;
	}
	reply_problem(&request->http, &problem,
		"the stored data is not available at the moment; the log of the server says why");
	return -1;
}

/* Names of the formats of the route. */
static const char *const *formats_of(const struct alm_request *request)
{
	return request->route->params[request->route->host[HOST_FORMAT]]->choices;
}

/* Lists the media types of the route's formats. */
static int reply_unacceptable(struct alm_request *request)
{
	const char *types[FORMAT_COUNT + 1];
	size_t told = 0;

	for (const char *const *name = formats_of(request); *name != NULL; name++) {
		types[told++] = format_find(*name)->accepts[0];
	}
	types[told] = NULL;
	reply_problem(&request->http, &(struct problem){ .status = 406, .allowed = types },
		"nothing that the Accept header asks for is available here; leave it out, or ask for "
		"one of %s, or take the parameter format",
		words_list(&request->http.arena, types));
	return -1;
}

/* Sets the format from ?format= and Accept. -1: none is acceptable; replied. */
static int choose_format(struct alm_request *request)
{
	const struct values *wanted = request_values(request, HOST_FORMAT);
	const char *accept = request->http.header[HEADER_ACCEPT];

	if (request->route->declared->answer == ALM_BYTES) {
		request->format =
			format_list[0]; /* of the rows it asks for, which are not sent */
		return 0;
	}
	request->format = wanted->count > 0 ? format_find(wanted->texts[0]) : format_list[0];
	if (wanted->count > 0 || accept == NULL || strcmp(accept, "*/*") == 0) {
		return 0;
	}
	request->format = format_negotiate(accept, formats_of(request));
	return request->format != NULL ? 0 : reply_unacceptable(request);
}

static void run_route(
	struct alm_request *request, const struct capture *captures, size_t capture_count)
{
	struct violations violations;

	if (request->route->builtin != NULL) {
		request->route->builtin(request);
		return;
	}
	if (take_catalog(request) < 0) {
		return;
	}
	violations.count = 0;
	violations.by_catalog = false;
	params_parse(request, captures, capture_count, &violations);
	if (violations.count > 0 && request->params != NULL) {
		row_params_check_early(request, &violations);
	}
	if (violations.count > 0 && violations.by_catalog) {
		revalidate_violations(request, &violations);
	} else if (violations.count > 0) {
		reply_violations(&request->http, &violations);
	} else if (choose_format(request) == 0 && !conditional_answer(request, route_answer)) {
		route_answer(request);
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
	request->route = router_find(request->services->router, request->raw_path,
		request->raw_length, captures, ROUTER_CAPTURES_MAX, &count);
	if (request->route != NULL && !is_there(request, request->route)) {
		request->route = NULL;
	}
	if (request->route == NULL) {
		reply_not_found(request);
	} else if (request->http.method == METHOD_OPTIONS) {
		reply_options(request, route_methods(request->route));
	} else if ((route_methods(request->route) & METHOD_BIT(request->http.method)) == 0) {
		reply_not_allowed(request, request->route);
	} else {
		router_decode(&request->http.arena, captures, count);
		run_route(request, captures, count);
	}
}

void dispatch_request(struct alm_request *request)
{
	enum method method = request->http.method;
	const char *target = request->http.target;

	if (!method_reads(method) &&
		!dispatch_takes(request->services, method, target, strlen(target))) {
		reply_not_allowed(
			request, find_route(request->services, target, strlen(target)));
	} else if (request->http.method == METHOD_OPTIONS &&
		   strcmp(request->http.target, "*") == 0) {
		reply_options(request, METHODS_READING);
	} else if ((METHOD_BIT(method) & METHODS_READING) == 0 || request->http.operation ||
		   !cached_answer(request, dispatch_anew)) {
		dispatch_anew(request);
	}
}
