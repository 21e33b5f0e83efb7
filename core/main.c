/* The program almanac: its table of commands. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/nearest.h"
#include "base/output.h"
#include "commands/command.h"
#include "commands/guard.h"
#include "commands/host.h"
#include "commands/log_choice.h"
#include "config.h"
#include "plugin/registry.h"

enum {
	NO_LIMIT = INT_MAX,
	LAST_LINES_TIME = 1000 /* ms to write the last lines of a server's log */
};

/* Sorted by name. */
static const struct entry {
	const char *name;
	const char *operands; /* in the usage line */
	const char *summary;
	int least, most; /* operands */
	unsigned use;    /* settings it takes */
	bool plugins;    /* loads them first */
	bool calls;      /* and starts them */
	bool json;       /* takes --json */
	int (*run)(struct command *command);
} entries[] = {
	{ "check", " PLUGIN.so [FILE] | --all",
		"check a plugin; run its source over a file, or its statistic over a series", 1,
		2, USE_PLUGINS, false, false, false, command_check },
	{ "compute", " [STATISTIC...]",
		"compute the rows of these statistics, or of all, anew from what is stored", 0,
		NO_LIMIT, USE_COMPUTE, true, true, false, command_compute },
	{ "config", "", "list all settings", 0, 0, USE_ALL, true, false, true, command_config },
	{ "health", "", "ask the server on this host whether it is alive", 0, 0, USE_SERVE,
		false, false, false, command_health },
	{ "ingest", " URI...",
		"take files, directories, archives, s3:// and https:// objects or standard input "
		"(-) into the database",
		1, NO_LIMIT, USE_INGEST, true, true, false, command_ingest },
	{ "lambda", "", "ingest what AWS Lambda is invoked for", 0, 0, USE_INGEST | USE_LAMBDA,
		true, true, false, command_lambda },
	{ "migrate", " [--prune-statistics]",
		"create the tables, or bring them up to date; with --prune-statistics remove the "
		"statistics of plugins that are not loaded",
		0, 0, USE_MIGRATE, true, false, false, command_migrate },
	{ "new", " source|stat|route NAME",
		"write the directory of a new plugin, which builds and can be checked", 2, 2, 0,
		false, false, false, command_new },
	{ "openapi", "", "print the OpenAPI document of the loaded routes", 0, 0, USE_PLUGINS,
		true, false, false, command_openapi },
	{ "plugins", "", "list the loaded plugins and what they declare", 0, 0, USE_PLUGINS,
		true, false, true, command_plugins },
	{ "serve", "", "serve the database over HTTP", 0, 0, USE_SERVE, true, true, false,
		command_serve },
	{ "version", "", "print the version", 0, 0, 0, false, false, false, command_version },
};
enum { ENTRIES = sizeof(entries) / sizeof(entries[0]) };

static void print_commands(FILE *to)
{
	fprintf(to, "usage: almanac COMMAND [FLAGS] [OPERANDS]\n\n");
	for (size_t i = 0; i < ENTRIES; i++) {
		fprintf(to, "  %-9s %s\n", entries[i].name, entries[i].summary);
	}
	fprintf(to, "\nalmanac COMMAND --help tells more.\n");
}

static void print_help(const struct entry *entry)
{
	struct buffer out = { 0 };

	buffer_printf(&out, "usage: almanac %s%s%s%s\n\n%s\n", entry->name,
		entry->use != 0 ? " [FLAGS]" : "", entry->json ? " [--json]" : "",
		entry->operands, entry->summary);
	if (entry->use != 0) {
		buffer_puts(&out, "\nFlags, the environment variables that do the same, "
				  "[defaults]:\n");
		settings_help(&out, entry->use);
	}
	output_print(out.data, out.length);
	buffer_finish(&out);
}

static const struct entry *find_entry(const char *name)
{
	for (size_t i = 0; i < ENTRIES; i++) {
		if (strcmp(entries[i].name, name) == 0) {
			return &entries[i];
		}
	}
	return NULL;
}

/* A hint such as "; did you mean 'serve'?". */
static const char *find_meant(const char *name)
{
	static const char *const words[][2] = { { "start", "serve" }, { "run", "serve" },
		{ "server", "serve" }, { "import", "ingest" }, { "load", "ingest" },
		{ "upgrade", "migrate" }, { "init", "migrate" }, { "status", "health" },
		{ "settings", "config" }, { "-v", "version" }, { "-V", "version" } };
	const char *names[ENTRIES];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i][0], name) == 0) {
			return words[i][1];
		}
	}
	for (size_t i = 0; i < ENTRIES; i++) {
		names[i] = entries[i].name;
	}
	return nearest_text(name, names, ENTRIES);
}

static void report_no_command(const char *name)
{
	const char *meant = find_meant(name);

	log_write(LOG_ERROR, "there is no command '%s'%s%s%s", name,
		meant != NULL ? "; did you mean '" : "", meant != NULL ? meant : "",
		meant != NULL ? "'?" : "");
	fputc('\n', stderr);
}

/* Removes a word from the arguments. Returns whether it was there. */
static bool take_word(struct command *command, const char *word)
{
	for (int i = 0; i < command->argc && strcmp(command->argv[i], "--") != 0; i++) {
		if (strcmp(command->argv[i], word) == 0) {
			command->argc--;
			memmove(&command->argv[i], &command->argv[i + 1],
				(size_t)(command->argc - i + 1) * sizeof(char *));
			return true;
		}
	}
	return false;
}

