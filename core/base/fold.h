/* Case folding for comparing names: Unicode's NFKC_Casefold (UAX #44, 5.7.3). [any] */
#ifndef ALMANAC_BASE_FOLD_H
#define ALMANAC_BASE_FOLD_H

#include <stdbool.h>

/* Whether the text is ASCII, so that folding it only makes letters lower case. */
bool fold_is_ascii(const char *text);

/* Folds a text; the caller frees the result. Equal afterwards: letters that differ in case,
 * composition, width or ligature, and i with and without a dot, since languages differ in
 * which is the lower case of I. Accents stay. Bytes that are not UTF-8 are kept. */
char *fold_text(const char *text);

#endif
