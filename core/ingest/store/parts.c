#include "ingest/store/parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/memory.h"

enum { SMALLEST = 4 };

void parts_finish(struct parts *parts)
{
	for (size_t i = 0; i < parts->capacity; i++) {
		free(parts->list[i].own);
	}
	free(parts->list);
	*parts = (struct parts){ 0 };
}

void parts_clear(struct parts *parts, int year)
{
	parts->year = year;
	parts->count = 0;
	parts->changed = false;
}

static struct part *next_part(struct parts *parts)
{
	if (parts->count == parts->capacity) {
		size_t before = parts->capacity;

		parts->capacity = before * 2 + SMALLEST;
		parts->list = memory_resize(parts->list, parts->capacity, sizeof(*parts->list));
		memset(parts->list + before, 0,
			(parts->capacity - before) * sizeof(*parts->list));
	}
	return &parts->list[parts->count];
}

static struct merge *own_memory(struct part *part)
{
	if (part->own == NULL) {
		part->own = memory_new(struct merge);
	}
	return part->own;
}

struct merge *parts_memory(struct parts *parts)
{
	return own_memory(next_part(parts));
}

void parts_add(struct parts *parts, const struct origin *origin, const struct merge_view *view)
{
	struct part *part = next_part(parts);

	part->origin = origin;
	part->view = *view;
	parts->count++;
}

static struct part *find(struct parts *parts, int32_t origin)
{
	for (size_t i = 0; i < parts->count; i++) {
		if (parts->list[i].origin->id == origin) {
			return &parts->list[i];
		}
	}
	return NULL;
}

/* Copies the view to memory of the part, to be changed. */
static struct merge *copy_view(struct part *part)
{
	struct merge *own = own_memory(part);

	if (part->view.values != own->values) {
		merge_clear(own, part->view.year);
		merge_overlay(own, &part->view);
		part->view = merge_view(own);
	}
	return own;
}

void parts_report(struct parts *parts, const struct origin *origin,
	const struct merge_view *view, bool adds)
{
	struct part *part = find(parts, origin->id);
	struct merge before;
	struct merge_view old;

	if (part == NULL) {
		parts_add(parts, origin, view);
		parts->changed = true;
		return;
	}
	if (!adds) {
		parts->changed = parts->changed || !merge_is_equal(&part->view, view);
		part->view = *view;
		return;
	}
	before = *copy_view(part);
	old = merge_view(&before);
	merge_overlay(part->own, view);
	part->view = merge_view(part->own);
	parts->changed = parts->changed || !merge_is_equal(&old, &part->view);
}

static bool has_days(const struct merge_view *view)
{
	for (int i = 0; i < date_year_days(view->year); i++) {
		if (view->values[i] != BLOCK_NOT_REPORTED) {
			return true;
		}
	}
	return false;
}

/* The slot moves to the end of the list, which keeps its memory. */
static void remove_part(struct parts *parts, struct part *part)
{
	struct part removed = *part;

	memmove(part, part + 1,
		(size_t)(parts->list + parts->count - part - 1) * sizeof(*part));
	parts->list[--parts->count] = removed;
	parts->changed = true;
}

void parts_withdraw(struct parts *parts, int32_t origin, const uint8_t *stays)
{
	struct part *part = find(parts, origin);
	struct merge *own;

	if (part == NULL) {
		return;
	}
	own = copy_view(part);
	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		if ((stays == NULL || !block_bit(stays, i)) &&
			own->values[i] != BLOCK_NOT_REPORTED) {
			merge_drop_day(own, i);
			parts->changed = true;
		}
	}
	if (!has_days(&part->view)) {
		remove_part(parts, part);
	}
}

static int compare(const void *a, const void *b)
{
	return origins_compare(
		((const struct part *)a)->origin, ((const struct part *)b)->origin);
}

static void overlay_part(struct merge *merged, const struct part *part)
{
	if (part->origin->whole) {
		merge_clear(merged, part->view.year);
	}
	merge_overlay(merged, &part->view);
}

/* Whether another reports all days of the part, which then needs no row. */
static bool is_covered(const struct part *part, const struct merge *by)
{
	for (int i = 0; i < date_year_days(part->view.year); i++) {
		if (part->view.values[i] != BLOCK_NOT_REPORTED &&
			by->values[i] == BLOCK_NOT_REPORTED) {
			return false;
		}
	}
	return true;
}

static void overlay_from(struct parts *parts, size_t from)
{
	merge_clear(&parts->merged, parts->year);
	for (size_t i = from; i < parts->count; i++) {
		overlay_part(&parts->merged, &parts->list[i]);
	}
}

struct merge_view parts_merge(struct parts *parts)
{
	qsort(parts->list, parts->count, sizeof(*parts->list), compare);
	if (parts->count > 1 && parts->list[0].origin->id == ORIGIN_UNKNOWN) {
		overlay_from(parts, 1);
		if (is_covered(&parts->list[0], &parts->merged)) {
			remove_part(parts, &parts->list[0]);
		}
	}
	if (parts->count == 1 && !merge_withdraws(&parts->list[0].view)) {
		return parts->list[0].view;
	}
	overlay_from(parts, 0);
	merge_resolve(&parts->merged);
	return merge_view(&parts->merged);
}

int32_t parts_origin(const struct parts *parts)
{
	return parts->count == 1 && !merge_withdraws(&parts->list[0].view)
		       ? parts->list[0].origin->id
		       : PARTS_SEVERAL;
}
