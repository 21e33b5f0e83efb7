#include "commands/database.h"

#include <sys/resource.h>

#include "aws/aws.h"
#include "aws/login.h"
#include "db/connect.h"

/* A core file would hold the login. */
static void forbid_core_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) == 0) {
		limit.rlim_cur = 0;
		setrlimit(RLIMIT_CORE, &limit);
	}
}

int database_init(struct database *database, const struct settings *settings, const char *what,
	struct error *err)
{
	database->aws = aws_create();
	database->login = login_create(settings, database->aws);
	if (database->login != NULL) {
		forbid_core_files();
	}
	database->target = db_target_create(settings, what, login_source(database->login), err);
	return database->target != NULL ? 0 : -1;
}

void database_finish(struct database *database)
{
	db_target_destroy(database->target);
	login_destroy(database->login);
	aws_destroy(database->aws);
}
