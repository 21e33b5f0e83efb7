#include "ingest/parse/sniff.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "plugin/current.h"

enum { LIST_MAX = 256, HEAD_SHOWN = 64 };

/* "a, b, c"; what does not fit is left out. */
static const char *list_sources(const struct registry *registry, char *to)
{
	size_t used = 0;

	snprintf(to, LIST_MAX, "none");
	for (size_t i = 0; i < registry->source_count; i++) {
		int n = snprintf(to + used, LIST_MAX - used, "%s%s", i > 0 ? ", " : "",
			registry->sources[i].source.name);

		if (n < 0 || (size_t)n >= LIST_MAX - used) {
			break;
		}
		used += (size_t)n;
	}
	return to;
}

const struct plugin_source *sniff_named(
	const struct registry *registry, const char *name, struct error *err)
{
	char list[LIST_MAX];

	for (size_t i = 0; i < registry->source_count; i++) {
		if (strcmp(registry->sources[i].source.name, name) == 0) {
			return &registry->sources[i];
		}
	}
	error_set(err, "there is no source '%s'; loaded are: %s", name,
		list_sources(registry, list));
	error_hint(err, "name one of them with --source, or none, to have it recognised");
	return NULL;
}

/* 0 to 100, or ALM_SNIFF_SKIP; -1: it is none of these. */
static int ask(const struct plugin_source *source, const char *name, const char *head,
	size_t length, struct error *err)
{
	struct current_call call = {
		.name = source->plugin->table.name, .kind = "object", .subject = name
	};
	int sure;

	current_enter(&call);
	current_begin("sniff()", 0);
	sure = source->source.sniff(source->declared, name, head, length);
	current_leave(&call);
	if ((sure < 0 || sure > 100) && sure != ALM_SNIFF_SKIP) {
		error_set(err,
			"source '%s' is %d sure that it can read this, where 0 to 100 is meant",
			source->source.name, sure);
		return error_hint(
			err, "correct its sniff(), or name the right source with --source");
	}
	return sure;
}

static void say_unknown(
	const struct registry *registry, const char *head, size_t length, struct error *err)
{
	char list[LIST_MAX], shown[HEAD_SHOWN + 1];
	size_t line = strcspn(head, "\r\n");

	/* A text is shown up to the end of its first line. */
	utf8_show(shown, sizeof(shown), head, line > 0 && line < length ? line : length);
	error_set(err, "no source plugin recognises it; it begins with '%s'", shown);
	error_hint(err, "loaded sources: %s; name the right one with --source",
		list_sources(registry, list));
}

const struct plugin_source *sniff_choose(const struct registry *registry, const char *name,
	const char *head, size_t length, bool *skip, struct error *err)
{
	const struct plugin_source *best = NULL, *rival = NULL, *skips = NULL;
	int most = 0;

	for (size_t i = 0; i < registry->source_count; i++) {
		const struct plugin_source *source = &registry->sources[i];
		int sure = ask(source, name, head, length, err);

		if (sure == ALM_SNIFF_SKIP) {
			skips = skips != NULL ? skips : source;
			continue;
		}
		if (sure < 0) {
			return NULL;
		}
		if (sure > most) {
			most = sure;
			best = source;
			rival = NULL;
		} else if (sure == most && best != NULL) {
			rival = source;
		}
	}
	*skip = best == NULL && skips != NULL;
	if (*skip) {
		return skips;
	}
	if (best == NULL) {
		say_unknown(registry, head, length, err);
		return NULL;
	}
	if (rival != NULL) {
		error_set(err, "sources '%s' and '%s' are equally sure (%d) that it is theirs",
			best->source.name, rival->source.name, most);
		error_hint(err, "name the right one with --source");
		return NULL;
	}
	return best;
}
