#include "ingest/parse/assemble.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/memory.h"
#include "ingest/parse/object_index.h"
#include "ingest/parse/scatter.h"

enum {
	SLAB = 8, /* blocks allocated together */
	JOURNAL_SMALLEST = 64,
	SCATTERED_DAYS = 64, /* of a block: with fewer on average they are still open */
	GATHERED_MAX = 256   /* observations that are put into blocks together */
};

/* An observation of the line that is being read. */
struct entry {
	struct batch_block *block; /* NULL: it is spooled */
	uint8_t *given;            /* days of its station, year and element, if it is */
	int day;                   /* of the year, from 0 */
};

struct assemble {
	const struct alm_element *elements;
	unsigned element_count;
	struct batch *batch;
	struct object_index object_index;

	/* The current station and year, and those of its blocks, by element, that are
	 * in no parcel but this one: most observations need no search. */
	struct object_index_station *station;
	struct object_index_year *year;
	int32_t year_start;
	uint32_t year_days; /* 0: no year is current */
	struct batch_block **current;
	unsigned current_capacity;

	struct batch_block *slab; /* blocks of the parcel's arena, not used yet */
	size_t slab_left;

	/* Of the current parcel: its blocks, those of them that one before had, and the days.
	 */
	size_t blocks_made, blocks_again, days_kept;

	struct object_index_block *given; /* of the last value that was spooled, in the year */
	struct spool *spool;              /* NULL: observations go into blocks at once */
	size_t spool_kept;                /* its records but for those of the line */
	struct spool *sorted;             /* what is being gathered, or NULL */
	struct object_index scattered;    /* the stations of `sorted` */
	struct object_index_station **stations; /* the same by number */
	const struct record *next;              /* NULL: none */
	struct assemble_twice twice;

	struct entry *journal;
	size_t journal_count, journal_capacity;
};

struct assemble *assemble_create(void)
{
	return memory_new(struct assemble);
}

static void drop_spools(struct assemble *assemble)
{
	spool_destroy(assemble->spool);
	spool_destroy(assemble->sorted);
	free(assemble->stations);
	object_index_finish(&assemble->scattered);
	assemble->spool = assemble->sorted = NULL;
	assemble->stations = NULL;
	assemble->next = NULL;
}

void assemble_destroy(struct assemble *assemble)
{
	if (assemble != NULL) {
		drop_spools(assemble);
		object_index_finish(&assemble->object_index);
		free(assemble->journal);
		free(assemble->current);
		free(assemble);
	}
}

static void start_parcel(struct assemble *assemble)
{
	assemble->slab_left = 0;
	assemble->blocks_made = assemble->blocks_again = assemble->days_kept = 0;
}

static unsigned count_elements(const struct alm_element *elements)
{
	unsigned count = 0;

	while (elements != NULL && elements[count].code != NULL) {
		count++;
	}
	return count;
}

void assemble_open(
	struct assemble *assemble, const struct alm_source *source, struct batch *batch)
{
	assemble_no_station(assemble);
	drop_spools(assemble);
	object_index_clear(&assemble->object_index);
	assemble->elements = source->elements;
	assemble->element_count = count_elements(source->elements);
	assemble->batch = batch;
	start_parcel(assemble);
	assemble->journal_count = 0;
	assemble->twice.count = 0;
	if (assemble->current_capacity < assemble->element_count) {
		free(assemble->current);
		assemble->current =
			memory_array(assemble->element_count, sizeof(*assemble->current));
		assemble->current_capacity = assemble->element_count;
	}
}

/* -- The current station and year --------------------------------------- */

static void leave_year(struct assemble *assemble)
{
	const bool blocks = assemble->year != NULL && assemble->spool == NULL;
	const struct object_index_block *held = blocks ? assemble->year->blocks : NULL;

	for (; held != NULL; held = held->next) {
		assemble->current[held->element] = NULL;
	}
	assemble->year = NULL;
	assemble->year_days = 0;
}

static void enter_year(struct assemble *assemble, struct object_index_year *year)
{
	const struct object_index_block *held = assemble->spool == NULL ? year->blocks : NULL;

	leave_year(assemble);
	for (; held != NULL; held = held->next) {
		assemble->current[held->element] = held->before == NULL ? held->block : NULL;
	}
	assemble->year = year;
	assemble->year_start = year->start;
	assemble->year_days = year->days;
	assemble->station->recent = year;
	assemble->given = NULL;
}

