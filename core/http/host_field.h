/* The value of the Host header: whether it is one. */
#ifndef ALMANAC_HTTP_HOST_FIELD_H
#define ALMANAC_HTTP_HOST_FIELD_H

#include <stdbool.h>
#include <stddef.h>

/* [any] A name or address and maybe a port (RFC 3986, 3.2.2 and 3.2.3), or nothing. */
bool host_field_is_sound(const char *text, size_t length);

#endif
