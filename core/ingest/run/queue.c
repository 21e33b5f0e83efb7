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

/* The batches of one object. */
struct batch_list {
	struct node *first, **end;
	bool ended;
};

struct queue {
	pthread_mutex_t mutex;    /* guards all that follows */
	pthread_cond_t room;      /* there is room again */
	pthread_cond_t ready;     /* a batch may be popped, or nothing follows */
	struct batch_list *lists; /* by object */
	size_t objects;
	size_t taken;   /* next object for a worker */
	size_t current; /* the object whose batches are popped */
	size_t budget, held;
	bool closed;
};

struct queue *queue_create(size_t objects, size_t budget)
{
	struct queue *queue = memory_new(struct queue);

	queue->lists = memory_array(objects, sizeof(*queue->lists));
	for (size_t i = 0; i < objects; i++) {
		queue->lists[i].end = &queue->lists[i].first;
	}
	queue->objects = objects;
	queue->budget = budget;
	pthread_mutex_init(&queue->mutex, NULL);
	pthread_cond_init(&queue->room, NULL);
	pthread_cond_init(&queue->ready, NULL);
	return queue;
}

/* Removes the first batch of a list that has one. */
static struct batch *remove_first(struct queue *queue, struct batch_list *list)
{
	struct node *node = list->first;
	struct batch *batch = node->batch;

	list->first = node->next;
	if (list->first == NULL) {
		list->end = &list->first;
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
		while (queue->lists[i].first != NULL) {
			batch_destroy(remove_first(queue, &queue->lists[i]));
		}
	}
	pthread_cond_destroy(&queue->ready);
	pthread_cond_destroy(&queue->room);
	pthread_mutex_destroy(&queue->mutex);
	free(queue->lists);
	free(queue);
}

size_t queue_next_object(struct queue *queue)
{
	size_t object;

	pthread_mutex_lock(&queue->mutex);
	object = queue->closed ? queue->objects : queue->taken;
	queue->taken += object < queue->objects;
	pthread_mutex_unlock(&queue->mutex);
	return object;
}

/* Whether a batch of this size fits. The one that the writer waits for always does, so that it
 * can proceed. */
static bool has_room(const struct queue *queue, size_t object, size_t memory)
{
	if (object == queue->current && queue->lists[object].first == NULL) {
		return true;
	}
	return queue->held < queue->budget && memory <= queue->budget - queue->held;
}

bool queue_push(struct queue *queue, size_t object, struct batch *batch)
{
	bool open;

	assert(object < queue->objects);
	pthread_mutex_lock(&queue->mutex);
	assert(!queue->lists[object].ended);
	while (!queue->closed && !has_room(queue, object, batch->memory)) {
		pthread_cond_wait(&queue->room, &queue->mutex);
	}
	open = !queue->closed;
	if (open) {
		struct batch_list *list = &queue->lists[object];
		struct node *node = memory_new(struct node);

		node->batch = batch;
		*list->end = node;
		list->end = &node->next;
		queue->held += batch->memory;
		if (object == queue->current) {
			pthread_cond_signal(&queue->ready);
		}
	}
	pthread_mutex_unlock(&queue->mutex);
	return open;
}

void queue_end(struct queue *queue, size_t object)
{
	assert(object < queue->objects);
	pthread_mutex_lock(&queue->mutex);
	queue->lists[object].ended = true;
	if (object == queue->current) {
		pthread_cond_signal(&queue->ready);
	}
	pthread_mutex_unlock(&queue->mutex);
}

struct batch *queue_pop(struct queue *queue, bool wait)
{
	struct batch *batch = NULL;

	pthread_mutex_lock(&queue->mutex);
	for (;;) {
		size_t before = queue->current;

		while (queue->current < queue->objects &&
			queue->lists[queue->current].first == NULL &&
			queue->lists[queue->current].ended) {
			queue->current++;
		}
		if (queue->current != before) {
			pthread_cond_broadcast(&queue->room); /* of the new current object */
		}
		if (queue->closed || queue->current == queue->objects) {
			break;
		}
		if (queue->lists[queue->current].first != NULL) {
			batch = remove_first(queue, &queue->lists[queue->current]);
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
