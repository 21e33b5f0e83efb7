#include "reply/problem.h"

#include <string.h>

#include "base/json.h"
#include "base/utf8.h"
#include "http/exchange.h"
#include "reply/reference.h"
#include "reply/reply.h"
#include "reply/status.h"

enum { DETAIL_MAX = 4096 /* bytes: a longer text is cut */ };

/* -- Violations ----------------------------------------------------------------- */

void violations_addv(struct violations *violations, struct arena *arena,
	const struct problem *problem, const char *format, va_list args)
{
	char detail[DETAIL_MAX];
	struct violation *violation = &violations->list[violations->count];

	if (violations->count == VIOLATIONS_MAX) {
		return;
	}
	violations->count++;
	utf8_format(detail, sizeof(detail), format, args);
	violation->problem = *problem;
	violation->detail = arena_copy(arena, detail, strlen(detail));
	if (problem->value != NULL) {
		violation->problem.value =
			arena_copy(arena, problem->value, strlen(problem->value));
	}
}

void violations_add(struct violations *violations, struct arena *arena,
	const struct problem *problem, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	violations_addv(violations, arena, problem, format, args);
	va_end(args);
}

bool violations_name(const struct violations *violations, const char *param)
{
	for (size_t i = 0; i < violations->count; i++) {
		const char *named = violations->list[i].problem.param;

		if (named != NULL && strcmp(named, param) == 0) {
			return true;
		}
	}
	return false;
}

static const struct violation *gravest(const struct violations *violations)
{
	static const int order[] = { 400, 422 };

	for (size_t o = 0; o < sizeof(order) / sizeof(order[0]); o++) {
		for (size_t i = 0; i < violations->count; i++) {
			if (violations->list[i].problem.status == order[o]) {
				return &violations->list[i];
			}
		}
	}
	return &violations->list[0];
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
	struct buffer *out, const struct problem_kind *kind, const struct exchange *exchange)
{
	if (kind == NULL) {
		buffer_puts(out, "about:blank");
		return;
	}
	reference_put_root(
		out, exchange->target != NULL ? exchange->target : exchange->bad_path);
	buffer_puts(out, "problems/");
	buffer_puts(out, kind->slug);
}

static void put_instance(struct buffer *out, const struct exchange *exchange)
{
	struct buffer self = { 0 };

	if (exchange->target != NULL) {
		reference_put_self(&self, exchange->target);
		put_member(out, "instance", buffer_text(&self));
		buffer_finish(&self);
	}
}

static void put_kind(struct buffer *out, int status, const struct exchange *exchange)
{
	const struct problem_kind *kind = problem_kind_find(status);
	const char *title = kind != NULL   ? kind->title
			    : status < 500 ? "Client Error"
					   : "Server Error";

	buffer_puts(out, "{\"type\":\"");
	put_type(out, kind, exchange);
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

static void put_errors(struct buffer *out, const struct violations *violations)
{
	buffer_puts(out, ",\"errors\":[");
	for (size_t i = 0; i < violations->count; i++) {
		const struct violation *violation = &violations->list[i];

		buffer_puts(out, i > 0 ? ",{\"detail\":" : "{\"detail\":");
		json_text(out, violation->detail);
		put_member(out, "parameter", violation->problem.param);
		put_member(out, "value", violation->problem.value);
		put_allowed(out, violation->problem.allowed);
		buffer_putc(out, '}');
	}
	buffer_putc(out, ']');
}

/* `violations` may be NULL. */
static void reply(struct exchange *exchange, const struct problem *problem, const char *detail,
	const struct violations *violations)
{
	struct buffer body = { 0 }, headers = { 0 };

	put_kind(&body, problem->status, exchange);
	put_member(&body, "detail", detail);
	put_instance(&body, exchange);
	put_member(&body, "parameter", problem->param);
	put_member(&body, "value", problem->value);
	put_allowed(&body, problem->allowed);
	if (violations != NULL && violations->count > 1) {
		put_errors(&body, violations);
	}
	buffer_puts(&body, "}\n");

	buffer_puts(&headers, "Cache-Control: no-store\r\n");
	if (problem->status == 405) {
		buffer_puts(&headers, "Allow: ");
		method_list(
			problem->methods != 0 ? problem->methods : METHODS_READING, &headers);
		buffer_puts(&headers, "\r\n");
	}
	if (problem->retry_after > 0) {
		buffer_printf(&headers, "Retry-After: %d\r\n", problem->retry_after);
	}
	reply_body(exchange, problem->status, "application/problem+json", buffer_text(&headers),
		&body);
	buffer_finish(&headers);
	buffer_finish(&body);
}

void reply_violations(struct exchange *exchange, const struct violations *violations)
{
	const struct violation *violation = gravest(violations);

	reply(exchange, &violation->problem, violation->detail, violations);
}

void reply_problemv(struct exchange *exchange, const struct problem *problem,
	const char *format, va_list args)
{
	char detail[DETAIL_MAX];

	utf8_format(detail, sizeof(detail), format, args);
	reply(exchange, problem, detail, NULL);
}

void reply_problem(
	struct exchange *exchange, const struct problem *problem, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	reply_problemv(exchange, problem, format, args);
	va_end(args);
}
