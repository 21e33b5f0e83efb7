/* The plugin function that a thread is running, and for which object, route or station: for the
 * log, for the line that names a crash, and for the watchdog. */
#ifndef ALMANAC_PLUGIN_CURRENT_H
#define ALMANAC_PLUGIN_CURRENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plugin;

/* Work that is given to a plugin, in which its functions are called once or often. On the
 * caller's stack. `name` and `subject` live until current_leave(). */
struct current_call {
	const char *name;    /* the plugin's */
	const char *kind;    /* of the subject: "object", "route", "station", "file" */
	const char *subject; /* NULL: none */
	/* Of current_enter(). */
	struct current_call *outer;
	const char *outer_function;
	int64_t outer_line;
};

/* [any thread] Around all calls for one subject. May be nested. */
void current_enter(struct current_call *call);
void current_leave(struct current_call *call);

/* The state of a thread. Others look at it (see below), so its own members are atomic. */
struct current_functions {
	_Atomic(const char *) function; /* NULL: none of the plugin's is running */
	_Atomic int64_t line;           /* of the object; 0: none */
	_Atomic uint64_t calls;
};
extern _Thread_local struct current_functions current_functions;

/* [any thread] Around each call of a plugin's function; cheap enough for each line. `function`
 * is a constant. */
static inline void current_begin(const char *function, int64_t line)
{
	struct current_functions *now = &current_functions;
	uint64_t calls = atomic_load_explicit(&now->calls, memory_order_relaxed);

	atomic_store_explicit(&now->calls, calls + 1, memory_order_relaxed);
	atomic_store_explicit(&now->line, line, memory_order_relaxed);
	atomic_store_explicit(&now->function, function, memory_order_relaxed);
}

static inline void current_end(void)
{
	atomic_store_explicit(&current_functions.function, NULL, memory_order_relaxed);
}

/* Name of the plugin that the thread works for, or NULL. */
const char *current_name(void);

enum { CURRENT_TEXT = 1024 };

/* [any thread, signal handler] Writes "line() of plugin x, object y, line 17", cut to
 * CURRENT_TEXT bytes and terminated. Returns the plugin's name; NULL: the thread runs none of a
 * plugin's functions. */
const char *current_text(char *to);

/* -- Calls of all threads that do not end ------------------------------------ */

struct current_slow {
	const char *name; /* of the plugin */
	const char *text; /* as current_text() */
	int64_t ms;       /* since when it is running, as far as is known */
	bool ended;
};

/* [one thread] Looks at all threads, to be repeated: tells a call that has taken `limit` ms,
 * once more each time it has taken twice as long, and when it has ended. */
void current_watch(int64_t limit, void (*tell)(const struct current_slow *slow));

/* [any thread] Looks at all threads, to be repeated: a call that has been running for at least
 * `limit` ms since the first look. Returns the plugin's name and writes its text, or NULL. */
const char *current_find_stuck(int64_t limit, char *text);

/* Called in a thread that ends, by pthread_exit(), within a plugin's function. Set before the
 * first call. */
void current_on_lost(void (*lost)(void));

#endif
