/* Guard: names the plugin when one of its functions crashes, does not return or ends the
 * program.
 *
 * A crash keeps its signal, its exit status and its core dump. exit() of a plugin is a failure
 * whatever it says. */
#ifndef ALMANAC_COMMANDS_GUARD_H
#define ALMANAC_COMMANDS_GUARD_H

#include <stdbool.h>

struct settings;

/* Before the first plugin is loaded. The watchdog starts with guard_watch(). */
void guard_start(void);

/* Starts the thread that logs calls that take longer than SETTING_SLOW_CALL. Without it if no
 * thread can be started. */
void guard_watch(const struct settings *settings);

/* [main thread] The program ends by itself: exit() is none of a plugin's. */
void guard_finish(void);

/* [any thread] For an ingestion whose time is over, called again and again: if a plugin's
 * function does not return, names it and ends the program with EXIT_CODE_FAILURE. What has been
 * committed stays. */
void guard_end_stuck(void);

#endif
