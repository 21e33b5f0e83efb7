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

/* Members that say of which period a row is. */
static bool find_key(
	const struct period_kind *kind, const char *name, struct stat_member *member)
{
	bool found = false;

	for (size_t i = 0; kind->members[i] != NULL; i++) {
		found = found || strcmp(kind->members[i], name) == 0;
	}
	member->kind = strcmp(name, "year") == 0       ? STAT_YEAR
		       : strcmp(name, "date") == 0     ? STAT_DATE
		       : kind->bit != ALM_CALENDAR_DAY ? STAT_PART
		       : strcmp(name, "day") == 0      ? STAT_DAY_OF_MONTH
						       : STAT_MONTH;
	return found;
}

bool stat_member_find(const struct catalog_calculator *calculator, const char *name,
	struct stat_member *member)
{
	*member = (struct stat_member){ .kind = STAT_STATION };
	if (strcmp(name, "station_id") == 0 || find_key(calculator->period, name, member)) {
		return true;
	}
	member->kind = STAT_VALUE;
	if (find_column(calculator, name, strlen(name), &member->index)) {
		member->type = calculator->columns[member->index].type;
		return true;
	}
	return find_count(calculator, name, member) || find_verdict(calculator, name, member);
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
		struct column *column = add(listing, from->name, "", (enum alm_type)from->type);

		if (from->type != ALM_DATE) {
			column->unit = strcmp(from->unit, "1") == 0 ? NULL : from->unit;
		}
		column->decimals = from->type == ALM_NUMBER ? from->decimals : 0;
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
	for (const char *const *key = calculator->period->members; *key != NULL; key++) {
		add(&listing, *key, "", strcmp(*key, "date") == 0 ? ALM_DATE : ALM_INTEGER);
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
static const void *row_counts(const struct stat_layout *layout, const void *row)
{
	return row_values(row) + layout->column_count;
}

static uint32_t row_count(const struct stat_layout *layout, const void *row, size_t i)
{
	return layout->wide ? ((const uint32_t *)row_counts(layout, row))[i]
			    : ((const uint16_t *)row_counts(layout, row))[i];
}

static uint8_t row_verdicts(const struct stat_layout *layout, const void *row, size_t column)
{
	size_t size = layout->wide ? sizeof(uint32_t) : sizeof(uint16_t);

	return ((const uint8_t *)row_counts(layout, row) +
		2 * layout->input_count * size)[column];
}

/* Days of the row's period. */
static uint32_t row_days(const struct stat_layout *layout, const struct stat_head *head)
{
	return head->days > 0 ? head->days
			      : (uint32_t)period_key_days(layout->period->bit, head->key);
}

static void read_value(
	uint32_t type, double value, uint8_t verdicts, uint8_t rules, struct cell *cell)
{
	static const enum cell_kind kinds[] = {
		[ALM_NUMBER] = CELL_NUMBER, [ALM_INTEGER] = CELL_INTEGER, [ALM_DATE] = CELL_DATE
	};

	cell->kind = isnan(value) || (verdicts & rules) != rules ? CELL_NULL : kinds[type];
	cell->number = value;
	cell->integer =
		cell->kind == CELL_NUMBER || cell->kind == CELL_NULL ? 0 : (int64_t)value;
}

/* Month, or day of the month, of a day of the calendar. */
static int64_t read_leap_date(int part, bool of_month)
{
	int month, day;

	period_leap_date(part, &month, &day);
	return of_month ? day : month;
}

static int64_t read_integer(
	const struct stat_layout *layout, const struct stat_member *member, const void *row)
{
	const struct stat_head *head = row;

	switch (member->kind) {
	case STAT_YEAR:
		return head->key / PERIOD_KEY_PARTS;
	case STAT_PART:
		return head->key % PERIOD_KEY_PARTS;
	case STAT_DATE:
		return head->key;
	case STAT_MONTH:
	case STAT_DAY_OF_MONTH:
		return read_leap_date(head->key, member->kind == STAT_DAY_OF_MONTH);
	case STAT_DAYS:
		return row_count(layout, row, 2 * member->index);
	case STAT_MISSING:
		return (int64_t)row_days(layout, head) -
		       row_count(layout, row, 2 * member->index);
	case STAT_LONGEST_GAP:
		return row_count(layout, row, 2 * member->index + 1);
	default:
		return row_verdicts(layout, row, member->index) >> member->rule & 1;
	}
}

void stat_member_read(const struct stat_layout *layout, const struct stat_member *member,
	const void *row, const char *station, uint8_t rules, struct cell *cell)
{
	if (member->kind == STAT_STATION) {
		cell->kind = CELL_TEXT;
		cell->steady = true;
		cell->text = station;
		cell->length = strlen(station);
	} else if (member->kind == STAT_VALUE) {
		read_value(member->type, row_values(row)[member->index],
			row_verdicts(layout, row, member->index), rules, cell);
	} else {
		cell->kind = member->kind == STAT_VERDICT ? CELL_BOOLEAN
			     : member->kind == STAT_DATE  ? CELL_DATE
							  : CELL_INTEGER;
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

bool *stat_member_judged(const struct catalog_calculator *calculator, struct arena *arena,
	const struct stat_member *places, const unsigned *members, size_t count)
{
	bool *inputs = arena_alloc(arena, (calculator->input_count + 1) * sizeof(*inputs));
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		stat_member_inputs(calculator, &places[members[i]], inputs);
	}
	for (size_t i = 0; i < calculator->input_count; i++) {
		any = any || inputs[i];
	}
	for (size_t i = 0; i < calculator->input_count && !any; i++) {
		inputs[i] = true;
	}
	return inputs;
}

double stat_row_coverage(const struct stat_layout *layout, const void *row, const bool *inputs)
{
	const struct stat_head *head = row;
	uint32_t days = row_days(layout, head);
	double least = 1;

	for (size_t i = 0; i < layout->input_count; i++) {
		double share = (double)row_count(layout, row, 2 * i) / days;

		if (inputs[i] && share < least) {
			least = share;
		}
	}
	return least;
}
