#include "site/problem_pages.h"

#include <string.h>

#include "base/json.h"
#include "reply/html.h"
#include "reply/problem.h"
#include "reply/reply.h"
#include "reply/status.h"
#include "route/request.h"

#define PREFIX "/problems/"

/* -- Pages -------------------------------------------------------------- */

static void put_page(struct buffer *out, const struct problem_kind *kind)
{
	html_begin(out, kind->title);
	buffer_printf(out, "<p>Status %d.</p>\n<p>", kind->status);
	html_marked(out, kind->meaning);
	buffer_puts(out, "</p>\n<p>");
	html_marked(out, kind->remedy);
	buffer_puts(out, "</p>\n<p><a href=\"../problems\">All problems</a></p>\n");
	html_end(out);
}

static void put_list(struct buffer *out)
{
	size_t count;
	const struct problem_kind *kinds = problem_kinds(&count);

	html_begin(out, "Problems");
	buffer_puts(
		out, "<p>What a request that fails is answered with (RFC 9457).</p><table>\n");
	for (size_t i = 0; i < count; i++) {
		buffer_printf(out, "<tr><td>%d</td><td><a href=\"problems/%s\">%s</a></td><td>",
			kinds[i].status, kinds[i].slug, kinds[i].title);
		html_marked(out, kinds[i].meaning);
		buffer_puts(out, "</td></tr>\n");
	}
	buffer_puts(out, "</table>\n");
	html_end(out);
}

/* -- JSON --------------------------------------------------------------- */

/* `root`: relative reference to "/". */
static void put_json(struct buffer *out, const char *root, const struct problem_kind *kind)
{
	buffer_printf(out,
		"{\"type\":\"%sproblems/%s\",\"title\":\"%s\",\"status\":%d,"
		"\"meaning\":",
		root, kind->slug, kind->title, kind->status);
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
		put_json(out, "./", &kinds[i]);
	}
	buffer_puts(out, "]}\n");
}

/* -- Answers ------------------------------------------------------------ */

void problem_pages_list(struct alm_request *request)
{
	struct buffer body = { 0 };

	(html_is_wanted(&request->http) ? put_list : put_json_list)(&body);
	html_send(&request->http, &body);
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
		reply_problem(&request->http, &(struct problem){ .status = 404 },
			"there is no such problem; /problems lists all");
		return;
	}
	if (html_is_wanted(&request->http)) {
		put_page(&body, kind);
	} else {
		put_json(&body, "../", kind);
		buffer_putc(&body, '\n');
	}
	html_send(&request->http, &body);
}
