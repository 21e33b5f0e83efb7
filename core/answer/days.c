/* ALM_DAYS: days of stations from their blocks. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "answer/blocks.h"
#include "answer/host.h"
#include "catalog/catalog.h"
#include "db/wire.h"
#include "query/plan.h"
#include "route/route.h"
#include "route/services.h"

enum { STATION_MEMBER, DATE_MEMBER, ELEMENT_MEMBERS };

/* Members of an element: its value, and with flags the others. */
static const enum block_column element_members[] = {
	BLOCK_VALUES, /* and these are in the order of member_marks */
	BLOCK_MEASUREMENT,
	BLOCK_QUALITY,
	BLOCK_SOURCE,
	BLOCK_TIMES,
};
enum { MEMBERS_MAX = sizeof(element_members) / sizeof(element_members[0]) };

enum { JUDGED_EFFORT = 16 /* rows that take as long as a year is judged */ };

enum { TIMES = 2402 /* values of ALM_TIME(), and 0 */, TIME_TEXT = 6, LETTERS = 128 };

/* The days of an element of the part being written, by day of the year. */
struct element_days {
	bool wanted[MEMBERS_MAX]; /* of the answer */
	bool any;                 /* one of them */
	bool is_read;             /* its block of the part was looked at */
	bool missing;             /* the part has no block of it */
	int32_t values[BLOCK_DAYS_MAX];
	uint16_t *symbols[MEMBERS_MAX]; /* of the wanted ones */
};

/* Bound of the values of an element, by which rows and blocks are left out. */
struct element_bound {
	struct row_bound bound;
	size_t element;
	long stored; /* the element's index in the catalog */
};

struct days {
	struct plan plan; /* first: one is cast to the other */
	struct blocks blocks;
	size_t per_element;            /* members of an element */
	struct element_days *elements; /* by element */
	struct element_bound *bounds;  /* of the conditions; set once the filter is there */
	size_t bound_count;
	bool bounded;
	/* Texts of flags and times, made when first used. */
	char (*letters)[2], (*times)[TIME_TEXT];
	struct cell_run *runs; /* NULL: rows are written one by one */
	int32_t *dates;        /* of the rows of a run */
};

static void on_blocks(struct fetch *fetch, enum pool_outcome outcome, const PGresult *result)
{
	struct days *days =
		(struct days *)((char *)fetch - offsetof(struct days, blocks.fetch.fetch));

	plan_fetched(&days->plan, fetch, outcome, result);
}

static enum plan_found find(struct plan *plan)
{
	struct days *days = (struct days *)plan;

	return blocks_fetch(plan, &days->blocks, on_blocks);
}

static bool agrees(const struct plan *plan)
{
	return blocks_agree(plan, &((const struct days *)plan)->blocks);
}

static void keep(struct plan *plan)
{
	blocks_keep(plan, &((struct days *)plan)->blocks);
}

/* -- Writing ------------------------------------------------------------ */

static const char *lower(struct arena *arena, const char *code, const char *suffix)
{
	char *name = arena_printf(arena, "%s%s", code, suffix);

	for (char *p = name; *p != '\0'; p++) {
		*p = (char)tolower((unsigned char)*p);
	}
	return name;
}

/* `member`: index into element_members. */
static struct column make_column(struct alm_request *request, const char *code, size_t member)
{
	const long at = catalog_find_element(request->catalog, code);
	const struct catalog_element *element =
		at >= 0 ? &request->catalog->elements[at] : NULL;
	const char *name =
		lower(&request->http.arena, code, member > 0 ? member_marks[member - 1] : "");

	if (member > 0) {
		return (struct column){ .name = name, .type = ALM_TEXT };
	}
	return (struct column){ .name = name,
		.type = ALM_NUMBER,
		.unit = element != NULL ? element->unit : NULL,
		.decimals = element != NULL ? element->decimals : 0,
		.stored = true };
}

static size_t count_members(const struct days *days)
{
	return ELEMENT_MEMBERS + days->blocks.element_count * days->per_element;
}

/* Station, date, and those of each element. */
static const struct member *make_members(struct days *days)
{
	struct alm_request *request = days->plan.request;
	const struct alm_field *fields = request->route->declared->fields;
	const struct blocks *blocks = &days->blocks;
	struct member *members =
		arena_alloc(&request->http.arena, count_members(days) * sizeof(*members));
	struct member *next = members + ELEMENT_MEMBERS;

	members[STATION_MEMBER].column =
		(struct column){ .name = fields[0].name, .type = ALM_STATION };
	members[DATE_MEMBER].column =
		(struct column){ .name = fields[1].name, .type = ALM_DATE };
	for (size_t i = 0; i < blocks->element_count; i++) {
		for (size_t k = 0; k < days->per_element; k++) {
			(next++)->column = make_column(request, blocks->elements[i], k);
		}
	}
	return members;
}

