/* The table of services that every plugin gets, put together from the rooms that
 * offer them. */
#ifndef ALMANAC_COMMANDS_HOST_H
#define ALMANAC_COMMANDS_HOST_H

#include <almanac/plugin.h>

const struct alm_host *host_table(void);

#endif
