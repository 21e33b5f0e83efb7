#include "db/conninfo.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "db/rds.h"

enum { PARAMS_MAX = 20 };

/* -- The URL -------------------------------------------------------------- */

static int fail_url(struct error *err, const char *why)
{
	error_set(err, "the database URL %s", why);
	return error_hint(err,
		"ALMANAC_DATABASE_URL (or DATABASE_URL) is written "
		"postgresql://USER:PASSWORD@HOST:PORT/DATABASE, other than letters and "
		"digits of the password as %%XX");
}

/* Behind the "//" of a URI, or NULL if the text is none. */
static const char *find_authority(const char *url)
{
	static const char *const schemes[] = { "postgresql://", "postgres://" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t length = strlen(schemes[i]);

		if (strncmp(url, schemes[i], length) == 0) {
			return url + length;
		}
	}
	return NULL;
}

/* A '@' or '/' that was not encoded makes libpq take the rest of the password for
 * host, port or database, which are shown in messages. */
static bool has_stray_at(const char *url)
{
	const char *authority = find_authority(url), *at, *slash, *query;

	if (authority == NULL) {
		return false;
	}
	at = strchr(authority, '@');
	slash = strchr(authority, '/');
	if (at != NULL && (slash == NULL || at < slash)) {
		at = strchr(at + 1, '@');
	}
	query = slash != NULL ? strchr(slash, '?') : NULL;
	return at != NULL && (query == NULL || at < query);
}

static bool is_port(const char *text)
{
	return text == NULL || text[strspn(text, "0123456789,")] == '\0';
}

/* libpq's own messages about a malformed URL repeat pieces of it, and a password
 * may be among them: none is shown. */
static int check_url(const char *url, struct error *err)
{
	PQconninfoOption *options;
	int result = 0;

	if (has_stray_at(url)) {
		return fail_url(err, "has an '@' too many");
	}
	options = PQconninfoParse(url, NULL);
	if (options == NULL) {
		return fail_url(err, "is malformed");
	}
	for (PQconninfoOption *o = options; o->keyword != NULL && result == 0; o++) {
		if (strcmp(o->keyword, "port") == 0 && !is_port(o->val)) {
			result = fail_url(err, "has a port that is no number");
		}
	}
	PQconninfoFree(options);
	return result;
}

int conninfo_init(struct conninfo *info, const char *url, const char *application,
	long long timeout, struct error *err)
{
	if (url[0] != '\0' && check_url(url, err) < 0) {
		return -1;
	}
	info->url = memory_copy_text(url, strlen(url));
	info->application = memory_copy_text(application, strlen(application));
	info->authorities = rds_authorities();
	snprintf(info->timeout, sizeof(info->timeout), "%lld", timeout);
	return 0;
}

void conninfo_finish(struct conninfo *info)
{
	free(info->url);
	free(info->application);
	free(info->authorities);
}

/* -- Parameters ----------------------------------------------------------- */

struct params {
	const char *keywords[PARAMS_MAX + 1], *values[PARAMS_MAX + 1];
	size_t count;
};

static void add(struct params *params, const char *keyword, const char *value)
{
	params->keywords[params->count] = keyword;
	params->values[params->count++] = value;
}

/* Unless the environment, which has less to say than a parameter, asks for something else. */
static void add_unless(
	struct params *params, const char *keyword, const char *value, const char *variable)
{
	if (getenv(variable) == NULL) {
		add(params, keyword, value);
	}
}

static void add_url(struct params *params, const struct conninfo *info)
{
	if (info->url[0] != '\0') {
		add(params, "dbname", info->url);
	}
}

/* What libpq makes of URL, service files, environment and defaults: of a connection that it
 * refuses before it looks for any host, because of the last parameter. */
static PQconninfoOption *resolve(const struct conninfo *info)
{
	struct params params = { 0 };
	PQconninfoOption *options;
	PGconn *conn;

	add_url(&params, info);
	add(&params, "password", "none"); /* no file is searched for one */
	add(&params, "channel_binding", "refused");
	conn = PQconnectStartParams(params.keywords, params.values, 1);
	options = PQconninfo(conn);
	PQfinish(conn);
	return options;
}

