/* Health of a server, for /livez and /readyz. [any] */
#ifndef ALMANAC_SERVER_HEALTH_H
#define ALMANAC_SERVER_HEALTH_H

#include <stdbool.h>

#include "server/shared.h"

/* Whether every loop has ticked within the last seconds. */
bool health_loops_turn(const struct server_shared *shared);

/* Whether every loop has a database connection. */
bool health_is_connected(const struct server_shared *shared);

/* Whether the server is ready (`now`), was ready within SETTING_READY_GRACE, or waits for
 * rotated credentials. */
bool health_was_ready(struct server_shared *shared, bool now);

#endif
