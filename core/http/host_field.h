/* The value of the Host header: whether it is one. */
#ifndef ALMANAC_HTTP_HOST_FIELD_H
#define ALMANAC_HTTP_HOST_FIELD_H

#include <stddef.h>

/* [any] A name or address and maybe a port (RFC 3986, 3.2.2 and 3.2.3). Without a name it says
 * for no URL of http where it is (RFC 9110, 4.2.1), unless the request target does. */
enum host_field { HOST_FIELD_GOOD, HOST_FIELD_EMPTY, HOST_FIELD_BAD };
enum host_field host_field_judge(const char *text, size_t length);

#endif