static enum assemble_problem select_year(struct assemble *assemble, int32_t day)
{
	struct object_index_year *recent;

	if (assemble->station == NULL) {
		return ASSEMBLE_NO_STATION;
	}
	recent = assemble->station->recent;
	if (recent != NULL && (uint32_t)day - (uint32_t)recent->start < recent->days) {
		enter_year(assemble, recent);
		return ASSEMBLE_FINE;
	}
	if (day < date_year_start(BATCH_YEAR_MIN) ||
		day >= date_year_start(BATCH_YEAR_MAX + 1)) {
		return ASSEMBLE_BAD_DAY;
	}
	enter_year(assemble, object_index_year(&assemble->object_index, assemble->station,
				     date_from_day(day).year));
	return ASSEMBLE_FINE;
}

static bool is_station(
	const struct object_index_station *station, const char *id, size_t length)
{
	return station->length == length && memcmp(station->id, id, length) == 0;
}

void assemble_station(struct assemble *assemble, const char *id, size_t length)
{
	struct object_index_station *now = assemble->station;

	if (now != NULL && is_station(now, id, length)) {
		return;
	}
	leave_year(assemble);
	/* Files of days list their stations in one order. */
	if (now != NULL && now->following != NULL && is_station(now->following, id, length)) {
		assemble->station = now->following;
		return;
	}
	assemble->station = object_index_station(&assemble->object_index, id, length);
	if (now != NULL) {
		now->following = assemble->station;
	}
}

void assemble_no_station(struct assemble *assemble)
{
	leave_year(assemble);
	assemble->station = NULL;
}

const char *assemble_current(const struct assemble *assemble)
{
	return assemble->station != NULL ? assemble->station->id : NULL;
}

/* -- Observations ------------------------------------------------------- */

static struct batch_block *add_block(
	struct assemble *assemble, const struct object_index_block *held)
{
	struct batch_block *block;

	if (assemble->slab_left == 0) {
		assemble->slab = arena_alloc(&assemble->batch->arena, SLAB * sizeof(*block));
		assemble->slab_left = SLAB;
	}
	assemble->slab_left--;
	block = assemble->slab++;
	block->year = assemble->year->year;
	block->element = &assemble->elements[held->element];
	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		block->values[i] = BLOCK_NOT_REPORTED;
	}
	return block;
}

/* The current year's block of an element, made if it is not there yet. */
static struct object_index_block *need_block(struct assemble *assemble, unsigned element)
{
	struct object_index_block *held = assemble->year->blocks;

	while (held != NULL && held->element != element) {
		held = held->next;
	}
	if (held == NULL) {
		held = object_index_add(&assemble->object_index, assemble->year, element);
	}
	if (held->block == NULL) {
		held->block = add_block(assemble, held);
		assemble->blocks_made++;
		assemble->blocks_again += held->before != NULL;
	}
	if (held->before == NULL) {
		assemble->current[element] = held->block;
	}
	return held;
}

static void set_flag(struct assemble *assemble, struct batch_block *block, enum flag_kind kind,
	int day, char flag)
{
	if (flag == '\0' || flag == ' ') {
		return;
	}
	if (block->flags[kind] == NULL) {
		block->flags[kind] = arena_alloc(&assemble->batch->arena, BLOCK_DAYS_MAX);
		memset(block->flags[kind], ' ', BLOCK_DAYS_MAX);
	}
	block->flags[kind][day] = flag;
}

static void set_time(
	struct assemble *assemble, struct batch_block *block, int day, uint16_t time)
{
	if (block->times == NULL) {
		block->times = arena_alloc(
			&assemble->batch->arena, BLOCK_DAYS_MAX * sizeof(*block->times));
	}
	block->times[day] = time;
}

static bool is_time(uint16_t time)
{
	const int hhmm = alm_time_hhmm(time);

	return hhmm >= 0 && hhmm <= 2400 && hhmm % 100 < 60;
}

static bool is_flag(char c)
{
	return c == '\0' || (c >= ' ' && c <= '~');
}

