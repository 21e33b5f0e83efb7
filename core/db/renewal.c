#include "db/renewal.h"

#include <string.h>

#include "base/clock.h"
#include "db/conninfo.h"

/* 28P01 invalid_password, which is also said of users that do not exist, and 28000: the user
 * may not log in any more. As libpq writes them. */
static bool has_state(const char *message)
{
	return strstr(message, ":  28P01: ") != NULL || strstr(message, ":  28000: ") != NULL;
}

bool renewal_is_refused(
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

static void note_admission(struct renewal *renewal)
{
	if (atomic_load(&renewal->since) != 0) {
		atomic_store(&renewal->until, clock_ms() + RENEWAL_REST * 1000);
	}
	atomic_store(&renewal->admitted, true);
	atomic_store(&renewal->since, 0);
}

void renewal_note(struct renewal *renewal, bool refused)
{
	int64_t never = 0;

	if (refused) {
		atomic_compare_exchange_strong(&renewal->since, &never, clock_ms());
	} else {
		note_admission(renewal);
	}
}

bool renewal_is_awaited(const struct renewal *renewal)
{
	int64_t since = atomic_load(&renewal->since), now = clock_ms();
	bool refused = since != 0 && now - since < RENEWAL_TIME * 1000;

	return atomic_load(&renewal->admitted) &&
	       (refused || now < atomic_load(&renewal->until));
}
