#include "commands/database.h"

#include <sys/resource.h>

#include "aws/aws.h"
#include "aws/login.h"
#include "db/connect.h"

/* A core dump would hold the login. A limit of 0 keeps it from files only: Linux pipes it to a
 * handler all the same, unless the limit is 1. */
static void forbid_core_dumps(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max > 0 ? 1 : 0;
		setrlimit(RLIMIT_CORE, &limit);
	}
}

int database_init(struct database *database, const struct settings *settings, const char *what,
	struct error *err)
{
	forbid_core_dumps();
	database->aws = aws_create();
	database->login = login_create(settings, database->aws);
	database->target = db_target_create(settings, what, login_source(database->login), err);
	return database->target != NULL ? 0 : -1;
}

void database_finish(struct database *database)
{
	db_target_destroy(database->target);
	login_destroy(database->login);
	aws_destroy(database->aws);
}
