/* Settings, begin, end and extensions. As NAME "settled" it has the settings and a statistic
 * that rests on one; as "asking" it asks for an extension of "settled". */
#include <almanac/plugin.h>
#include <stdlib.h>
#include <string.h>

#define STRING_(text) #text
#define STRING(text) STRING_(text)

static const struct alm_param settings[] = {
	{ .name = "factor",
		.type = ALM_INTEGER,
		.help = "What values are multiplied by",
		.default_value = "2",
		.min = 1,
		.max = 10 },
	{ .name = "share", .type = ALM_NUMBER, .help = "A share", .default_value = "0.5" },
	{ .name = "since", .type = ALM_DATE, .help = "A day" },
	{ .name = "mode",
		.type = ALM_TEXT,
		.help = "How it starts",
		.default_value = "fine",
		.choices = (const char *const[]){ "fine", "fail", "crash", NULL } },
	{ .name = "key", .type = ALM_TEXT, .flags = ALM_SECRET, .help = "A key" },
#ifdef REQUIRES
	{ .name = "needed", .type = ALM_BOOLEAN, .flags = ALM_REQUIRED, .help = "Yes or no" },
#endif
#ifdef BAD_DEFAULT
	{ .name = "bad", .type = ALM_INTEGER, .help = "Bad", .default_value = "x" },
#endif
	{ .name = NULL },
};
enum { FACTOR, SHARE, SINCE, MODE, KEY };

static const int answer = 42;

static const void *extension(const char *id)
{
	return strcmp(id, "example.org/" STRING(NAME) "/1") == 0 ? &answer : NULL;
}

static int start(void)
{
	const int *found = alm->extension("example.org/settled/1");
	const char *mode = alm->settings[MODE].text;

	if (strcmp(mode, "crash") == 0) {
		abort();
	}
	alm->log(ALM_INFO, "start: factor %d, share %g, since %d, key %s, found %d, unknown %d",
		(int)alm->settings[FACTOR].integer, alm->settings[SHARE].number,
		alm->settings[SINCE].text != NULL ? (int)alm->settings[SINCE].integer : -1,
		alm->settings[KEY].text != NULL ? alm->settings[KEY].text : "none",
		found != NULL ? *found : 0, alm->extension("example.org/nothing/1") != NULL);
	return strcmp(mode, "fail") == 0 ? -1 : 0;
}

static void stop(void)
{
	alm->log(ALM_INFO, "stop");
}

static int handle(const struct alm_route *self, struct alm_request *request)
{
	struct alm_cell cell = { .integer = alm->settings[FACTOR].integer };

	(void)self;
	return alm->answer->row(request, &cell) < 0 ? -1 : alm->answer->send(request);
}

static const struct alm_field fields[] = {
	{ .name = "factor", .type = ALM_INTEGER, .help = "Factor" },
	{ .name = NULL },
};

static const struct alm_route route = { .path = "/" STRING(NAME),
	.summary = "Factor",
	.fields = fields,
	.answer = ALM_ROWS,
	.handle = handle };

static const struct alm_route *const routes[] = { &route, NULL };

ALM_PLUGIN(.name = STRING(NAME), .version = "1.0.0", .routes = routes, .settings = settings,
	.start = start, .stop = stop, .extension = extension);