static enum assemble_problem check_flags(const struct alm_observation *value)
{
	if (value->reserved != 0) {
		return ASSEMBLE_RESERVED;
	}
	if (!is_flag(value->measurement) || !is_flag(value->quality) ||
		!is_flag(value->source)) {
		return ASSEMBLE_BAD_FLAG;
	}
	return value->time == 0 || is_time(value->time) ? ASSEMBLE_FINE : ASSEMBLE_BAD_TIME;
}

static enum assemble_problem set_flags(struct assemble *assemble, struct batch_block *block,
	const struct alm_observation *value, int day)
{
	enum assemble_problem problem = check_flags(value);

	if (problem != ASSEMBLE_FINE) {
		return problem;
	}
	set_flag(assemble, block, FLAG_MEASUREMENT, day, value->measurement);
	set_flag(assemble, block, FLAG_QUALITY, day, value->quality);
	set_flag(assemble, block, FLAG_SOURCE, day, value->source);
	if (value->time != 0) {
		set_time(assemble, block, day, value->time);
	}
	return ASSEMBLE_FINE;
}

/* Sees to it that the observation's year is current. */
static enum assemble_problem find_year(
	struct assemble *assemble, const struct alm_observation *value)
{
	if (value->element >= assemble->element_count) {
		return ASSEMBLE_NO_ELEMENT;
	}
	if ((uint32_t)value->day - (uint32_t)assemble->year_start >= assemble->year_days) {
		return select_year(assemble, value->day);
	}
	return ASSEMBLE_FINE;
}

/* Sees to it that the observation's year is current and has a block for it, and that
 * the day was not handed over. The block goes to *block. */
static enum assemble_problem find_block(struct assemble *assemble,
	const struct alm_observation *value, struct batch_block **block)
{
	enum assemble_problem problem = find_year(assemble, value);
	const struct object_index_block *held;

	if (problem != ASSEMBLE_FINE) {
		return problem;
	}
	held = need_block(assemble, value->element);
	*block = held->block;
	if (held->before != NULL &&
		block_bit(held->before, value->day - assemble->year_start)) {
		return ASSEMBLE_TWICE;
	}
	return ASSEMBLE_FINE;
}

/* Whether a value beyond its element's bounds is one nonetheless: reported as missing or
 * withdrawn, of an element without bounds, or with the flag of a check that it failed, which is
 * how archives keep what they do not believe. */
static bool may_be_beyond(
	const struct alm_element *element, const struct alm_observation *value)
{
	const bool flagged = value->quality != '\0' && value->quality != ' ';
	const bool unbounded = element->min == 0 && element->max == 0;

	return value->value == ALM_MISSING || value->value == ALM_NOT_REPORTED ||
	       (value->value >= BLOCK_VALUE_MIN && (flagged || unbounded));
}

static bool is_bad_value(const struct alm_element *element, const struct alm_observation *value)
{
	return (value->value < element->min || value->value > element->max ||
		       value->value == BLOCK_WITHDRAWN) &&
	       !may_be_beyond(element, value);
}

static bool has_flags(const struct alm_observation *value)
{
	return ((value->measurement | value->quality | value->source) & ~' ') != 0 ||
	       value->reserved != 0 || value->time != 0;
}

/* A day that is withdrawn has neither flags nor a time. */
static enum assemble_problem withdraw_day(struct assemble *assemble, struct batch_block *block,
	const struct alm_observation *value, int day)
{
	block->values[day] = BLOCK_WITHDRAWN;
	assemble->journal[assemble->journal_count++] = (struct entry){ block, NULL, day };
	return value->reserved != 0 ? ASSEMBLE_RESERVED : ASSEMBLE_FINE;
}

static enum assemble_problem set_value(struct assemble *assemble, struct batch_block *block,
	const struct alm_observation *value, int day)
{
	if (is_bad_value(block->element, value)) {
		return ASSEMBLE_BAD_VALUE;
	}
	if (block->values[day] != BLOCK_NOT_REPORTED) {
		return ASSEMBLE_TWICE;
	}
	if (value->value == ALM_NOT_REPORTED) {
		return withdraw_day(assemble, block, value, day);
	}
	block->values[day] = value->value;
	assemble->journal[assemble->journal_count++] = (struct entry){ block, NULL, day };
	return has_flags(value) ? set_flags(assemble, block, value, day) : ASSEMBLE_FINE;
}

