#include "ingest/run/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "base/utf8.h"

enum { MET_SMALLEST = 64 /* a power of two */ };

void tally_failed(struct tally *tally, const char *label, const struct error *err)
{
	if (tally->failed++ == 0) {
		size_t length = strlen(label);
		bool cut = length >= TALLY_LABEL_MAX;

		length = cut ? utf8_whole(label, TALLY_LABEL_MAX - 4) : length;
		snprintf(tally->first_label, sizeof(tally->first_label), "%.*s%s", (int)length,
			label, cut ? "..." : "");
		tally->first = *err;
	}
}

static void list_add(struct tally_list *list, const char *label)
{
	size_t used = strlen(list->labels);
	const char *between = used > 0 ? ", " : "";

	list->count++;
	if (used + strlen(between) + strlen(label) < sizeof(list->labels)) {
		snprintf(list->labels + used, sizeof(list->labels) - used, "%s%s", between,
			label);
	}
}

void tally_unread(struct tally *tally, const char *label)
{
	list_add(&tally->unread, label);
}

/* -- Names that were met ------------------------------------------------ */

void tally_finish(struct tally *tally)
{
	free(tally->met);
	tally->met = NULL;
}

static uint64_t *find_slot(const struct tally *tally, uint64_t hash)
{
	size_t mask = tally->met_size - 1, i = (size_t)hash & mask;

	while (tally->met[i] != 0 && tally->met[i] != hash) {
		i = (i + 1) & mask;
	}
	return &tally->met[i];
}

/* Keeps the table at most half full. */
static void grow(struct tally *tally)
{
	size_t old_size = tally->met_size;
	uint64_t *old = tally->met;

	if (tally->met_count < old_size / 2) {
		return;
	}
	tally->met_size = old_size > 0 ? old_size * 2 : MET_SMALLEST;
	tally->met = memory_array(tally->met_size, sizeof(*tally->met));
	for (size_t i = 0; i < old_size; i++) {
		if (old[i] != 0) {
			*find_slot(tally, old[i]) = old[i];
		}
	}
	free(old);
}

bool tally_meet(struct tally *tally, const char *label)
{
	uint64_t hash = XXH3_64bits(label, strlen(label)), *slot;

	hash += hash == 0;
	grow(tally);
	slot = find_slot(tally, hash);
	if (*slot == hash) {
		list_add(&tally->repeated, label);
		return true;
	}
	*slot = hash;
	tally->met_count++;
	return false;
}

/* -- The end ------------------------------------------------------------ */

int tally_judge(const struct tally *tally, struct error *err)
{
	if (tally->failed > 0) {
		*err = tally->first;
		return error_prefix(err, "%lld of %lld members failed; the first is %s: ",
			(long long)tally->failed, (long long)(tally->failed + tally->members),
			tally->first_label);
	}
	return tally->members == 0 ? error_set(err, "there is no file in it") : 0;
}

/* A reason for those of both lists: there is one reject of line 0. */
static const char *note_reason(const struct tally *tally, struct arena *arena)
{
	const char *unread = "it holds links, devices or hidden files, which are not read";
	const char *repeated = "it holds files of the same name, of which the last counts";

	if (tally->unread.count == 0) {
		return arena_printf(
			arena, "%s: %lld", repeated, (long long)tally->repeated.count);
	}
	if (tally->repeated.count == 0) {
		return arena_printf(arena, "%s: %lld", unread, (long long)tally->unread.count);
	}
	return arena_printf(arena, "%s: %lld; %s: %lld", unread, (long long)tally->unread.count,
		repeated, (long long)tally->repeated.count);
}

void tally_write(const struct tally *tally, struct parcel *parcel)
{
	struct arena *arena = &parcel->arena;
	const struct tally_list *listed =
		tally->unread.count > 0 ? &tally->unread : &tally->repeated;

	parcel->members = tally->members;
	if (listed->count > 0) {
		parcel->rejects = arena_alloc(arena, sizeof(*parcel->rejects));
		parcel->rejects->reason = note_reason(tally, arena);
		parcel->rejects->content =
			arena_copy(arena, listed->labels, strlen(listed->labels));
		parcel->rejects_held = 1;
		parcel->reject_count = 1;
	}
}