/* An element whose member would have the name of another, which a reader could not tell apart.
 */
static int check_names(const struct days *days)
{
	struct alm_request *request = days->plan.request;
	const struct alm_field *fields = request->route->declared->fields;

	for (size_t i = 0; i < days->blocks.element_count; i++) {
		const char *code = days->blocks.elements[i];

		if (strcasecmp(code, fields[0].name) == 0 ||
			strcasecmp(code, fields[1].name) == 0) {
			return answer_broken(request,
				"plugin %s: the element %s has the name of a field of the route",
				request->route->plugin->path, code);
		}
	}
	return 0;
}

/* Which members are in the answer: the others are not decoded. */
static void mark_wanted(struct days *days, const struct projection *projection)
{
	struct arena *arena = &days->plan.request->http.arena;

	days->plan.part_weight = 0;
	days->blocks.unneeded = arena_alloc(arena, days->blocks.element_count + 1);
	memset(days->blocks.unneeded, true, days->blocks.element_count);
	for (size_t i = 0; i < projection->count; i++) {
		size_t member = projection->members[i];

		if (member >= ELEMENT_MEMBERS) {
			size_t k = (member - ELEMENT_MEMBERS) % days->per_element;
			size_t at = (member - ELEMENT_MEMBERS) / days->per_element;
			struct element_days *element = &days->elements[at];

			element->wanted[k] = element->any = true;
			days->plan.part_weight += days->blocks.unneeded[at];
			days->blocks.unneeded[at] = false;
			if (k > 0) {
				element->symbols[k] =
					arena_take(arena, BLOCK_DAYS_MAX * sizeof(uint16_t));
			}
		}
	}
}

static struct answer *begin(struct plan *plan)
{
	struct days *days = (struct days *)plan;
	struct arena *arena = &plan->request->http.arena;
	struct answer *answer;

	blocks_elements(plan, &days->blocks);
	days->per_element = plan->selection.flags ? MEMBERS_MAX : 1;
	if (check_names(days) != 0) {
		return NULL;
	}
	answer = answer_begin(plan->request, make_members(days), count_members(days));
	if (answer == NULL) {
		return NULL;
	}
	days->elements =
		arena_alloc(arena, (days->blocks.element_count + 1) * sizeof(*days->elements));
	if (plan->selection.flags) {
		days->letters = arena_alloc(arena, LETTERS * sizeof(*days->letters));
		days->times = arena_alloc(arena, TIMES * sizeof(*days->times));
	} else if (!plan->filtered && answer_takes_runs(answer)) {
		days->runs = arena_alloc(
			arena, (answer->projection.count + 1) * sizeof(*days->runs));
		days->dates = arena_alloc(arena, BLOCK_DAYS_MAX * sizeof(*days->dates));
	}
	days->bounded = false;
	mark_wanted(days, &answer->projection);
	return answer;
}

/* Decodes the wanted members of an element in a year. -1: the block is broken. */
static int read_element(const struct plan *plan, const struct fetched_block *block, int year,
	struct element_days *to)
{
	to->missing = !to->any || !fetched_is_block(block);
	if (to->missing) {
		return 0;
	}
	if (blocks_values(plan, block, year, to->values) != 0) {
		return -1;
	}
	for (size_t k = 1; k < MEMBERS_MAX; k++) {
		if (to->wanted[k] &&
			blocks_symbols(block, element_members[k], year, to->symbols[k]) != 0) {
			return -1;
		}
	}
	return 0;
}

/* Decodes an element of the part, once. -1: its block is broken; replied. */
static int need_element(struct days *days, size_t at, size_t i)
{
	const struct scan_part *part = &days->plan.chunk.parts[at];
	struct element_days *element = &days->elements[i];

	if (element->is_read || !element->any) {
		return 0;
	}
	element->is_read = true;
	if (read_element(&days->plan, blocks_at(&days->blocks, at, i), part->year, element) !=
		0) {
		return answer_broken(days->plan.request,
			"block of station %s, year %d, element %s cannot be decoded",
			part->station->id, part->year, days->blocks.elements[i]);
	}
	return 0;
}

