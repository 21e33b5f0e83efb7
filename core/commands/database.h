/* Database of a command: its target and provider of credentials. */
#ifndef ALMANAC_COMMANDS_DATABASE_H
#define ALMANAC_COMMANDS_DATABASE_H

#include "base/error.h"

struct aws;
struct db_target;
struct login;
struct settings;

/* Embedded by its owner, zero at first. */
struct database {
	struct aws *aws;
	struct login *login; /* NULL: no secret */
	struct db_target *target;
};

/* Connects to nothing yet. `what` becomes application_name. */
int database_init(struct database *database, const struct settings *settings, const char *what,
	struct error *err);
void database_finish(struct database *database);

#endif
