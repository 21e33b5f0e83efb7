#include "ingest/run/tally.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

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

void tally_unread(struct tally *tally, const char *label)
{
	size_t used = strlen(tally->unread_labels);
	const char *between = used > 0 ? ", " : "";

	tally->unread++;
	if (used + strlen(between) + strlen(label) < sizeof(tally->unread_labels)) {
		snprintf(tally->unread_labels + used, sizeof(tally->unread_labels) - used,
			"%s%s", between, label);
	}
}

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

void tally_write(const struct tally *tally, struct parcel *parcel)
{
	struct arena *arena = &parcel->arena;
	const char *labels = tally->unread_labels;

	parcel->members = tally->members;
	if (tally->unread > 0) {
		parcel->rejects = arena_alloc(arena, sizeof(*parcel->rejects));
		parcel->rejects->reason = arena_printf(arena,
			"it holds links, devices or hidden files, which are not read: %lld",
			(long long)tally->unread);
		parcel->rejects->content = arena_copy(arena, labels, strlen(labels));
		parcel->rejects_held = 1;
		parcel->reject_count = 1;
	}
}
