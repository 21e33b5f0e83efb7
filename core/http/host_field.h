/* Syntax of the Host header. */
#ifndef ALMANAC_HTTP_HOST_FIELD_H
#define ALMANAC_HTTP_HOST_FIELD_H

#include <stddef.h>

/* [any] A name or address, and maybe a port (RFC 3986, 3.2.2 and 3.2.3). EMPTY: no name, which
 * is only valid if the request target has one (RFC 9110, 4.2.1). */
enum host_field { HOST_FIELD_GOOD, HOST_FIELD_EMPTY, HOST_FIELD_BAD };
enum host_field host_field_check(const char *text, size_t length);

#endif
