/* Fingerprint of program and plugins: servers with the same one answer alike from the same
 * data. */
#ifndef ALMANAC_SERVER_FINGERPRINT_H
#define ALMANAC_SERVER_FINGERPRINT_H

#include <stdint.h>

#include "plugin/registry.h"

/* Hash of the files of program and plugins. */
uint64_t fingerprint_make(const struct registry *registry);

#endif