static int read_part(struct days *days, size_t at)
{
	for (size_t i = 0; i < days->blocks.element_count; i++) {
		if (need_element(days, at, i) != 0) {
			return -1;
		}
	}
	return 0;
}

static void set_station(struct cell *cell, const struct catalog_station *station)
{
	if (cell->text != station->id) {
		*cell = (struct cell){ .kind = CELL_TEXT,
			.steady = true,
			.text = station->id,
			.length = strlen(station->id) };
	}
}

static void set_text(struct cell *cell, const char *text, size_t length)
{
	*cell = (struct cell){
		.kind = CELL_TEXT, .steady = true, .text = text, .length = length
	};
}

static void set_flag(struct days *days, uint16_t flag, struct cell *cell)
{
	if (flag <= ' ' || flag >= LETTERS) {
		cell->kind = CELL_NULL;
		return;
	}
	days->letters[flag][0] = (char)flag;
	set_text(cell, days->letters[flag], 1);
}

static void set_time(struct days *days, uint16_t time, struct cell *cell)
{
	if (time == 0 || time >= TIMES) {
		cell->kind = CELL_NULL;
		return;
	}
	if (days->times[time][0] == '\0') {
		const int hhmm = alm_time_hhmm(time);

		snprintf(days->times[time], TIME_TEXT, "%02u:%02u", (unsigned)hhmm / 100 % 100,
			(unsigned)hhmm % 100);
	}
	set_text(cell, days->times[time], TIME_TEXT - 1);
}

/* A day of the year of a member of an element. */
static void set_member(struct days *days, size_t member, int day, struct cell *cell)
{
	const struct element_days *element = &days->elements[member / days->per_element];
	const size_t k = member % days->per_element;

	if (element->missing || (k > 0 && element->values[day] == BLOCK_NOT_REPORTED)) {
		cell->kind = CELL_NULL;
	} else if (k == 0) {
		cell->integer = element->values[day];
		cell->kind = element->values[day] < BLOCK_VALUE_MIN ? CELL_NULL : CELL_SCALED;
	} else if (element_members[k] == BLOCK_TIMES) {
		set_time(days, element->symbols[k][day], cell);
	} else {
		set_flag(days, element->symbols[k][day], cell);
	}
}

/* Writes a day of the part's year, which begins on day `start`. */
static void write_day(struct days *days, const struct scan_part *part, int32_t start, int day)
{
	struct answer *answer = days->plan.answer;
	const struct projection *projection = &answer->projection;

	for (size_t i = 0; i < projection->count; i++) {
		struct cell *cell = &answer->cells[i];
		unsigned member = projection->members[i];

		if (member >= ELEMENT_MEMBERS) {
			set_member(days, member - ELEMENT_MEMBERS, day, cell);
		} else if (member == DATE_MEMBER) {
			cell->kind = CELL_DATE;
			cell->integer = start + day;
		} else {
			set_station(cell, part->station);
		}
	}
	answer_row(answer, answer->cells);
}

/* Lists the days of the part that are rows, with their dates. Returns how many they are. */
static size_t list_days(struct days *days, const struct scan_part *part, int32_t start,
	uint16_t rows[BLOCK_DAYS_MAX])
{
	size_t count = 0;

	for (int day = part->first; day <= part->last; day++) {
		if (part->days == NULL || block_bit(part->days, day)) {
			days->dates[count] = start + day;
			rows[count++] = (uint16_t)day;
		}
	}
	return count;
}

/* The values of the days in `rows`, one behind the other: where they are, if no day is left out
 * between them, else moved to the front. */
static const int32_t *pack_values(
	struct element_days *element, const uint16_t *rows, size_t count)
{
	int32_t *values = element->values;

	if (count == 0 || (size_t)(rows[count - 1] - rows[0]) + 1 == count) {
		return values + (count > 0 ? rows[0] : 0);
	}
	for (size_t row = 0; row < count; row++) {
		values[row] = values[rows[row]];
	}
	return values;
}

