#include "plugin/current.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/utf8.h"

enum { STACK = 64 * 1024 /* bytes: a signal's registers and a line for the log */ };

struct thread {
	struct current_call *call; /* changed with the mutex held */
	pthread_mutex_t mutex;
	bool known; /* listed */
	void *stack;
	struct current_functions *functions;
	/* Guarded by threads.mutex. */
	struct thread *next;
	struct looks {
		uint64_t seen; /* number of the call, 0: none */
		int64_t since; /* clock_ms() */
		int64_t told;  /* ms of the call when it was last told; 0: not told */
		const char *name;
		char *text; /* as told */
	} looks;
};

_Thread_local struct current_functions current_functions;
static _Thread_local struct thread self = { .mutex = PTHREAD_MUTEX_INITIALIZER };

/* Threads that have ever worked for a plugin and have not ended. */
static struct {
	pthread_mutex_t mutex;
	pthread_once_t once;
	pthread_key_t key;
	struct thread *first;
	void (*lost)(void);
	void (*tell)(const struct current_slow *slow); /* of current_watch() */
} threads = { .mutex = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT };

/* -- Threads ------------------------------------------------------------- */

/* A stack overflow has no room for its own handler. A sanitizer has seen to that already. */
static void give_stack(struct thread *thread)
{
	stack_t stack = { 0 };

	if (sigaltstack(NULL, &stack) != 0 || (stack.ss_flags & SS_DISABLE) == 0) {
		return;
	}
	thread->stack = memory_array(STACK, 1);
	stack = (stack_t){ .ss_sp = thread->stack, .ss_size = STACK };
	sigaltstack(&stack, NULL);
}

/* The kernel ends a program at once if a thread crashes that has blocked the signal. */
static void unblock_crashes(void)
{
	static const int crashes[] = { SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL, SIGTRAP };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
		sigaddset(&set, crashes[i]);
	}
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* With threads.mutex held. */
static void tell_ended(const struct looks *looks)
{
	const struct current_slow ended = { .name = looks->name,
		.text = looks->text,
		.ms = clock_ms() - looks->since,
		.ended = true };

	if (looks->told > 0) {
		threads.tell(&ended);
	}
}

static void forget_thread(void *arg)
{
	const stack_t none = { .ss_flags = SS_DISABLE };
	struct thread *thread = arg;
	struct thread **at = &threads.first;

	if (atomic_load(&thread->functions->function) != NULL && threads.lost != NULL) {
		threads.lost();
	}
	pthread_mutex_lock(&threads.mutex);
	while (*at != thread) {
		at = &(*at)->next;
	}
	*at = thread->next;
	tell_ended(&thread->looks);
	pthread_mutex_unlock(&threads.mutex);
	free(thread->looks.text);
	if (thread->stack != NULL) {
		sigaltstack(&none, NULL);
		free(thread->stack);
	}
}

static void make_key(void)
{
	if (pthread_key_create(&threads.key, forget_thread) != 0) {
		abort(); /* a process has 1,024 of them */
	}
}

static void list_thread(struct thread *thread)
{
	pthread_once(&threads.once, make_key);
	thread->known = true;
	thread->functions = &current_functions;
	give_stack(thread);
	unblock_crashes();
	pthread_setspecific(threads.key, thread);
	pthread_mutex_lock(&threads.mutex);
	thread->next = threads.first;
	threads.first = thread;
	pthread_mutex_unlock(&threads.mutex);
}

void current_on_lost(void (*lost)(void))
{
	threads.lost = lost;
}

/* -- Calls ---------------------------------------------------------------- */

static void set_call(struct current_call *call)
{
	pthread_mutex_lock(&self.mutex);
	self.call = call;
	pthread_mutex_unlock(&self.mutex);
}

void current_enter(struct current_call *call)
{
	if (!self.known) {
		list_thread(&self);
	}
	call->outer = self.call;
	call->outer_function = atomic_load(&current_functions.function);
	call->outer_line = atomic_load(&current_functions.line);
	current_end();
	set_call(call);
}

