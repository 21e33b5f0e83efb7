/* almanac compute: rows of statistics anew, from what is stored. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "commands/command.h"
#include "commands/database.h"
#include "db/connect.h"
#include "ingest/store/array.h"
#include "ingest/write/calculators.h"
#include "ingest/write/transaction.h"
#include "plugin/registry.h"
#include "schema/migrate.h"

/* What another run has begun is gone on with. */
static const char mark[] =
	"update calculator set stale = true, computing_definition = null, computed_until = null "
	"where statistic = any ($1::text[]) and not stale";

static int fail_name(const struct registry *registry, const char *name, struct error *err)
{
	error_set(err, "no plugin that is loaded has a statistic '%s'", name);
	return error_hint(
		err, registry->stat_count > 0
			     ? "almanac plugins lists the statistics that there are"
			     : "ALMANAC_PLUGINS or --plugins names the directories of plugins");
}

/* The statistics that the operands name, or all. */
static int list_names(const struct command *command, struct array *names, struct error *err)
{
	for (int i = 0; i < command->argc; i++) {
		if (registry_stat(command->registry, command->argv[i]) == NULL) {
			return fail_name(command->registry, command->argv[i], err);
		}
		array_text(names, command->argv[i]);
	}
	for (size_t i = 0; command->argc == 0 && i < command->registry->stat_count; i++) {
		array_text(names, command->registry->stats[i].stat.name);
	}
	return 0;
}

static bool go_on(void *arg)
{
	(void)arg;
	return false; /* runs until it is done; killed, the next one goes on */
}

static int compute_marked(PGconn *conn, const struct registry *registry, struct error *err)
{
	struct calculators *calculators = calculators_load(conn, registry, err);
	struct transaction *tx;
	int status;

	if (calculators == NULL) {
		return -1;
	}
	tx = transaction_create(
		conn, 0, registry, 0, REMOVE_NOTHING, calculators_known(calculators));
	status = calculators_update(calculators, tx, go_on, NULL, err);
	if (status == 0) {
		printf("%lld rows changed\n", (long long)transaction_totals(tx)->statistics);
	}
	transaction_destroy(tx);
	calculators_destroy(calculators);
	return status;
}

static int compute(
	PGconn *conn, const struct command *command, struct array *names, struct error *err)
{
	const char *argument = array_argument(names);
	const struct statement statement = { "marking statistics", mark, 1, &argument, 0 };
	struct session session = { .conn = conn };

	if (migrate_check(conn, err) < 0 ||
		session_run_alone(&session, &statement, NULL, err) < 0) {
		return -1;
	}
	return compute_marked(conn, command->registry, err);
}

int command_compute(struct command *command)
{
	struct database database = { 0 };
	struct array names = { 0 };
	struct error err = { 0 };
	PGconn *conn = NULL;
	int code = EXIT_CODE_SUCCESS;

	if (list_names(command, &names, &err) < 0 ||
		database_init(&database, command->settings, "almanac compute", &err) < 0) {
		code = EXIT_CODE_USAGE;
	} else {
		conn = db_connect_patiently(database.target, NULL, &err);
		if (conn == NULL || compute(conn, command, &names, &err) < 0) {
			code = EXIT_CODE_FAILURE;
		}
	}
	if (code != EXIT_CODE_SUCCESS) {
		log_error(&err);
	}
	PQfinish(conn);
	database_finish(&database);
	array_finish(&names);
	return code;
}
