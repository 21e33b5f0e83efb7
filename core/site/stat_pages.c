#include "site/stat_pages.h"

#include <string.h>

#include "base/json.h"
#include "plugin/registry.h"
#include "reply/html.h"
#include "reply/problem.h"
#include "route/request.h"
#include "route/router.h"
#include "route/services.h"
#include "stat/period.h"
#include "stat/rule.h"
#include "stat/stat.h"
#include "stat/words.h"

#define PREFIX "/docs/stats/"

/* -- The page --------------------------------------------------------------- */

static void put_cell(struct buffer *out, const char *text)
{
	buffer_puts(out, "<td>");
	html_marked(out, text);
	buffer_puts(out, "</td>");
}

static void put_code(struct buffer *out, const char *text)
{
	buffer_puts(out, "<tr><td><code>");
	html_text(out, text);
	buffer_puts(out, "</code></td>");
}

/* "month, year: stored" */
static void put_kinds(struct buffer *out, const char *what, uint32_t kinds)
{
	char names[PERIOD_NAMES_MAX];

	if (kinds != 0) {
		buffer_printf(out, "<p>%s: <code>%s</code>.</p>\n", what,
			period_kind_names(kinds, names));
	}
}

static void put_params(struct buffer *out, const struct alm_stat *stat)
{
	if (stat->params == NULL || stat->params[0].name == NULL) {
		return;
	}
	buffer_puts(out, "<h2>Parameters</h2>\n<table>\n<tr><th>Name</th><th>Default</th>"
			 "<th>What it says</th></tr>\n");
	for (const struct alm_param *p = stat->params; p->name != NULL; p++) {
		put_code(out, p->name);
		put_cell(out, p->default_value);
		put_cell(out, p->help);
		buffer_puts(out, "</tr>\n");
	}
	buffer_puts(out, "</table>\n");
}

/* Completeness rules of a column. */
static void put_rules(struct buffer *out, const struct alm_column *column)
{
	const char *before = "";

	buffer_puts(out, "<td>");
	for (size_t i = 0; i < stat_rule_count; i++) {
		if (words_have(column->rules, stat_rules[i].name)) {
			buffer_printf(out, "%s%s", before, stat_rules[i].name);
			before = ", ";
		}
	}
	buffer_puts(out, "</td>");
}

static void put_columns(struct buffer *out, const struct alm_stat *stat)
{
	buffer_puts(out, "<h2>Values</h2>\n<table>\n<tr><th>Name</th><th>Unit</th><th>Of the "
			 "days</th><th>Rules</th><th>What it is</th></tr>\n");
	for (const struct alm_column *c = stat->columns; c->name != NULL; c++) {
		put_code(out, c->name);
		put_cell(out, c->type == ALM_DATE ? "date" : c->unit);
		put_cell(out, stat_method_name(c->method));
		put_rules(out, c);
		put_cell(out, c->help);
		buffer_puts(out, "</tr>\n");
	}
	buffer_puts(out, "</table>\n");
}

static void put_inputs(struct buffer *out, const struct alm_stat *stat)
{
	buffer_puts(out, "<p>Made of");
	for (const struct alm_input *i = stat->inputs; i->code != NULL; i++) {
		buffer_puts(out, i > stat->inputs ? ", <code>" : " <code>");
		html_text(out, i->code);
		buffer_puts(out, "</code>");
	}
	buffer_puts(out, ".</p>\n");
}

/* The help is Markdown, which reads well as it is. */
static void put_page(struct buffer *out, const struct plugin_stat *of)
{
	const struct alm_stat *stat = &of->stat;

	html_begin(out, stat->name); /* letters, digits and '_' */
	buffer_puts(out, "<p>");
	html_marked(out, stat->summary);
	buffer_puts(out, ".</p>\n");
	put_kinds(out, "Stored by", stat->periods);
	put_kinds(out, "Computed on request by", stat->on_request);
	put_inputs(out, stat);
	put_params(out, stat);
	put_columns(out, stat);
	if (stat->help != NULL) {
		buffer_puts(out, "<h2>How it is computed</h2>\n"
				 "<div style=\"white-space:pre-wrap\">");
		html_marked(out, stat->help);
		buffer_puts(out, "</div>\n");
	}
	html_end(out);
}

static void put_json(struct buffer *out, const struct plugin_stat *of)
{
	buffer_puts(out, "{\"name\":");
	json_text(out, of->stat.name);
	buffer_puts(out, ",\"summary\":");
	json_text(out, of->stat.summary);
	buffer_puts(out, ",\"help\":");
	json_text(out, of->stat.help);
	buffer_puts(out, "}\n");
}

void stat_pages_one(struct alm_request *request)
{
	const struct registry *registry = router_registry(request->services->router);
	const struct plugin_stat *stat =
		registry_stat(registry, request->path + strlen(PREFIX));
	struct buffer body = { 0 };

	if (stat == NULL) {
		reply_problem(&request->http, &(struct problem){ .status = 404 },
			"the server has no plugin with such a statistic; /api/stats lists those "
			"that are stored");
		return;
	}
	(html_is_wanted(&request->http) ? put_page : put_json)(&body, stat);
	html_send(&request->http, &body);
}
