#include "http/problem.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "http/request_life.h"

/* In order of status. */
static const struct problem_kind kinds[] = {
	{ 400, "malformed-request", "Bad Request" },
	{ 404, "not-found", "Not Found" },
	{ 405, "method-not-allowed", "Method Not Allowed" },
	{ 406, "not-acceptable", "Not Acceptable" },
	{ 408, "request-timeout", "Request Timeout" },
	{ 413, "content-too-large", "Content Too Large" },
	{ 414, "uri-too-long", "URI Too Long" },
	{ 422, "invalid-parameter", "Unprocessable Content" },
	{ 429, "too-many-requests", "Too Many Requests" },
	{ 431, "headers-too-large", "Request Header Fields Too Large" },
	{ 500, "internal-error", "Internal Server Error" },
	{ 501, "not-implemented", "Not Implemented" },
	{ 503, "unavailable", "Service Unavailable" },
	{ 504, "timeout", "Gateway Timeout" },
	{ 505, "http-version", "HTTP Version Not Supported" },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const struct problem_kind *problem_kinds(size_t *count)
{
	*count = KINDS;
	return kinds;
}

static const struct problem_kind *find_kind(int status)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].status == status) {
			return &kinds[i];
		}
	}
	return NULL;
}

/* -- Flaws ---------------------------------------------------------------------- */

void flaws_add(struct flaws *flaws, struct arena *arena, const struct problem *problem,
	const char *format, ...)
{
	char detail[1024]; /* a longer one is cut */
	struct flaw *flaw = &flaws->list[flaws->count];
	va_list args;

	if (flaws->count == FLAWS_MAX) {
		return;
	}
	flaws->count++;
	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	flaw->problem = *problem;
	flaw->detail = arena_copy(arena, detail, strlen(detail));
	if (problem->value != NULL) {
		flaw->problem.value = arena_copy(arena, problem->value, strlen(problem->value));
	}
}

static const struct flaw *gravest(const struct flaws *flaws)
{
	static const int order[] = { 400, 422 };

	for (size_t o = 0; o < sizeof(order) / sizeof(order[0]); o++) {
		for (size_t i = 0; i < flaws->count; i++) {
			if (flaws->list[i].problem.status == order[o]) {
				return &flaws->list[i];
			}
		}
	}
	return &flaws->list[0];
}

/* -- The document ----------------------------------------------------------------- */

static void put_member(struct buffer *out, const char *name, const char *text)
{
	if (text != NULL) {
		buffer_puts(out, ",\"");
		buffer_puts(out, name);
		buffer_puts(out, "\":");
		json_text(out, text);
	}
}

static void put_kind(struct buffer *out, int status)
{
	const struct problem_kind *kind = find_kind(status);
	const char *title = kind != NULL   ? kind->title
			    : status < 500 ? "Client Error"
					   : "Server Error";

	buffer_puts(out, "{\"type\":\"");
	buffer_puts(out, kind != NULL ? "/problems/" : "about:blank");
	buffer_puts(out, kind != NULL ? kind->slug : "");
	buffer_puts(out, "\",\"title\":\"");
	buffer_puts(out, title);
	buffer_printf(out, "\",\"status\":%d", status);
}

static void put_allowed(struct buffer *out, const char *const *allowed)
{
	if (allowed == NULL) {
		return;
	}
	buffer_puts(out, ",\"allowed\":[");
	for (size_t i = 0; allowed[i] != NULL; i++) {
		buffer_puts(out, i > 0 ? "," : "");
		json_text(out, allowed[i]);
	}
	buffer_putc(out, ']');
}

static void put_errors(struct buffer *out, const struct flaws *flaws)
{
	buffer_puts(out, ",\"errors\":[");
	for (size_t i = 0; i < flaws->count; i++) {
		const struct flaw *flaw = &flaws->list[i];

		buffer_puts(out, i > 0 ? ",{\"detail\":" : "{\"detail\":");
		json_text(out, flaw->detail);
		put_member(out, "parameter", flaw->problem.param);
		put_member(out, "value", flaw->problem.value);
		put_allowed(out, flaw->problem.allowed);
		buffer_putc(out, '}');
	}
	buffer_putc(out, ']');
}

/* `flaws` may be NULL. */
static void reply(struct alm_request *request, const struct problem *problem,
	const char *detail, const struct flaws *flaws)
{
	struct buffer body = { 0 }, headers = { 0 };

	put_kind(&body, problem->status);
	put_member(&body, "detail", detail);
	put_member(&body, "instance", request->target);
	put_member(&body, "parameter", problem->param);
	put_member(&body, "value", problem->value);
	put_allowed(&body, problem->allowed);
	if (flaws != NULL && flaws->count > 1) {
		put_errors(&body, flaws);
	}
	buffer_puts(&body, "}\n");

	buffer_puts(&headers, "Cache-Control: no-store\r\n");
	if (problem->status == 405) {
		buffer_puts(&headers, REPLY_ALLOW);
	}
	if (problem->retry_after > 0) {
		buffer_printf(&headers, "Retry-After: %d\r\n", problem->retry_after);
	}
	reply_body(request, problem->status, "application/problem+json", buffer_text(&headers),
		&body);
	buffer_finish(&headers);
	buffer_finish(&body);
}

void reply_flaws(struct alm_request *request, const struct flaws *flaws)
{
	const struct flaw *flaw = gravest(flaws);

	reply(request, &flaw->problem, flaw->detail, flaws);
}

void reply_problemv(struct alm_request *request, const struct problem *problem,
	const char *format, va_list args)
{
	char detail[1024]; /* a longer one is cut */

	vsnprintf(detail, sizeof(detail), format, args);
	reply(request, problem, detail, NULL);
}

void reply_problem(
	struct alm_request *request, const struct problem *problem, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	reply_problemv(request, problem, format, args);
	va_end(args);
}