/* Without flags, so that each element has one member, and each is at most once a column. */
static void write_runs(struct days *days, const struct scan_part *part, int32_t start)
{
	struct answer *answer = days->plan.answer;
	const struct projection *projection = &answer->projection;
	uint16_t rows[BLOCK_DAYS_MAX];
	size_t count = list_days(days, part, start, rows);

	for (size_t i = 0; i < projection->count; i++) {
		struct cell_run *run = &days->runs[i];
		unsigned member = projection->members[i];

		*run = (struct cell_run){ .cell.kind = CELL_NULL, .least = BLOCK_VALUE_MIN };
		if (member == STATION_MEMBER) {
			set_station(&run->cell, part->station);
		} else if (member == DATE_MEMBER) {
			run->cell.kind = CELL_DATE;
			run->integers = days->dates;
		} else if (!days->elements[member - ELEMENT_MEMBERS].missing) {
			run->cell.kind = CELL_SCALED;
			run->integers = pack_values(
				&days->elements[member - ELEMENT_MEMBERS], rows, count);
		}
	}
	answer_runs(answer, days->runs, count);
}

/* -- Bounds --------------------------------------------------------------- */

static struct element_bound bind_bound(const struct days *days, const struct row_bound *bound)
{
	const size_t member = days->plan.answer->projection.members[bound->column];

	const size_t element = (member - ELEMENT_MEMBERS) / days->per_element;

	return (struct element_bound){ *bound, element,
		catalog_find_element(days->plan.scan.catalog, days->blocks.elements[element]) };
}

/* Reads the bounds of the conditions, once the answer has them. */
static void bind_bounds(struct days *days)
{
	const struct row_bounds *bounds = row_filter_bounds(days->plan.answer->row_filter);

	if (days->bounded) {
		return;
	}
	days->bounds = arena_alloc(
		&days->plan.request->http.arena, (bounds->count + 1) * sizeof(*days->bounds));
	for (size_t i = 0; i < bounds->count; i++) {
		days->bounds[i] = bind_bound(days, &bounds->list[i]);
	}
	days->bound_count = bounds->count;
	days->bounded = true;
}

/* Whether a value of the block may keep the bound. Extremes are of values that failed no check.
 */
static bool may_keep(const struct days *days, const struct scan_part *part,
	const struct element_bound *bound)
{
	const struct catalog_block *block =
		blocks_find(part->station, part->year, bound->stored);

	if (block == NULL || days->plan.selection.flagged) {
		return block != NULL;
	}
	if (block->least > block->greatest) {
		return false;
	}
	return row_bound_may_hold(&bound->bound,
		block->least == INT16_MIN ? INT32_MIN : block->least,
		block->greatest == INT16_MAX ? INT32_MAX : block->greatest);
}

/* Rows of parts that may not are those that fail or, without conditions, those that pass and
 * come after the page. */
static bool may_show(const struct plan *plan, const struct scan_part *part)
{
	struct days *days = (struct days *)(uintptr_t)plan;
	const struct row_filter *filter = plan->answer->row_filter;
	struct row_bound floor;

	bind_bounds(days);
	for (size_t i = 0; i < days->bound_count; i++) {
		if (!may_keep(days, part, &days->bounds[i])) {
			return false;
		}
	}
	if (row_filter_passes_all(filter) && row_filter_floor(filter, &floor)) {
		const struct element_bound bound = bind_bound(days, &floor);

		return may_keep(days, part, &bound);
	}
	return true;
}

/* -- Writing a part --------------------------------------------------------- */

static bool is_row(const struct scan_part *part, int day)
{
	return part->days == NULL || block_bit(part->days, day);
}

/* Whether the value of the element on that day is there and keeps the bound. */
static bool keeps(const struct days *days, const struct element_bound *bound, int day)
{
	const struct element_days *element = &days->elements[bound->element];

	return !element->missing && element->values[day] >= BLOCK_VALUE_MIN &&
	       row_bound_holds(&bound->bound, element->values[day]);
}

/* Judges the rows of the part by bounds, before any is made. Sets a bit for each that keeps
 * them. */
static void judge(const struct days *days, const struct scan_part *part, bool *kept)
{
	for (int day = part->first; day <= part->last; day++) {
		kept[day] = is_row(part, day);
	}
	for (size_t i = 0; i < days->bound_count; i++) {
		const struct element_days *element = &days->elements[days->bounds[i].element];
		const struct row_bound bound = days->bounds[i].bound;

		for (int day = part->first; day <= part->last; day++) {
			const int32_t value =
				element->missing ? BLOCK_MISSING : element->values[day];

			kept[day] &= value >= BLOCK_VALUE_MIN && row_bound_holds(&bound, value);
		}
	}
}

/* Rows of which it is only counted whether they pass. */
struct tally {
	int64_t failed, passed;
};

static void count_tally(struct answer *answer, struct tally *tally)
{
	answer_count_rows(answer, tally->failed, tally->passed, 0);
	*tally = (struct tally){ 0, 0 };
}

