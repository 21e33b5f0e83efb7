/* What plugins ask for, before anything is done about it. */
#include "base/log.h"
#include "document/answer.h"
#include "route/route.h"

static const struct {
	uint32_t flag;
	const char *name, *parameters, *remedy;
} promises[] = {
	{ ALM_STATIONS, "ALM_STATIONS", "state, country, bbox, near, radius and name",
		"a field of type ALM_STATION in its rows, if it sends rows with row()" },
	{ ALM_FILTERED, "ALM_FILTERED", "where and sort",
		"to send rows with row(), or to use send_days(), send_statistics() or "
		"send_stations()" },
	{ ALM_VERDICTS, "ALM_VERDICTS", "rule and min_coverage", "to use send_statistics()" },
	{ ALM_CURSOR, "ALM_CURSOR", "cursor",
		"to use send_days(), send_statistics() or send_stations()" },
};

/* What is documented and checked for clients must not be without effect. */
static int check_promises(struct alm_request *request, const char *how, uint32_t does)
{
	uint32_t broken = request->route->declared->flags & ~does;

	for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
		if ((broken & promises[i].flag) != 0) {
			return answer_broken(request,
				"plugin %s: the route declares %s, but %s does nothing with %s; it "
				"has to leave out the flag, or %s",
				request->route->plugin->path, promises[i].name, how,
				promises[i].parameters, promises[i].remedy);
		}
	}
	return 0;
}

int answer_claim(struct alm_request *request, const char *how, uint32_t does)
{
	if (request->http.answered || request->claimed) {
		log_write(LOG_WARN, "route %s: a second answer to %s, by %s, is dropped",
			request->route->declared->path, request->http.target, how);
		return -1;
	}
	if (check_promises(request, how, does) != 0) {
		return -1;
	}
	request->claimed = true;
	return 0;
}

static bool has_texts(const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (texts == NULL || texts[i] == NULL) {
			return false;
		}
	}
	return true;
}

int answer_check_selection(
	struct alm_request *request, const char *how, const struct alm_selection *selection)
{
	if (selection == NULL) {
		return answer_broken(request, "plugin %s: %s got NULL for a selection",
			request->route->plugin->path, how);
	}
	if (!has_texts(selection->stations, selection->station_count) ||
		!has_texts(selection->elements, selection->element_count)) {
		return answer_broken(request,
			"plugin %s: the selection for %s counts more stations or elements than it "
			"names: one of them is NULL",
			request->route->plugin->path, how);
	}
	return 0;
}
