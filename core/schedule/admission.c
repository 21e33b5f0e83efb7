#include "schedule/admission.h"

#include <assert.h>
#include <stdlib.h>

#include "base/container.h"
#include "base/counter.h"
#include "base/memory.h"
#include "base/settings.h"
#include "http/exchange.h"
#include "http/http.h"
#include "reply/problem.h"
#include "reply/reply.h"

enum {
	RETRY_MS = 2,     /* between attempts: other loops return memory without notice */
	WAITING_PART = 4, /* one in so many bytes of the query memory is for waiting requests */
	RETRY_AFTER = 2,  /* s */
	SMALL = 64 * 1024, /* bytes that are not worth returning before the answer is sent */
	MEBI = 1024 * 1024
};

/* Short requests do not wait for queries, and a query under way does not wait for those that
 * have not begun. */
enum queue { SHORT, UNDER_WAY, QUERIES, QUEUES };

struct admission {
	uv_timer_t timer; /* active while a request waits */
	uv_loop_t *uv;
	struct run_queue *run_queue;
	struct clients *clients;
	struct admission_figures *figures;
	struct fair_queue queues[QUEUES];
	size_t waiting;        /* requests */
	size_t held, held_max; /* bytes of waiting requests */
	uint64_t patience_ms;
};

/* -- Waiting ------------------------------------------------------------ */

static void on_timer(uv_timer_t *timer);

static void enqueue(struct admission *admission, struct claim *claim, enum queue queue)
{
	claim->queue = queue;
	claim->since = uv_now(admission->uv);
	claim->held = sizeof(*claim->exchange) + claim->exchange->arena.total;
	fair_queue_push(&admission->queues[queue], &claim->item, http_client(claim->exchange));
	admission->held += claim->held;
	counter_set(&admission->figures->waiting, admission->waiting + 1);
	if (admission->waiting++ == 0) {
		uv_timer_start(&admission->timer, on_timer, RETRY_MS, RETRY_MS);
	}
}

/* Ends the wait and queues the task. */
static void dequeue(struct admission *admission, struct claim *claim)
{
	struct task *task = claim->task;

	fair_queue_remove(&admission->queues[claim->queue], &claim->item);
	claim->task = NULL;
	admission->held -= claim->held;
	counter_set(&admission->figures->waiting, admission->waiting - 1);
	if (--admission->waiting == 0) {
		uv_timer_stop(&admission->timer);
	}
	run_queue_push(admission->run_queue, task, http_client(claim->exchange));
}

static enum client_room reserve(
	struct admission *admission, struct claim *claim, const struct client_need *need)
{
	enum client_room room =
		clients_reserve(admission->clients, http_client(claim->exchange), need);

	for (size_t i = 0; room == CLIENT_ROOM && i < CLIENT_USES; i++) {
		claim->reserved.of[i] += need->of[i];
	}
	return room;
}

/* Admits requests of the clients in turn, up to each one's limits, and none once a request is
 * beyond the limits of all. */
static void admit_some(struct admission *admission, struct fair_queue *queue)
{
	size_t full = 0;

	while (queue->count > 0 && full < queue->lines) {
		struct claim *claim = container_of(fair_queue_first(queue), struct claim, item);

		claim->room = reserve(admission, claim, &claim->needed);
		switch (claim->room) {
		case CLIENT_ROOM:
			fair_queue_rotate(queue);
			dequeue(admission, claim);
			full = 0;
			break;
		case CLIENT_FULL:
			fair_queue_rotate(queue);
			full++;
			break;
		case CLIENTS_FULL:
			return;
		}
	}
}

static void admit(struct admission *admission)
{
	for (size_t i = 0; admission->waiting > 0 && i < QUEUES; i++) {
		admit_some(admission, &admission->queues[i]);
	}
}

/* -- Refusals ----------------------------------------------------------- */

static void refuse(struct admission *admission, const struct claim *claim,
	enum client_room room, const char *why)
{
	struct problem problem = { .status = room == CLIENT_FULL ? 429 : 503,
		.retry_after = RETRY_AFTER };

	counter_add(&admission->figures->refused, 1);
	reply_problem(claim->exchange, &problem, "%s", why);
}

static const char *refusal_text(enum client_room room)
{
	return room == CLIENT_FULL
		       ? "this client has asked for more than the server does for one at a time; "
			 "wait for answers before asking for more"
		       : "the server has more to do than it can at the moment; ask again later";
}

/* Refuses requests that have waited too long: the first of each client has waited longest. */
static void refuse_old(struct admission *admission, struct fair_queue *queue)
{
	uint64_t now = uv_now(admission->uv);

	for (size_t lines = queue->lines; lines > 0 && queue->count > 0; lines--) {
		struct claim *claim = container_of(fair_queue_first(queue), struct claim, item);

		fair_queue_rotate(queue);
		if (now - claim->since < admission->patience_ms) {
			continue;
		}
		refuse(admission, claim, claim->room,
			"this has waited for its turn for too long; ask again later, or for less "
			"at a time");
		dequeue(admission, claim);
	}
}

static void on_timer(uv_timer_t *timer)
{
	struct admission *admission = timer->data;

	admit(admission);
	for (size_t i = 0; i < QUEUES; i++) {
		refuse_old(admission, &admission->queues[i]);
	}
}

