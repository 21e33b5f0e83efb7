#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/log.h"
#include "base/output.h"
#include "commands/command.h"
#include "commands/host.h"
#include "commands/trial.h"
#include "db/conninfo.h"
#include "plugin/describe.h"
#include "plugin/registry.h"

static void print_description(const struct registry *registry)
{
	struct buffer out = { 0 };

	describe_text(registry, &out);
	output_print(out.data, out.length);
	buffer_finish(&out);
	printf("%zu plugin%s sound\n", registry->plugin_count,
		registry->plugin_count == 1 ? " is" : "s are");
}

/* Routes need a database and a server: only sources and statistics can be tried. */
static int try_file(
	const struct command *command, const struct registry *registry, struct error *err)
{
	int code = EXIT_CODE_SUCCESS;

	if (registry->source_count == 0 && registry->stat_count == 0) {
		error_set(err, "%s has neither source nor statistic to run over a file",
			command->argv[0]);
		error_hint(err, "leave the file out");
		return EXIT_CODE_USAGE;
	}
	if (registry->source_count > 0) {
		code = trial_source(command->settings, registry, command->argv[1], err);
	}
	if (registry->stat_count > 0 && code == EXIT_CODE_SUCCESS) {
		code = trial_stat(registry, command->argv[1], err);
	}
	return code;
}

/* What a program that is installed needs beside its plugins. */
static int check_installed(struct error *err)
{
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
	char *rds = rds_authorities();
	const char *const files[] = { curl->cainfo, rds };
	int result = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && result == 0; i++) {
		struct stat status;

		if (files[i] == NULL || stat(files[i], &status) < 0 || status.st_size == 0) {
			error_set(err,
				"%s, with certificate authorities, is not there or empty",
				files[i] != NULL ? files[i] : "a file");
			result = error_hint(
				err, i == 0 ? "install ca-certificates"
					    : "build with the packages of deploy/npm");
		}
	}
	free(rds);
	return result;
}

static void warn_unknown(const struct plugin_stat *stat, const char *code, void *arg)
{
	(void)arg;
	log_write(LOG_WARN,
		"statistic '%s' of plugin %s takes element %s, which no source here declares: "
		"unless the database has it from others, the statistic has no values of it",
		stat->stat.name, stat->plugin->path, code);
}

static int check_all(const struct command *command)
{
	struct error err = { 0 };

	print_description(command->registry);
	fflush(stdout);
	registry_unknown_inputs(command->registry, warn_unknown, NULL);
	if (check_installed(&err) < 0) {
		fflush(stdout);
		log_error(&err);
		return EXIT_CODE_FAILURE;
	}
	return EXIT_CODE_SUCCESS;
}

static int check_one(const struct command *command)
{
	struct error err = { 0 };
	struct registry *registry = host_load(command->argv[0], command->settings, &err);
	int code = EXIT_CODE_SUCCESS;

	if (registry == NULL) {
		log_error(&err);
		return EXIT_CODE_FAILURE;
	}
	if (command->argc == 1) {
		print_description(registry);
	} else if (registry_start(registry, &err) < 0) {
		code = EXIT_CODE_FAILURE;
	} else {
		code = try_file(command, registry, &err);
		registry_stop(registry);
	}
	if (error_is_set(&err)) {
		fflush(stdout);
		log_error(&err);
	}
	registry_destroy(registry);
	return code;
}

int command_check(struct command *command)
{
	return command->all ? check_all(command) : check_one(command);
}
