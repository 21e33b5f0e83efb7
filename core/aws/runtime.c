#include "aws/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/transfer.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/number.h"

enum {
	EVENT_MAX = 8 * 1024 * 1024, /* bytes; Lambda allows 6 MB */
	ANSWER_MAX = 64 * 1024,
	CONNECT_TIMEOUT_MS = 1000 /* on this host */
};

/* The earliest plausible deadline, ms since 1970: emulators send small numbers. */
#define DEADLINE_MIN INT64_C(1000000000000)

struct runtime {
	char *base; /* "http://HOST:PORT/2018-06-01/runtime" */
	struct transfer transfer;
};

struct runtime *runtime_create(struct error *err)
{
	const char *api = getenv("AWS_LAMBDA_RUNTIME_API");
	struct buffer base = { 0 };
	struct runtime *runtime;

	if (api == NULL || api[0] == '\0') {
		error_set(err, "AWS_LAMBDA_RUNTIME_API is not set");
		error_hint(err,
			"AWS Lambda starts this command; elsewhere use: almanac ingest URI...");
		return NULL;
	}
	buffer_printf(&base, "%s%s/2018-06-01/runtime",
		strncmp(api, "http://", strlen("http://")) == 0 ? "" : "http://", api);
	runtime = memory_new(struct runtime);
	runtime->base = memory_copy_text(base.data, base.length);
	buffer_finish(&base);
	return runtime;
}

void runtime_destroy(struct runtime *runtime)
{
	if (runtime != NULL) {
		transfer_finish(&runtime->transfer);
		free(runtime->base);
		free(runtime);
	}
}

/* Sends a request, repeated only while there is no answer at all. 0: an answer of any status;
 * the caller decides. */
static int request(
	struct runtime *runtime, const struct transfer_request *what, struct error *err)
{
	enum transfer_outcome outcome = transfer_once(&runtime->transfer, what);

	for (unsigned i = 1; outcome == TRANSFER_AGAIN && runtime->transfer.status == 0 &&
			     i < TRANSFER_ATTEMPTS;
		i++) {
		transfer_pause(i, NULL);
		outcome = transfer_once(&runtime->transfer, what);
	}
	if (runtime->transfer.status != 0) {
		return 0;
	}
	return transfer_fail(&runtime->transfer, what, err);
}

/* -- Invocations ---------------------------------------------------------- */

static void copy_header(const struct runtime *runtime, const char *name, char *to, size_t size)
{
	const char *value = transfer_header(&runtime->transfer, name);

	snprintf(to, size, "%s", value != NULL ? value : "");
}

static int read_invocation(
	struct runtime *runtime, struct invocation *invocation, struct error *err)
{
	struct buffer event = invocation->event;
	char deadline[32];

	copy_header(runtime, "lambda-runtime-aws-request-id", invocation->id,
		sizeof(invocation->id));
	copy_header(runtime, "lambda-runtime-trace-id", invocation->trace,
		sizeof(invocation->trace));
	copy_header(runtime, "lambda-runtime-deadline-ms", deadline, sizeof(deadline));
	if (!number_parse_integer(deadline, strlen(deadline), &invocation->deadline) ||
		invocation->deadline < DEADLINE_MIN) {
		invocation->deadline = 0;
	}
	if (invocation->id[0] == '\0') {
		return error_set(
			err, "the Runtime API gave an invocation without a request id");
	}
	event.length = 0;
	invocation->event = runtime->transfer.body;
	runtime->transfer.body = event;
	return 0;
}

int runtime_next(struct runtime *runtime, struct invocation *invocation, struct error *err)
{
	struct buffer url = { 0 };
	int result;

	buffer_printf(&url, "%s/invocation/next", runtime->base);
	const struct transfer_request what = { .url = buffer_text(&url),
		.answer_max = EVENT_MAX,
		.local = true,
		.connect_timeout = CONNECT_TIMEOUT_MS };
	result = request(runtime, &what, err);
	if (result == 0 && runtime->transfer.status != 200) {
		result = transfer_fail(&runtime->transfer, &what, err);
	}
	if (result == 0) {
		result = read_invocation(runtime, invocation, err);
	}
	buffer_finish(&url);
	return result;
}

void invocation_finish(struct invocation *invocation)
{
	buffer_finish(&invocation->event);
}

/* -- Results -------------------------------------------------------------- */

/* Posts a result: of the invocation, or of the initialisation if that is NULL. Status 4xx has
 * ended the invocation already; 500 means that the environment is broken. */
static int post(struct runtime *runtime, const struct invocation *invocation, const char *kind,
	const char *const *headers, const struct buffer *body, struct error *err)
{
	struct buffer url = { 0 };
	int result;

	buffer_printf(&url, "%s/%s%s/%s", runtime->base,
		invocation != NULL ? "invocation/" : "init",
		invocation != NULL ? invocation->id : "", kind);
	const struct transfer_request what = { .url = buffer_text(&url),
		.headers = headers,
		.body = body->data,
		.body_length = body->length,
		.answer_max = ANSWER_MAX,
		.local = true,
		.connect_timeout = CONNECT_TIMEOUT_MS };

	result = request(runtime, &what, err);
	if (result == 0 && runtime->transfer.status / 100 != 2) {
		transfer_fail(&runtime->transfer, &what, err);
		result = runtime->transfer.status >= 500 ? -1 : 0;
	}
	buffer_finish(&url);
	return result;
}

int runtime_respond(struct runtime *runtime, const struct invocation *invocation,
	const struct buffer *response, struct error *err)
{
	static const char *const headers[] = { "Content-Type: application/json", NULL };

	return post(runtime, invocation, "response", headers, response, err);
}

int runtime_fail(struct runtime *runtime, const struct invocation *invocation, const char *type,
	const struct error *why, struct error *err)
{
	char header[128];
	const char *const headers[] = { "Content-Type: application/json", header, NULL };
	struct buffer message = { 0 }, body = { 0 };
	int result;

	snprintf(header, sizeof(header), "Lambda-Runtime-Function-Error-Type: %s", type);
	buffer_printf(
		&message, "%s%s%s", why->text, why->hint[0] != '\0' ? "; " : "", why->hint);
	buffer_puts(&body, "{\"errorType\":");
	json_text(&body, type);
	buffer_puts(&body, ",\"errorMessage\":");
	json_string(&body, message.data, message.length);
	buffer_puts(&body, ",\"stackTrace\":[]}");
	result = post(runtime, invocation, "error", headers, &body, err);
	buffer_finish(&message);
	buffer_finish(&body);
	return result;
}