static void reserve_journal(struct assemble *assemble, size_t count)
{
	if (assemble->journal_capacity - assemble->journal_count < count) {
		assemble->journal_capacity =
			(assemble->journal_count + count) * 2 + JOURNAL_SMALLEST;
		assemble->journal = memory_resize(assemble->journal, assemble->journal_capacity,
			sizeof(*assemble->journal));
	}
}

/* Whether what comes with a value can be stored; of a day that is withdrawn, nothing is. */
static enum assemble_problem check_rest(const struct alm_observation *value)
{
	if (value->value == ALM_NOT_REPORTED) {
		return value->reserved != 0 ? ASSEMBLE_RESERVED : ASSEMBLE_FINE;
	}
	return has_flags(value) ? check_flags(value) : ASSEMBLE_FINE;
}

/* The days of the current year that were given of an element. */
static uint8_t *need_days(struct assemble *assemble, unsigned element)
{
	struct object_index_block *held =
		assemble->given != NULL ? assemble->given->next : assemble->year->blocks;

	/* Elements mostly follow each other as on the days before. */
	if (held == NULL || held->element != element) {
		held = assemble->year->blocks;
	}
	while (held != NULL && held->element != element) {
		held = held->next;
	}
	if (held == NULL) {
		held = object_index_add(&assemble->object_index, assemble->year, element);
	}
	assemble->given = held;
	return object_index_days(&assemble->object_index, held);
}

static enum assemble_problem spool_value(
	struct assemble *assemble, const struct alm_observation *value)
{
	enum assemble_problem problem = find_year(assemble, value);
	uint8_t *given;
	int day;

	if (problem != ASSEMBLE_FINE) {
		return problem;
	}
	if (is_bad_value(&assemble->elements[value->element], value)) {
		return ASSEMBLE_BAD_VALUE;
	}
	day = value->day - assemble->year_start;
	given = need_days(assemble, value->element);
	if (block_bit(given, day)) {
		return ASSEMBLE_TWICE;
	}
	problem = check_rest(value);
	if (problem == ASSEMBLE_FINE) {
		given[day / 8] |= (uint8_t)(1u << (day % 8));
		scatter_pack(spool_add(assemble->spool), assemble->station->number,
			assemble->year->year, day, value);
		assemble->journal[assemble->journal_count++] =
			(struct entry){ NULL, given, day };
	}
	return problem;
}

static enum assemble_problem spool_values(struct assemble *assemble,
	const struct alm_observation *values, size_t count, size_t *at)
{
	enum assemble_problem problem = ASSEMBLE_FINE;

	for (size_t i = 0; i < count && problem == ASSEMBLE_FINE; i++) {
		*at = i;
		problem = spool_value(assemble, &values[i]);
	}
	return problem;
}

enum assemble_problem assemble_add(struct assemble *assemble,
	const struct alm_observation *values, size_t count, size_t *at)
{
	enum assemble_problem problem = ASSEMBLE_FINE;

	reserve_journal(assemble, count);
	if (assemble->spool != NULL) {
		return spool_values(assemble, values, count, at);
	}
	for (size_t i = 0; i < count && problem == ASSEMBLE_FINE; i++) {
		const struct alm_observation *value = &values[i];
		uint32_t day = (uint32_t)value->day - (uint32_t)assemble->year_start;
		struct batch_block *block = NULL;

		*at = i;
		if (day < assemble->year_days && value->element < assemble->element_count) {
			block = assemble->current[value->element];
		}
		if (block == NULL) {
			problem = find_block(assemble, value, &block);
			if (problem != ASSEMBLE_FINE) {
				break;
			}
			day = (uint32_t)value->day - (uint32_t)assemble->year_start;
		}
		problem = set_value(assemble, block, value, (int)day);
	}
	return problem;
}

size_t assemble_keep(struct assemble *assemble)
{
	size_t count = assemble->journal_count;

	if (assemble->station != NULL) {
		assemble->station->kept = true;
	}
	if (assemble->spool != NULL) {
		assemble->spool_kept = spool_count(assemble->spool);
	}
	assemble->days_kept += count;
	assemble->journal_count = 0;
	return count;
}

