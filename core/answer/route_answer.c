/* From the callback of a route to its answer. */
#include "answer/host.h"
#include "document/answer.h"
#include "plugin/current.h"
#include "route/route.h"

/* Answers that the plugin only selects, by enum alm_answer. */
static int (*const senders[])(
	struct alm_request *request, const struct alm_selection *selection) = {
	[ALM_DAYS] = days_send,
	[ALM_STATISTICS] = statistics_send,
	[ALM_STATIONS] = stations_send,
};
enum { SENDERS = sizeof(senders) / sizeof(senders[0]) };

static void select_and_send(struct alm_request *request)
{
	const struct route *route = request->route;
	struct alm_selection selection = { .size = sizeof(selection) };
	int result = 0;

	if (route->declared->select != NULL) {
		struct current_call call = route_call(route);

		current_enter(&call);
		current_begin("select()", 0);
		result = route->declared->select(route->table, request, &selection);
		current_leave(&call);
	}
	if (result == 0 && !request->http.answered) {
		senders[route->declared->answer](request, &selection);
	}
}

static void handle(struct alm_request *request)
{
	const struct route *route = request->route;
	struct current_call call = route_call(route);

	current_enter(&call);
	current_begin("handle()", 0);
	route->declared->handle(route->table, request);
	current_leave(&call);
}

void route_answer(struct alm_request *request)
{
	uint32_t answer = request->route->declared->answer;

	request_hold(request);
	if (answer < SENDERS && senders[answer] != NULL) {
		select_and_send(request);
	} else {
		handle(request);
	}
	request_drop(request);
}
