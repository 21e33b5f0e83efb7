#include "server/access_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/output.h"
#include "base/settings.h"
#include "base/trace.h"
#include "http/client.h"
#include "route/request.h"
#include "route/route.h"
#include "route/services.h"

struct access_log {
	struct buffer lines;
	enum { LOG_NOTHING, LOG_FAILURES, LOG_ALL } what;
	uint64_t number; /* of the next request id */
};

struct access_log *access_log_create(const struct settings *settings)
{
	struct access_log *log = memory_new(struct access_log);
	const char *what = settings_text(settings, SETTING_ACCESS_LOG);

	log->what = strcmp(what, "on") == 0       ? LOG_ALL
		    : strcmp(what, "errors") == 0 ? LOG_FAILURES
						  : LOG_NOTHING;
	uv_random(NULL, NULL, &log->number, sizeof(log->number), 0, NULL);
	return log;
}

/* Whether the request is logged: probes (/livez, /metrics, ...) only when they fail. */
static bool is_wanted(const struct access_log *log, const struct alm_request *request)
{
	const struct exchange *exchange = &request->http;
	bool failed = exchange->status >= 500 || exchange->status == 0;
	const struct route *route = request->route;

	if (log->what != LOG_ALL || (route != NULL && route->builtin != NULL)) {
		return log->what != LOG_NOTHING && failed;
	}
	return true;
}

/* -- Lines -------------------------------------------------------------- */

static void put_text(struct buffer *out, const char *name, const char *text)
{
	if (text != NULL) {
		buffer_printf(out, ",\"%s\":", name);
		json_text(out, text);
	}
}

static void put_ids(struct access_log *log, const struct alm_request *request)
{
	const char *given = request->http.header[HEADER_REQUEST_ID], *trace;
	size_t length;

	if (given != NULL && trace_is_request_id(given)) {
		put_text(&log->lines, "request_id", given);
	} else {
		buffer_printf(&log->lines, ",\"request_id\":\"%016llx\"",
			(unsigned long long)log->number++);
	}
	trace = trace_id(request->http.header[HEADER_TRACEPARENT],
		request->http.header[HEADER_AMZN_TRACE_ID], &length);
	if (trace != NULL) {
		buffer_printf(&log->lines, ",\"trace_id\":\"%.*s\"", (int)length, trace);
	}
}

static void put_line(struct access_log *log, const struct alm_request *request)
{
	const struct exchange *exchange = &request->http;
	struct buffer *out = &log->lines;
	struct in6_addr origin = clients_origin(request->services->clients, &exchange->peer,
		request->http.header[HEADER_FORWARDED_FOR]);
	char address[CLIENT_TEXT];

	client_write(&origin, address);
	buffer_puts(out, "{\"ts\":\"");
	log_put_time(out);
	buffer_puts(out, "\",\"level\":\"info\",\"msg\":\"request\"");
	put_ids(log, request);
	put_text(out, "client", address);
	put_text(out, "method", method_name(request->http.method));
	put_text(out, "route", request->route != NULL ? request->route->declared->path : NULL);
	put_text(out, "target", request->http.target);
	buffer_printf(out, ",\"status\":%d,\"duration_ms\":%.3f,\"rows\":%zu,\"bytes\":%llu",
		exchange->status, (double)(uv_hrtime() - exchange->begun) / 1e6,
		request->row_count, (unsigned long long)exchange->bytes);
	if (exchange->cut) {
		buffer_puts(out, ",\"cut\":true");
	}
	put_text(out, "user_agent", request->http.header[HEADER_USER_AGENT]);
	buffer_puts(out, "}\n");
}

void access_log_add(struct access_log *log, const struct alm_request *request)
{
	if (is_wanted(log, request)) {
		put_line(log, request);
	}
}

/* -- Writing ------------------------------------------------------------ */

void access_log_flush(struct access_log *log)
{
	if (log->lines.length > 0) {
		output_write(STDERR_FILENO, log->lines.data, log->lines.length, OUTPUT_BULK);
		log->lines.length = 0;
	}
}

void access_log_destroy(struct access_log *log)
{
	if (log != NULL) {
		access_log_flush(log);
		buffer_finish(&log->lines);
	}
	free(log);
}
