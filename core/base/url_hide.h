/* URLs for messages and the database: without credentials. [any] */
#ifndef ALMANAC_BASE_URL_HIDE_H
#define ALMANAC_BASE_URL_HIDE_H

#include "base/buffer.h"

/* Appends the URL without user, password and fragment, and without query parameters that are
 * secrets or part of a signature. All else is unchanged: URLs of the same object signed
 * twice become equal. (libcurl's URL parser would normalise them.) */
void url_hide(struct buffer *out, const char *url, size_t length);

/* Appends a text of words and spaces with each URL as above. */
void url_hide_words(struct buffer *out, const char *text);

#endif