/* -- Reserving ---------------------------------------------------------- */

/* Reserves a query. False: there are too many; replied. */
static bool count_query(struct admission *admission, struct claim *claim)
{
	static const struct client_need one = { .of[CLIENT_QUERY] = 1 };
	enum client_room room;

	if (claim->reserved.of[CLIENT_QUERY] > 0) {
		return true;
	}
	room = reserve(admission, claim, &one);
	if (room != CLIENT_ROOM) {
		refuse(admission, claim, room, refusal_text(room));
	}
	return room == CLIENT_ROOM;
}

/* The need beyond what is reserved, cut to the limits: more could never be reserved. */
static struct client_need additional_need(const struct admission *admission,
	const struct claim *claim, const struct client_need *need)
{
	int64_t bytes = need->of[CLIENT_BYTES] - claim->reserved.of[CLIENT_BYTES];
	struct client_need more = *need;

	more.of[CLIENT_BYTES] = bytes > 0 ? bytes : 0;
	for (size_t i = CLIENT_BYTES; i < CLIENT_USES; i++) {
		int64_t limit = clients_limit(admission->clients, (enum client_use)i);

		more.of[i] = more.of[i] < limit ? more.of[i] : limit;
	}
	return more;
}

/* Whether the request may wait: not for memory while it has some, which could be a deadlock,
 * and only while waiting requests are within their part of the memory. */
static bool may_wait(const struct admission *admission, const struct claim *claim)
{
	if (claim->reserved.of[CLIENT_BYTES] > 0) {
		return claim->needed.of[CLIENT_BYTES] == 0;
	}
	return admission->held < admission->held_max;
}

enum admitted admission_ask(struct admission *admission, struct claim *claim,
	const struct client_need *need, struct task *task)
{
	enum queue queue = need->of[CLIENT_ROWS] > 0 ? UNDER_WAY
			   : need->query             ? QUERIES
						     : SHORT;
	enum client_room room = CLIENT_FULL;

	if (need->query && !count_query(admission, claim)) {
		return ADMISSION_REFUSED;
	}
	claim->needed = additional_need(admission, claim, need);
	if (admission->queues[queue].count == 0) {
		room = reserve(admission, claim, &claim->needed);
	}
	if (room == CLIENT_ROOM) {
		return ADMITTED;
	}
	if (!may_wait(admission, claim)) {
		refuse(admission, claim, CLIENTS_FULL, refusal_text(CLIENTS_FULL));
		return ADMISSION_REFUSED;
	}
	claim->task = task;
	claim->room = room;
	enqueue(admission, claim, queue);
	admit_some(admission, &admission->queues[queue]);
	return ADMISSION_WAITS;
}

/* -- Returning ---------------------------------------------------------- */

/* Returns what is reserved beyond `keep`. */
static void reduce(
	struct admission *admission, struct claim *claim, const struct client_need *keep)
{
	struct client_need back = { 0 };
	bool any = false;

	for (size_t i = 0; i < CLIENT_USES; i++) {
		int64_t kept = keep->of[i] < claim->reserved.of[i] ? keep->of[i]
								   : claim->reserved.of[i];

		back.of[i] = claim->reserved.of[i] - kept;
		claim->reserved.of[i] = kept;
		any |= back.of[i] > 0;
	}
	if (any) {
		clients_return(admission->clients, http_client(claim->exchange), &back);
		admit(admission);
	}
}

void admission_reduce(struct admission *admission, struct claim *claim, size_t bytes)
{
	const struct client_need *reserved = &claim->reserved;
	struct client_need keep = { .of[CLIENT_BYTES] = (int64_t)bytes };

	if (reserved->of[CLIENT_QUERY] > 0 || reserved->of[CLIENT_BYTES] >= SMALL) {
		reduce(admission, claim, &keep);
	}
}

void admission_abandon(struct admission *admission, struct claim *claim)
{
	if (claim->task != NULL) {
		dequeue(admission, claim);
	}
}

void admission_release(struct admission *admission, struct claim *claim)
{
	static const struct client_need nothing = { 0 };

	reduce(admission, claim, &nothing);
}

/* -- Life --------------------------------------------------------------- */

struct admission *admission_create(struct run_queue *run_queue, uv_loop_t *uv,
	struct clients *clients, const struct settings *settings, size_t loops,
	struct admission_figures *figures)
{
	struct admission *admission = memory_new(struct admission);

	uv_timer_init(uv, &admission->timer);
	admission->timer.data = admission;
	admission->uv = uv;
	admission->run_queue = run_queue;
	admission->clients = clients;
	admission->figures = figures;
	admission->patience_ms =
		(uint64_t)settings_integer(settings, SETTING_QUERY_PATIENCE) * 1000;
	admission->held_max = (size_t)settings_integer(settings, SETTING_QUERY_MEMORY) * MEBI /
			      WAITING_PART / (loops > 0 ? loops : 1);
	return admission;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void admission_close(struct admission *admission)
{
	assert(admission->waiting == 0);
	uv_close((uv_handle_t *)&admission->timer, on_closed);
}