/* Whether a row that keeps the bounds is only to be counted. */
static bool is_counted(const struct days *days, const struct tally *tally,
	const struct element_bound *floor, int day)
{
	const struct row_filter *filter = days->plan.answer->row_filter;

	if (!row_filter_bounds(filter)->exact) {
		return false;
	}
	return floor != NULL ? !keeps(days, floor, day)
			     : row_filter_idle(filter) > tally->passed;
}

/* Decodes the elements that bounds are of. -1: a block is broken; replied. */
static int read_bounded(struct days *days, size_t at, const struct element_bound *floor)
{
	for (size_t i = 0; i < days->bound_count; i++) {
		if (need_element(days, at, days->bounds[i].element) != 0) {
			return -1;
		}
	}
	return floor != NULL ? need_element(days, at, floor->element) : 0;
}

static bool set_floor(const struct days *days, struct element_bound *floor)
{
	struct row_bound bound;
	const bool floored = row_filter_floor(days->plan.answer->row_filter, &bound);

	if (floored) {
		*floor = bind_bound(days, &bound);
	}
	return floored;
}

/* -1: a block is broken; replied. */
static int write_kept(struct days *days, size_t at)
{
	const struct scan_part *part = &days->plan.chunk.parts[at];
	struct answer *answer = days->plan.answer;
	const int32_t start = date_year_start(part->year);
	struct element_bound floor = { .element = 0 };
	struct tally tally = { 0, 0 };
	bool kept[BLOCK_DAYS_MAX], floored = set_floor(days, &floor);

	if (read_bounded(days, at, floored ? &floor : NULL) != 0) {
		return -1;
	}
	judge(days, part, kept);
	for (int day = part->first; day <= part->last; day++) {
		if (!kept[day]) {
			tally.failed += is_row(part, day);
		} else if (is_counted(days, &tally, floored ? &floor : NULL, day)) {
			tally.passed++;
		} else {
			count_tally(answer, &tally);
			if (read_part(days, at) != 0) {
				return -1;
			}
			write_day(days, part, start, day);
			floored = set_floor(days, &floor);
		}
	}
	answer_count_rows(answer, tally.failed, tally.passed, JUDGED_EFFORT);
	return 0;
}

static int write_all(struct days *days, size_t at)
{
	const struct scan_part *part = &days->plan.chunk.parts[at];
	const int32_t start = date_year_start(part->year);

	if (read_part(days, at) != 0) {
		return -1;
	}
	if (days->runs != NULL) {
		write_runs(days, part, start);
		return 0;
	}
	for (int day = part->first; day <= part->last; day++) {
		if (is_row(part, day)) {
			write_day(days, part, start, day);
		}
	}
	return 0;
}

static enum plan_written write_part(struct plan *plan, size_t at)
{
	struct days *days = (struct days *)plan;
	const struct scan_part *part = &plan->chunk.parts[at];
	int status;

	for (size_t i = 0; i < days->blocks.element_count; i++) {
		days->elements[i].is_read = false;
	}
	if (plan->answer->row_filter == NULL) {
		status = write_all(days, at);
	} else {
		row_filter_leave_out(plan->answer->row_filter, part->left_out);
		if (!may_show(plan, part)) {
			row_filter_leave_out(plan->answer->row_filter, part->rows);
			return PLAN_WRITTEN;
		}
		status = write_kept(days, at);
	}
	return status == 0 ? PLAN_WRITTEN : PLAN_BROKEN;
}

/* -- Beginning ---------------------------------------------------------- */

static size_t count_columns(const struct plan *plan)
{
	const size_t selected = plan->selection.element_count;
	const size_t elements = selected > 0 ? selected : plan->scan.catalog->element_count;

	return ELEMENT_MEMBERS + elements * (plan->selection.flags ? MEMBERS_MAX : 1);
}

static const struct plan_kind kind = { .fetch = find,
	.agrees = agrees,
	.keep = keep,
	.begin = begin,
	.may_show = may_show,
	.write = write_part,
	.columns = count_columns };

int days_send(struct alm_request *request, const struct alm_selection *from)
{
	struct alm_selection selection;
	struct days *days;

	if (answer_read_selection(request, "ALM_DAYS", from, &selection) != 0 ||
		answer_claim(request, "ALM_DAYS", ALM_DAYS) != 0) {
		return -1;
	}
	days = arena_alloc(&request->http.arena, sizeof(*days));
	days->plan.request = request;
	days->plan.kind = &kind;
	return plan_start(&days->plan, &selection);
}
