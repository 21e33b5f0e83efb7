/* URLs as they may be shown and stored: without what lets whoever reads them in. [any thread]
 */
#ifndef ALMANAC_BASE_URL_HIDE_H
#define ALMANAC_BASE_URL_HIDE_H

#include "base/buffer.h"

/* Adds the URL without user and password, without the fragment, which no server sees, and
 * without those parameters that are secrets or belong to a signature. The others stay, as they
 * are: two signed URLs are the same here if and only if they mean the same object. */
void url_hide(struct buffer *out, const char *url, size_t length);

/* A text with spaces between words: those that are URLs as above, the others as they are. */
void url_hide_words(struct buffer *out, const char *text);

#endif
