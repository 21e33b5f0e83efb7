#include "document/row_bound.h"

/* The smallest stored integer whose displayed value is not less than `number`, or greater. */
static int64_t first_from(const struct shown *shown, double number, bool greater)
{
	int64_t low = INT32_MIN, high = (int64_t)INT32_MAX + 1;

	while (low < high) {
		const int64_t middle = low + (high - low) / 2;
		const double value = (double)middle / shown->power;

		if (greater ? value > number : value >= number) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return low;
}

static struct row_bound bound_of(const struct condition *condition, const struct shown *shown)
{
	const int64_t first = first_from(shown, condition->value.number, false);
	const int64_t after = first_from(shown, condition->value.last, true);
	struct row_bound bound = { condition->column, INT64_MIN, INT64_MAX, false };

	switch (condition->compare) {
	case LESS:
		bound.most = first - 1;
		break;
	case LESS_EQUAL:
		bound.most = after - 1;
		break;
	case GREATER:
		bound.least = after;
		break;
	case GREATER_EQUAL:
		bound.least = first;
		break;
	default:
		bound.least = first;
		bound.most = after - 1;
		bound.outside = condition->compare == NOT_EQUAL;
	}
	return bound;
}

/* Conditions that a row must satisfy are those on the way on which all hold, up to the first
 * that has an alternative. */
struct row_bounds row_bounds_read(struct arena *arena, const struct condition *conditions,
	size_t count, const struct shown *shown)
{
	struct row_bounds bounds = { .exact = true };
	size_t i = 0;

	bounds.list = arena_alloc(arena, (count + 1) * sizeof(*bounds.list));
	while (i < count && conditions[i].no == count + 1) {
		const struct condition *condition = &conditions[i];
		const struct shown *of = &shown[condition->column];

		if (condition->kind == AGAINST_NUMBER && of->column->stored) {
			bounds.list[bounds.count++] = bound_of(condition, of);
		} else {
			bounds.exact = false;
		}
		i = condition->yes;
	}
	bounds.exact = bounds.exact && i == count;
	return bounds;
}

bool row_bound_may_hold(const struct row_bound *bound, int64_t least, int64_t greatest)
{
	if (least > greatest) {
		return false;
	}
	return bound->outside ? least < bound->least || greatest > bound->most
			      : bound->least <= bound->most && greatest >= bound->least &&
					least <= bound->most;
}
