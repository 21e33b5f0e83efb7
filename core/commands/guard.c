#include "commands/guard.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/output.h"
#include "base/settings.h"
#include "base/thread.h"
#include "commands/command.h"
#include "plugin/current.h"

enum {
	STUCK = 1000,     /* ms that a call may still take when the time is over */
	LAST_LINES = 1000 /* ms for those that are held */
};

/* -- Crashes --------------------------------------------------------------- */

static struct crash {
	int signal;
	const char *what;
	struct sigaction before; /* the default, or a sanitizer's */
} crashes[] = {
	{ .signal = SIGSEGV, .what = "SIGSEGV, memory that is not there" },
	{ .signal = SIGABRT, .what = "SIGABRT, abort() or an exception that nothing caught" },
	{ .signal = SIGFPE, .what = "SIGFPE, an integer division by zero" },
	{ .signal = SIGBUS, .what = "SIGBUS, memory that cannot be read" },
	{ .signal = SIGILL, .what = "SIGILL, an instruction that does not exist" },
	{ .signal = SIGTRAP, .what = "SIGTRAP" },
};
enum { CRASHES = sizeof(crashes) / sizeof(crashes[0]) };

/* Only what a signal handler may call. */
static void name_crash(const struct crash *crash)
{
	static atomic_flag named = ATOMIC_FLAG_INIT;
	static char message[LOG_LAST_WORDS];
	char text[CURRENT_TEXT];
	const char *plugin = current_text(text);

	if (plugin == NULL || atomic_flag_test_and_set(&named)) {
		return; /* the program's own, or the second of two at a time */
	}
	stpcpy(stpcpy(stpcpy(stpcpy(message, "crash ("), crash->what), ") in "), text);
	log_last_words(plugin, message);
}

/* An instruction that failed does so again after this, and is then met by what was there before
 * the guard; a signal that was sent has to be sent again. */
static void on_crash(int signal, siginfo_t *info, void *context)
{
	(void)context;
	for (size_t i = 0; i < CRASHES; i++) {
		if (crashes[i].signal == signal) {
			name_crash(&crashes[i]);
			sigaction(signal, &crashes[i].before, NULL);
		}
	}
	if (info->si_code <= 0) {
		raise(signal);
	}
}

static void catch_crashes(void)
{
	struct sigaction action = { .sa_sigaction = on_crash,
		.sa_flags = SA_SIGINFO | SA_ONSTACK };

	for (size_t i = 0; i < CRASHES; i++) {
		sigaction(crashes[i].signal, &action, &crashes[i].before);
	}
}

/* -- Ends that are none of the program's own --------------------------------- */

static atomic_bool finishing;

static _Noreturn void end_now(void)
{
	output_flush(LAST_LINES);
	_exit(EXIT_CODE_FAILURE);
}

static void on_exit_called(void)
{
	char text[CURRENT_TEXT];
	const char *plugin = current_text(text);

	if (atomic_load(&finishing)) {
		return;
	}
	if (plugin != NULL) {
		log_write(LOG_ERROR,
			"exit() was called in %s: a plugin may not end the program", text);
	} else {
		log_write(LOG_ERROR,
			"exit() was called by a plugin's thread or a library: it may not end the "
			"program");
	}
	end_now();
}

static void on_thread_lost(void)
{
	char text[CURRENT_TEXT];

	if (current_text(text) != NULL) {
		log_write(LOG_ERROR, "the thread was ended in %s: a plugin may not do that",
			text);
		end_now();
	}
}

/* -- Calls that take long ------------------------------------------------------ */

static struct {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool runs, ending;
	int64_t limit; /* ms */
} watchdog = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void tell_slow(const struct current_slow *slow)
{
	log_write(LOG_WARN, slow->ended ? "%s took %.1f s" : "%s has been running for %.1f s",
		slow->text, (double)slow->ms / 1000);
}

static void *watch(void *arg)
{
	enum { LOOKS = 4, SHORTEST = 50, LONGEST = 1000 /* ms */ };
	int64_t tick = watchdog.limit / LOOKS;

	(void)arg;
	tick = tick < SHORTEST ? SHORTEST : tick > LONGEST ? LONGEST : tick;
	pthread_mutex_lock(&watchdog.mutex);
	while (!watchdog.ending) {
		const struct timespec until = clock_after(tick);

		current_watch(watchdog.limit, tell_slow);
		pthread_cond_timedwait(&watchdog.wake, &watchdog.mutex, &until);
	}
	pthread_mutex_unlock(&watchdog.mutex);
	return NULL;
}

void guard_watch(const struct settings *settings)
{
	struct error err = { 0 };
	pthread_condattr_t steady;

	watchdog.limit = settings_integer(settings, SETTING_SLOW_CALL) * 1000;
	if (watchdog.limit == 0) {
		return;
	}
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&watchdog.wake, &steady);
	pthread_condattr_destroy(&steady);
	watchdog.runs = thread_start(&watchdog.thread, watch, NULL, &err) == 0;
}

void guard_end_stuck(void)
{
	char text[CURRENT_TEXT];

	if (current_find_stuck(STUCK, text) != NULL) {
		log_write(LOG_ERROR,
			"the time is over, and %s does not return: the run is ended; what has been "
			"stored stays, and the next run goes on from there",
			text);
		end_now();
	}
}

/* -- Begin and end ------------------------------------------------------------ */

void guard_start(void)
{
	current_on_lost(on_thread_lost);
	catch_crashes();
	atexit(on_exit_called);
	at_quick_exit(on_exit_called);
}

void guard_finish(void)
{
	if (watchdog.runs) {
		pthread_mutex_lock(&watchdog.mutex);
		watchdog.ending = true;
		pthread_cond_signal(&watchdog.wake);
		pthread_mutex_unlock(&watchdog.mutex);
		pthread_join(watchdog.thread, NULL);
		watchdog.runs = false;
	}
	atomic_store(&finishing, true);
}