/* The log's reader: a program for commands that run long, else a person. */
static enum log_reader find_reader(const struct entry *entry)
{
	if (entry->run == command_lambda) {
		return READER_LAMBDA;
	}
	return entry->run == command_serve || entry->run == command_ingest ? READER_PROGRAM
									   : READER_PERSON;
}

/* The directory of plugins: beside the program, as in a build directory, else the installed
 * one. */
static const char *default_plugins(char *path, size_t size)
{
	static const char beside[] = "/plugins";
	ssize_t length = readlink("/proc/self/exe", path, size - sizeof(beside));
	char *slash;

	if (length > 0) {
		path[length] = '\0';
		slash = strrchr(path, '/');
		memcpy(slash, beside, sizeof(beside));
		if (access(path, R_OK) == 0) {
			return path;
		}
	}
	return ALMANAC_PLUGIN_DIR;
}

static struct registry *load_plugins(const struct settings *settings, struct error *err)
{
	const char *paths = settings_text(settings, SETTING_PLUGINS);
	char path[PATH_MAX];

	if (paths[0] == '\0') {
		paths = default_plugins(path, sizeof(path));
	}
	return host_load(paths, settings, err);
}

static int check_operands(
	const struct entry *entry, const struct command *command, struct error *err)
{
	if (command->all && command->argc == 0) {
		return 0;
	}
	if (!command->all && command->argc >= entry->least && command->argc <= entry->most) {
		return 0;
	}
	if (command->argc < entry->least) {
		error_set(err, "%s: something is missing after it", entry->name);
	} else {
		error_set(err, "%s: '%s' is too much", entry->name,
			command->argv[command->all ? 0 : entry->most]);
	}
	return error_hint(err, "usage: almanac %s%s", entry->name, entry->operands);
}

/* Fails before the command runs. */
static void report_failure(const struct entry *entry, const struct error *err)
{
	log_error(err);
	if (entry->run == command_lambda && getenv("AWS_LAMBDA_RUNTIME_API") != NULL) {
		lambda_fail_init(err);
	}
}

/* Logs the error with the log settings that could be read. */
static int read_settings(const struct entry *entry, struct command *command, struct error *err)
{
	enum log_reader reader = find_reader(entry);
	int result;

	log_choice_begin(reader);
	command->settings = settings_create(err);
	if (command->settings == NULL) {
		return -1;
	}
	result = settings_flags(
		command->settings, entry->use, &command->argc, command->argv, err);
	log_choice_settle(reader, command->settings);
	return result < 0 ? -1 : check_operands(entry, command, err);
}

static int run(const struct entry *entry, struct command *command)
{
	struct error err = { 0 };
	struct registry *registry = NULL;
	int code;

	if (read_settings(entry, command, &err) < 0) {
		report_failure(entry, &err);
		settings_destroy(command->settings);
		return EXIT_CODE_USAGE;
	}
	guard_start();
	if (entry->plugins || command->all) {
		registry = load_plugins(command->settings, &err);
		command->registry = registry;
	}
	if (((entry->plugins || command->all) && registry == NULL) ||
		(entry->calls && registry_start(registry, &err) < 0)) {
		report_failure(entry, &err);
		code = EXIT_CODE_FAILURE;
	} else {
		guard_watch(command->settings);
		code = entry->run(command);
	}
	if (entry->calls && registry != NULL) {
		registry_stop(registry);
	}
	guard_finish();
	registry_destroy(registry);
	settings_destroy(command->settings);
	output_finish(LAST_LINES_TIME);
	return code;
}

static int dispatch(int argc, char **argv)
{
	struct command command = { .argc = argc - 2, .argv = argv + 2 };
	const struct entry *entry = argc > 1 ? find_entry(argv[1]) : NULL;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
				strcmp(argv[1], "help") == 0)) {
		print_commands(stdout);
		return EXIT_CODE_SUCCESS;
	}
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		return command_version(&command);
	}
	if (entry == NULL) {
		if (argc > 1) {
			report_no_command(argv[1]);
		}
		print_commands(stderr);
		return EXIT_CODE_USAGE;
	}
	if (take_word(&command, "--help") || take_word(&command, "-h")) {
		print_help(entry);
		return EXIT_CODE_SUCCESS;
	}
	command.all = entry->run == command_check && take_word(&command, "--all");
	command.prune_statistics =
		entry->run == command_migrate && take_word(&command, "--prune-statistics");
	command.json = entry->json && take_word(&command, "--json");
	return run(entry, &command);
}

/* Opens missing standard streams: the next file or connection would get their descriptors,
 * and output would go to the database. */
static void open_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0) {
			continue;
		}
		if (open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY) < 0 &&
			open("/", O_RDONLY) < 0) { /* writing fails there, too */
			_exit(EXIT_CODE_FAILURE);
		}
	}
}

/* Fails the command if its result could not be written, except for EPIPE. Changes of the
 * database stay. */
static int check_output(const char *command, int code)
{
	bool does = strcmp(command, "ingest") == 0 || strcmp(command, "migrate") == 0 ||
		    strcmp(command, "compute") == 0;
	int failure = output_failure();

	if (failure == 0 || failure == EPIPE || code != EXIT_CODE_SUCCESS) {
		return code;
	}
	log_write(LOG_ERROR,
		"standard output cannot be written: %s; what was to be said there is "
		"lost%s",
		strerror(failure), does ? ", what was done is not" : "");
	return does ? EXIT_CODE_PARTIAL : EXIT_CODE_FAILURE;
}

int main(int argc, char **argv)
{
	open_standard();
	return check_output(argc > 1 ? argv[1] : "", dispatch(argc, argv));
}
