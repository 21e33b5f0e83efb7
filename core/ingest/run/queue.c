#include "ingest/run/queue.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "ingest/parse/batch.h"

struct node {
	struct node *next;
	struct batch *batch;
};

/* The parcels of one object. */
struct lane {
	struct node *first, **end;
	bool ended;
};

struct queue {
	pthread_mutex_t mutex; /* guards all that follows */
	pthread_cond_t room;   /* a parcel may be pushed that might not before */
	pthread_cond_t ready;  /* there may be something to pop, or nothing more */
	struct lane *lanes;    /* by object */
	size_t objects;
	size_t taken;   /* objects given to workers */
	size_t current; /* the object whose parcels are popped */
	size_t budget, held;
	bool closed;
};

struct queue *queue_create(size_t objects, size_t budget)
{
	struct queue *queue = memory_new(struct queue);

	queue->lanes = memory_array(objects, sizeof(*queue->lanes));
	for (size_t i = 0; i < objects; i++) {
		queue->lanes[i].end = &queue->lanes[i].first;
	}
	queue->objects = objects;
	queue->budget = budget;
	pthread_mutex_init(&queue->mutex, NULL);
	pthread_cond_init(&queue->room, NULL);
	pthread_cond_init(&queue->ready, NULL);
	return queue;
}

/* Takes the first parcel out of a lane that has one. */
static struct batch *unlink_first(struct queue *queue, struct lane *lane)
{
	struct node *node = lane->first;
	struct batch *batch = node->batch;

	lane->first = node->next;
	if (lane->first == NULL) {
		lane->end = &lane->first;
	}
	queue->held -= batch->memory;
	free(node);
	return batch;
}

void queue_destroy(struct queue *queue)
{
	if (queue == NULL) {
		return;
	}
	for (size_t i = 0; i < queue->objects; i++) {
		while (queue->lanes[i].first != NULL) {
			batch_destroy(unlink_first(queue, &queue->lanes[i]));
		}
	}
	pthread_cond_destroy(&queue->ready);
	pthread_cond_destroy(&queue->room);
	pthread_mutex_destroy(&queue->mutex);
	free(queue->lanes);
	free(queue);
}

size_t queue_take(struct queue *queue)
{
	size_t turn;

	pthread_mutex_lock(&queue->mutex);
	turn = queue->closed ? queue->objects : queue->taken;
	queue->taken += turn < queue->objects;
	pthread_mutex_unlock(&queue->mutex);
	return turn;
}

/* Whether a parcel of this size may come in now. What the writer is waiting for
 * always may, so that it can go on. */
static bool has_room(const struct queue *queue, size_t turn, size_t memory)
{
	if (turn == queue->current && queue->lanes[turn].first == NULL) {
		return true;
	}
	return queue->held < queue->budget && memory <= queue->budget - queue->held;
}

static void append(struct lane *lane, struct batch *batch)
{
	struct node *node = memory_new(struct node);

	node->batch = batch;
	*lane->end = node;
	lane->end = &node->next;
}

bool queue_push(struct queue *queue, size_t turn, struct batch *batch)
{
	bool open;

	assert(turn < queue->objects);
	pthread_mutex_lock(&queue->mutex);
	assert(!queue->lanes[turn].ended);
	while (!queue->closed && !has_room(queue, turn, batch->memory)) {
		pthread_cond_wait(&queue->room, &queue->mutex);
	}
	open = !queue->closed;
	if (open) {
		append(&queue->lanes[turn], batch);
		queue->held += batch->memory;
		if (turn == queue->current) {
			pthread_cond_signal(&queue->ready);
		}
	}
	pthread_mutex_unlock(&queue->mutex);
	return open;
}

void queue_end(struct queue *queue, size_t turn)
{
	assert(turn < queue->objects);
	pthread_mutex_lock(&queue->mutex);
	queue->lanes[turn].ended = true;
	if (turn == queue->current) {
		pthread_cond_signal(&queue->ready);
	}
	pthread_mutex_unlock(&queue->mutex);
}

/* Moves on to the first object that has a parcel or has not ended. */
static void advance(struct queue *queue)
{
	while (queue->current < queue->objects && queue->lanes[queue->current].first == NULL &&
		queue->lanes[queue->current].ended) {
		queue->current++;
	}
}

struct batch *queue_pop(struct queue *queue, bool wait)
{
	struct batch *batch = NULL;

	pthread_mutex_lock(&queue->mutex);
	for (;;) {
		size_t before = queue->current;

		advance(queue);
		if (queue->current != before) {
			pthread_cond_broadcast(&queue->room); /* another may bring the first */
		}
		if (queue->closed || queue->current == queue->objects) {
			break;
		}
		if (queue->lanes[queue->current].first != NULL) {
			batch = unlink_first(queue, &queue->lanes[queue->current]);
			pthread_cond_broadcast(&queue->room);
			break;
		}
		if (!wait) {
			break;
		}
		pthread_cond_wait(&queue->ready, &queue->mutex);
	}
	pthread_mutex_unlock(&queue->mutex);
	return batch;
}

void queue_close(struct queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	queue->closed = true;
	pthread_cond_broadcast(&queue->room);
	pthread_cond_broadcast(&queue->ready);
	pthread_mutex_unlock(&queue->mutex);
}
