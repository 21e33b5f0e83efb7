/* Choice of log level and style from flags, environment and the configuration of AWS Lambda. */
#ifndef ALMANAC_COMMANDS_LOG_CHOICE_H
#define ALMANAC_COMMANDS_LOG_CHOICE_H

#include "base/settings.h"

enum log_reader {
	READER_PERSON,  /* the user of the command */
	READER_PROGRAM, /* a program, unless standard error is a terminal */
	READER_LAMBDA   /* AWS Lambda, with settings of its own */
};

/* Configures the log from the environment alone, before errors can occur. Invalid values are
 * ignored. */
void log_choice_begin(enum log_reader reader);

/* Configures the log from the settings. */
void log_choice_settle(enum log_reader reader, const struct settings *settings);

#endif
