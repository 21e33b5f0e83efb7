#include "server/builtin.h"

#include <stdbool.h>
#include <stdio.h>
#include <uv.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/settings.h"
#include "catalog/catalog.h"
#include "db/connect.h"
#include "db/pool.h"
#include "reply/problem.h"
#include "reply/reply.h"
#include "reply/reply_static.h"
#include "route/request.h"
#include "server/loop.h"
#include "server/scrape.h"
#include "server/shared.h"
#include "site/landing.h"
#include "site/page_files.h"
#include "site/problem_pages.h"
#include "site/stat_pages.h"

enum { RETRY_AFTER_SECONDS = 2 };

enum { STUCK_SECONDS = 10 /* without a tick: a loop is stuck */ };

/* Whether the server is ready (`now`), was ready within SETTING_READY_GRACE, or waits for
 * rotated credentials. */
static bool was_ready(struct server_shared *shared, bool now)
{
	int64_t grace = settings_integer(shared->settings, SETTING_READY_GRACE);
	uint64_t time = uv_hrtime(), last;

	if (now) {
		atomic_store(&shared->ready, time);
		return true;
	}
	last = atomic_load(&shared->ready);
	return last != 0 && (time - last < (uint64_t)grace * UINT64_C(1000000000) ||
				    db_login_is_rotating(shared->target));
}

/* Whether every loop has ticked within the last seconds. */
static bool are_loops_alive(const struct server_shared *shared)
{
	uint64_t now = uv_hrtime(), limit = STUCK_SECONDS * UINT64_C(1000000000);

	for (size_t i = 0; i < shared->loop_count; i++) {
		uint64_t turned = shared->loops[i]->turned;

		if (now > turned && now - turned > limit) {
			return false;
		}
	}
	return true;
}

/* Whether every loop has a database connection. */
static bool are_loops_connected(const struct server_shared *shared)
{
	for (size_t i = 0; i < shared->loop_count; i++) {
		if (!shared->loops[i]->connected) {
			return false;
		}
	}
	return true;
}

static void reply_json(struct alm_request *request, struct buffer *body)
{
	reply_body(
		&request->http, 200, "application/json", "Cache-Control: no-store\r\n", body);
	buffer_finish(body);
}

static void run_livez(struct alm_request *request)
{
	struct buffer body = { 0 };

	if (!are_loops_alive(loop_of(request)->shared)) {
		reply_problem(&request->http, &(struct problem){ .status = 503 },
			"a thread of the server is stuck: restart it");
		return;
	}
	buffer_puts(&body, "{\"status\":\"alive\"}\n");
	reply_json(request, &body);
}

static const struct problem unready = { .status = 503, .retry_after = RETRY_AFTER_SECONDS };

/* Replies 503. Only operators get the reason: it names hosts and users. */
static void reply_unready(struct alm_request *request, const char *what, const char *why)
{
	if (request->http.operation) {
		reply_problem(&request->http, &unready, "not ready: %s%s", what, why);
	} else {
		reply_problem(&request->http, &unready,
			"not ready; the log of the server says why, and so does /readyz at the "
			"address of --operation-listen");
	}
}

/* Why the server is not ready: a text, and its reason in `why` (ERROR_TEXT_MAX bytes). NULL:
 * it is. */
static const char *find_trouble(const struct loop *loop, char *why)
{
	const char *pool_why = "";

	why[0] = '\0';
	if (!catalog_watcher_is_ready(loop->services.watcher, why)) {
		return "the stored data is not available: ";
	}
	if (!pool_is_ready(loop->services.pool, &pool_why)) {
		snprintf(why, ERROR_TEXT_MAX, "%s", pool_why);
		return "the database is not connected: ";
	}
	why[0] = '\0';
	return are_loops_connected(loop->shared) ? NULL
						 : "not all threads have the database yet";
}

