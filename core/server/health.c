#include "server/health.h"

#include <uv.h>

#include "base/settings.h"
#include "db/connect.h"
#include "server/loop.h"

enum { STUCK_SECONDS = 10 /* without a tick: a loop is stuck */ };

bool health_was_ready(struct server_shared *shared, bool now)
{
	int64_t grace = settings_integer(shared->settings, SETTING_READY_GRACE);
	uint64_t time = uv_hrtime(), last;

	if (now) {
		atomic_store(&shared->ready, time);
		return true;
	}
	last = atomic_load(&shared->ready);
	return last != 0 && (time - last < (uint64_t)grace * UINT64_C(1000000000) ||
				    db_login_is_rotating(shared->target));
}

bool health_loops_turn(const struct server_shared *shared)
{
	uint64_t now = uv_hrtime(), limit = STUCK_SECONDS * UINT64_C(1000000000);

	for (size_t i = 0; i < shared->loop_count; i++) {
		uint64_t turned = shared->loops[i]->turned;

		if (now > turned && now - turned > limit) {
			return false;
		}
	}
	return true;
}

bool health_is_connected(const struct server_shared *shared)
{
	for (size_t i = 0; i < shared->loop_count; i++) {
		if (!shared->loops[i]->connected) {
			return false;
		}
	}
	return true;
}
