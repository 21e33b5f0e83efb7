#include "base/settings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/number.h"

enum kind { TEXT, INTEGER };

enum { MINUTE = 60 * 1000, MEBI = 1024 * 1024 };

struct definition {
	const char *env, *env_else; /* env_else is looked at when env is not set */
	const char *flag;           /* without "--"; NULL: environment only */
	const char *fallback;
	const char *value_name; /* in the help */
	const char *help;
	const char *choices; /* TEXT: space-separated; NULL: any */
	int64_t min, max;    /* INTEGER */
	enum kind kind;
	unsigned use; /* enum setting_use */
	bool secret;
};

static const struct definition table[SETTING_COUNT] = {
	[SETTING_DATABASE_URL] = { .env = "ALMANAC_DATABASE_URL",
		.env_else = "DATABASE_URL",
		.fallback = "",
		.value_name = "URL",
		.use = USE_ALL,
		.secret = true,
		.help = "PostgreSQL URL or conninfo; without it libpq's PG* variables and "
			"defaults hold. Has no flag, since arguments can be read by others" },
	[SETTING_PLUGINS] = { .env = "ALMANAC_PLUGINS",
		.flag = "plugins",
		.fallback = "",
		.value_name = "PATHS",
		.use = USE_ALL,
		.help = "colon-separated directories or files of plugins; empty: the plugins "
			"beside the program or where it is installed" },
	[SETTING_LOG_LEVEL] = { .env = "ALMANAC_LOG_LEVEL",
		.flag = "log-level",
		.fallback = "info",
		.value_name = "LEVEL",
		.use = USE_ALL,
		.choices = "debug info warn error",
		.help = "least level that is logged" },
	[SETTING_LOG_FORMAT] = { .env = "ALMANAC_LOG_FORMAT",
		.flag = "log-format",
		.fallback = "auto",
		.value_name = "FORMAT",
		.use = USE_ALL,
		.choices = "auto text json",
		.help = "log lines; auto: text on a terminal, JSON elsewhere, plain "
			"messages from commands that end at once" },
	[SETTING_CONNECT_TIMEOUT] = { .env = "ALMANAC_CONNECT_TIMEOUT",
		.flag = "connect-timeout",
		.fallback = "5",
		.value_name = "S",
		.use = USE_SERVE | USE_INGEST | USE_MIGRATE,
		.kind = INTEGER,
		.min = 2,
		.max = 300,
		.help = "seconds for one attempt to reach the database" },
	[SETTING_LISTEN] = { .env = "ALMANAC_LISTEN",
		.flag = "listen",
		.fallback = "127.0.0.1:8080",
		.value_name = "HOST:PORT",
		.use = USE_SERVE,
		.help = "address to serve on; port 0 takes a free one, [::1]:8080 is IPv6" },
	[SETTING_THREADS] = { .env = "ALMANAC_THREADS",
		.flag = "threads",
		.fallback = "0",
		.value_name = "N",
		.use = USE_SERVE,
		.kind = INTEGER,
		.max = 256,
		.help = "event loop threads; 0: one per CPU" },
	[SETTING_DB_CONNECTIONS] = { .env = "ALMANAC_DB_CONNECTIONS",
		.flag = "db-connections",
		.fallback = "2",
		.value_name = "N",
		.use = USE_SERVE,
		.kind = INTEGER,
		.min = 1,
		.max = 64,
		.help = "database connections per thread; one more per process watches for "
			"new data" },
	[SETTING_QUERY_TIMEOUT] = { .env = "ALMANAC_QUERY_TIMEOUT",
		.flag = "query-timeout",
		.fallback = "5000",
		.value_name = "MS",
		.use = USE_SERVE,
		.kind = INTEGER,
		.min = 10,
		.max = 10 * MINUTE,
		.help = "milliseconds that a query may take" },
	[SETTING_HEADER_TIMEOUT] = { .env = "ALMANAC_HEADER_TIMEOUT",
		.flag = "header-timeout",
		.fallback = "10000",
		.value_name = "MS",
		.use = USE_SERVE,
		.kind = INTEGER,
		.min = 100,
		.max = 10 * MINUTE,
		.help = "milliseconds from the first byte of a request to its last" },
	[SETTING_IDLE_TIMEOUT] = { .env = "ALMANAC_IDLE_TIMEOUT",
		.flag = "idle-timeout",
		.fallback = "75000",
		.value_name = "MS",
		.use = USE_SERVE,
		.kind = INTEGER,
		.min = 100,
		.max = 60 * MINUTE,
		.help = "milliseconds that a connection may wait for its next request; keep it "
			"above the load balancer's" },
	[SETTING_WRITE_TIMEOUT] = { .env = "ALMANAC_WRITE_TIMEOUT",
		.flag = "write-timeout",
		.fallback = "30000",
		.value_name = "MS",
		.use = USE_SERVE,
		.kind = INTEGER,
		.min = 100,
		.max = 60 * MINUTE,
		.help = "milliseconds in which a client must take some of its answer" },
	[SETTING_MAX_CONNECTIONS] = { .env = "ALMANAC_MAX_CONNECTIONS",
		.flag = "max-connections",
		.fallback = "20000",
		.value_name = "N",
		.use = USE_SERVE,
		.kind = INTEGER,
		.min = 1,
		.max = 1000000,
		.help = "open connections of the whole server" },
	[SETTING_MAX_HEADER_BYTES] = { .env = "ALMANAC_MAX_HEADER_BYTES",
		.flag = "max-header-bytes",
		.fallback = "16384",
		.value_name = "BYTES",
		.use = USE_SERVE,
		.kind = INTEGER,
		.min = 256,
		.max = MEBI,
		.help = "request line and headers; more is answered with 431" },
	[SETTING_MAX_URL_BYTES] = { .env = "ALMANAC_MAX_URL_BYTES",
		.flag = "max-url-bytes",
		.fallback = "8192",
		.value_name = "BYTES",
		.use = USE_SERVE,
		.kind = INTEGER,
		.min = 64,
		.max = MEBI,
		.help = "path and query; more is answered with 414" },
	[SETTING_PAGE_SIZE_MAX] = { .env = "ALMANAC_PAGE_SIZE_MAX",
		.flag = "page-size-max",
		.fallback = "1000",
		.value_name = "N",
		.use = USE_SERVE | USE_PLUGINS,
		.kind = INTEGER,
		.min = 1,
		.max = 100000,
		.help = "largest page_size that a request may ask for" },
	[SETTING_CACHE_MEMORY] = { .env = "ALMANAC_CACHE_MEMORY",
		.flag = "cache-memory",
		.fallback = "16",
		.value_name = "MIB",
		.use = USE_SERVE,
		.kind = INTEGER,
		.max = 1024 * 1024,
		.help = "MiB of observations and statistics kept in memory; 0: none" },
	[SETTING_ANSWER_MEMORY] = { .env = "ALMANAC_ANSWER_MEMORY",
		.flag = "answer-memory",
		.fallback = "64",
		.value_name = "MIB",
		.use = USE_SERVE,
		.kind = INTEGER,
		.max = 1024 * 1024,
		.help = "MiB of answers that are kept as long as they are asked for again; 0: none" },
	[SETTING_MAX_AGE] = { .env = "ALMANAC_MAX_AGE",
		.flag = "max-age",
		.fallback = "0",
		.value_name = "S",
		.use = USE_SERVE,
		.kind = INTEGER,
		.max = 366 * 24 * 3600,
		.help = "seconds for which browsers and CDNs may give an answer again without "
			"asking whether it still holds" },
	[SETTING_ACCESS_LOG] = { .env = "ALMANAC_ACCESS_LOG",
		.flag = "access-log",
		.fallback = "errors",
		.value_name = "WHAT",
		.use = USE_SERVE,
		.choices = "on errors off",
		.help = "requests that are logged, a JSON line each; errors: those that the server "
			"failed to answer" },
	[SETTING_CORS_ORIGINS] = { .env = "ALMANAC_CORS_ORIGINS",
		.flag = "cors-origins",
		.fallback = "*",
		.value_name = "ORIGINS",
		.use = USE_SERVE,
		.help = "origins whose pages may read answers, with commas between them; *: all; "
			"empty: none" },
	[SETTING_MAX_CLIENT_CONNECTIONS] = { .env = "ALMANAC_MAX_CLIENT_CONNECTIONS",
		.flag = "max-client-connections",
		.fallback = "0",
		.value_name = "N",
		.use = USE_SERVE,
		.kind = INTEGER,
		.max = 1000000,
		.help = "open connections of one address (of IPv6, one /64), but for trusted "
			"proxies; 0: no limit" },
	[SETTING_MAX_CLIENT_STREAMS] = { .env = "ALMANAC_MAX_CLIENT_STREAMS",
		.flag = "max-client-streams",
		.fallback = "16",
		.value_name = "N",
		.use = USE_SERVE,
		.kind = INTEGER,
		.max = 1000000,
		.help = "long answers that one client may receive at a time; 0: no limit" },
	[SETTING_TRUSTED_PROXIES] = { .env = "ALMANAC_TRUSTED_PROXIES",
		.flag = "trusted-proxies",
		.fallback = "",
		.value_name = "NETWORKS",
		.use = USE_SERVE,
		.help = "proxies whose X-Forwarded-For is believed: addresses or networks "
			"(10.0.0.0/8) with commas between them" },
	[SETTING_DRAIN_DELAY] = { .env = "ALMANAC_DRAIN_DELAY",
		.flag = "drain-delay",
		.fallback = "0",
		.value_name = "MS",
		.use = USE_SERVE,
		.kind = INTEGER,
		.max = 10 * MINUTE,
		.help = "milliseconds after SIGTERM in which /readyz is red but connections are "
			"still accepted: the load balancer's deregistration" },
	[SETTING_DRAIN_TIMEOUT] = { .env = "ALMANAC_DRAIN_TIMEOUT",
		.flag = "drain-timeout",
		.fallback = "15000",
		.value_name = "MS",
		.use = USE_SERVE,
		.kind = INTEGER,
		.max = 10 * MINUTE,
		.help = "milliseconds after that for requests under way to finish" },
	[SETTING_WORKERS] = { .env = "ALMANAC_WORKERS",
		.flag = "workers",
		.fallback = "0",
		.value_name = "N",
		.use = USE_INGEST,
		.kind = INTEGER,
		.max = 256,
		.help = "threads that read and parse; 0: one per CPU" },
	[SETTING_INGEST_MEMORY] = { .env = "ALMANAC_INGEST_MEMORY",
		.flag = "ingest-memory",
		.fallback = "24",
		.value_name = "MIB",
		.use = USE_INGEST,
		.kind = INTEGER,
		.min = 4,
		.max = 1024 * 1024,
		.help = "MiB of observations that are held before they are written" },
	[SETTING_MAX_REJECTS] = { .env = "ALMANAC_MAX_REJECTS",
		.flag = "max-rejects",
		.fallback = "1000",
		.value_name = "N",
		.use = USE_INGEST | USE_PLUGINS,
		.kind = INTEGER,
		.max = INT32_MAX,
		.help = "rejected lines after which an object is given up, nothing of it stored" },
	[SETTING_MAX_LINE_BYTES] = { .env = "ALMANAC_MAX_LINE_BYTES",
		.flag = "max-line-bytes",
		.fallback = "65536",
		.value_name = "BYTES",
		.use = USE_INGEST | USE_PLUGINS,
		.kind = INTEGER,
		.min = 64,
		.max = 64 * MEBI,
		.help = "longer lines are rejected" },
	[SETTING_MAX_EXPANDED_BYTES] = { .env = "ALMANAC_MAX_EXPANDED_MIB",
		.flag = "max-expanded-mib",
		.fallback = "65536",
		.value_name = "MIB",
		.use = USE_INGEST | USE_PLUGINS,
		.kind = INTEGER,
		.min = 1,
		.max = 64 * MEBI,
		.help = "MiB that one compressed object may expand to" },
	[SETTING_MAX_EXPANSION] = { .env = "ALMANAC_MAX_EXPANSION",
		.flag = "max-expansion",
		.fallback = "200",
		.value_name = "N",
		.use = USE_INGEST | USE_PLUGINS,
		.kind = INTEGER,
		.min = 2,
		.max = 1000000,
		.help = "times its size that a compressed object may expand to, once past 64 MiB" },
	[SETTING_SOURCE] = { .env = "ALMANAC_SOURCE",
		.flag = "source",
		.fallback = "",
		.value_name = "NAME",
		.use = USE_INGEST | USE_PLUGINS,
		.help = "source that reads every object; empty: each is recognised" },
	[SETTING_STDIN_NAME] = { .env = "ALMANAC_STDIN_NAME",
		.flag = "stdin-name",
		.fallback = "",
		.value_name = "NAME",
		.use = USE_INGEST,
		.help = "file name that standard input (-) stands for, where the name says the "
			"station" },
	[SETTING_PROGRESS] = { .env = "ALMANAC_PROGRESS",
		.flag = "progress",
		.fallback = "auto",
		.value_name = "HOW",
		.use = USE_INGEST,
		.choices = "auto bar json none",
		.help = "auto: a bar on a terminal, else JSON lines" },
};

