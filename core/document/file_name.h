/* File names of documents, for Content-Disposition (RFC 6266). [loop] */
#ifndef ALMANAC_DOCUMENT_FILE_NAME_H
#define ALMANAC_DOCUMENT_FILE_NAME_H

#include "base/buffer.h"
#include "route/request.h"

/* Writes the name under which a program saves the answer: its route, stations, place, period
 * and page, such as "weather_USC00110072_1985-2014.csv". ASCII letters, digits, '-', '_' and
 * '.' alone. */
void file_name_put(const struct alm_request *request, struct buffer *out);

#endif
