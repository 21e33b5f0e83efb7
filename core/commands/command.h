/* Commands of the program: one file each, listed in the table of main.c. */
#ifndef ALMANAC_COMMANDS_COMMAND_H
#define ALMANAC_COMMANDS_COMMAND_H

#include <stdbool.h>

#include "base/settings.h"

struct registry;

enum exit_code {
	EXIT_CODE_SUCCESS = 0,
	EXIT_CODE_FAILURE = 1, /* nothing was done, or something else went wrong */
	EXIT_CODE_USAGE = 2,   /* the command line or a setting is wrong */
	EXIT_CODE_PARTIAL = 3  /* done in part */
};

/* Arguments of a command. main() has removed flags from argv, configured the log, and loaded
 * plugins if the table has it so. */
struct command {
	struct settings *settings;
	const struct registry *registry; /* NULL: the command needs none */
	bool json;                       /* --json was given */
	bool all;                        /* --all was given */
	bool prune_statistics;           /* --prune-statistics was given */
	int argc;                        /* operands */
	char **argv;
};

/* Entry points. They report errors themselves and return an enum exit_code. */
int command_check(struct command *command);
int command_compute(struct command *command);
int command_config(struct command *command);
int command_health(struct command *command);
int command_ingest(struct command *command);
int command_lambda(struct command *command);
int command_migrate(struct command *command);
int command_new(struct command *command);
int command_openapi(struct command *command);
int command_plugins(struct command *command);
int command_serve(struct command *command);
int command_version(struct command *command);

/* Reports an initialisation error to AWS Lambda. */
struct error;
void lambda_fail_init(const struct error *why);

#endif