struct settings {
	char *text[SETTING_COUNT];
	int64_t integer[SETTING_COUNT];
};

static bool is_choice(const char *choices, const char *text)
{
	size_t length = strlen(text);

	for (const char *p = choices; *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (n == length && memcmp(p, text, n) == 0) {
			return true;
		}
		p += n;
	}
	return false;
}

/* `origin` is how the user knows the setting: "--threads", "ALMANAC_THREADS". */
static int assign(struct settings *settings, enum setting i, const char *text,
	const char *origin, struct error *err)
{
	const struct definition *d = &table[i];
	int64_t integer = 0;

	if (d->kind == INTEGER && (!number_parse_integer(text, strlen(text), &integer) ||
					  integer < d->min || integer > d->max)) {
		error_set(err, "%s: '%s' is not an integer from %lld to %lld", origin, text,
			(long long)d->min, (long long)d->max);
		return error_hint(err, "%s", d->help);
	}
	if (d->choices != NULL && !is_choice(d->choices, text)) {
		error_set(err, "%s: '%s' is none of: %s", origin, text, d->choices);
		return error_hint(err, "%s", d->help);
	}
	free(settings->text[i]);
	settings->text[i] = memory_copy_text(text, strlen(text));
	settings->integer[i] = integer;
	return 0;
}