bool assemble_has_added(const struct assemble *assemble)
{
	return assemble->journal_count > 0;
}

void assemble_undo(struct assemble *assemble)
{
	if (assemble->spool != NULL) {
		spool_cut(assemble->spool, assemble->spool_kept);
	}
	for (size_t i = 0; i < assemble->journal_count; i++) {
		const struct entry *entry = &assemble->journal[i];

		if (entry->block == NULL) {
			entry->given[entry->day / 8] &= (uint8_t) ~(1u << (entry->day % 8));
			continue;
		}
		entry->block->values[entry->day] = BLOCK_NOT_REPORTED;
		for (int kind = 0; kind < FLAG_KINDS; kind++) {
			if (entry->block->flags[kind] != NULL) {
				entry->block->flags[kind][entry->day] = ' ';
			}
		}
		if (entry->block->times != NULL) {
			entry->block->times[entry->day] = 0;
		}
	}
	assemble->journal_count = 0;
}

/* -- Handing over ------------------------------------------------------- */

/* Lines that were rejected leave blocks in which nothing is reported. */
static bool has_days(const struct batch_block *block)
{
	for (int i = 0; i < BLOCK_DAYS_MAX; i++) {
		if (block->values[i] != BLOCK_NOT_REPORTED) {
			return true;
		}
	}
	return false;
}

static size_t count_blocks(const struct object_index_station *station)
{
	size_t count = 0;

	for (size_t i = 0; i < station->year_count; i++) {
		const struct object_index_block *held = station->years[i]->blocks;

		for (; held != NULL; held = held->next) {
			count += held->block != NULL && has_days(held->block);
		}
	}
	return count;
}

/* Whether an earlier parcel has days of it: then there is no need to say that there is one. */
static bool was_handed_over(const struct object_index_station *station)
{
	for (size_t i = 0; i < station->year_count; i++) {
		const struct object_index_block *held = station->years[i]->blocks;

		for (; held != NULL; held = held->next) {
			if (held->before != NULL) {
				return true;
			}
		}
	}
	return false;
}

/* Puts a block among those of its year, which begin at `from`. */
static void insert_block(struct batch_station *to, size_t from, struct batch_block *block)
{
	size_t at = to->block_count++;

	while (at > from &&
		strcmp(to->blocks[at - 1]->element->code, block->element->code) > 0) {
		to->blocks[at] = to->blocks[at - 1];
		at--;
	}
	to->blocks[at] = block;
}

static void list_station(struct assemble *assemble, struct object_index_station *station,
	struct batch_station *to, size_t count)
{
	struct arena *arena = &assemble->batch->arena;

	to->id = arena_copy(arena, station->id, station->length);
	to->blocks = arena_alloc(arena, count * sizeof(struct batch_block *));
	for (size_t i = 0; i < station->year_count; i++) {
		struct object_index_block *held = station->years[i]->blocks;
		size_t from = to->block_count;

		for (; held != NULL; held = held->next) {
			if (held->block != NULL && has_days(held->block)) {
				insert_block(to, from, held->block);
			}
		}
	}
	station->kept = false;
}

/* The blocks are the parcel's now. Their days are remembered if more may follow. */
static void forget_blocks(struct object_index *object_index,
	const struct object_index_station *station, bool remember)
{
	for (size_t i = 0; i < station->year_count; i++) {
		struct object_index_block *held = station->years[i]->blocks;

		for (; held != NULL; held = held->next) {
			if (held->block != NULL && remember && has_days(held->block)) {
				object_index_hand_over(object_index, held);
			}
			held->block = NULL;
		}
	}
}

static int compare_stations(const void *a, const void *b)
{
	return strcmp(
		((const struct batch_station *)a)->id, ((const struct batch_station *)b)->id);
}

