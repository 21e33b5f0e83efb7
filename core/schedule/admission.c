#include "schedule/admission.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/settings.h"
#include "http/request_life.h"
#include "reply/problem.h"
#include "reply/reply.h"
#include "server/loop.h"
#include "server/metrics.h"
#include "server/server.h"

enum {
	LOOK_EVERY = 2,    /* ms: what other loops give back is found so */
	WAITING_PART = 4,  /* what waits may take one in so many bytes of the server's memory */
	RETRY_AFTER = 2,   /* s */
	SMALL = 64 * 1024, /* bytes that are not worth giving back before the answer has left */
	MEBI = 1024 * 1024
};

/* Short ones do not wait for queries, and a query that is under way does not wait for others
 * that are not. */
enum queue { SHORT, UNDER_WAY, QUERIES, QUEUES };

struct admission {
	uv_timer_t timer; /* while something waits */
	struct loop *loop;
	struct clients *clients;
	struct fair queues[QUEUES];
	size_t waiting, held, held_max; /* requests, and the bytes they take meanwhile */
	uint64_t patience;              /* ms */
};

/* -- What waits --------------------------------------------------------- */

static struct exchange *exchange_at(struct fair_item *item)
{
	return (struct exchange *)((char *)item - offsetof(struct exchange, claim.item));
}

static void on_timer(uv_timer_t *timer);

static void enqueue(struct admission *admission, struct exchange *exchange, enum queue queue)
{
	struct claim *claim = &exchange->claim;

	claim->queue = queue;
	claim->since = uv_now(&admission->loop->uv);
	claim->held = sizeof(*exchange) + exchange->request.arena.total;
	fair_push(&admission->queues[queue], &claim->item, exchange_client(exchange));
	admission->held += claim->held;
	metrics_set(&admission->loop->metrics->waiting, admission->waiting + 1);
	if (admission->waiting++ == 0) {
		uv_timer_start(&admission->timer, on_timer, LOOK_EVERY, LOOK_EVERY);
	}
}

/* It goes on, whatever has become of it. */
static void dequeue(struct admission *admission, struct exchange *exchange)
{
	struct claim *claim = &exchange->claim;
	struct turn *then = claim->then;

	fair_remove(&admission->queues[claim->queue], &claim->item);
	claim->then = NULL;
	admission->held -= claim->held;
	metrics_set(&admission->loop->metrics->waiting, admission->waiting - 1);
	if (--admission->waiting == 0) {
		uv_timer_stop(&admission->timer);
	}
	turns_wait(admission->loop->turns, then, exchange_client(exchange));
}

static enum client_room reserve(
	struct admission *admission, struct exchange *exchange, const struct client_need *need)
{
	enum client_room room =
		clients_reserve(admission->clients, exchange_client(exchange), need);

	for (size_t i = 0; room == CLIENT_ROOM && i < CLIENT_USES; i++) {
		exchange->claim.has.of[i] += need->of[i];
	}
	return room;
}

/* Clients in turn, each as far as it may; none passes by another for whose request the server
 * has not enough. */
