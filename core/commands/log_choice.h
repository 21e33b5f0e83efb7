/* Which lines the log has and how they look: flags, environment, and what AWS Lambda was told.
 */
#ifndef ALMANAC_COMMANDS_LOG_CHOICE_H
#define ALMANAC_COMMANDS_LOG_CHOICE_H

#include "base/settings.h"

enum log_reader {
	READER_PERSON,  /* who typed the command */
	READER_PROGRAM, /* unless standard error is a terminal */
	READER_LAMBDA   /* AWS Lambda, which has settings of its own */
};

/* From the environment alone, before anything can go wrong. What is wrong with it is not told
 * here. */
void log_choice_begin(enum log_reader reader);

/* From the settings, which wins. */
void log_choice_settle(enum log_reader reader, const struct settings *settings);

#endif
