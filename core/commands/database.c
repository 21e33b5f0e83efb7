#include "commands/database.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include "aws/aws.h"
#include "aws/database_login.h"
#include "db/connect.h"

/* Protects credentials in memory and environment from other processes of the user and from
 * core dumps: non-dumpable processes give none to crash handlers. The limit of core files is
 * for systems that ignore that. */
static void keep_to_itself(void)
{
	struct rlimit limit;

	prctl(PR_SET_DUMPABLE, 0);
	if (getrlimit(RLIMIT_CORE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max > 0 ? 1 : 0;
		setrlimit(RLIMIT_CORE, &limit);
	}
}

int database_init(struct database *database, const struct settings *settings, const char *what,
	struct error *err)
{
	keep_to_itself();
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
