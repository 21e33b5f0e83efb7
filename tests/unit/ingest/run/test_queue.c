/* The queue between workers and writer: order, budget, end, and threads. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "ingest/parse/batch.h"
#include "ingest/run/queue.h"
#include "unit.h"

/* `number` tells batches apart. */
static struct batch *make(int64_t number, size_t memory)
{
	struct batch *batch = batch_create();

	batch->size = number;
	batch->memory = memory;
	return batch;
}

static void expect_next(struct queue *queue, int64_t number)
{
	struct batch *batch = queue_pop(queue, false);

	assert_non_null(batch);
	assert_int_equal(batch->size, number);
	batch_destroy(batch);
}

static void keeps_the_order_of_the_objects(void **state)
{
	struct queue *queue = queue_create(3, 1000);

	(void)state;
	assert_true(queue_push(queue, 2, make(20, 1)));
	queue_end(queue, 2);
	assert_null(queue_pop(queue, false));
	assert_true(queue_push(queue, 0, make(1, 1)));
	assert_true(queue_push(queue, 1, make(10, 1)));
	assert_true(queue_push(queue, 0, make(2, 1)));
	expect_next(queue, 1);
	expect_next(queue, 2);
	assert_null(queue_pop(queue, false)); /* object 0 may go on */
	queue_end(queue, 0);
	expect_next(queue, 10);
	queue_end(queue, 1);
	expect_next(queue, 20);
	assert_null(queue_pop(queue, true));
	queue_destroy(queue);
}

static void gives_each_object_once(void **state)
{
	struct queue *queue = queue_create(2, 1000);

	(void)state;
	assert_int_equal(queue_next_object(queue), 0);
	assert_int_equal(queue_next_object(queue), 1);
	assert_int_equal(queue_next_object(queue), 2);
	assert_int_equal(queue_next_object(queue), 2);
	queue_destroy(queue);
}

static void knows_an_empty_list(void **state)
{
	struct queue *queue = queue_create(0, 1000);

	(void)state;
	assert_int_equal(queue_next_object(queue), 0);
	assert_null(queue_pop(queue, true));
	queue_destroy(queue);
}

static void takes_nothing_once_closed(void **state)
{
	struct queue *queue = queue_create(2, 1000);
	struct batch *batch = make(1, 1);

	(void)state;
	assert_true(queue_push(queue, 0, make(0, 1))); /* destroyed with the queue */
	queue_close(queue);
	assert_false(queue_push(queue, 0, batch));
	assert_null(queue_pop(queue, true));
	assert_int_equal(queue_next_object(queue), 2);
	batch_destroy(batch);
	queue_destroy(queue);
}

/* A push on another thread; `done` says that it came back. */
struct push {
	struct queue *queue;
	size_t turn;
	struct batch *batch;
	pthread_t thread;
	bool result;
};

static void *push_one(void *arg)
{
	struct push *push = arg;

	push->result = queue_push(push->queue, push->turn, push->batch);
	return NULL;
}

static void start_push(struct push *push, struct queue *queue, size_t turn, int64_t number)
{
	*push = (struct push){ .queue = queue, .turn = turn, .batch = make(number, 600) };
	assert_int_equal(pthread_create(&push->thread, NULL, push_one, push), 0);
}

static void waits_for_room(void **state)
{
	struct queue *queue = queue_create(2, 1000);
	struct push ahead, behind;

	(void)state;
	assert_true(queue_push(queue, 0, make(1, 600)));
	start_push(&ahead, queue, 1, 10); /* not its turn: waits for room */
	start_push(&behind, queue, 0, 2); /* its turn, but there is something to pop */
	expect_next(queue, 1);
	pthread_join(behind.thread, NULL); /* whoever was first, object 0 may come in */
	assert_true(behind.result);
	expect_next(queue, 2);
	queue_end(queue, 0);
	pthread_join(ahead.thread, NULL);
	expect_next(queue, 10);
	queue_end(queue, 1);
	assert_null(queue_pop(queue, true));
	queue_destroy(queue);
}

/* The writer may never wait for a batch that waits for room. */
static void lets_in_what_is_waited_for(void **state)
{
	struct queue *queue = queue_create(2, 1000);

	(void)state;
	assert_true(queue_push(queue, 1, make(10, 900)));
	assert_true(queue_push(queue, 0, make(1, 5000)));
	expect_next(queue, 1);
	queue_end(queue, 0);
	expect_next(queue, 10);
	queue_destroy(queue);
}

static void wakes_who_waits_when_closed(void **state)
{
	struct queue *queue = queue_create(2, 1000);
	struct push push;

	(void)state;
	assert_true(queue_push(queue, 1, make(10, 900)));
	start_push(&push, queue, 1, 11);
	queue_close(queue);
	pthread_join(push.thread, NULL);
	if (!push.result) { /* it may have been first */
		batch_destroy(push.batch);
	}
	queue_destroy(queue);
}

enum { OBJECTS = 300, WORKERS = 4 };

static void *work(void *arg)
{
	struct queue *queue = arg;
	size_t turn;

	while ((turn = queue_next_object(queue)) < OBJECTS) {
		for (size_t i = 0; i < turn % 4; i++) {
			int64_t number = (int64_t)(turn * 10 + i);

			assert_true(queue_push(queue, turn, make(number, turn * 37 % 400)));
		}
		queue_end(queue, turn);
	}
	return NULL;
}

static void works_with_threads(void **state)
{
	struct queue *queue = queue_create(OBJECTS, 500);
	pthread_t threads[WORKERS];

	(void)state;
	for (int i = 0; i < WORKERS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, work, queue), 0);
	}
	for (size_t turn = 0; turn < OBJECTS; turn++) {
		for (size_t i = 0; i < turn % 4; i++) {
			struct batch *batch = queue_pop(queue, true);

			assert_non_null(batch);
			assert_int_equal(batch->size, turn * 10 + i);
			batch_destroy(batch);
		}
	}
	assert_null(queue_pop(queue, true));
	for (int i = 0; i < WORKERS; i++) {
		pthread_join(threads[i], NULL);
	}
	queue_destroy(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_order_of_the_objects),
		cmocka_unit_test(gives_each_object_once),
		cmocka_unit_test(knows_an_empty_list),
		cmocka_unit_test(takes_nothing_once_closed),
		cmocka_unit_test(waits_for_room),
		cmocka_unit_test(lets_in_what_is_waited_for),
		cmocka_unit_test(wakes_who_waits_when_closed),
		cmocka_unit_test(works_with_threads),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
