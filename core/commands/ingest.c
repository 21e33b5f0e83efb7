#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/output.h"
#include "commands/command.h"
#include "commands/database.h"
#include "commands/emf.h"
#include "commands/guard.h"
#include "ingest/run/job.h"
#include "ingest/run/progress.h"

static atomic_bool cancelled;

static void cancel(int signal)
{
	(void)signal;
	atomic_store(&cancelled, true);
}

/* Handles signals: the first one stops the run in order, the second exits at once. A closed
 * pipe of the progress (SIGPIPE) is ignored. */
static void catch_signals(void)
{
	struct sigaction once = { .sa_handler = cancel, .sa_flags = (int)SA_RESETHAND };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGINT, &once, NULL);
	sigaction(SIGTERM, &once, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

static enum progress_mode choose_mode(const struct settings *settings)
{
	const char *how = settings_text(settings, SETTING_PROGRESS);
	bool terminal = isatty(STDOUT_FILENO) != 0;

	if (strcmp(how, "json") == 0 || (strcmp(how, "auto") == 0 && !terminal)) {
		return PROGRESS_JSON;
	}
	if (strcmp(how, "bar") == 0 ||
		(strcmp(how, "auto") == 0 && isatty(STDERR_FILENO) != 0)) {
		return PROGRESS_BAR;
	}
	return PROGRESS_NONE;
}

static void print_report(const struct report *report, enum progress_mode mode)
{
	bool begun = report->taken + report->skipped + report->failures.count > 0;
	struct buffer out = { 0 };

	if (error_is_set(&report->error) && !begun && mode != PROGRESS_JSON) {
		return; /* the error tells all */
	}
	if (mode == PROGRESS_JSON) {
		report_json(report, &out);
		buffer_putc(&out, '\n');
	} else {
		report_text(report, &out);
	}
	output_print(out.data, out.length);
	buffer_finish(&out);
}

static int64_t choose_deadline(const struct settings *settings)
{
	int64_t seconds = settings_integer(settings, SETTING_DEADLINE);

	return seconds > 0 ? clock_ms() + seconds * 1000 : 0;
}

int command_ingest(struct command *command)
{
	static const enum exit_code codes[] = { [REPORT_SUCCESS] = EXIT_CODE_SUCCESS,
		[REPORT_PARTIAL] = EXIT_CODE_PARTIAL,
		[REPORT_FAILURE] = EXIT_CODE_FAILURE };
	enum progress_mode mode = choose_mode(command->settings);
	struct report report = { 0 };
	struct error err = { 0 };
	struct database database = { 0 };
	struct job_request request = { .uris = command->argv,
		.uri_count = (size_t)command->argc,
		.registry = command->registry,
		.settings = command->settings,
		.cancel = &cancelled,
		.overdue = guard_end_stuck };
	enum report_outcome outcome;

	if (database_init(&database, command->settings, "almanac ingest", &err) < 0 ||
		shard_choose(command->settings, &request.shard, &err) < 0) {
		log_error(&err);
		database_finish(&database);
		return EXIT_CODE_USAGE;
	}
	request.target = database.target;
	request.aws = database.aws;
	request.deadline = choose_deadline(command->settings);
	catch_signals();
	request.progress = progress_create(mode);
	outcome = job_run(&request, &report);
	if (error_is_set(&report.error)) {
		log_error(&report.error);
	}
	print_report(&report, mode);
	emf_ingestion(command->settings, &report);
	report_finish(&report);
	progress_destroy(request.progress);
	database_finish(&database);
	return (int)codes[outcome];
}
