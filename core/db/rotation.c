#include "db/rotation.h"

#include <string.h>

#include "base/clock.h"
#include "db/conninfo.h"

/* 28P01 invalid_password, which is also said of users that do not exist, and 28000: the user
 * may not log in any more. As libpq writes them. */
static bool has_state(const char *message)
{
	return strstr(message, ":  28P01: ") != NULL || strstr(message, ":  28000: ") != NULL;
}

bool rotation_is_refused(
	const PGconn *conn, const struct conninfo *info, const struct conninfo_attempt *attempt)
{
	struct conninfo_attempt asked = *attempt;
	PGconn *again;
	bool refused;

	if (PQstatus(conn) == CONNECTION_OK || PQconnectionUsedPassword(conn) != 1) {
		return false;
	}
	if (strstr(PQerrorMessage(conn), "password authentication failed") != NULL) {
		return true;
	}
	again = conninfo_open_verbosely(info, &asked);
	refused = PQstatus(again) != CONNECTION_OK && has_state(PQerrorMessage(again));
	PQfinish(again);
	return refused;
}

static void note_admission(struct rotation *rotation)
{
	if (atomic_load(&rotation->since) != 0) {
		atomic_store(&rotation->until, clock_ms() + RENEWAL_REST * 1000);
	}
	atomic_store(&rotation->admitted, true);
	atomic_store(&rotation->since, 0);
}

void rotation_note(struct rotation *rotation, bool refused)
{
	int64_t never = 0;

	if (refused) {
		atomic_compare_exchange_strong(&rotation->since, &never, clock_ms());
	} else {
		note_admission(rotation);
	}
}

bool rotation_is_awaited(const struct rotation *rotation)
{
	int64_t since = atomic_load(&rotation->since), now = clock_ms();
	bool refused = since != 0 && now - since < RENEWAL_TIME * 1000;

	return atomic_load(&rotation->admitted) &&
	       (refused || now < atomic_load(&rotation->until));
}