static void run_readyz(struct alm_request *request)
{
	const struct loop *loop = loop_of(request);
	struct buffer body = { 0 };
	char why[ERROR_TEXT_MAX];
	const char *trouble = find_trouble(loop, why);

	if (loop->http.draining) {
		reply_problem(&request->http, &unready, "not ready: the server is stopping");
	} else if (!was_ready(loop->shared, trouble == NULL)) {
		reply_unready(request, trouble, why);
	} else {
		buffer_puts(&body, "{\"status\":\"ready\"}\n");
		reply_json(request, &body);
	}
}

static void run_openapi(struct alm_request *request)
{
	reply_static_lasting(&request->http, "application/json",
		"Cache-Control: max-age=300\r\n", loop_of(request)->shared->openapi);
}

static const struct alm_field status_fields[] = {
	{ .name = "status", .type = ALM_TEXT, .help = "What holds, in a word." },
	{ .name = NULL },
};

static const struct alm_param problem_params[] = {
	{ .name = "kind",
		.type = ALM_TEXT,
		.flags = ALM_REQUIRED,
		.help = "The last part of a `type`.",
		.example = "invalid-parameter",
		.min = 1,
		.max = 64 },
	{ .name = NULL },
};

static const struct alm_param file_params[] = {
	{ .name = "file",
		.type = ALM_TEXT,
		.flags = ALM_REQUIRED,
		.help = "A file that the page loads.",
		.example = "start.js",
		.min = 1,
		.max = 64 },
	{ .name = NULL },
};

static const struct alm_param stat_params[] = {
	{ .name = "statistic",
		.type = ALM_TEXT,
		.flags = ALM_REQUIRED,
		.help = "Name of a statistic.",
		.example = "yearly",
		.min = 1,
		.max = 32 },
	{ .name = NULL },
};

static const struct builtin builtins[] = {
	{ { .path = "/", .summary = "What is here, and where it is documented" }, landing_send,
		.page = true },
	{ { .path = "/docs", .summary = "The API, to be tried" }, page_files_send,
		.page = true },
	{ { .path = "/docs/{file}", .summary = "What /docs loads", .params = file_params },
		page_files_send, .page = true },
	{ { .path = "/docs/stats/{statistic}",
		  .summary = "How a statistic is computed",
		  .params = stat_params },
		stat_pages_one, .page = true },
	{ { .path = "/livez",
		  .summary = "Whether the server's threads run",
		  .help = "For whoever restarts it. Does not look at the database.",
		  .fields = status_fields },
		run_livez, .operation = true },
	{ { .path = "/metrics",
		  .summary = "Figures for Prometheus",
		  .help = "Text format 0.0.4: requests, connections, database, memory, the last "
			  "ingestion." },
		scrape_reply, "text/plain", .operation = true, .internal = true },
	{ { .path = "/openapi.json",
		  .summary = "This description of the API",
		  .help = "OpenAPI 3.1, made from what the loaded routes declare." },
		run_openapi },
	{ { .path = "/problems",
		  .summary = "Kinds of problems that requests can meet",
		  .help = "All kinds (RFC 9457), as JSON, or as a page for browsers." },
		problem_pages_list, .has_page = true },
	{ { .path = "/problems/{kind}",
		  .summary = "One kind of problem",
		  .help = "What the `type` of a problem leads to, as JSON, or as a page for browsers.",
		  .params = problem_params },
		problem_pages_one, .has_page = true },
	{ { .path = "/redoc", .summary = "The API, to be read" }, page_files_send,
		.page = true },
	{ { .path = "/redoc/{file}", .summary = "What /redoc loads", .params = file_params },
		page_files_send, .page = true },
	{ { .path = "/readyz",
		  .summary = "Whether requests can be answered now",
		  .help = "For load balancers: not while the database is away, and not once "
			  "the server has been told to stop.",
		  .fields = status_fields },
		run_readyz, .operation = true },
};

const struct builtin *builtin_list(size_t *count)
{
	*count = sizeof(builtins) / sizeof(builtins[0]);
	return builtins;
}
