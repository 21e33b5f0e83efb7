/* A command of the program: one file each, listed in the table of main.c. */
#ifndef ALMANAC_COMMANDS_COMMAND_H
#define ALMANAC_COMMANDS_COMMAND_H

#include <stdbool.h>

#include "base/settings.h"

struct registry;

enum exit_code {
	EXIT_CODE_SUCCESS = 0,
	EXIT_CODE_FAILURE = 1, /* nothing was done, or not what was asked for */
	EXIT_CODE_USAGE = 2,   /* the command line or a setting is wrong */
	EXIT_CODE_PARTIAL = 3  /* some of it was done */
};

/* What main() prepared: flags are taken out of argv, the log is configured, the
 * plugins are loaded if the command's entry in the table asks for them. */
struct command {
	struct settings *settings;
	const struct registry *registry; /* NULL unless asked for */
	bool json;                       /* --json was given */
	bool all;                        /* --all was given */
	int argc;                        /* arguments without program, command and flags */
	char **argv;
};

/* Each returns an enum exit_code, and has told the user by then. */
int command_check(struct command *command);
int command_config(struct command *command);
int command_health(struct command *command);
int command_ingest(struct command *command);
int command_lambda(struct command *command);
int command_migrate(struct command *command);
int command_openapi(struct command *command);
int command_plugins(struct command *command);
int command_serve(struct command *command);
int command_version(struct command *command);

/* Tells AWS Lambda that the function cannot start. */
struct error;
void lambda_fail_init(const struct error *why);

#endif
