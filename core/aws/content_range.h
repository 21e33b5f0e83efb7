/* Content-Range (RFC 9110, 14.4): which bytes, of how many, an answer holds. */
#ifndef ALMANAC_AWS_CONTENT_RANGE_H
#define ALMANAC_AWS_CONTENT_RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct content_range {
	int64_t first, last;
	int64_t size; /* of all; -1: not known ("*") */
};

/* False of what is none of bytes, or makes no sense. */
bool content_range_parse(const char *text, struct content_range *range);

#endif
