/* Computing on a worker thread: work() of plugins, and statistics. */
#include <stddef.h>
#include <stdlib.h>
#include <uv.h>

#include "answer/host.h"
#include "answer/work.h"
#include "base/memory.h"
#include "document/answer.h"
#include "plugin/current.h"
#include "route/route.h"
#include "route/services.h"

/* In the request's arena. Of a loop one runs at a time: workers also connect to the database.
 */
struct work {
	uv_work_t uv;
	struct alm_request *request;
	alm_work_fn *run;
	void (*then)(struct alm_request *request, void *arg);
	alm_work_fn *drop; /* instead of then(), once it has run; NULL: nothing */
	void *arg;
	struct work *next; /* that waits behind it */
};

static void begin(struct work *work);

static bool is_over(const struct work *work)
{
	const struct alm_request *request = work->request;

	return request->http.connection == NULL || request->http.answered;
}

static void on_run(uv_work_t *uv)
{
	struct work *work = (struct work *)((char *)uv - offsetof(struct work, uv));

	work->run(work->arg);
}

static void on_done(uv_work_t *uv, int status)
{
	struct work *work = (struct work *)((char *)uv - offsetof(struct work, uv));
	struct services *services = work->request->services;
	struct alm_request *request = work->request;

	services->work = work->next;
	if (services->work != NULL) {
		begin(services->work);
	}
	if (status == 0 && !is_over(work)) {
		work->then(request, work->arg);
	} else if (work->drop != NULL) {
		work->drop(work->arg);
	}
	request_drop(request);
}

/* One whose client has gone is not begun: those behind it come first. */
static void begin(struct work *work)
{
	struct services *services = work->request->services;

	while (work != NULL && (is_over(work) || uv_queue_work(services->uv, &work->uv, on_run,
							 on_done) < 0)) {
		struct alm_request *request = work->request;

		work = services->work = work->next;
		request_drop(request);
	}
}

void work_queue(struct alm_request *request, alm_work_fn *run,
	void (*then)(struct alm_request *request, void *arg), alm_work_fn *drop, void *arg)
{
	struct work **last = &request->services->work;
	struct work *work = arena_alloc(&request->http.arena, sizeof(*work));

	*work = (struct work){
		.request = request, .run = run, .then = then, .drop = drop, .arg = arg
	};
	request_hold(request);
	while (*last != NULL) {
		last = &(*last)->next;
	}
	*last = work;
	if (request->services->work == work) {
		begin(work);
	}
}

/* -- work() ---------------------------------------------------------------- */

struct plugin_work {
	const struct route *route;
	alm_work_fn *run;
	alm_worked_fn *then;
	void *arg;
};

static void run_plugin(void *arg)
{
	const struct plugin_work *work = arg;
	struct current_call call = route_call(work->route);

	current_enter(&call);
	current_begin("the function given to work()", 0);
	work->run(work->arg);
	current_leave(&call);
}

static void tell_plugin(struct alm_request *request, void *arg)
{
	const struct plugin_work *work = arg;
	struct current_call call = route_call(work->route);

	current_enter(&call);
	current_begin("the function that follows work()", 0);
	work->then(request, work->arg);
	current_leave(&call);
}

int work_start(struct alm_request *request, alm_work_fn *run, alm_worked_fn *then, void *arg)
{
	struct plugin_work *work;

	if (run == NULL || then == NULL) {
		return answer_broken(request, "plugin %s: work() got NULL for a function",
			request->route->plugin->path);
	}
	work = arena_alloc(&request->http.arena, sizeof(*work));
	*work = (struct plugin_work){ request->route, run, then, arg };
	work_queue(request, run_plugin, tell_plugin, NULL, work);
	return 0;
}
