/* Checks of what plugins ask for, before anything is done about it. */
#include <string.h>

#include "base/log.h"
#include "document/answer.h"
#include "route/route.h"

enum { SELECTION_MAX = 4096 /* bytes of a selection of any ABI 1 */ };

/* As ABI 1.0 has it. */
static const size_t selection_min =
	offsetof(struct alm_selection, statistic) + sizeof(const char *);

int answer_claim(struct alm_request *request, const char *how, uint32_t kind)
{
	if (request->http.answered || request->claimed) {
		log_write(LOG_WARN, "route %s: a second answer to %s, by %s, is dropped",
			request->route->declared->path, request->http.target, how);
		return -1;
	}
	if (request->route->declared->answer != kind) {
		return answer_broken(request,
			"plugin %s: %s is not for what the route declares as its answer",
			request->route->plugin->path, how);
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

int answer_read_selection(struct alm_request *request, const char *how,
	const struct alm_selection *from, struct alm_selection *to)
{
	const char *plugin = request->route->plugin->path;

	if (from == NULL) {
		return answer_broken(
			request, "plugin %s: %s got NULL for a selection", plugin, how);
	}
	if (from->size < selection_min || from->size > SELECTION_MAX) {
		return answer_broken(request,
			"plugin %s: the selection for %s has size %u; begin it with "
			"ALM_SIZED(alm_selection, ...)",
			plugin, how, (unsigned)from->size);
	}
	*to = (struct alm_selection){ .size = 0 };
	memcpy(to, from, from->size < sizeof(*to) ? from->size : sizeof(*to));
	if ((to->has & ~(uint32_t)(ALM_SINCE | ALM_UNTIL | ALM_WITH_FLAGS |
				   ALM_WITH_FLAGGED)) != 0) {
		return answer_broken(request,
			"plugin %s: the selection for %s has unknown bits in `has`", plugin,
			how);
	}
	if ((to->period & (to->period - 1)) != 0) {
		return answer_broken(request,
			"plugin %s: the selection for %s has several periods", plugin, how);
	}
	if (!has_texts(to->stations, to->station_count) ||
		!has_texts(to->elements, to->element_count)) {
		return answer_broken(request,
			"plugin %s: the selection for %s counts more stations or elements than it "
			"names: one of them is NULL",
			plugin, how);
	}
	return 0;
}
