/* Members of statistics rows: by name, and as cells. */
#include <math.h>
#include <string.h>

#include "document/stat_member.h"
#include "stat/rule.h"
#include "stat/stat.h"

enum { KEYS = 3 };

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

/* "tmax_days" of the input tmax */
static bool find_count(const struct catalog_calculator *calculator, const char *name,
	struct stat_member *member)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < STAT_COUNTS; i++) {
		size_t end = strlen(stat_count_suffixes[i]);

		member->kind = (enum stat_member_kind)(STAT_DAYS + i);
		if (length > end && strcmp(name + length - end, stat_count_suffixes[i]) == 0 &&
			find_input(calculator, name, length - end, &member->index)) {
			return true;
		}
	}
	return false;
}

/* "avg_tmax_wmo" of the column avg_tmax */
static bool find_verdict(const struct catalog_calculator *calculator, const char *name,
	struct stat_member *member)
{
	const char *suffix = strrchr(name, '_');

	if (suffix == NULL) {
		return false;
	}
	member->kind = STAT_VERDICT;
	member->rule = stat_rule_find(suffix + 1, strlen(suffix + 1));
	return member->rule < stat_rule_count &&
	       find_column(calculator, name, (size_t)(suffix - name), &member->index) &&
	       (calculator->columns[member->index].rules >> member->rule & 1) != 0;
}

bool stat_member_find(const struct catalog_calculator *calculator, const char *name,
	struct stat_member *member)
{
	*member = (struct stat_member){ .kind = STAT_VALUE };
	if (strcmp(name, "station_id") == 0 || strcmp(name, "year") == 0) {
		member->kind = name[0] == 's' ? STAT_STATION : STAT_YEAR;
		return true;
	}
	if (strcmp(name, calculator->period->name) == 0) {
		member->kind = STAT_PART;
		return true;
	}
	return find_column(calculator, name, strlen(name), &member->index) ||
	       find_count(calculator, name, member) || find_verdict(calculator, name, member);
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

static void add_extra(struct listing *listing, const char *stem, const char *suffix,
	enum alm_type type, const char *unit)
{
	add(listing, stem, suffix, type)->unit = unit;
	listing->members[listing->count - 1].on_request = true;
}

static void add_verdicts(struct listing *listing, const struct catalog_column *column)
{
	for (size_t rule = 0; rule < stat_rule_count; rule++) {
		if ((column->rules >> rule & 1) != 0) {
			add_extra(listing, column->name,
				arena_printf(listing->arena, "_%s", stat_rules[rule].name),
				ALM_BOOLEAN, NULL);
		}
	}
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
	size_t most = KEYS + calculator->column_count * (stat_rule_count + 1) +
		      calculator->input_count * STAT_COUNTS;
	struct listing listing = { calculator, arena,
		arena_alloc(arena, most * sizeof(*listing.members)),
		arena_alloc(arena, most * sizeof(*listing.places)), 0 };

	add(&listing, "station_id", "", ALM_STATION);
	add(&listing, "year", "", ALM_INTEGER);
	if (calculator->period->parts > 0) {
		add(&listing, calculator->period->name, "", ALM_INTEGER);
	}
	add_values(&listing);
	for (size_t i = 0; i < calculator->input_count; i++) {
		for (size_t k = 0; k < STAT_COUNTS; k++) {
			add_extra(&listing, calculator->inputs[i], stat_count_suffixes[k],
				ALM_INTEGER, "d");
		}
	}
	for (size_t i = 0; i < calculator->column_count; i++) {
		add_verdicts(&listing, &calculator->columns[i]);
	}
	*members = listing.members;
	*places = listing.places;
	return listing.count;
}

/* -- Cells -------------------------------------------------------------- */

static const double *row_values(const void *row)
{
	return (const double *)((const char *)row + sizeof(struct stat_head));
}

/* Two of each input: days present, longest gap. */
static const uint16_t *row_counts(const struct stat_layout *layout, const void *row)
{
	return (const uint16_t *)(row_values(row) + layout->column_count);
}

static uint8_t row_verdicts(const struct stat_layout *layout, const void *row, size_t column)
{
	return ((const uint8_t *)(row_counts(layout, row) + 2 * layout->input_count))[column];
}

static void read_value(double value, uint8_t verdicts, uint8_t rules, struct cell *cell)
{
	cell->kind = isnan(value) || (verdicts & rules) != rules ? CELL_NULL : CELL_NUMBER;
	cell->number = value;
}

static int64_t read_integer(
	const struct stat_layout *layout, const struct stat_member *member, const void *row)
{
	const struct stat_head *head = row;
	const uint16_t *counts = row_counts(layout, row);

	switch (member->kind) {
	case STAT_YEAR:
		return head->key / PERIOD_KEY_PARTS;
	case STAT_PART:
		return head->key % PERIOD_KEY_PARTS;
	case STAT_DAYS:
		return counts[2 * member->index];
	case STAT_MISSING:
		return period_key_days(layout->period->bit, (int32_t)head->key) -
		       counts[2 * member->index];
	case STAT_LONGEST_GAP:
		return counts[2 * member->index + 1];
	default:
		return row_verdicts(layout, row, member->index) >> member->rule & 1;
	}
}

void stat_member_read(const struct stat_layout *layout, const struct stat_member *member,
	const void *row, const struct catalog_station *station, uint8_t rules,
	struct cell *cell)
{
	if (member->kind == STAT_STATION) {
		cell->kind = CELL_TEXT;
		cell->steady = true;
		cell->text = station->id;
		cell->length = strlen(station->id);
	} else if (member->kind == STAT_VALUE) {
		read_value(row_values(row)[member->index],
			row_verdicts(layout, row, member->index), rules, cell);
	} else {
		cell->kind = member->kind == STAT_VERDICT ? CELL_BOOLEAN : CELL_INTEGER;
		cell->integer = read_integer(layout, member, row);
	}
}

void stat_member_inputs(const struct catalog_calculator *calculator,
	const struct stat_member *member, bool *inputs)
{
	const struct catalog_column *column = &calculator->columns[member->index];

	switch (member->kind) {
	case STAT_VALUE:
	case STAT_VERDICT:
		for (size_t i = 0; i < column->input_count; i++) {
			inputs[column->inputs[i]] = true;
		}
		return;
	case STAT_DAYS:
	case STAT_MISSING:
	case STAT_LONGEST_GAP:
		inputs[member->index] = true;
		return;
	default:
		return;
	}
}

double stat_row_coverage(const struct stat_layout *layout, const void *row, const bool *inputs)
{
	const struct stat_head *head = row;
	const uint16_t *counts = row_counts(layout, row);
	int days = period_key_days(layout->period->bit, (int32_t)head->key);
	double least = 1;

	for (size_t i = 0; i < layout->input_count; i++) {
		double share = (double)counts[2 * i] / days;

		if (inputs[i] && share < least) {
			least = share;
		}
	}
	return least;
}
