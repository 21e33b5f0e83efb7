#include "db/rotation.h"

#include <string.h>

#include "base/clock.h"
#include "db/conninfo.h"

/* Whether libpq's message has SQLSTATE 28P01 (invalid_password, also of unknown users) or 28000
 * (the user may not log in any more). */
static bool has_auth_state(const char *message)
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
	again = conninfo_open(info, &asked, PQERRORS_VERBOSE);
	refused = PQstatus(again) != CONNECTION_OK && has_auth_state(PQerrorMessage(again));
	PQfinish(again);
	return refused;
}

static void record_admission(struct rotation *rotation)
{
	if (atomic_load(&rotation->refused_ms) != 0) {
		atomic_store(&rotation->rest_until_ms, clock_ms() + ROTATION_REST_MS);
	}
	atomic_store(&rotation->admitted, true);
	atomic_store(&rotation->refused_ms, 0);
}

void rotation_record(struct rotation *rotation, bool refused)
{
	int64_t never = 0;

	if (refused) {
		atomic_compare_exchange_strong(&rotation->refused_ms, &never, clock_ms());
	} else {
		record_admission(rotation);
	}
}

bool rotation_is_under_way(const struct rotation *rotation)
{
	int64_t since = atomic_load(&rotation->refused_ms), now = clock_ms();
	bool refused = since != 0 && now - since < ROTATION_MAX_MS;

	return atomic_load(&rotation->admitted) &&
	       (refused || now < atomic_load(&rotation->rest_until_ms));
}
