/* Notes on a selection that goes beyond the stored period: so that nothing is left out
 * silently. */
#include "base/date.h"
#include "query/plan.h"

enum { STATIONS_MAX = 2000 /* more stations are not looked at one by one: 0.1 ms */ };

/* Years of stored days, or that a selection asks for. */
struct years {
	int first, last;
};

static void add_station(struct years *years, const struct catalog_station *station)
{
	int first, last;

	if (station->block_count == 0) {
		return;
	}
	first = station->blocks[0].year;
	last = station->blocks[station->block_count - 1].year;
	years->first = first < years->first ? first : years->first;
	years->last = last > years->last ? last : years->last;
}

/* Of the stations selected, or of all if there are too many; last before first: there are none.
 */
static struct years stored_years(const struct plan *plan, bool *all)
{
	const struct catalog *catalog = plan->scan.catalog;
	struct years years = { DATE_YEAR_MAX, 0 };

	*all = plan->scan.station_count == catalog->station_count ||
	       plan->scan.station_count > STATIONS_MAX;
	if (*all) {
		return (struct years){ catalog->first_year, catalog->last_year };
	}
	for (size_t i = 0; i < plan->scan.station_count; i++) {
		add_station(&years, scan_station(&plan->scan, i));
	}
	return years;
}

static struct years selected_years(const struct selection *selection)
{
	struct years years = { 0, DATE_YEAR_MAX + 1 }; /* unbounded */

	if (selection->first_day != INT32_MIN) {
		years.first = date_from_day(selection->first_day).year;
	}
	if (selection->last_day != INT32_MAX) {
		years.last = date_from_day(selection->last_day).year;
	}
	return years;
}

/* An end that is open goes beyond nothing. */
static bool goes_beyond(const struct years *wanted, const struct years *stored)
{
	return (wanted->first != 0 && wanted->first < stored->first) ||
	       (wanted->last <= DATE_YEAR_MAX && wanted->last > stored->last) ||
	       wanted->first > stored->last || wanted->last < stored->first;
}

const char *const *plan_notes(const struct plan *plan)
{
	struct arena *arena = &plan->request->http.arena;
	struct years wanted = selected_years(&plan->selection), stored;
	const char **notes;
	bool all;

	if (plan->kind->of_stations || (wanted.first == 0 && wanted.last > DATE_YEAR_MAX)) {
		return NULL;
	}
	stored = stored_years(plan, &all);
	if (stored.last < stored.first || !goes_beyond(&wanted, &stored)) {
		return NULL;
	}
	notes = arena_alloc(arena, 2 * sizeof(*notes));
	notes[0] = arena_printf(arena,
		"%s is outside the stored period: %s days are stored from %d to %d.",
		wanted.last < stored.first || wanted.first > stored.last
			? "All of what is selected"
			: "Some of what is selected",
		all ? "of all stations" : "of the stations selected", stored.first,
		stored.last);
	return notes;
}
