/* Lists of words in one text, with commas between them: "TMAX,TMIN". */
#ifndef ALMANAC_STAT_WORDS_H
#define ALMANAC_STAT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* NULL stands for a list of everything. */
bool words_have(const char *list, const char *word);

/* The next word from *at on, and its length; NULL: there is none. */
const char *words_next(const char **at, size_t *length);

#endif
