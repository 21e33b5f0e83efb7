#include "http/problem_pages.h"

#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "http/problem.h"
#include "http/reply.h"
#include "http/request.h"

#define PREFIX "/problems/"

/* Nothing may be loaded, and nobody may show the page within another one. */
static const char page_headers[] =
	"Vary: Accept\r\n"
	"Cache-Control: public, max-age=3600\r\n"
	"Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
	"Referrer-Policy: no-referrer\r\n";

static bool wants_page(const struct alm_request *request)
{
	const char *accept = request->header[HEADER_ACCEPT];

	return accept != NULL && strstr(accept, "text/html") != NULL;
}

/* -- Pages -------------------------------------------------------------- */

static void begin_page(struct buffer *out, const char *title)
{
	buffer_printf(out,
		"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		"<meta name=\"viewport\" content=\"width=device-width\">"
		"<title>%s - Almanac</title>"
		"<style>:root{color-scheme:light dark}"
		"body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;"
		"padding:0 1rem}code{font-size:.9em}td,th{text-align:left;padding:.2rem 1rem "
		".2rem 0;vertical-align:top}</style></head><body><h1>%s</h1>\n",
		title, title);
}

/* The text, with <code> for ``. */
static void put_marked(struct buffer *out, const char *text)
{
	bool inside = false;

	for (; *text != '\0'; text++) {
		if (*text == '`') {
			buffer_puts(out, inside ? "</code>" : "<code>");
			inside = !inside;
		} else {
			buffer_putc(out, *text);
		}
	}
}

static void put_page(struct buffer *out, const struct problem_kind *kind)
{
	begin_page(out, kind->title);
	buffer_printf(out, "<p>Status %d.</p>\n<p>", kind->status);
	put_marked(out, kind->meaning);
	buffer_puts(out, "</p>\n<p>");
	put_marked(out, kind->remedy);
	buffer_puts(out, "</p>\n<p><a href=\"/problems\">All problems</a></p></body></html>\n");
}

static void put_list(struct buffer *out)
{
	size_t count;
	const struct problem_kind *kinds = problem_kinds(&count);

	begin_page(out, "Problems");
	buffer_puts(
		out, "<p>What a request that fails is answered with (RFC 9457).</p><table>\n");
	for (size_t i = 0; i < count; i++) {
		buffer_printf(out,
			"<tr><td>%d</td><td><a href=\"" PREFIX "%s\">%s</a></td><td>",
			kinds[i].status, kinds[i].slug, kinds[i].title);
		put_marked(out, kinds[i].meaning);
		buffer_puts(out, "</td></tr>\n");
	}
	buffer_puts(out, "</table></body></html>\n");
}

/* -- JSON --------------------------------------------------------------- */

static void put_json(struct buffer *out, const struct problem_kind *kind)
{
	buffer_printf(out,
		"{\"type\":\"" PREFIX "%s\",\"title\":\"%s\",\"status\":%d,"
		"\"meaning\":",
		kind->slug, kind->title, kind->status);
	json_text(out, kind->meaning);
	buffer_puts(out, ",\"remedy\":");
	json_text(out, kind->remedy);
	buffer_putc(out, '}');
}

static void put_json_list(struct buffer *out)
{
	size_t count;
	const struct problem_kind *kinds = problem_kinds(&count);

	buffer_puts(out, "{\"problems\":[");
	for (size_t i = 0; i < count; i++) {
		buffer_puts(out, i > 0 ? "," : "");
		put_json(out, &kinds[i]);
	}
	buffer_puts(out, "]}\n");
}

/* -- Answers ------------------------------------------------------------ */

static void send(struct alm_request *request, struct buffer *body)
{
	reply_body(request, 200,
		wants_page(request) ? "text/html; charset=utf-8" : "application/json",
		page_headers, body);
	buffer_finish(body);
}

void problem_pages_list(struct alm_request *request)
{
	struct buffer body = { 0 };

	(wants_page(request) ? put_list : put_json_list)(&body);
	send(request, &body);
}

static const struct problem_kind *find_kind(const char *slug)
{
	size_t count;
	const struct problem_kind *kinds = problem_kinds(&count);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(kinds[i].slug, slug) == 0) {
			return &kinds[i];
		}
	}
	return NULL;
}

void problem_pages_one(struct alm_request *request)
{
	const struct problem_kind *kind = find_kind(request->path + strlen(PREFIX));
	struct buffer body = { 0 };

	if (kind == NULL) {
		reply_problem(request, &(struct problem){ .status = 404 },
			"there is no such problem; /problems lists all");
		return;
	}
	if (wants_page(request)) {
		put_page(&body, kind);
	} else {
		put_json(&body, kind);
		buffer_putc(&body, '\n');
	}
	send(request, &body);
}
