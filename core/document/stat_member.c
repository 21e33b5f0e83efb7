/* Members of statistics rows: by name, and as cells. */
#include <math.h>
#include <string.h>

#include "base/date.h"
#include "document/stat_member.h"

/* What the host itself counts and judges; see db/stat_table.h. */
static const struct {
	const char *suffix;
	enum stat_member_kind kind;
} suffixes[] = {
	{ "_days", STAT_DAYS },
	{ "_missing", STAT_MISSING },
	{ "_longest_gap", STAT_LONGEST_GAP },
	{ "_wmo", STAT_WMO },
	{ "_ncei", STAT_NCEI },
};
enum { SUFFIXES = sizeof(suffixes) / sizeof(suffixes[0]), OF_INPUTS = 3, KEYS = 3 };

static const char *const period_names[] = {
	[ALM_MONTH] = "month", [ALM_SEASON] = "season", [ALM_YEAR] = "year"
};

/* -- By name ------------------------------------------------------------ */

static bool find_column(const struct catalog_calculator *calculator, const char *name,
	size_t length, size_t *index)
{
	for (*index = 0; *index < calculator->column_count; (*index)++) {
		const char *column = calculator->columns[*index].name;

		if (strncmp(column, name, length) == 0 && column[length] == '\0') {
			return true;
		}
	}
	return false;
}

static bool find_input(const struct catalog_calculator *calculator, const char *name,
	size_t length, size_t *index)
{
	for (*index = 0; *index < calculator->input_count; (*index)++) {
		const char *input = calculator->inputs[*index];

		if (strncmp(input, name, length) == 0 && input[length] == '\0') {
			return true;
		}
	}
	return false;
}

static bool find_suffixed(const struct catalog_calculator *calculator, const char *name,
	struct stat_member *member)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < SUFFIXES; i++) {
		size_t end = strlen(suffixes[i].suffix);

		member->kind = suffixes[i].kind;
		if (length > end && strcmp(name + length - end, suffixes[i].suffix) == 0 &&
			(i < OF_INPUTS ? find_input : find_column)(
				calculator, name, length - end, &member->index)) {
			return true;
		}
	}
	return false;
}

bool stat_member_find(const struct catalog_calculator *calculator, const char *name,
	struct stat_member *member)
{
	*member = (struct stat_member){ .kind = STAT_VALUE };
	if (strcmp(name, "station_id") == 0 || strcmp(name, "year") == 0) {
		member->kind = name[0] == 's' ? STAT_STATION : STAT_YEAR;
		return true;
	}
	if (strcmp(name, calculator->period) == 0) {
		member->kind = STAT_PART;
		return true;
	}
	return find_column(calculator, name, strlen(name), &member->index) ||
	       find_suffixed(calculator, name, member);
}

/* -- All of them -------------------------------------------------------- */

struct listing {
	const struct catalog_calculator *calculator;
	struct arena *arena;
	struct member *members;
	struct stat_member *places;
	size_t count;
};

static struct column *add(
	struct listing *listing, const char *stem, const char *suffix, enum alm_type type)
{
	struct member *member = &listing->members[listing->count];

	member->column.name = arena_printf(listing->arena, "%s%s", stem, suffix);
	member->column.type = type;
	stat_member_find(
		listing->calculator, member->column.name, &listing->places[listing->count]);
	listing->count++;
	return &member->column;
}

static void add_extra(struct listing *listing, const char *stem, size_t suffix)
{
	bool counts = suffix < OF_INPUTS;
	struct column *column =
		add(listing, stem, suffixes[suffix].suffix, counts ? ALM_INTEGER : ALM_BOOLEAN);

	column->unit = counts ? "d" : NULL;
	listing->members[listing->count - 1].on_request = true;
}

static void add_values(struct listing *listing)
{
	const struct catalog_calculator *calculator = listing->calculator;

	for (size_t i = 0; i < calculator->column_count; i++) {
		const struct catalog_column *from = &calculator->columns[i];
		struct column *column = add(listing, from->name, "", ALM_NUMBER);

		column->unit = strcmp(from->unit, "1") == 0 ? NULL : from->unit;
		column->decimals = from->decimals;
	}
}

