#include "ingest/store/changed_days.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/date.h"
#include "catalog/block.h"

enum { STATION, ELEMENT, YEAR, URI, DAYS, WAS, BECAME, WAS_QUALITY, BECAME_QUALITY };

/* $10: the run. */
static const char insert_days[] =
	"insert into changed_days (station_id, element, year, uri, days, was, became, "
	"was_quality, became_quality, run_id) "
	"select id, element, year, uri, days::smallint[], was::integer[], became::integer[], "
	"was_quality, became_quality, $10::bigint from unnest($1::text[], $2::text[], "
	"$3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[]) "
	"as t (id, element, year, uri, days, was, became, was_quality, became_quality)";

void changed_days_finish(struct changed_days *days)
{
	arrays_finish(days->columns, CHANGED_DAYS_COLUMNS);
}

static bool is_value(int32_t value)
{
	return value >= BLOCK_VALUE_MIN;
}

/* Blank of a day without a value: its flags say nothing. */
static char quality(const struct merge_view *view, int day)
{
	const char *flags = view->flags[FLAG_QUALITY];

	return flags != NULL && is_value(view->values[day]) ? flags[day] : ' ';
}

static bool is_changed(const struct merge_view *before, const struct merge_view *after, int day)
{
	int32_t was = before->values[day], became = after->values[day];

	return is_value(was) && (was != became || quality(before, day) != quality(after, day));
}

static void put_value(struct array *values, int32_t value)
{
	if (is_value(value)) {
		array_integer(values, value);
	} else {
		array_text(values, NULL);
	}
}

/* The days of one block, an array for each column. */
struct lists {
	struct array days, was, became;
	char was_quality[BLOCK_DAYS_MAX + 1], became_quality[BLOCK_DAYS_MAX + 1];
	size_t count;
	bool flagged;
};

static void put_day(struct lists *lists, const struct merge_view *before,
	const struct merge_view *after, int day)
{
	array_integer(&lists->days, day);
	put_value(&lists->was, before->values[day]);
	put_value(&lists->became, after->values[day]);
	lists->was_quality[lists->count] = quality(before, day);
	lists->became_quality[lists->count] = quality(after, day);
	lists->flagged |= quality(before, day) != ' ' || quality(after, day) != ' ';
	lists->count++;
}

static void put_row(struct array *columns, const struct stored_key *key, const char *uri,
	struct lists *lists)
{
	lists->was_quality[lists->count] = lists->became_quality[lists->count] = '\0';
	array_text(&columns[STATION], key->station);
	array_text(&columns[ELEMENT], key->element);
	array_integer(&columns[YEAR], key->year);
	array_text(&columns[URI], uri);
	array_text(&columns[DAYS], array_argument(&lists->days));
	array_text(&columns[WAS], array_argument(&lists->was));
	array_text(&columns[BECAME], array_argument(&lists->became));
	array_text(&columns[WAS_QUALITY], lists->flagged ? lists->was_quality : NULL);
	array_text(&columns[BECAME_QUALITY], lists->flagged ? lists->became_quality : NULL);
}

void changed_days_add(struct changed_days *days, const struct stored_key *key,
	const struct merge_view *before, const struct merge_view *after, const char *uri)
{
	struct lists lists = { 0 };

	for (int day = 0; day < date_year_days(before->year); day++) {
		if (is_changed(before, after, day)) {
			put_day(&lists, before, after, day);
		}
	}
	if (lists.count > 0) {
		put_row(days->columns, key, uri, &lists);
	}
	array_finish(&lists.days);
	array_finish(&lists.was);
	array_finish(&lists.became);
}

int changed_days_flush(
	struct changed_days *days, struct session *session, int64_t run_id, struct error *err)
{
	const char *arguments[CHANGED_DAYS_COLUMNS + 1];
	char run[24];
	int status;

	if (days->columns[STATION].text.length == 0) {
		return 0;
	}
	snprintf(run, sizeof(run), "%" PRId64, run_id);
	array_arguments(days->columns, CHANGED_DAYS_COLUMNS, arguments);
	arguments[CHANGED_DAYS_COLUMNS] = run;
	status = session_query(session, "storing changed days", insert_days,
		CHANGED_DAYS_COLUMNS + 1, arguments, NULL, err);
	for (int i = 0; i < CHANGED_DAYS_COLUMNS; i++) {
		array_clear(&days->columns[i]);
	}
	return status;
}