void current_leave(struct current_call *call)
{
	current_end();
	set_call(call->outer);
	if (call->outer_function != NULL) {
		current_begin(call->outer_function, call->outer_line);
	}
}

const char *current_name(void)
{
	return self.call != NULL ? self.call->name : NULL;
}

/* -- Texts, without a function that a signal handler may not call ----------- */

struct text {
	char *to;
	size_t used;
};

static void put(struct text *text, const char *more)
{
	size_t length = strlen(more), room = CURRENT_TEXT - 1 - text->used;

	if (length > room) {
		length = utf8_whole(more, room);
	}
	memcpy(text->to + text->used, more, length);
	text->used += length;
	text->to[text->used] = '\0';
}

static void put_number(struct text *text, int64_t number)
{
	char digits[24];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	put(text, digits + at);
}

static void describe(
	char *to, const struct current_call *call, const char *function, int64_t line)
{
	struct text text = { .to = to };

	put(&text, function);
	put(&text, " of plugin ");
	put(&text, call->name);
	if (call->subject != NULL) {
		put(&text, ", ");
		put(&text, call->kind);
		put(&text, " ");
		put(&text, call->subject);
	}
	if (line > 0) {
		put(&text, ", line ");
		put_number(&text, line);
	}
}

const char *current_text(char *to)
{
	const char *function = atomic_load(&current_functions.function);

	if (function == NULL || self.call == NULL || self.call->name == NULL) {
		return NULL;
	}
	describe(to, self.call, function, atomic_load(&current_functions.line));
	return self.call->name;
}

/* -- Looks ------------------------------------------------------------------ */

/* With threads.mutex held: the call that the thread runs, if any, and its text. */
static bool look(struct thread *thread, struct current_slow *slow, char *text)
{
	uint64_t calls = atomic_load(&thread->functions->calls);
	const char *function;

	pthread_mutex_lock(&thread->mutex);
	function = atomic_load(&thread->functions->function);
	if (function == NULL || thread->call == NULL || thread->call->name == NULL) {
		calls = 0;
	} else {
		slow->name = thread->call->name;
		describe(text, thread->call, function, atomic_load(&thread->functions->line));
	}
	pthread_mutex_unlock(&thread->mutex);
	if (calls == 0 || calls != thread->looks.seen) {
		thread->looks.seen = calls;
		thread->looks.since = clock_ms();
		thread->looks.told = 0;
	}
	slow->ms = clock_ms() - thread->looks.since;
	return calls != 0;
}

static void tell_slow(struct thread *thread, const struct current_slow *slow)
{
	free(thread->looks.text);
	thread->looks.text = memory_copy_text(slow->text, strlen(slow->text));
	thread->looks.name = slow->name;
	thread->looks.told = slow->ms;
	threads.tell(slow);
}

static void watch_thread(struct thread *thread, int64_t limit)
{
	const struct looks before = thread->looks;
	char text[CURRENT_TEXT];
	struct current_slow slow = { .text = text };
	bool runs = look(thread, &slow, text);

	if (!runs || thread->looks.seen != before.seen) {
		tell_ended(&before);
	}
	if (runs && slow.ms >= limit && slow.ms >= 2 * thread->looks.told) {
		tell_slow(thread, &slow);
	}
}

void current_watch(int64_t limit, void (*tell)(const struct current_slow *slow))
{
	pthread_mutex_lock(&threads.mutex);
	threads.tell = tell;
	for (struct thread *thread = threads.first; thread != NULL; thread = thread->next) {
		watch_thread(thread, limit);
	}
	pthread_mutex_unlock(&threads.mutex);
}

const char *current_find_stuck(int64_t limit, char *text)
{
	const char *found = NULL;

	pthread_mutex_lock(&threads.mutex);
	for (struct thread *thread = threads.first; thread != NULL && found == NULL;
		thread = thread->next) {
		struct current_slow slow = { 0 };

		if (look(thread, &slow, text) && slow.ms >= limit) {
			found = slow.name;
		}
	}
	pthread_mutex_unlock(&threads.mutex);
	return found;
}
