#include "ingest/run/report.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

static const char *const outcome_names[] = {
	[REPORT_SUCCESS] = "success", [REPORT_PARTIAL] = "partial", [REPORT_FAILURE] = "failure"
};

const char *report_outcome_name(enum report_outcome outcome)
{
	return outcome_names[outcome];
}

void report_finish(struct report *report)
{
	arena_finish(&report->arena);
}

/* -- Counting ----------------------------------------------------------- */

static const char *copy(struct report *report, const char *text)
{
	return arena_copy(&report->arena, text, strlen(text));
}

void report_add(struct report *report, struct report_list *list, const char *uri, int64_t line,
	const char *text, const char *hint)
{
	list->count++;
	if (list->held < REPORT_ITEMS_MAX) {
		list->items[list->held++] = (struct report_item){ .uri = copy(report, uri),
			.text = copy(report, text),
			.hint = copy(report, hint),
			.line = line };
	}
}

static void list_rejects(struct report *report, const struct batch *batch)
{
	for (size_t i = 0; i < batch->rejects_held && i < REPORT_LINES_MAX; i++) {
		const struct batch_reject *reject = &batch->rejects[i];

		report_add(
			report, &report->rejects, batch->uri, reject->line, reject->reason, "");
		report->rejects.count--; /* the last batch of an object has their number */
	}
}

/* Whether a failed archive counts: not if a failed member of it does. */
static bool is_counted(const struct report *report, const struct batch *archive)
{
	size_t length = strlen(archive->uri);
	const char *member = report->failed_member;

	return member == NULL || strncmp(member, archive->uri, length) != 0 ||
	       member[length] != '!';
}

static void add_failure(struct report *report, const struct batch *batch)
{
	report->failed_member = copy(report, batch->uri);
	report_add(
		report, &report->failures, batch->uri, 0, batch->error.text, batch->error.hint);
}

static void add_taken(struct report *report, const struct batch *batch)
{
	report->taken++;
	report->observations += batch->observations;
	if (batch->unread) {
		report_add(report, &report->notes, batch->uri, 0,
			"its source knows that it holds no data", "");
	}
	if (batch->source != NULL && strcmp(batch->source, BATCH_EMPTY) == 0) {
		bool goes = strcmp(batch->source_version, BATCH_EMPTY_GOES) == 0;

		report_add(report, &report->notes, batch->uri, 0,
			goes ? "it is empty"
			     : "it is empty; what was taken from it before stays",
			"");
	}
}

static void add_archive(struct report *report, const struct batch *batch)
{
	if (batch->outcome == BATCH_FAILED && is_counted(report, batch)) {
		add_failure(report, batch);
	}
	if (batch->outcome == BATCH_SKIPPED) {
		report->skipped += batch->members;
	}
	for (size_t i = 0; i < batch->rejects_held; i++) {
		report_add(report, &report->notes, batch->uri, 0, batch->rejects[i].reason, "");
	}
}

void report_batch(struct report *report, const struct batch *batch)
{
	if (!batch->last) {
		list_rejects(report, batch);
		return;
	}
	if (batch->source != NULL && strcmp(batch->source, BATCH_ARCHIVE) == 0) {
		add_archive(report, batch);
		return;
	}
	if (batch->outcome == BATCH_SKIPPED) {
		report->skipped++;
		return;
	}
	if (batch->outcome == BATCH_FAILED) {
		add_failure(report, batch);
	} else {
		add_taken(report, batch);
		report->lines += batch->lines;
	}
	list_rejects(report, batch);
	report->rejects.count += batch->reject_count;
	report->rejected_lines += batch->rejected_lines;
	report->rejected_values += batch->rejected_values;
}

void report_set_outcome(struct report *report)
{
	bool stored = report->taken + report->skipped > 0 || report->advanced;
	bool incomplete =
		report->failures.count + report->rejects.count + report->remaining.count > 0;

	if (!incomplete && !error_is_set(&report->error)) {
		report->outcome = REPORT_SUCCESS;
	} else {
		report->outcome = stored ? REPORT_PARTIAL : REPORT_FAILURE;
	}
}

bool report_is_stuck(const struct report *report)
{
	return report->remaining.count > 0 && report->taken == 0 && !report->advanced;
}

/* -- JSON --------------------------------------------------------------- */

static void put_list(struct buffer *out, const char *name, const struct report_list *list)
{
	buffer_printf(out, ",\"%s\":{\"count\":%" PRId64 ",\"first\":[", name, list->count);
	for (size_t i = 0; i < list->held; i++) {
		const struct report_item *item = &list->items[i];

		buffer_puts(out, i > 0 ? ",{\"uri\":" : "{\"uri\":");
		json_text(out, item->uri);
		if (item->line > 0) {
			buffer_printf(out, ",\"line\":%" PRId64, item->line);
		}
		if (item->text[0] != '\0') {
			buffer_puts(out, ",\"reason\":");
			json_text(out, item->text);
		}
		if (item->hint[0] != '\0') {
			buffer_puts(out, ",\"hint\":");
			json_text(out, item->hint);
		}
		buffer_putc(out, '}');
	}
	buffer_puts(out, "]}");
}

