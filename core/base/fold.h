/* Texts without their letter case, for comparing what people write: by Unicode's NFKC_Casefold
 * (UAX #44, 5.7.3). [any thread] */
#ifndef ALMANAC_BASE_FOLD_H
#define ALMANAC_BASE_FOLD_H

#include <stdbool.h>

/* Whether all of it is ASCII, so that folding it is making its letters small. */
bool fold_is_ascii(const char *text);

/* The caller's to free. Letters that differ in case, form (composed or not, full width) or
 * ligature become alike, also i with and without its dot (which of them is the small I,
 * languages do not agree about); accents stay. What is no UTF-8 stays as it is. */
char *fold_text(const char *text);

#endif
