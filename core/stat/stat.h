/* What a calculator declares, taken apart. */
#ifndef ALMANAC_STAT_STAT_H
#define ALMANAC_STAT_STAT_H

#include <almanac/plugin.h>
#include <stddef.h>
#include <stdint.h>

size_t stat_count_inputs(const struct alm_stat *stat);
size_t stat_count_columns(const struct alm_stat *stat);

/* ALM_NUMBER unless it says another one. */
uint32_t stat_column_type(const struct alm_column *column);

/* "mean" for ALM_MEAN, as the database and answers have it; NULL: no such method. */
const char *stat_method_name(uint32_t method);

/* What the host counts of every input, as suffixes of columns: "_days" ... */
enum { STAT_COUNTS = 3 };
extern const char *const stat_count_suffixes[STAT_COUNTS];

#endif