void assemble_hand_over(struct assemble *assemble, struct batch *next)
{
	struct object_index *object_index = &assemble->object_index;
	struct batch *batch = assemble->batch;

	assert(assemble->journal_count == 0);
	if (assemble->spool != NULL) {
		assemble->batch = next;
		return;
	}
	leave_year(assemble); /* its blocks are not ours any more */
	batch->stations = arena_alloc(
		&batch->arena, object_index->station_count * sizeof(*batch->stations));
	for (size_t i = 0; i < object_index->table_size; i++) {
		struct object_index_station *station = object_index->table[i];
		size_t count = station != NULL ? count_blocks(station) : 0;

		if (station == NULL) {
			continue;
		}
		if (count > 0 || (station->kept && !was_handed_over(station))) {
			list_station(assemble, station,
				&batch->stations[batch->station_count++], count);
		}
		forget_blocks(object_index, station, next != NULL);
	}
	qsort(batch->stations, batch->station_count, sizeof(*batch->stations),
		compare_stations);
	assemble->batch = next;
	start_parcel(assemble);
}

size_t assemble_memory(const struct assemble *assemble)
{
	return object_index_memory(&assemble->object_index);
}

void assemble_forget(struct assemble *assemble)
{
	char id[STATION_ID_MAX];
	size_t length = assemble->station != NULL ? assemble->station->length : 0;

	if (length > 0) {
		memcpy(id, assemble->station->id, length);
	}
	assemble_no_station(assemble);
	object_index_clear(&assemble->object_index);
	if (length > 0) {
		assemble_station(assemble, id, length);
	}
}

/* -- Spooling ------------------------------------------------------------- */

bool assemble_is_scattered(const struct assemble *assemble)
{
	return assemble->days_kept < assemble->blocks_made * SCATTERED_DAYS ||
	       assemble->blocks_again * 2 > assemble->blocks_made;
}

bool assemble_scatters(const struct assemble *assemble)
{
	return assemble->spool != NULL;
}

static char flag_of(const struct batch_block *block, enum flag_kind kind, int day)
{
	return block->flags[kind] != NULL ? block->flags[kind][day] : ' ';
}

/* What was put into a block on a day that is reported. */
static struct alm_observation read_day(
	const struct batch_block *block, unsigned element, int day)
{
	const int32_t value = block->values[day];

	return (struct alm_observation){ .value = value == BLOCK_WITHDRAWN ? ALM_NOT_REPORTED
									   : value,
		.element = (uint16_t)element,
		.time = block->times != NULL ? block->times[day] : 0,
		.measurement = flag_of(block, FLAG_MEASUREMENT, day),
		.quality = flag_of(block, FLAG_QUALITY, day),
		.source = flag_of(block, FLAG_SOURCE, day) };
}

static void spool_block(struct assemble *assemble, const struct object_index_station *station,
	const struct object_index_block *held)
{
	const struct batch_block *block = held->block;

	for (int day = 0; day < BLOCK_DAYS_MAX; day++) {
		if (block->values[day] != BLOCK_NOT_REPORTED) {
			const struct alm_observation value =
				read_day(block, held->element, day);

			scatter_pack(spool_add(assemble->spool), station->number, block->year,
				day, &value);
		}
	}
}

static void spool_station(struct assemble *assemble, const struct object_index_station *station)
{
	for (size_t i = 0; i < station->year_count; i++) {
		struct object_index_block *held = station->years[i]->blocks;

		for (; held != NULL; held = held->next) {
			if (held->block != NULL) {
				spool_block(assemble, station, held);
				object_index_hand_over(&assemble->object_index, held);
			}
		}
	}
}

void assemble_scatter(struct assemble *assemble, const struct spool_limits *limits)
{
	const struct object_index *object_index = &assemble->object_index;

	assert(assemble->journal_count == 0 && assemble->sorted == NULL);
	leave_year(assemble); /* its blocks vanish */
	assemble->spool = spool_create(limits);
	for (size_t i = 0; i < object_index->table_size; i++) {
		if (object_index->table[i] != NULL) {
			spool_station(assemble, object_index->table[i]);
		}
	}
	assemble->spool_kept = spool_count(assemble->spool);
	start_parcel(assemble);
}

int assemble_settle(struct assemble *assemble, size_t memory, struct error *err)
{
	assert(assemble->journal_count == 0);
	if (assemble_memory(assemble) > memory) {
		leave_year(assemble);
		object_index_forget_years(&assemble->object_index);
	}
	if (spool_settle(assemble->spool, err) < 0) {
		return -1;
	}
	assemble->spool_kept = spool_count(assemble->spool);
	return 0;
}

