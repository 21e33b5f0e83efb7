/* Host table: the functions that plugins call, collected from the rooms that have them. */
#ifndef ALMANAC_COMMANDS_HOST_H
#define ALMANAC_COMMANDS_HOST_H

#include <almanac/plugin.h>

const struct alm_host *host_table(void);

#endif
