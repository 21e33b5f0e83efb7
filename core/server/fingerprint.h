/* What makes one server's answers differ from another's, given the same data. */
#ifndef ALMANAC_SERVER_FINGERPRINT_H
#define ALMANAC_SERVER_FINGERPRINT_H

#include <stdint.h>

#include "plugin/registry.h"

/* A hash of the program's own file and of those of its plugins. */
uint64_t fingerprint_make(const struct registry *registry);

#endif