bool assemble_is_crowded(const struct assemble *assemble, size_t memory)
{
	return object_index_station_memory(&assemble->object_index) > memory ||
	       assemble->object_index.station_count > SCATTER_STATIONS_MAX / 2;
}

/* -- Gathering ------------------------------------------------------------ */

static void list_stations(struct assemble *assemble)
{
	const struct object_index *scattered = &assemble->scattered;

	assemble->stations =
		memory_array(scattered->station_count, sizeof(struct object_index_station *));
	for (size_t i = 0; i < scattered->table_size; i++) {
		struct object_index_station *station = scattered->table[i];

		if (station != NULL) {
			assemble->stations[station->number] = station;
		}
	}
}

int assemble_sort(struct assemble *assemble, struct error *err)
{
	assert(assemble->journal_count == 0);
	assemble_no_station(assemble);
	object_index_forget_years(&assemble->object_index);
	assemble->scattered = assemble->object_index;
	assemble->object_index = (struct object_index){ 0 };
	assemble->sorted = assemble->spool;
	assemble->spool = NULL;
	assemble->twice.count = 0;
	list_stations(assemble);
	if (spool_sort(assemble->sorted, err) < 0) {
		return -1;
	}
	assemble->next = spool_next(assemble->sorted, err);
	return error_is_set(err) ? -1 : 0;
}

static void note_twice(struct assemble *assemble, const struct alm_observation *value)
{
	struct assemble_twice *twice = &assemble->twice;

	if (twice->count++ == 0) {
		twice->first = *value;
		memcpy(twice->station, assemble->station->id, sizeof(twice->station));
	}
}

static void put_gathered(
	struct assemble *assemble, const struct alm_observation *values, size_t count)
{
	while (count > 0) {
		size_t at = 0;

		if (assemble_add(assemble, values, count, &at) == ASSEMBLE_FINE) {
			break;
		}
		note_twice(assemble, &values[at]); /* all else was checked before */
		values += at + 1;
		count -= at + 1;
	}
	assemble_keep(assemble);
}

/* Puts the next records into blocks, all of one station and year. */
static int gather_some(struct assemble *assemble, struct error *err)
{
	struct alm_observation values[GATHERED_MAX];
	const uint64_t group = scatter_station_year(assemble->next);
	const int32_t year_start = date_year_start(scatter_year(assemble->next));
	size_t count = 0;

	while (count < GATHERED_MAX && assemble->next != NULL &&
		scatter_station_year(assemble->next) == group) {
		values[count++] = scatter_unpack(assemble->next, year_start);
		assemble->next = spool_next(assemble->sorted, err);
	}
	put_gathered(assemble, values, count);
	return error_is_set(err) ? -1 : 0;
}

/* Stations of which no more is said than that there are such. */
static void gather_bare(struct assemble *assemble)
{
	const struct object_index *scattered = &assemble->scattered;

	for (size_t i = 0; i < scattered->table_size; i++) {
		const struct object_index_station *station = scattered->table[i];

		if (station != NULL && station->kept && !station->gathered) {
			assemble_station(assemble, station->id, station->length);
			assemble_keep(assemble);
		}
	}
	assemble_no_station(assemble);
}

static void enter_gathered(struct assemble *assemble)
{
	struct object_index_station *station =
		assemble->stations[scatter_station(assemble->next)];

	station->gathered = true;
	assemble_station(assemble, station->id, station->length);
}

int assemble_gather(struct assemble *assemble, size_t memory, struct error *err)
{
	assemble_forget(assemble);
	while (assemble->next != NULL) {
		const uint64_t group = scatter_station_year(assemble->next);

		enter_gathered(assemble);
		if (gather_some(assemble, err) < 0) {
			return -1;
		}
		if (assemble->batch->arena.total > memory && assemble->next != NULL &&
			scatter_station_year(assemble->next) != group) {
			return 1;
		}
	}
	gather_bare(assemble);
	drop_spools(assemble);
	return 0;
}

const struct assemble_twice *assemble_found_twice(const struct assemble *assemble)
{
	return &assemble->twice;
}
