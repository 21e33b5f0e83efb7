#include "base/log.h"
#include "commands/command.h"
#include "db/connect.h"
#include "http/server.h"

int command_serve(struct command *command)
{
	struct error err = { 0 };
	struct server_parts parts = { command->settings, command->registry, NULL };
	struct db_target *target = db_target_create(command->settings, "almanac serve", &err);
	struct server *server = NULL;
	int code = EXIT_CODE_SUCCESS;

	parts.target = target;
	if (target != NULL) {
		server = server_create(&parts, &err);
	}
	if (server == NULL || server_run(server, &err) < 0) {
		log_error(&err);
		code = EXIT_CODE_FAILURE;
	}
	server_destroy(server);
	db_target_destroy(target);
	return code;
}