static void admit_some(struct admission *admission, struct fair *queue)
{
	size_t full = 0;

	while (queue->count > 0 && full < queue->lines) {
		struct exchange *exchange = exchange_at(fair_first(queue));

		exchange->claim.room = reserve(admission, exchange, &exchange->claim.wants);
		switch (exchange->claim.room) {
		case CLIENT_ROOM:
			fair_rotate(queue);
			dequeue(admission, exchange);
			full = 0;
			break;
		case CLIENT_FULL:
			fair_rotate(queue);
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

/* -- What is refused ---------------------------------------------------- */

static void refuse(struct alm_request *request, enum client_room room, const char *why)
{
	struct problem problem = { .status = room == CLIENT_FULL ? 429 : 503,
		.retry_after = RETRY_AFTER };

	metrics_add(&request->loop->metrics->turned_away, 1);
	reply_problem(request, &problem, "%s", why);
}

static const char *why_not_yet(enum client_room room)
{
	return room == CLIENT_FULL
		       ? "this client has asked for more than the server does for one at a time; "
			 "wait for answers before asking for more"
		       : "the server has more to do than it can at the moment; ask again later";
}

/* The first of each line has waited longest. */
static void refuse_old(struct admission *admission, struct fair *queue)
{
	uint64_t now = uv_now(&admission->loop->uv);

	for (size_t lines = queue->lines; lines > 0 && queue->count > 0; lines--) {
		struct exchange *exchange = exchange_at(fair_first(queue));

		fair_rotate(queue);
		if (now - exchange->claim.since < admission->patience) {
			continue;
		}
		refuse(&exchange->request, exchange->claim.room,
			"this has waited for its turn for too long; ask again later, or for less "
			"at a time");
		dequeue(admission, exchange);
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

/* -- Asking ------------------------------------------------------------- */

/* False: there are too many queries already; replied. */
static bool count_query(struct admission *admission, struct exchange *exchange)
{
	static const struct client_need one = { .of[CLIENT_QUERY] = 1 };
	enum client_room room;

	if (exchange->claim.has.of[CLIENT_QUERY] > 0) {
		return true;
	}
	room = reserve(admission, exchange, &one);
	if (room != CLIENT_ROOM) {
		refuse(&exchange->request, room, why_not_yet(room));
	}
	return room == CLIENT_ROOM;
}

/* What it has counts, and none that can never be had is asked for. */
static struct client_need more_than_has(const struct admission *admission,
	const struct claim *claim, const struct client_need *need)
{
	int64_t bytes = need->of[CLIENT_BYTES] - claim->has.of[CLIENT_BYTES];
	struct client_need cut = *need;

	cut.of[CLIENT_BYTES] = bytes > 0 ? bytes : 0;
	for (size_t i = CLIENT_BYTES; i < CLIENT_USES; i++) {
		int64_t most = clients_most(admission->clients, (enum client_use)i);

		cut.of[i] = cut.of[i] < most ? cut.of[i] : most;
	}
	return cut;
}

/* There is no room for more that waits; or it would wait for memory of others that wait for its
 * own. */
static bool may_not_wait(const struct admission *admission, const struct claim *claim)
{
	if (claim->has.of[CLIENT_BYTES] > 0) {
		return claim->wants.of[CLIENT_BYTES] > 0;
	}
	return admission->held >= admission->held_max;
}

enum admitted admission_ask(
	struct alm_request *request, const struct client_need *need, struct turn *then)
{
	struct exchange *exchange = exchange_of(request);
	struct admission *admission = request->loop->admission;
	struct claim *claim = &exchange->claim;
	enum queue queue = need->of[CLIENT_ROWS] > 0 ? UNDER_WAY
			   : need->query             ? QUERIES
						     : SHORT;
	enum client_room room = CLIENT_FULL;

	if (need->query && !count_query(admission, exchange)) {
		return ADMISSION_REFUSED;
	}
	claim->wants = more_than_has(admission, claim, need);
	if (admission->queues[queue].count == 0) {
		room = reserve(admission, exchange, &claim->wants);
	}
	if (room == CLIENT_ROOM) {
		return ADMITTED;
	}
	if (may_not_wait(admission, claim)) {
		refuse(request, CLIENTS_FULL, why_not_yet(CLIENTS_FULL));
		return ADMISSION_REFUSED;
	}
	claim->then = then;
	claim->room = room;
	enqueue(admission, exchange, queue);
	admit_some(admission, &admission->queues[queue]);
	return ADMISSION_WAITS;
}

/* -- Giving back -------------------------------------------------------- */

static void give_back(struct exchange *exchange, const struct client_need *keep)
{
	struct admission *admission = exchange->request.loop->admission;
	struct claim *claim = &exchange->claim;
	struct client_need back = { 0 };
	bool any = false;

	for (size_t i = 0; i < CLIENT_USES; i++) {
		int64_t kept = keep->of[i] < claim->has.of[i] ? keep->of[i] : claim->has.of[i];

		back.of[i] = claim->has.of[i] - kept;
		claim->has.of[i] = kept;
		any |= back.of[i] > 0;
	}
	if (any) {
		clients_return(admission->clients, exchange_client(exchange), &back);
		admit(admission);
	}
}

void admission_settle(struct alm_request *request)
{
	struct exchange *exchange = exchange_of(request);
	const struct client_need *has = &exchange->claim.has;
	struct client_need keep = { 0 };

	if (has->of[CLIENT_QUERY] == 0 && has->of[CLIENT_BYTES] < SMALL) {
		return;
	}
	keep.of[CLIENT_BYTES] =
		(int64_t)(request->arena.total + request->rows.capacity +
			  exchange->body.capacity + exchange->stream.rest.capacity);
	give_back(exchange, &keep);
}

void admission_abandon(struct alm_request *request)
{
	if (exchange_of(request)->claim.then != NULL) {
		dequeue(request->loop->admission, exchange_of(request));
	}
}

void admission_leave(struct alm_request *request)
{
	static const struct client_need nothing = { 0 };

	give_back(exchange_of(request), &nothing);
}

/* -- Life --------------------------------------------------------------- */

struct admission *admission_create(struct loop *loop)
{
	struct admission *admission = memory_new(struct admission);
	size_t loops = server_loop_count(loop->server);

	uv_timer_init(&loop->uv, &admission->timer);
	admission->timer.data = admission;
	admission->loop = loop;
	admission->clients = server_clients(loop->server);
	admission->patience =
		(uint64_t)settings_integer(loop->settings, SETTING_QUERY_PATIENCE) * 1000;
	admission->held_max = (size_t)settings_integer(loop->settings, SETTING_QUERY_MEMORY) *
			      MEBI / WAITING_PART / (loops > 0 ? loops : 1);
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