void report_json(const struct report *report, struct buffer *out)
{
	const struct transaction_counts *stored = &report->stored;

	buffer_printf(out,
		"{\"event\":\"report\",\"outcome\":\"%s\",\"objects\":{\"taken\":%" PRId64
		",\"skipped\":%" PRId64 ",\"failed\":%" PRId64 ",\"remaining\":%" PRId64 "}",
		report_outcome_name(report->outcome), report->taken, report->skipped,
		report->failures.count, report->remaining.count);
	buffer_printf(out, ",\"rows\":%" PRId64 ",\"observations\":%" PRId64, report->lines,
		report->observations);
	buffer_printf(out, ",\"rejected_values\":%" PRId64, report->rejected_values);
	put_list(out, "rejects", &report->rejects);
	put_list(out, "failures", &report->failures);
	put_list(out, "notes", &report->notes);
	put_list(out, "remaining", &report->remaining);
	buffer_printf(out,
		",\"stations\":{\"added\":%" PRId64 "},\"blocks\":{\"added\":%" PRId64
		",\"changed\":%" PRId64 "},\"statistics\":%" PRId64,
		stored->stations_added, stored->blocks_added, stored->blocks_changed,
		stored->statistics);
	if (stored->version != 0) {
		buffer_printf(out, ",\"version\":%" PRId64, stored->version);
	} else {
		buffer_puts(out, ",\"version\":null");
	}
	buffer_printf(out, ",\"seconds\":%.3f", report->seconds);
	if (error_is_set(&report->error)) {
		buffer_puts(out, ",\"error\":");
		json_text(out, report->error.text);
	}
	buffer_putc(out, '}');
}

/* -- Text --------------------------------------------------------------- */

static void put_count(struct buffer *out, int64_t count, const char *one, const char *many)
{
	buffer_printf(out, "%" PRId64 " %s", count, count == 1 ? one : many);
}

static void put_items(struct buffer *out, const char *title, const struct report_list *list)
{
	if (list->count == 0) {
		return;
	}
	buffer_printf(out, "%s:\n", title);
	for (size_t i = 0; i < list->held; i++) {
		const struct report_item *item = &list->items[i];

		buffer_puts(out, "  ");
		utf8_put(out, item->uri);
		if (item->line > 0) {
			buffer_printf(out, ", line %" PRId64, item->line);
		}
		buffer_puts(out, item->text[0] != '\0' ? ": " : "");
		utf8_put(out, item->text);
		if (item->hint[0] != '\0') {
			buffer_puts(out, "\n    ");
			utf8_put(out, item->hint);
		}
		buffer_putc(out, '\n');
	}
	if (list->count > (int64_t)list->held) {
		buffer_printf(
			out, "  and %" PRId64 " more\n", list->count - (int64_t)list->held);
	}
}

static void put_stored(struct buffer *out, const struct report *report)
{
	const struct transaction_counts *stored = &report->stored;

	if (stored->version == 0) {
		buffer_puts(out, "Nothing changed in the database.\n");
		return;
	}
	buffer_puts(out, "Stored: ");
	put_count(out, stored->stations_added, "new station, ", "new stations, ");
	put_count(out, stored->blocks_added, "block added, ", "blocks added, ");
	put_count(out, stored->blocks_changed, "changed, ", "changed, ");
	put_count(out, stored->statistics, "row of statistics", "rows of statistics");
	buffer_printf(out, "; data set version %" PRId64 ".\n", stored->version);
}

void report_text(const struct report *report, struct buffer *out)
{
	static const char *const first[] = { [REPORT_SUCCESS] = "Done: ",
		[REPORT_PARTIAL] = "Done in part: ",
		[REPORT_FAILURE] = "Failed: " };

	buffer_puts(out, first[report->outcome]);
	put_count(out, report->taken, "file taken in, ", "files taken in, ");
	buffer_printf(out, "%" PRId64 " known already, %" PRId64 " failed", report->skipped,
		report->failures.count);
	if (report->remaining.count > 0) {
		buffer_printf(out, ", %" PRId64 " not reached", report->remaining.count);
	}
	buffer_puts(out, "; ");
	put_count(out, report->lines, "line, ", "lines, ");
	put_count(out, report->observations, "value, ", "values, ");
	put_count(out, report->rejected_lines, "line rejected", "lines rejected");
	if (report->rejected_values > 0) {
		buffer_puts(out, ", ");
		put_count(out, report->rejected_values, "value rejected", "values rejected");
	}
	buffer_printf(out, "; %.2f s.\n", report->seconds);
	put_stored(out, report);
	put_items(out, "Failed", &report->failures);
	put_items(out, "Rejected", &report->rejects);
	put_items(out, "Not looked at", &report->notes);
	put_items(out, "Not reached", &report->remaining);
}
