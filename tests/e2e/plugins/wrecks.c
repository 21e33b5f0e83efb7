/* A source, a statistic and a route that crash, do not return, or end the program: in the way
 * that a line, the year of a period, or a parameter says. */
#include <almanac/plugin.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile int zero;

static int divide(void)
{
	return 7 / zero;
}

/* Each call needs what the last one returns, so that none can be left out. */
static int overflow(volatile char *below)
{
	volatile char frame[4096];

	frame[0] = below != NULL ? below[0] : 1;
	return frame[0] + overflow(frame);
}

static void *leave(void *arg)
{
	(void)arg;
	exit(0);
}

static int wreck(const char *how)
{
	pthread_t thread;

	if (strcmp(how, "segv") == 0) {
		*(volatile int *)(uintptr_t)16 = 1;
	} else if (strcmp(how, "abort") == 0) {
		abort();
	} else if (strcmp(how, "fpe") == 0) {
		return divide();
	} else if (strcmp(how, "ill") == 0) {
		__builtin_trap();
	} else if (strcmp(how, "bus") == 0) {
		raise(SIGBUS);
	} else if (strcmp(how, "overflow") == 0) {
		return overflow(NULL) > 0;
	} else if (strcmp(how, "exit") == 0) {
		exit(0);
	} else if (strcmp(how, "quick_exit") == 0) {
		quick_exit(0);
	} else if (strcmp(how, "thread_exit") == 0) {
		pthread_create(&thread, NULL, leave, NULL);
		pthread_join(thread, NULL);
	} else if (strcmp(how, "pthread_exit") == 0) {
		pthread_exit(NULL);
	} else if (strcmp(how, "sleep") == 0) {
		sleep(4);
	} else if (strcmp(how, "loop") == 0) {
		for (;;) {
			sleep(1);
		}
	}
	return 0;
}

static int handle(const struct alm_route *self, struct alm_request *request)
{
	struct alm_cell cell = { .integer = wreck(alm->param->text(request, 0, 0)) };

	(void)self;
	return alm->answer->row(request, &cell) < 0 ? -1 : alm->answer->send(request);
}

static const struct alm_param params[] = {
	{ .name = "how", .type = ALM_TEXT, .flags = ALM_REQUIRED, .help = "How" },
	{ .name = NULL },
};

static const struct alm_field fields[] = {
	{ .name = "result", .type = ALM_INTEGER, .help = "Nothing" },
	{ .name = NULL },
};

static const struct alm_route route = { .path = "/wrecks/{how}",
	.summary = "Wrecks",
	.params = params,
	.fields = fields,
	.answer = ALM_ROWS,
	.handle = handle };

static const struct alm_element elements[] = {
	{ .code = "WRECK", .name = "wrecks", .unit = "1", .min = -10, .max = 10 },
	{ .code = NULL },
};

static int sniff(
	const struct alm_source *self, const char *name, const char *head, size_t length)
{
	(void)self;
	if (strncmp(head, "sniff", 5) == 0) {
		abort();
	}
	return strstr(name, "wreck") != NULL && length > 0 ? 100 : 0;
}

static int line(const struct alm_source *self, struct alm_feed *feed, void *state,
	const char *text, size_t length)
{
	struct alm_observation one = { .day = 0 };

	if (wreck(text) != 0 || alm->source->station(feed, "WRECKED", 7) < 0) {
		return -1;
	}
	if (length > 4 && memcmp(text, "day ", 4) == 0) {
		one.day = (int32_t)strtol(text + 4, NULL, 10);
		return alm->source->put_values(feed, &one, 1);
	}
	return 0;
}

static const struct alm_source source = { .name = "wrecks",
	.summary = "Wrecks",
	.elements = elements,
	.sniff = sniff,
	.line = line };

static void compute(
	const struct alm_task *task, const struct alm_period *period, double *result)
{
	const int32_t first = task->record->first_day + (int32_t)period->first;

	if (first >= alm->day(2001, 1, 1)) {
		wreck("loop");
	} else if (first >= alm->day(2000, 1, 1)) {
		abort();
	}
	result[0] = (double)period->days;
}

static const struct alm_column columns[] = {
	{ .name = "wrecks",
		.unit = "1",
		.help = "Wrecks",
		.method = ALM_COUNT,
		.inputs = "WRECK" },
	{ .name = NULL },
};

static const struct alm_stat stat = { .name = "wrecks",
	.summary = "Wrecks",
	.periods = ALM_YEAR,
	.inputs = (const struct alm_input[]){ { .code = "WRECK", .unit = "1", .decimals = 0 },
		{ .code = NULL } },
	.columns = columns,
	.compute = compute };

static const struct alm_route *const routes[] = { &route, NULL };
static const struct alm_source *const sources[] = { &source, NULL };
static const struct alm_stat *const stats[] = { &stat, NULL };

ALM_PLUGIN(.name = "wrecks", .version = "1.0.0", .routes = routes, .sources = sources,
	.stats = stats);