static const PQconninfoOption *find_option(const PQconninfoOption *options, const char *keyword)
{
	while (options != NULL && options->keyword != NULL &&
		strcmp(options->keyword, keyword) != 0) {
		options++;
	}
	return options != NULL && options->keyword != NULL ? options : NULL;
}

static const char *find_value(const PQconninfoOption *options, const char *keyword)
{
	const PQconninfoOption *option = find_option(options, keyword);

	return option != NULL && option->val != NULL ? option->val : "";
}

/* Nobody has asked for it: libpq has it by itself, or because of a variable that is older than
 * verification. */
static bool is_default_mode(const PQconninfoOption *options)
{
	const PQconninfoOption *mode = find_option(options, "sslmode");
	const char *require = getenv("PGREQUIRESSL");

	if (mode == NULL || mode->val == NULL || mode->compiled == NULL) {
		return true;
	}
	return strcmp(mode->val, mode->compiled) == 0 ||
	       (require != NULL && strcmp(mode->val, "require") == 0);
}

static void add_rds(struct params *params, const struct conninfo *info)
{
	PQconninfoOption *options = resolve(info);

	if (rds_has_host(find_value(options, "host"))) {
		if (is_default_mode(options)) {
			add_unless(params, "sslmode", "verify-full", "PGSSLMODE");
		}
		if (find_value(options, "sslrootcert")[0] == '\0') {
			add_unless(params, "sslrootcert", info->authorities, "PGSSLROOTCERT");
		}
	}
	PQconninfoFree(options);
}

/* What comes before the URL may be overridden by it, what comes after may not. */
static struct params list_params(
	const struct conninfo *info, const struct db_credentials *credentials)
{
	struct params params = { 0 };

	add(&params, "fallback_application_name", info->application);
	add(&params, "connect_timeout", info->timeout);
	/* As setup.c has them for the server's side. */
	add(&params, "keepalives_idle", "10");    /* s */
	add(&params, "keepalives_interval", "5"); /* s */
	add(&params, "keepalives_count", "4");
	add(&params, "tcp_user_timeout", "30000"); /* ms */
	/* Looking for Kerberos tickets takes longer than the rest of connecting. */
	add_unless(&params, "gssencmode", "disable", "PGGSSENCMODE");
	add_rds(&params, info);
	add_url(&params, info);
	if (credentials->user != NULL) {
		add(&params, "user", credentials->user);
		add(&params, "password", credentials->password);
	}
	add(&params, "client_encoding", "UTF8");
	return params;
}

static bool has_several_hosts(PGconn *conn)
{
	PQconninfoOption *options = PQconninfo(conn);
	bool several = strchr(find_value(options, "host"), ',') != NULL ||
		       strchr(find_value(options, "hostaddr"), ',') != NULL;

	PQconninfoFree(options);
	return several;
}

static PGconn *open_with(
	const struct conninfo *info, struct conninfo_attempt *attempt, PGVerbosity verbosity)
{
	const struct params params = list_params(info, attempt->credentials);
	PGconn *conn = PQconnectStartParams(params.keywords, params.values, 1);

	attempt->end = (struct dial_end){ 0 };
	if (conn != NULL) {
		PQsetErrorVerbosity(conn, verbosity);
		attempt->end = dial(conn, attempt->limits);
		PQsetErrorVerbosity(conn, PQERRORS_DEFAULT);
	}
	if (attempt->end.silent &&
		has_several_hosts(conn)) { /* only when it blocks does libpq go on then */
		PQfinish(conn);
		attempt->end = (struct dial_end){ 0 };
		conn = PQconnectdbParams(params.keywords, params.values, 1);
	}
	return conn;
}

PGconn *conninfo_open(const struct conninfo *info, struct conninfo_attempt *attempt)
{
	return open_with(info, attempt, PQERRORS_DEFAULT);
}

/* libpq shows it in the text only, and to those who have asked for more of that before. */
PGconn *conninfo_open_verbosely(const struct conninfo *info, struct conninfo_attempt *attempt)
{
	return open_with(info, attempt, PQERRORS_VERBOSE);
}
