#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "aws/event.h"
#include "aws/runtime.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/output.h"
#include "commands/command.h"
#include "commands/database.h"
#include "commands/emf.h"
#include "commands/guard.h"
#include "ingest/run/job.h"
#include "ingest/run/progress.h"

enum { RESERVE = 1000 /* ms before the deadline, for the report */ };

static atomic_bool cancelled;

/* A signal while waiting for an invocation: exit. */
static volatile sig_atomic_t waiting;

static void cancel(int signal)
{
	(void)signal;
	if (waiting) {
		_exit(EXIT_CODE_SUCCESS);
	}
	atomic_store(&cancelled, true);
}

static void catch_signals(void)
{
	struct sigaction stop = { .sa_handler = cancel };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

/* Sets the job's deadline anew for each invocation: its clock may stand still while AWS
 * freezes the process, that of deadlines does not. */
static int64_t convert_deadline(int64_t deadline)
{
	struct timespec now;

	if (deadline == 0) {
		return 0;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	return clock_ms() + deadline - RESERVE -
	       ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

/* -- What is to be read --------------------------------------------------- */

/* Objects of SETTING_URIS, for an event that names none. */
static void add_defaults(
	struct event *event, struct arena *arena, const struct settings *settings)
{
	const char *text = settings_text(settings, SETTING_URIS);

	while (*(text += strspn(text, " ")) != '\0' && event->uri_count < EVENT_URIS_MAX) {
		size_t length = strcspn(text, " ");

		event->uris[event->uri_count++] = arena_copy(arena, text, length);
		text += length;
	}
}

static int read_event(struct event *event, struct arena *arena,
	const struct invocation *invocation, struct job_request *request, struct error *err)
{
	if (event_read(event, arena, invocation->event.data, invocation->event.length, err) <
		0) {
		return -1;
	}
	if (event->uri_count == 0 && strcmp(event->source, "invocation") == 0) {
		add_defaults(event, arena, request->settings);
		if (event->uri_count == 0) {
			error_set(err, "the event names no uri, and ALMANAC_URIS is not set");
			return error_hint(
				err, "{\"job\":\"ingest\",\"uri\":\"s3://BUCKET/PREFIX\"}");
		}
	}
	request->uris = event->uris;
	request->uri_count = event->uri_count;
	request->exact = event->exact;
	return event->shard != NULL ? shard_parse(event->shard, &request->shard, err)
				    : shard_choose(request->settings, &request->shard, err);
}

/* -- An invocation -------------------------------------------------------- */

/* Whether the invocation fails, which alarms and the failure destination see: a run without
 * progress would have none next time, either. */
static bool is_failure(const struct report *report)
{
	return report->outcome == REPORT_FAILURE || error_is_set(&report->error) ||
	       report->failures.count > 0 || report_is_stuck(report);
}

static void describe_stop(const struct report *report, struct error *why)
{
	const char *first = report->remaining.held > 0 ? report->remaining.items[0].uri : "";

	if (atomic_load(&cancelled)) {
		error_set(why, "the run was stopped by a signal");
		return;
	}
	error_set(why, "the time was over before anything could be stored; next would be %s",
		first);
	error_hint(why, "raise the function's timeout or memory, or take it in by "
			"`almanac ingest` as a task or batch job");
}

static void describe_failure(const struct report *report, struct error *why)
{
	const struct report_item *first = &report->failures.items[0];

	if (error_is_set(&report->error)) {
		*why = report->error;
		return;
	}
	if (report->failures.count == 0) {
		describe_stop(report, why);
		return;
	}
	error_set(why, "%lld of %lld objects could not be taken in; the first: %s: %s",
		(long long)report->failures.count,
		(long long)(report->failures.count + report->taken + report->skipped),
		first->uri, first->text);
	error_hint(why, "%s", first->hint);
}

/* Adds the members of the result behind the ids of log lines. */
static void print_report(const struct buffer *json)
{
	struct buffer line = { 0 };

	log_begin_aws(&line, LOG_INFO);
	buffer_putc(&line, ',');
	buffer_append(&line, json->data + 1, json->length - 1);
	buffer_putc(&line, '\n');
	output_write(STDOUT_FILENO, line.data, line.length, OUTPUT_LINE);
	buffer_finish(&line);
}

static int answer(struct runtime *runtime, const struct invocation *invocation,
	const struct report *report, struct error *err)
{
	struct buffer json = { 0 };
	struct error why = { 0 };
	int result;

	report_json(report, &json);
	print_report(&json);
	if (is_failure(report)) {
		describe_failure(report, &why);
		log_error(&why);
		result = runtime_fail(runtime, invocation, "Ingest.Failed", &why, err);
	} else {
		result = runtime_respond(runtime, invocation, &json, err);
	}
	buffer_finish(&json);
	return result;
}

/* An event without objects: S3's test, or a removal. */
static int answer_nothing(
	struct runtime *runtime, const struct invocation *invocation, struct error *err)
{
	struct buffer json = { 0 };
	int result;

	buffer_puts(&json, "{\"event\":\"report\",\"outcome\":\"success\",\"objects\":null}");
	result = runtime_respond(runtime, invocation, &json, err);
	buffer_finish(&json);
	return result;
}

static int ingest(struct runtime *runtime, const struct invocation *invocation,
	const struct job_request *request, struct error *err)
{
	struct report report = { 0 };
	int result;

	job_run(request, &report);
	emf_ingestion(request->settings, &report);
	result = answer(runtime, invocation, &report, err);
	report_finish(&report);
	return result;
}

static int handle(struct runtime *runtime, const struct invocation *invocation,
	const struct command *command, const struct database *database, struct error *err)
{
	struct job_request request = { .registry = command->registry,
		.settings = command->settings,
		.target = database->target,
		.aws = database->aws,
		.cancel = &cancelled,
		.deadline = convert_deadline(invocation->deadline),
		.overdue = guard_end_stuck };
	struct event event;
	struct error why = { 0 };
	struct arena arena;
	int result;

	arena_init(&arena);
	request.progress = progress_create(PROGRESS_NONE);
	if (read_event(&event, &arena, invocation, &request, &why) < 0) {
		log_error(&why);
		result = runtime_fail(runtime, invocation, "Event.Invalid", &why, err);
	} else if (event.uri_count == 0) {
		result = answer_nothing(runtime, invocation, err);
	} else {
		result = ingest(runtime, invocation, &request, err);
	}
	progress_destroy(request.progress);
	arena_finish(&arena);
	return result;
}

/* -- All of them ---------------------------------------------------------- */

static int serve_invocations(
	struct runtime *runtime, const struct command *command, const struct database *database)
{
	struct invocation invocation = { 0 };
	struct error err = { 0 };
	int result = 0;

	while (result == 0 && !atomic_load(&cancelled)) {
		err = (struct error){ 0 };
		waiting = 1;
		result = runtime_next(runtime, &invocation, &err);
		waiting = 0;
		if (result == 0) {
			log_set_request(invocation.id, invocation.trace);
			setenv("_X_AMZN_TRACE_ID", invocation.trace, 1);
			result = handle(runtime, &invocation, command, database, &err);
		}
		if (error_is_set(&err)) {
			log_error(&err);
		}
		log_set_request(NULL, NULL);
	}
	invocation_finish(&invocation);
	return result;
}

void lambda_fail_init(const struct error *why)
{
	struct error err = { 0 };
	struct runtime *runtime = runtime_create(&err);

	if (runtime == NULL || runtime_fail(runtime, NULL, "Init.Failed", why, &err) < 0) {
		log_error(&err);
	}
	runtime_destroy(runtime);
}

int command_lambda(struct command *command)
{
	struct database database = { 0 };
	struct error err = { 0 };
	struct runtime *runtime = runtime_create(&err);
	int code = EXIT_CODE_FAILURE;

	if (runtime == NULL) {
		log_error(&err);
		return EXIT_CODE_USAGE;
	}
	catch_signals();
	if (database_init(&database, command->settings, "almanac lambda", &err) < 0) {
		log_error(&err);
		lambda_fail_init(&err);
	} else if (serve_invocations(runtime, command, &database) == 0) {
		code = EXIT_CODE_SUCCESS;
	}
	database_finish(&database);
	runtime_destroy(runtime);
	return code;
}
