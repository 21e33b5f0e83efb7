/* Queue of batches from the workers to the writer. They are popped in the order of the objects,
 * so that runs over the same input store the same. Bounded in memory: workers that are ahead
 * wait. */
#ifndef ALMANAC_INGEST_RUN_QUEUE_H
#define ALMANAC_INGEST_RUN_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct batch;
struct queue;

/* `objects`: their number (an archive is one); `budget`: bytes of queued batches. */
struct queue *queue_create(size_t objects, size_t budget);
void queue_destroy(struct queue *queue); /* with the batches still in it */

/* The number of the next object to read, each once; `objects` at the end or after
 * queue_close(). [worker] */
size_t queue_next_object(struct queue *queue);

/* Appends a batch of an object. Waits while the budget is exhausted and the writer is at
 * another object. False, and the batch stays the caller's, after queue_close(). [worker] */
bool queue_push(struct queue *queue, size_t object, struct batch *batch);

/* Ends the list of an object. [worker] */
void queue_end(struct queue *queue, size_t object);

/* Removes the next batch in order, which becomes the caller's; NULL at the end, after
 * queue_close(), or if none is there and `wait` is false. [writer] */
struct batch *queue_pop(struct queue *queue, bool wait);

/* Wakes all threads; nothing more is passed. [any] */
void queue_close(struct queue *queue);

#endif
