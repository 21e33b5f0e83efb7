#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/secret.h"
#include "base/buffer.h"
#include "base/log.h"
#include "base/memory.h"
#include "commands/command.h"
#include "commands/database.h"
#include "db/connect.h"
#include "plugin/registry.h"
#include "schema/declared.h"
#include "schema/migrate.h"
#include "schema/roles.h"

static void say_waiting(void)
{
	log_write(LOG_INFO, "another migration is under way: waiting for its end");
}

/* Whether a row of a result has the code. */
static bool is_stored(const PGresult *stored, const char *code)
{
	int i = PQntuples(stored);

	while (i > 0 && strcmp(PQgetvalue(stored, i - 1, 0), code) != 0) {
		i--;
	}
	return i > 0;
}

/* Whether a stored statistic takes an element: it is listed from the beginning. Others are once
 * an ingestion has stored values of them. */
static bool is_input(const struct registry *registry, const char *code)
{
	for (size_t s = 0; s < registry->stat_count; s++) {
		const struct alm_stat *stat = &registry->stats[s].stat;
		const struct alm_input *input = stat->inputs;

		for (; stat->periods != 0 && input->code != NULL; input++) {
			if (strcmp(input->code, code) == 0) {
				return true;
			}
		}
	}
	return false;
}

static int store_source(PGconn *conn, const struct registry *registry,
	const struct alm_source *source, const PGresult *stored, struct buffer *done,
	struct error *err)
{
	const struct alm_element *list = source->elements;

	for (size_t i = 0; list != NULL && list[i].code != NULL; i++) {
		/* Collects elements; where sources differ in name and bounds, one of them
		 * counts. */
		const struct alm_element *element = registry_element(registry, list[i].code);

		if (!is_input(registry, element->code) && !is_stored(stored, element->code)) {
			continue;
		}
		if (declared_store_element(conn, element, done, err) < 0) {
			return error_prefix(err, "source %s: ", source->name);
		}
	}
	return 0;
}

struct unknown {
	PGconn *conn;
	struct error *err;
	int failed;
};

/* A warning, since the element may come with a source that is not here yet. */
static void warn_unknown(const struct plugin_stat *stat, const char *code, void *arg)
{
	struct unknown *unknown = arg;
	PGresult *result = PQexecParams(unknown->conn, "select from element where code = $1", 1,
		NULL, &code, NULL, NULL, 0);

	if (PQresultStatus(result) != PGRES_TUPLES_OK) {
		unknown->failed =
			db_error(unknown->err, "reading elements", unknown->conn, result);
	} else if (PQntuples(result) == 0) {
		log_write(LOG_WARN,
			"statistic '%s' of plugin %s takes element %s, which no source declares and "
			"the database does not have: it stays without values of it; is the code right?",
			stat->stat.name, stat->plugin->path, code);
	}
	PQclear(result);
}

static int warn_of_unknown(PGconn *conn, const struct registry *registry, struct error *err)
{
	struct unknown unknown = { conn, err, 0 };

	registry_unknown_inputs(registry, warn_unknown, &unknown);
	return unknown.failed;
}

static int store_sources(
	PGconn *conn, const struct registry *registry, struct buffer *done, struct error *err)
{
	PGresult *stored = PQexec(conn, "select code from element");
	int status = PQresultStatus(stored) == PGRES_TUPLES_OK
			     ? 0
			     : db_error(err, "reading elements", conn, stored);

	for (size_t i = 0; i < registry->source_count && status == 0; i++) {
		status = store_source(
			conn, registry, &registry->sources[i].source, stored, done, err);
	}
	PQclear(stored);
	return status;
}

static int store_statistic(
	PGconn *conn, const struct plugin_stat *stat, struct buffer *done, struct error *err)
{
	const struct alm_plugin *plugin = &stat->plugin->table;

	for (size_t i = 0; i < stat->stored_count; i++) {
		if (declared_store_stat(conn, &stat->views[i].stat, stat->stat.name,
			    plugin->version, done, err) < 0) {
			return -1;
		}
	}
	return declared_store_statistic(
		conn, &stat->stat, plugin->name, plugin->version, done, err);
}