/* The environment's value, and the name of the variable it is in. An empty
 * variable counts as not set. */
static const char *from_environment(const struct definition *d, const char **origin)
{
	const char *names[] = { d->env, d->env_else };

	for (size_t i = 0; i < 2; i++) {
		const char *text = names[i] != NULL ? getenv(names[i]) : NULL;

		if (text != NULL && text[0] != '\0') {
			*origin = names[i];
			return text;
		}
	}
	*origin = d->env;
	return d->fallback;
}

struct settings *settings_create(struct error *err)
{
	struct settings *settings = memory_new(struct settings);

	for (enum setting i = 0; i < SETTING_COUNT; i++) {
		const char *origin;
		const char *text = from_environment(&table[i], &origin);

		if (assign(settings, i, text, origin, err) < 0) {
			settings_destroy(settings);
			return NULL;
		}
	}
	return settings;
}

void settings_destroy(struct settings *settings)
{
	if (settings == NULL) {
		return;
	}
	for (enum setting i = 0; i < SETTING_COUNT; i++) {
		free(settings->text[i]);
	}
	free(settings);
}

/* The setting whose flag is the first `length` characters, or SETTING_COUNT. */
static enum setting find_flag(const char *name, size_t length, unsigned use)
{
	enum setting i = 0;

	for (; i < SETTING_COUNT; i++) {
		const char *flag = table[i].flag;

		if (flag != NULL && (table[i].use & use) != 0 && strlen(flag) == length &&
			memcmp(flag, name, length) == 0) {
			break;
		}
	}
	return i;
}

