#include "ingest/run/archive_summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "base/utf8.h"

enum { MET_SMALLEST = 64 /* a power of two */ };

void archive_summary_failed(
	struct archive_summary *summary, const char *label, const struct error *err)
{
	if (summary->failed++ == 0) {
		size_t length = strlen(label);
		bool cut = length >= TALLY_LABEL_MAX;

		length = cut ? utf8_whole(label, TALLY_LABEL_MAX - 4) : length;
		snprintf(summary->first_label, sizeof(summary->first_label), "%.*s%s",
			(int)length, label, cut ? "..." : "");
		summary->first = *err;
	}
}

static void list_add(struct archive_summary_list *list, const char *label)
{
	size_t used = strlen(list->labels);
	const char *between = used > 0 ? ", " : "";

	list->count++;
	if (used + strlen(between) + strlen(label) < sizeof(list->labels)) {
		snprintf(list->labels + used, sizeof(list->labels) - used, "%s%s", between,
			label);
	}
}

void archive_summary_unread(struct archive_summary *summary, const char *label)
{
	list_add(&summary->unread, label);
}

/* -- Names that were met ------------------------------------------------ */

void archive_summary_finish(struct archive_summary *summary)
{
	free(summary->met);
	summary->met = NULL;
}

static uint64_t *find_slot(const struct archive_summary *summary, uint64_t hash)
{
	size_t mask = summary->met_size - 1, i = (size_t)hash & mask;

	while (summary->met[i] != 0 && summary->met[i] != hash) {
		i = (i + 1) & mask;
	}
	return &summary->met[i];
}

/* Keeps the table at most half full. */
static void grow(struct archive_summary *summary)
{
	size_t old_size = summary->met_size;
	uint64_t *old = summary->met;

	if (summary->met_count < old_size / 2) {
		return;
	}
	summary->met_size = old_size > 0 ? old_size * 2 : MET_SMALLEST;
	summary->met = memory_array(summary->met_size, sizeof(*summary->met));
	for (size_t i = 0; i < old_size; i++) {
		if (old[i] != 0) {
			*find_slot(summary, old[i]) = old[i];
		}
	}
	free(old);
}

bool archive_summary_meet(struct archive_summary *summary, const char *label)
{
	uint64_t hash = XXH3_64bits(label, strlen(label)), *slot;

	hash += hash == 0;
	grow(summary);
	slot = find_slot(summary, hash);
	if (*slot == hash) {
		list_add(&summary->repeated, label);
		return true;
	}
	*slot = hash;
	summary->met_count++;
	return false;
}

/* -- The end ------------------------------------------------------------ */

int archive_summary_judge(const struct archive_summary *summary, struct error *err)
{
	if (summary->failed > 0) {
		*err = summary->first;
		return error_prefix(err, "%lld of %lld members failed; the first is %s: ",
			(long long)summary->failed,
			(long long)(summary->failed + summary->members), summary->first_label);
	}
	return summary->members == 0 ? error_set(err, "there is no file in it") : 0;
}

/* A reason for those of both lists: there is one reject of line 0. */
static const char *note_reason(const struct archive_summary *summary, struct arena *arena)
{
	const char *unread = "it holds links, devices or hidden files, which are not read";
	const char *repeated = "it holds files of the same name, of which the last counts";

	if (summary->unread.count == 0) {
		return arena_printf(
			arena, "%s: %lld", repeated, (long long)summary->repeated.count);
	}
	if (summary->repeated.count == 0) {
		return arena_printf(
			arena, "%s: %lld", unread, (long long)summary->unread.count);
	}
	return arena_printf(arena, "%s: %lld; %s: %lld", unread,
		(long long)summary->unread.count, repeated, (long long)summary->repeated.count);
}

void archive_summary_write(const struct archive_summary *summary, struct batch *batch)
{
	struct arena *arena = &batch->arena;
	const struct archive_summary_list *listed =
		summary->unread.count > 0 ? &summary->unread : &summary->repeated;

	batch->members = summary->members;
	if (listed->count > 0) {
		batch->rejects = arena_alloc(arena, sizeof(*batch->rejects));
		batch->rejects->reason = note_reason(summary, arena);
		batch->rejects->content =
			arena_copy(arena, listed->labels, strlen(listed->labels));
		batch->rejects_held = 1;
		batch->reject_count = 1;
	}
}
