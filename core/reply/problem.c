#include "reply/problem.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "http/request_life.h"
#include "reply/reference.h"

/* In order of status. */
static const struct problem_kind kinds[] = {
	{ 400, "malformed-request", "Malformed request", "The request cannot be read.",
		"Look at `detail`: it says what of the URL or the headers is malformed." },
	{ 404, "not-found", "Not found",
		"There is nothing at this address, or no station or statistic of that name.",
		"`allowed` lists what there is, or names near to the one that was asked for." },
	{ 405, "method-not-allowed", "Method not allowed", "Nothing here can be changed.",
		"Use GET, HEAD or OPTIONS." },
	{ 406, "not-acceptable", "Media type not available",
		"Nothing that the `Accept` header asks for is available at this address.",
		"Leave the header out, or take one of the media types in `allowed`, or the "
		"parameter `format`." },
	{ 408, "request-timeout", "Request too slow", "The request did not come in time.",
		"Send it again, without pauses." },
	{ 413, "content-too-large", "Request body too large",
		"The request has a body, and a large one.",
		"GET needs no body: leave it out." },
	{ 414, "uri-too-long", "URL too long", "The URL is longer than the server reads.",
		"Ask for fewer stations or elements at a time." },
	{ 422, "invalid-parameter", "Invalid parameter",
		"A parameter is unknown, or its value is not what it takes.",
		"`parameter` names it, `value` is what was given, `allowed` what it takes; if several "
		"are wrong, `errors` has them all." },
	{ 429, "too-many-requests", "Too many requests",
		"This client has as many connections, long answers, or requests that search, sort or "
		"bring much, as it may have at a time.",
		"Wait for one to end, or as many seconds as `Retry-After` says; ask for less at a "
		"time." },
	{ 431, "headers-too-large", "Headers too large",
		"The headers are longer than the server reads.",
		"Send fewer or shorter ones; cookies mean nothing here." },
	{ 500, "internal-error", "Internal error", "The server has a fault, or the route has.",
		"Tell who runs it; the server's log says more." },
	{ 501, "not-implemented", "Method not implemented",
		"The method or the transfer coding is not known.", "Use GET, without a body." },
	{ 503, "unavailable", "Unavailable",
		"The server cannot answer at the moment: it has no database, is stopping, or has as "
		"much to do as it can.",
		"Ask again after as many seconds as `Retry-After` says; the log of the server says "
		"why." },
	{ 504, "timeout", "Database too slow", "The database did not answer in time.",
		"Ask for less, or again after as many seconds as `Retry-After` says." },
	{ 505, "http-version", "HTTP version not supported",
		"The server speaks HTTP/1.1 and HTTP/1.0.", "Use HTTP/1.1." },
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

/* -- Texts ----------------------------------------------------------------------- */

enum { DETAIL_MAX = 4096 /* bytes: a longer text is cut */ };

/* What is cut ends with a whole character. */
static void put_detail(char detail[DETAIL_MAX], const char *format, va_list args)
{
	int length = vsnprintf(detail, DETAIL_MAX, format, args);
	size_t end = DETAIL_MAX - 1;

	if (length < DETAIL_MAX) {
		return;
	}
	while (end > 0 && ((unsigned char)detail[end - 1] & 0xC0) == 0x80) {
		end--;
	}
	if (end > 0 && (unsigned char)detail[end - 1] >= 0xC0) {
		end--;
	}
	detail[end] = '\0';
}

/* -- Flaws ---------------------------------------------------------------------- */

void flaws_addv(struct flaws *flaws, struct arena *arena, const struct problem *problem,
	const char *format, va_list args)
{
	char detail[DETAIL_MAX];
	struct flaw *flaw = &flaws->list[flaws->count];

	if (flaws->count == FLAWS_MAX) {
		return;
	}
	flaws->count++;
	put_detail(detail, format, args);
	flaw->problem = *problem;
	flaw->detail = arena_copy(arena, detail, strlen(detail));
	if (problem->value != NULL) {
		flaw->problem.value = arena_copy(arena, problem->value, strlen(problem->value));
	}
}

void flaws_add(struct flaws *flaws, struct arena *arena, const struct problem *problem,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	flaws_addv(flaws, arena, problem, format, args);
	va_end(args);
}

bool flaws_name(const struct flaws *flaws, const char *param)
{
	for (size_t i = 0; i < flaws->count; i++) {
		const char *named = flaws->list[i].problem.param;

		if (named != NULL && strcmp(named, param) == 0) {
			return true;
		}
	}
	return false;
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

static void put_type(
	struct buffer *out, const struct problem_kind *kind, const struct alm_request *request)
{
	if (kind == NULL) {
		buffer_puts(out, "about:blank");
		return;
	}
	reference_put_root(out, request->target != NULL ? request->target : request->place);
	buffer_puts(out, "problems/");
	buffer_puts(out, kind->slug);
}

static void put_instance(struct buffer *out, const struct alm_request *request)
{
	struct buffer self = { 0 };

	if (request->target != NULL) {
		reference_put_self(&self, request->target);
		put_member(out, "instance", buffer_text(&self));
		buffer_finish(&self);
	}
}

static void put_kind(struct buffer *out, int status, const struct alm_request *request)
{
	const struct problem_kind *kind = find_kind(status);
	const char *title = kind != NULL   ? kind->title
			    : status < 500 ? "Client Error"
					   : "Server Error";

	buffer_puts(out, "{\"type\":\"");
	put_type(out, kind, request);
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

	put_kind(&body, problem->status, request);
	put_member(&body, "detail", detail);
	put_instance(&body, request);
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
	char detail[DETAIL_MAX];

	put_detail(detail, format, args);
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
