/* Lines for a reader who is slow, or has stopped: standard output is a pipe here. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/output.h"
#include "unit.h"

enum { LINE = 128, SHORT = 200 /* ms */, LONG = 60 * 1000 };

static int reader, before; /* the pipe's end; what standard output was */
static _Atomic uint64_t told;

static int redirect(void **state)
{
	int ends[2];

	(void)state;
	fflush(stdout);
	before = dup(STDOUT_FILENO);
	if (pipe(ends) < 0 || dup2(ends[1], STDOUT_FILENO) < 0) {
		return -1;
	}
	close(ends[1]);
	reader = ends[0];
	return 0;
}

static int restore(void **state)
{
	(void)state;
	dup2(before, STDOUT_FILENO);
	close(before);
	close(reader);
	return 0;
}

static void on_dropped(int fd, uint64_t lines)
{
	assert_int_equal(fd, STDOUT_FILENO);
	told += lines;
}

/* A line that tells its number, and is as long as all others. */
static void write_line(size_t number, enum output_kind kind)
{
	char line[LINE + 1];

	snprintf(line, sizeof(line), "%0*zu\n", LINE - 1, number);
	output_write(STDOUT_FILENO, line, LINE, kind);
}

/* The reader begins. Returns how many lines come until the end, each later than those before.
 */
static size_t read_lines(void)
{
	struct pollfd readable = { reader, POLLIN, 0 };
	struct buffer text = { 0 };
	size_t count = 0, last = 0;

	while (poll(&readable, 1, LONG) == 1) {
		ssize_t length = read(reader, buffer_reserve(&text, 65536), 65536);

		if (length <= 0) {
			break;
		}
		text.length += (size_t)length;
	}
	assert_int_equal(text.length % LINE, 0);
	for (size_t at = 0; at < text.length; at += LINE, count++) {
		size_t number = strtoull(text.data + at, NULL, 10);

		assert_int_equal(text.data[at + LINE - 1], '\n');
		assert_true(count == 0 || number > last);
		last = number;
	}
	buffer_finish(&text);
	return count;
}

static void *write_many(void *count)
{
	for (size_t i = 0; i < *(size_t *)count; i++) {
		write_line(i, OUTPUT_LINE);
	}
	close(STDOUT_FILENO);
	return NULL;
}

/* More than the pipe holds; and whoever else has it made it one that does not wait. */
static void a_command_loses_nothing(void **state)
{
	size_t count = 5000;
	pthread_t writer;

	(void)state;
	assert_int_equal(fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(pthread_create(&writer, NULL, write_many, &count), 0);
	assert_int_equal(read_lines(), count);
	pthread_join(writer, NULL);
}

static void *finish(void *arg)
{
	(void)arg;
	output_finish(LONG);
	close(STDOUT_FILENO);
	return NULL;
}

/* All that a server has written. */
static size_t read_to_the_end(void)
{
	pthread_t thread;
	size_t count;

	assert_int_equal(pthread_create(&thread, NULL, finish, NULL), 0);
	count = read_lines();
	pthread_join(thread, NULL);
	return count;
}

static void a_server_holds_what_is_not_read(void **state)
{
	size_t count = 5000;

	(void)state;
	output_never_wait(on_dropped);
	for (size_t i = 0; i < count; i++) {
		write_line(i, i % 2 == 0 ? OUTPUT_LINE : OUTPUT_BULK);
	}
	output_flush(SHORT); /* comes back, though nothing is read */
	assert_int_equal(read_to_the_end(), count);
	assert_int_equal(told, 0);
}

static void what_is_too_much_is_dropped_and_told(void **state)
{
	size_t fit = OUTPUT_BULK_MAX / LINE, count = 2 * fit, got;

	(void)state;
	output_never_wait(on_dropped);
	for (size_t i = 0; i < count; i++) {
		write_line(i, OUTPUT_BULK);
	}
	write_line(count, OUTPUT_LINE); /* has room still */
	assert_int_equal(told, 0);
	got = read_to_the_end();
	assert_int_equal(got + told, count + 1);
	/* Beside what is held, the pipe holds some. */
	assert_in_range(got, fit, fit + fit / 10);
}

static void the_end_is_not_held_up(void **state)
{
	(void)state;
	output_never_wait(on_dropped);
	for (size_t i = 0; i < 5000; i++) {
		write_line(i, OUTPUT_BULK);
	}
	output_finish(SHORT);
	write_line(5000, OUTPUT_LINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_command_loses_nothing, redirect, restore),
		cmocka_unit_test_setup_teardown(
			a_server_holds_what_is_not_read, redirect, restore),
		cmocka_unit_test_setup_teardown(
			what_is_too_much_is_dropped_and_told, redirect, restore),
		cmocka_unit_test_setup_teardown(the_end_is_not_held_up, redirect, restore),
	};

	alarm(300); /* a write that waits for ever fails */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