static int store_declarations(
	PGconn *conn, const struct registry *registry, struct buffer *done, struct error *err)
{
	if (store_sources(conn, registry, done, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < registry->stat_count; i++) {
		if (store_statistic(conn, &registry->stats[i], done, err) < 0) {
			return error_prefix(
				err, "plugin %s: ", registry->stats[i].plugin->path);
		}
	}
	return warn_of_unknown(conn, registry, err) == 0 ? roles_grant(conn, done, err) : -1;
}

/* Statistics of the database that no plugin here has. */
struct others {
	char **names;
	size_t count;
	bool warn;
};

static void take_other(const char *statistic, const char *plugin, void *arg)
{
	struct others *others = arg;

	others->names = memory_resize(others->names, others->count + 1, sizeof(*others->names));
	others->names[others->count++] = memory_copy_text(statistic, strlen(statistic));
	if (others->warn) {
		log_write(LOG_WARN,
			"statistic '%s' is of the plugin %s, which is not loaded: its rows stay as "
			"they are; migrate with --prune-statistics removes them",
			statistic, plugin != NULL ? plugin : "of another version of almanac");
	}
}

static int handle_others(PGconn *conn, const struct registry *registry, bool prune,
	struct buffer *done, struct error *err)
{
	const char **names = memory_array(registry->stat_count, sizeof(*names));
	struct others others = { .warn = !prune };
	int failed;

	for (size_t i = 0; i < registry->stat_count; i++) {
		names[i] = registry->stats[i].stat.name;
	}
	failed = declared_find_others(
		conn, names, registry->stat_count, take_other, &others, err);
	for (size_t i = 0; i < others.count; i++) {
		if (failed == 0 && prune) {
			failed = declared_prune(conn, others.names[i], done, err);
		}
		free(others.names[i]);
	}
	free(others.names);
	free(names);
	return failed;
}

/* Stores elements and statistics: servers list them even if there are no observations. */
static const char raise_version[] =
	"with v as (update dataset_version set version = version + 1, "
	"changed_at = clock_timestamp() returning version) "
	"select pg_notify('almanac', version::text) from v";

static int migrate_declarations(PGconn *conn, const struct registry *registry, bool prune,
	struct buffer *done, struct error *err)
{
	size_t before = done->length;

	if (store_declarations(conn, registry, done, err) < 0 ||
		handle_others(conn, registry, prune, done, err) < 0) {
		return -1;
	}
	return done->length > before ? db_run(conn, raise_version, err) : 0;
}

/* Logins whose user and password are stored as secrets. */
static const struct {
	enum setting secret;
	const char *group;
} logins[] = {
	{ SETTING_READER_SECRET, "almanac_reader" },
	{ SETTING_WRITER_SECRET, "almanac_writer" },
};

static int set_login(PGconn *conn, struct aws *aws, const char *id, const char *group,
	struct buffer *done, struct error *err)
{
	struct secret secret = { 0 };
	int failed = secret_fetch(aws, id, NULL, &secret, err);

	if (failed == 0) {
		failed = roles_set_login(conn,
			&(struct db_credentials){ secret.user, secret.password }, group, done,
			err);
	}
	secret_finish(&secret);
	return failed;
}

static bool has_logins(const struct command *command)
{
	bool any = false;

	for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
		any = any || settings_text(command->settings, logins[i].secret)[0] != '\0';
	}
	return any;
}

static int set_logins(PGconn *conn, const struct command *command, struct aws *aws,
	struct buffer *done, struct error *err)
{
	for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
		const char *id = settings_text(command->settings, logins[i].secret);

		if (id[0] != '\0' && set_login(conn, aws, id, logins[i].group, done, err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* Declares the data of all plugins, or of none if one fails. */
static int migrate_tables(PGconn *conn, const struct registry *registry, bool prune,
	struct buffer *done, struct error *err)
{
	if (migrate_begin(conn, say_waiting, err) == 0 &&
		migrate_schema(conn, done, err) == 0 &&
		migrate_declarations(conn, registry, prune, done, err) == 0 &&
		db_run(conn, "commit", err) == 0) {
		return 0;
	}
	done->length = 0;
	return -1;
}

/* Sets the logins in a transaction of their own: reading secrets takes time, and the tables'
 * locks must not be held meanwhile. */
static int migrate_logins(PGconn *conn, const struct command *command, struct aws *aws,
	struct buffer *done, struct error *err)
{
	size_t before = done->length;

	if (migrate_begin(conn, say_waiting, err) == 0 &&
		set_logins(conn, command, aws, done, err) == 0 &&
		db_run(conn, "commit", err) == 0) {
		return 0;
	}
	done->length = before;
	return -1;
}

static int migrate_all(PGconn *conn, const struct command *command, struct aws *aws,
	struct buffer *done, struct error *err)
{
	if (migrate_tables(conn, command->registry, command->prune_statistics, done, err) < 0) {
		return -1;
	}
	return has_logins(command) ? migrate_logins(conn, command, aws, done, err) : 0;
}

static int migrate(const struct command *command, struct buffer *done, struct error *err)
{
	struct database database = { 0 };
	PGconn *conn = NULL;
	int failed = database_init(&database, command->settings, "almanac migrate", err);

	if (failed == 0) {
		conn = db_connect_patiently(database.target, NULL, err);
		failed =
			conn != NULL ? migrate_all(conn, command, database.aws, done, err) : -1;
	}
	PQfinish(conn);
	database_finish(&database);
	return failed;
}

int command_migrate(struct command *command)
{
	struct buffer done = { 0 };
	struct error err = { 0 };
	int failed = migrate(command, &done, &err);

	if (failed == 0 && done.length == 0) {
		buffer_puts(&done, "up to date\n");
	}
	fputs(buffer_text(&done), stdout);
	buffer_finish(&done);
	if (failed != 0) {
		log_error(&err);
		return EXIT_CODE_FAILURE;
	}
	return EXIT_CODE_SUCCESS;
}
