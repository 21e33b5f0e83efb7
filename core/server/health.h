/* Health of a server, for /livez and /readyz. [any] */
#ifndef ALMANAC_SERVER_HEALTH_H
#define ALMANAC_SERVER_HEALTH_H

#include <stdbool.h>

#include "server/shared.h"

/* Whether every loop thread has come round within the last seconds. */
bool health_loops_turn(const struct server_shared *shared);

/* Whether every loop has the database. */
bool health_is_connected(const struct server_shared *shared);

/* Whether the server is ready, or was so little time ago (SETTING_READY_GRACE) that it may be
 * taken for a passing trouble, or waits for a login that is being replaced. `now`: it is. */
bool health_was_ready(struct server_shared *shared, bool now);

#endif