/* Takes the flag at argv[0] and, if it stands apart, its value at argv[1]. Returns
 * how many of both, or -1. */
static int take_flag(struct settings *settings, unsigned use, char **argv, struct error *err)
{
	const char *name = argv[0] + 2;
	size_t length = strcspn(name, "=");
	const char *value = name[length] == '=' ? name + length + 1 : argv[1];
	enum setting i = find_flag(name, length, use);

	if (i == SETTING_COUNT) {
		error_set(err, "unknown flag --%.*s", (int)length, name);
		return error_hint(err, "--help lists the flags");
	}
	if (value == NULL) {
		error_set(err, "--%s needs a value", table[i].flag);
		return error_hint(
			err, "--%s %s: %s", table[i].flag, table[i].value_name, table[i].help);
	}
	argv[0][2 + length] = '\0';
	if (assign(settings, i, value, argv[0], err) < 0) {
		return -1;
	}
	return value == argv[1] ? 2 : 1;
}

int settings_flags(
	struct settings *settings, unsigned use, int *argc, char **argv, struct error *err)
{
	int kept = 0, i = 0;

	while (i < *argc && strcmp(argv[i], "--") != 0) {
		int taken = 1;

		if (strncmp(argv[i], "--", 2) == 0) {
			taken = take_flag(settings, use, argv + i, err);
		} else {
			argv[kept++] = argv[i];
		}
		if (taken < 0) {
			return -1;
		}
		i += taken;
	}
	for (i++; i < *argc; i++) {
		argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	*argc = kept;
	return 0;
}

const char *settings_text(const struct settings *settings, enum setting setting)
{
	assert(setting < SETTING_COUNT && table[setting].kind == TEXT);
	return settings->text[setting];
}

int64_t settings_integer(const struct settings *settings, enum setting setting)
{
	assert(setting < SETTING_COUNT && table[setting].kind == INTEGER);
	return settings->integer[setting];
}

void settings_help(struct buffer *out, unsigned use)
{
	for (enum setting i = 0; i < SETTING_COUNT; i++) {
		const struct definition *d = &table[i];

		if ((d->use & use) == 0) {
			continue;
		}
		if (d->flag != NULL) {
			buffer_printf(out, "  --%s %s, %s", d->flag, d->value_name, d->env);
		} else {
			buffer_printf(out, "  %s, %s", d->env, d->env_else);
		}
		buffer_printf(out, "\n      %s", d->help);
		if (d->choices != NULL) {
			buffer_printf(out, " (%s)", d->choices);
		}
		if (d->fallback[0] != '\0') {
			buffer_printf(out, " [%s]", d->fallback);
		}
		buffer_putc(out, '\n');
	}
}

static void put_member(struct buffer *out, const char *name, const char *text)
{
	buffer_printf(out, ", \"%s\": ", name);
	json_text(out, text);
}

static void put_setting(struct buffer *out, const struct settings *settings, enum setting i)
{
	const struct definition *d = &table[i];
	const char *value = settings->text[i];

	buffer_puts(out, "{\"env\": ");
	json_text(out, d->env);
	put_member(out, "env_else", d->env_else);
	put_member(out, "flag", d->flag);
	put_member(out, "type", d->kind == INTEGER ? "integer" : "text");
	put_member(out, "default", d->fallback);
	put_member(out, "value", d->secret && value[0] != '\0' ? "(secret)" : value);
	put_member(out, "choices", d->choices);
	if (d->kind == INTEGER) {
		buffer_printf(out, ", \"min\": %lld, \"max\": %lld", (long long)d->min,
			(long long)d->max);
	}
	buffer_printf(out, ", \"secret\": %s", d->secret ? "true" : "false");
	put_member(out, "help", d->help);
	buffer_putc(out, '}');
}

void settings_json(const struct settings *settings, struct buffer *out)
{
	buffer_puts(out, "[\n");
	for (enum setting i = 0; i < SETTING_COUNT; i++) {
		buffer_puts(out, i > 0 ? ",\n  " : "  ");
		put_setting(out, settings, i);
	}
	buffer_puts(out, "\n]\n");
}