size_t stat_member_list(const struct catalog_calculator *calculator, struct arena *arena,
	const struct member **members, const struct stat_member **places)
{
	size_t most = KEYS + calculator->column_count * (SUFFIXES - OF_INPUTS + 1) +
		      calculator->input_count * OF_INPUTS;
	struct listing listing = { calculator, arena,
		arena_alloc(arena, most * sizeof(*listing.members)),
		arena_alloc(arena, most * sizeof(*listing.places)), 0 };

	add(&listing, "station_id", "", ALM_STATION);
	add(&listing, "year", "", ALM_INTEGER);
	if (strcmp(calculator->period, period_names[ALM_YEAR]) != 0) {
		add(&listing, calculator->period, "", ALM_INTEGER);
	}
	add_values(&listing);
	for (size_t i = 0; i < calculator->input_count; i++) {
		for (size_t suffix = 0; suffix < OF_INPUTS; suffix++) {
			add_extra(&listing, calculator->inputs[i], suffix);
		}
	}
	for (size_t i = 0; i < calculator->column_count; i++) {
		for (size_t suffix = OF_INPUTS; suffix < SUFFIXES; suffix++) {
			add_extra(&listing, calculator->columns[i].name, suffix);
		}
	}
	*members = listing.members;
	*places = listing.places;
	return listing.count;
}

/* -- Cells -------------------------------------------------------------- */

static int season_days(int year, int season)
{
	static const int first_month[] = { 12, 3, 6, 9 };
	int days = 0;

	for (int i = 0; i < 3; i++) {
		int month = (first_month[season - 1] + i - 1) % 12 + 1;

		days += date_month_days(month == 12 ? year - 1 : year, month);
	}
	return days;
}

static int period_days(enum alm_period kind, int32_t key)
{
	int year = key / STAT_KEY_PARTS, part = key % STAT_KEY_PARTS;

	return kind == ALM_YEAR    ? date_year_days(year)
	       : kind == ALM_MONTH ? date_month_days(year, part)
				   : season_days(year, part);
}

static const double *row_values(const void *row)
{
	return (const double *)((const char *)row + sizeof(struct stat_head));
}

/* Two of each input: days present, longest gap. */
static const uint16_t *row_counts(const struct stat_layout *layout, const void *row)
{
	return (const uint16_t *)(row_values(row) + layout->column_count);
}

static void read_value(const struct stat_head *head, double value, size_t column,
	enum stat_rule rule, struct cell *cell)
{
	uint64_t verdicts = rule == STAT_RULE_WMO    ? head->wmo
			    : rule == STAT_RULE_NCEI ? head->ncei
						     : UINT64_MAX;

	cell->kind = isnan(value) || (verdicts >> column & 1) == 0 ? CELL_NULL : CELL_NUMBER;
	cell->number = value;
}

static int64_t read_integer(
	const struct stat_layout *layout, const struct stat_member *member, const void *row)
{
	const struct stat_head *head = row;
	const uint16_t *counts = row_counts(layout, row) + 2 * member->index;

	switch (member->kind) {
	case STAT_YEAR:
		return head->key / STAT_KEY_PARTS;
	case STAT_PART:
		return head->key % STAT_KEY_PARTS;
	case STAT_DAYS:
		return counts[0];
	case STAT_MISSING:
		return period_days(layout->period, head->key) - counts[0];
	case STAT_LONGEST_GAP:
		return counts[1];
	case STAT_WMO:
		return (int64_t)(head->wmo >> member->index & 1);
	default:
		return (int64_t)(head->ncei >> member->index & 1);
	}
}

void stat_member_read(const struct stat_layout *layout, const struct stat_member *member,
	const void *row, const struct catalog_station *station, enum stat_rule rule,
	struct cell *cell)
{
	if (member->kind == STAT_STATION) {
		cell->kind = CELL_TEXT;
		cell->steady = true;
		cell->text = station->id;
		cell->length = strlen(station->id);
	} else if (member->kind == STAT_VALUE) {
		read_value(row, row_values(row)[member->index], member->index, rule, cell);
	} else {
		cell->kind = member->kind >= STAT_WMO ? CELL_BOOLEAN : CELL_INTEGER;
		cell->integer = read_integer(layout, member, row);
	}
}

uint32_t stat_member_inputs(
	const struct catalog_calculator *calculator, const struct stat_member *member)
{
	switch (member->kind) {
	case STAT_VALUE:
	case STAT_WMO:
	case STAT_NCEI:
		return calculator->columns[member->index].inputs;
	case STAT_DAYS:
	case STAT_MISSING:
	case STAT_LONGEST_GAP:
		return (uint32_t)1 << member->index;
	default:
		return 0;
	}
}

double stat_row_coverage(const struct stat_layout *layout, const void *row, uint32_t inputs)
{
	const struct stat_head *head = row;
	const uint16_t *counts = row_counts(layout, row);
	int days = period_days(layout->period, head->key);
	double least = 1;

	for (size_t i = 0; i < layout->input_count; i++) {
		double share = (double)counts[2 * i] / days;

		if ((inputs >> i & 1) != 0 && share < least) {
			least = share;
		}
	}
	return least;
}
