#include "stat/stat.h"

const char *const stat_count_suffixes[STAT_COUNTS] = { "_days", "_missing", "_longest_gap" };

size_t stat_count_inputs(const struct alm_stat *stat)
{
	size_t count = 0;

	while (stat->inputs[count].code != NULL) {
		count++;
	}
	return count;
}

size_t stat_count_columns(const struct alm_stat *stat)
{
	size_t count = 0;

	while (stat->columns[count].name != NULL) {
		count++;
	}
	return count;
}

uint32_t stat_column_type(const struct alm_column *column)
{
	return column->type != 0 ? column->type : ALM_NUMBER;
}

const char *stat_method_name(uint32_t method)
{
	static const char *const names[] = { [ALM_MEAN] = "mean",
		[ALM_SUM] = "sum",
		[ALM_COUNT] = "count",
		[ALM_MINIMUM] = "minimum",
		[ALM_MAXIMUM] = "maximum" };

	return method < sizeof(names) / sizeof(names[0]) ? names[method] : NULL;
}
