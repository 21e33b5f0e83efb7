/* Parcels on their way from the workers to the writer, in the order of the
 * objects whatever worker was first, so that runs over the same input store the
 * same. Bounded in memory: a worker that is ahead waits. */
#ifndef ALMANAC_INGEST_RUN_QUEUE_H
#define ALMANAC_INGEST_RUN_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct batch;
struct queue;

/* `objects`: number of outer objects (an archive is one); `budget`: bytes held. */
struct queue *queue_create(size_t objects, size_t budget);
void queue_destroy(struct queue *queue); /* with the parcels still in it */

/* [worker] The next object to read, each number once, or `objects` when there are
 * no more or the queue was closed. */
size_t queue_take(struct queue *queue);

/* [worker] Hand over a parcel of object `turn`. Waits while the budget is used up
 * and it is not this object's turn. False, and the parcel stays the caller's, once
 * the queue is closed. */
bool queue_push(struct queue *queue, size_t turn, struct batch *batch);

/* [worker] No more parcels of this object. */
void queue_end(struct queue *queue, size_t turn);

/* [writer] The next parcel in order; NULL after the last one, after
 * queue_close(), or if `wait` is false and none is there yet. The caller owns it. */
struct batch *queue_pop(struct queue *queue, bool wait);

/* [any] Wakes everybody; nothing more is handed over. */
void queue_close(struct queue *queue);

#endif
