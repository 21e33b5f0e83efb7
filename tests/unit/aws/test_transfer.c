/* Requests that must not be sent, and such as are stopped; by a server that says nothing. */
#include "aws/transfer.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "aws/credentials.h"
#include "ingest/input/objects.h"
#include "unit.h"

enum { STOP_AFTER = 300 /* ms */, SOON = 5 /* s */ };

static int listener;
static char url[64];

static int start(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);

	(void)state;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&address, length) < 0 ||
		listen(listener, 8) < 0 ||
		getsockname(listener, (struct sockaddr *)&address, &length) < 0) {
		return -1;
	}
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/x", ntohs(address.sin_port));
	return 0;
}

static int end(void **state)
{
	(void)state;
	return close(listener);
}

static void *stop_soon(void *arg)
{
	const struct timespec time = { 0, STOP_AFTER * 1000000L };
	atomic_bool *stop = arg;

	nanosleep(&time, NULL);
	atomic_store(stop, true);
	return NULL;
}

/* Runs it until another thread stops it. */
static void expect_stop(const char *where)
{
	atomic_bool stop = false;
	const struct transfer_request request = { .url = where, .stop = &stop };
	struct transfer transfer = { 0 };
	struct error err = { 0 };
	time_t begun = time(NULL);
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, stop_soon, &stop), 0);
	assert_int_equal(transfer_run(&transfer, &request, &err), -1);
	assert_string_equal(err.text, "interrupted");
	assert_string_equal(err.hint, "");
	assert_true(time(NULL) - begun < SOON);
	assert_int_equal(pthread_join(thread, NULL), 0);
	transfer_finish(&transfer);
}

static void stops_while_a_server_is_silent(void **state)
{
	(void)state;
	expect_stop(url);
}

static void stops_between_attempts(void **state)
{
	(void)state;
	expect_stop("http://127.0.0.1:1/x"); /* refused at once, five times */
}

static void listing_stops(void **state)
{
	char uri[80];
	char *argument = uri;
	atomic_bool stop = false;
	struct objects objects = { .stop = &stop };
	struct error err = { 0 };
	pthread_t thread;

	(void)state;
	snprintf(uri, sizeof(uri), "https%s", url + strlen("http"));
	objects.aws = (struct aws *)&objects; /* web servers are asked without it */
	assert_int_equal(pthread_create(&thread, NULL, stop_soon, &stop), 0);
	assert_int_equal(objects_expand(&objects, &argument, 1, "", &err), -1);
	assert_string_equal(err.text, "interrupted");
	assert_int_equal(pthread_join(thread, NULL), 0);
	snprintf(uri, sizeof(uri), "/");
	assert_int_equal(objects_expand(&objects, &argument, 1, "", &err), -1);
	assert_string_equal(err.text, "interrupted");
	objects_finish(&objects);
}

/* -- Headers ------------------------------------------------------------ */

static void expect_refusal(const struct transfer_request *request, const char *what)
{
	struct transfer transfer = { 0 };
	struct error err = { 0 };

	while (accept(listener, NULL, NULL) >= 0) { /* those of before */
	}
	assert_int_equal(transfer_once(&transfer, request), TRANSFER_REFUSED);
	assert_int_equal(transfer_fail(&transfer, request, &err), -1);
	assert_non_null(strstr(err.text, what));
	assert_non_null(strstr(err.text, "control characters"));
	assert_null(strstr(err.text, "hidden"));
	assert_int_equal(accept(listener, NULL, NULL), -1);
	transfer_finish(&transfer);
}

static void refuses_headers_of_several_lines(void **state)
{
	static const char *const wrong[] = { "Authorization: hidden\r\nX-Other: hidden",
		"Authorization: hidden\n", "Authorization: hidden\x01",
		"Authorization: \x7fhidden" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *const headers[] = { "X-First: 1", wrong[i], NULL };
		const struct transfer_request request = {
			.url = url, .headers = headers, .timeout = 1000
		};

		expect_refusal(&request, "Authorization");
	}
}

static void refuses_such_credentials(void **state)
{
	char id[] = "AKIAIOSFODNN7EXAMPLE", bad_id[] = "AKIA\r\nX: hidden";
	char secret[] = "hidden", token[] = "hidden\r\nX: hidden";
	struct credentials credentials = { .id = id, .secret = secret, .token = token };
	struct transfer_request request = { .url = url,
		.credentials = &credentials,
		.service = "s3",
		.region = "eu-central-1",
		.timeout = 1000 };

	(void)state;
	expect_refusal(&request, "x-amz-security-token");
	credentials = (struct credentials){ .id = bad_id, .secret = secret };
	expect_refusal(&request, "id of the AWS credentials");
	credentials.id = id;
	request.region = "eu\nhidden";
	expect_refusal(&request, "region");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stops_while_a_server_is_silent),
		cmocka_unit_test(stops_between_attempts),
		cmocka_unit_test(listing_stops),
		cmocka_unit_test(refuses_headers_of_several_lines),
		cmocka_unit_test(refuses_such_credentials),
	};

	return cmocka_run_group_tests_name("transfer", tests, start, end);
}
