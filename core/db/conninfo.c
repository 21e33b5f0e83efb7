#include "db/conninfo.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/memory.h"
#include "config.h"

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

/* The text after the "//" of a URI; NULL: not a URI. */
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

/* Whether the password has an unencoded '@' or '/': libpq would take the rest of it for host,
 * port or database, which messages show. */
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

/* Refuses a malformed URL. libpq's messages are not shown: they repeat pieces of the URL, and
 * so maybe of a password. */
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

/* -- Amazon RDS ----------------------------------------------------------- */

static bool ends_with(const char *host, size_t length, const char *end)
{
	size_t of_end = strlen(end);

	return length > of_end && strncasecmp(host + length - of_end, end, of_end) == 0;
}

/* Whether the host is one of China: NAME.ID.rds.REGION.amazonaws.com.cn. */
static bool is_chinese(const char *host, size_t length)
{
	static const char end[] = ".amazonaws.com.cn";

	if (!ends_with(host, length, end)) {
		return false;
	}
	length -= strlen(end);
	while (length > 0 && host[length - 1] != '.') {
		length--;
	}
	return ends_with(host, length, ".rds.");
}

/* Whether the host is one of RDS, in any case, with or without the final dot. */
static bool is_rds(const char *host, size_t length)
{
	length -= length > 0 && host[length - 1] == '.';
	return ends_with(host, length, ".rds.amazonaws.com") ||
	       ends_with(host, length, ".rds.amazonaws.com.cn") || is_chinese(host, length);
}

bool rds_has_host(const char *hosts)
{
	bool found = false;

	while (hosts != NULL && *hosts != '\0' && !found) {
		size_t length = strcspn(hosts, ",");

		found = is_rds(hosts, length);
		hosts += length + (hosts[length] == ',');
	}
	return found;
}

/* The file beside the program, as in a build directory, else the installed one. */
char *rds_authorities(void)
{
	static const char beside[] = "/core/db/rds-ca.pem";
	static const char installed[] = ALMANAC_DATA_DIR "/rds-ca.pem";
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - sizeof(beside));

	if (length > 0) {
		path[length] = '\0';
		memcpy(strrchr(path, '/'), beside, sizeof(beside));
		if (access(path, R_OK) == 0) {
			return memory_copy_text(path, strlen(path));
		}
	}
	return memory_copy_text(installed, strlen(installed));
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

/* Adds a default, unless the environment variable is set: a parameter would override it. */
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

/* The options libpq derives from URL, service files, environment and defaults: those of a
 * connection that it refuses, because of the last parameter, before it resolves any host. */
static PQconninfoOption *resolve(const struct conninfo *info)
{
	struct params params = { 0 };
	PQconninfoOption *options;
	PGconn *conn;

	add_url(&params, info);
	add(&params, "password", "none"); /* keeps libpq from searching a password file */
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

/* Whether sslmode is libpq's default, or set by PGREQUIRESSL, which predates verification. */
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

/* Parameters for libpq: the URL overrides those before it, those after it override the URL. */
static struct params list_params(
	const struct conninfo *info, const struct db_credentials *credentials)
{
	struct params params = { 0 };

	add(&params, "fallback_application_name", info->application);
	add(&params, "connect_timeout", info->timeout);
	/* The server's side has the same: setup.c. */
	add(&params, "keepalives_idle", "10");    /* s */
	add(&params, "keepalives_interval", "5"); /* s */
	add(&params, "keepalives_count", "4");
	add(&params, "tcp_user_timeout", "30000"); /* ms */
	/* Looking for Kerberos tickets would take longer than all other steps together. */
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

PGconn *conninfo_open(
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
		has_several_hosts(conn)) { /* only its blocking call tries the next host */
		PQfinish(conn);
		attempt->end = (struct dial_end){ 0 };
		conn = PQconnectdbParams(params.keywords, params.values, 1);
	}
	return conn;
}
